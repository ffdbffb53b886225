// Package sound holds finite sounds and their algebra, synthesis, levels, analysis, files as streams, and resampling.
//
// Samples are pressures in pascal. A [Sound] is a finite multichannel sound in memory; like everything that yields frames
// it is a [stages.Stage]. Operations on sounds return new ones: a Sound never changes, so views of it stay good.
//
// [Tone], [WhiteNoise], [PowerLawNoise], [RippleNoise], [Click], [Clicks], [HarmonicComplex], [Vowel], [Chirp], [ModulatedTone], [Func] and [Silence] make
// sounds. Where the definition allows it, the same name with New makes the same frames as a stream of constant memory, endless if no
// length is given; [NewOnline] is a stream that a program makes while it runs. [Open] reads a WAV, AIFF or FLAC file as a
// stream, [Read] into memory, [NewRawReader] reads samples without a header; [WriteWAV] and [FLACSink] write. [NewResample]
// changes the sample rate of a stream, [Sound.Resample] that of a sound.
//
// Times are seconds in fields called Seconds and frames in fields called Frames; methods of a sound take frames, and [Sound.Frames]
// turns seconds into frames.
//
// Levels are in dB SPL: the root mean square re 20 µPa after the mean has been removed. Files carry no pressure: full scale
// is 1 Pa unless a parameter says otherwise.
package sound
