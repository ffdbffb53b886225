// Package matfile reads MAT-files of version 5 (MATLAB MAT-File Format, The MathWorks; as written by MATLAB 5 to 7.2 and by scipy), compressed or not, in either
// order of bytes: numbers, text and structs of them.
//
// A file may come from anywhere: no size in it is believed before it is compared with what is there, compressed variables may be at most 1032 times as long as
// the file (the most that deflate can do) and 1 GiB, and those that are not asked for stay compressed. What is not read, such as cells, sparse arrays and complex numbers, is an error that names it, but only if
// it is in the variable that is asked for. Files of version 4 and 7.3 (which is HDF5) are refused by name.
package matfile
