// Package hearpipe turns sound into spikes, as a stream.
//
// Sounds, cochlear filterbanks and spiking neurons are stages of one graph. A stage is fetched by absolute range of
// frames, keeps no more of the stream than its consumers need, and gives the same bits however it is fetched: block
// size, order of asking, number of workers and slices never show in a result. An hour of sound through 3,000 channels
// needs no more memory than a second of it.
//
// The module is laid out along that road, from the stream to the command:
//
//   - stages holds the streams themselves: what a stage promises, windows and fan-out, routing, arithmetic, control
//     loops, slices over all cores, snapshots, and Run; stages/stagetest is the conformance suite each stage passes.
//   - sound holds finite sounds and their algebra, synthesis, levels in dB SPL, WAV files, resampling.
//   - filterbank holds the ERB scale and the cochlear filters.
//   - neurons holds groups of spiking cells written as differential equations with units.
//   - sinks holds where streams end: spike files, frame files, statistics, pictures, channels.
//   - pipelines holds graphs described as data (YAML) and the ready-made models.
//   - cmd/pipe is the command.
//   - units holds dimensions and quantities such as 20*ms, 3 nS and 60 dB.
//
// Each package may import what stands above it in this list only as far as arch_test.go allows; that test is the
// rule. The root package itself holds no code: its documentation is this page, its examples show the packages together,
// its tests hold the rules about the repository.
package hearpipe
