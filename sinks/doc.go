// Package sinks is where streams end: spikes in files and Go channels, frames in files, statistics of channels. Pictures
// are drawn by its subpackage picture.
//
// Files appear whole or not at all: they are written under a temporary name in the same folder and renamed when the run
// has ended well; a failed run removes them. Whether the destination can be written is known when the sink is opened,
// before anything is computed. Memory is constant in the length of the stream, and writing allocates nothing in steady
// state.
//
// # What files hold
//
// The time of a spike is t = frame/rate [s], its cell the absolute index i.
//
//	*.csv     a line "t,i", then one line per spike; t is the shortest decimal that reads back identically
//	*.ndjson  one JSON object {"t":0.0125,"i":7} per spike and line
//	*.npz     NumPy arrays t (float64), i (int32), and the scalars rate, cells, first, frames, reason
//	*.npy     frames as a NumPy array of float64 with the shape frames × channels
//
// A sink is for one run. One that is given to a later run of a network holds the frames of that run; frame numbers and times
// count from the beginning of the stream all the same, and the metadata say with which frame the file begins.
//
// Every file says for how many frames it is complete and why it ended there ([Meta]): NPZ archives in members of the
// archive. The others would not be read any more by simple programs if they held foreign lines or keys, so a small file
// stands beside them that is named like them with .meta.json at the end. It gets its name just before the file itself.
package sinks
