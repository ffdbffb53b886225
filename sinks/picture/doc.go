// Package picture draws streams: spikes as a raster, frames as a cochleagram, as waveforms or as spectra, the tuning curves
// of a filterbank, statistics as curves over frequency. The pictures are PNG or SVG files.
//
// All but the last are sinks. Rasters, cochleagrams and waveforms keep a grid of fixed size, however long the stream is: time is cut
// into bins of equal width, one frame each at first, and whenever the grid is full neighbouring bins are merged. The
// same stream gives the same file, byte by byte, for any size of blocks.
//
// What a picture shows is written into it (in a text chunk of PNG, the metadata element of SVG): for which frames it is
// complete and why the run ended there. [ReadMeta] reads it.
package picture
