// Package stagetest is the conformance suite of streams: what every stage must pass, whoever wrote it, and the sources
// and sinks that tests of stages need.
//
// A test hands [Run] a [Recipe] that builds the stage under test on the sources it is given:
//
//	stagetest.Run(t, stagetest.Recipe{
//		Inputs: []stagetest.Signal{{Channels: 3}},
//		Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
//			return stagetest.Nodes(stages.NewScale(in[0], 2, 0))
//		},
//	})
//
// The suite builds it many times and demands that the frames are equal, bit by bit, however they are fetched: whole, in
// blocks of 1, 7, 32, 479 or a random number of frames, by several consumers at their own pace, in slices and by several
// workers, before and after a cancelled fetch, and from a snapshot on. It demands the legal returns of [stages.Stage] at
// the end, on errors and on refetches; that inputs are left untouched, that stale views are not read, that declared
// histories suffice, that steady state allocates nothing, that a NaN stays in its channel and that the clock does not
// break beyond 2³² frames. [Check] does the same outside a test and returns what is wrong.
//
// All NaNs count as equal bits: which payload survives an operation on two of them is up to the compiler.
//
// The suite measures allocations of the whole process: do not run it in parallel with other tests.
package stagetest
