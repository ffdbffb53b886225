// Package live makes a stream of a device that records while it runs.
//
// A [System] lists the inputs of a machine and captures from one of them; the systems that reach real devices are in
// [hearpipe/sound/live/devices], those of tests in [hearpipe/sound/live/livetest]. [NewMicrophone] makes a stage of one
// input. Between the thread of the device, which cannot wait, and the stage, which is fetched when somebody asks, lies a
// bounded queue. When it is full the oldest frames go, and the stage gives zeros in their place:
//
//   - The number of a frame is the number of frames that the device has delivered before it, whatever became of them.
//   - A frame that was lost is silence at its own index. Its range is counted, told and reported ([Report]).
//   - Frames that the device itself did not deliver show against the clock of the machine, if they are 0.2 s or more;
//     silence takes their place as soon as that is certain, some two seconds later.
//   - A device that vanishes ends the stream after its last frame with a [GoneError], by which a run ends well.
//
// So every frame between the first and the last is accounted for: it was heard, dropped, or never delivered.
package live
