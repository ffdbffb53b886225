package main

// What the program prints is what its comments compute.
func Example() {
	main()
	// Output:
	// tone, noise, sum: rms 0.707, 0.999, 1.222 Pa
	// at 60 dB SPL: rms 0.020000 Pa
	// ramp: frame 0 times 0.000, frame 220 times 0.500
	// 20 ms: 882 frames, three times: 2646, after 10 ms: 3087
	// power at 1000 Hz: (44100/2)² · 1.000000
	// WAV - FLAC: 0; file - sound: up to 1.00 · 2⁻²⁴
}
