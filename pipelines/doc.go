// Package pipelines describes graphs as data: a pipeline is a YAML file with parameters, nodes and sinks, in which every
// number may carry a unit.
//
//	name: loudness
//	params:
//	  input: speech.wav
//	  low: 20 Hz
//	nodes:
//	  sound:   {type: sound.file, path: $input}
//	  cochlea: {type: filterbank.gammatone, from: sound, cf: "erbspace($low, 8 kHz, 100)"}
//	sinks:
//	  - {type: statistic, from: cochlea, path: rms.csv}
//
// The way of a pipeline: [Open] finds a file or a ready-made pipeline, [Parse] reads it, [Description.Check] computes
// parameters and fields and finds everything that is wrong before anything runs, [Plan.Build] constructs stages and
// sinks, [Plan.Run] runs them. Mistakes carry the file, line, column and path of the element, and what was expected.
//
// Which types of nodes and sinks there are, with all their fields, is data too: [NodeTypes]. The documentation is made
// from it.
//
// Parts of the graph in which a channel depends on the same channel only (a filterbank, a function, a group of cells
// without synapses) are cut into slices of channels that are computed on all cores; see stages.Slice, which chooses
// slices of an eighth of the channels, but 64 to 352. A demand for some channels is propagated from the sinks upwards,
// so that nothing else is computed. Neither changes a bit of the result.
//
// A pipeline may come from anywhere: it reads and writes below the working folder only, is at most 1 MiB of text, 1,000
// nodes and 2²⁴ channels, and its memory is summed before it is allocated.
package pipelines
