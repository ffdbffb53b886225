package main

// What the program prints says where its control is.
func Example() {
	main()
	// Output:
	//   0 ms: gain  1.00, root mean square 0.0071
	//  10 ms: gain  5.95, root mean square 0.0420
	//  50 ms: gain 18.25, root mean square 0.1290
	// 100 ms: gain 24.59, root mean square 0.1739
	// 490 ms: gain 28.28, root mean square 0.2000
}
