package main

// What the program prints says where its control is.
func Example() {
	main()
	// Output:
	// swinging between 2.5 and 5.5 kHz:
	//   25 ms: 5500 Hz, the tone of 4 kHz times 0.9
	//   50 ms: 4000 Hz, the tone of 4 kHz times 3.6
	//   75 ms: 2500 Hz, the tone of 4 kHz times 0.8
	//  100 ms: 4000 Hz, the tone of 4 kHz times 3.6
	// wandering about 5 kHz:
	//   25 ms: 3617 Hz, the tone of 4 kHz times 2.6
	//   50 ms: 4320 Hz, the tone of 4 kHz times 3.4
	//   75 ms: 5557 Hz, the tone of 4 kHz times 0.9
	//  100 ms: 5084 Hz, the tone of 4 kHz times 1.2
}
