// Package sound holds finite sounds and their algebra, synthesis, levels, WAV files as streams, and resampling.
//
// Samples are pressures in pascal. A [Sound] is a finite multichannel sound in memory; like everything that yields frames
// it is a [stages.Stage]. Operations on sounds return new ones: a Sound never changes, so views of it stay good.
//
// [Tone], [WhiteNoise], [Click] and [Silence] make sounds; [NewTone], [NewWhiteNoise] and [NewSilence] make the same frames as
// streams of constant memory, endless if no length is given. [Open] reads a WAV file as a stream, [Read] into memory,
// [WriteWAV] writes one. [NewResample] changes the sample rate of a stream, [Sound.Resample] that of a sound.
//
// Levels are in dB SPL: the root mean square re 20 µPa after the mean has been removed. Files carry no pressure: full scale
// is 1 Pa unless a parameter says otherwise.
package sound
