// Package stages is the dataflow core: streams of frames and of spikes that are fetched by absolute range, and the
// combinators that route, combine, control, slice, snapshot and run them.
//
// A stream never depends on how it is fetched. Fetching [0,100) at once, frame by frame, or out of step with another
// consumer of the same stream gives the same bits. Time is an int64 count of frames from the start of the stream.
//
// Authors of a stage write a [Filler] (or a [MultiFiller] for several outputs) and make a stream of it with [New] (or
// [NewMulti]); windows, fan-out, sticky errors, end of stream, cancellation, control horizons and snapshots come from
// there. Users chain stages and either fetch ranges themselves or hand sinks to [Run].
//
// A graph is used by one goroutine at a time. Only [Slice] computes in parallel, inside one fetch.
package stages
