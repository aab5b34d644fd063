// Package kernel scores float32 vectors: one query against a block of rows, one call a block.
//
// A Set is the kernels of one Level. At picks it, by name or the best that the CPU has; the choice is
// a value, so that two levels can run side by side in a test. The AVX levels are C, compiled for their
// instruction set function by function and chosen at run time: one binary runs everywhere. Builds
// without cgo, or for another architecture than amd64, have the Portable level alone.
//
// Levels add in different orders, so their scores differ in the last bits. RelativeError bounds by how
// much, and callers who need exact answers recompute the few rows that the bound leaves open. There is
// no cosine kernel: a cosine is a dot product over two lengths, and the lengths of stored rows are
// stored with them. ScanCodes scores rows rounded to a byte a dimension, a quarter of the memory; how
// far its scores are off is up to who rounded.
//
// Inputs may be any float32: nothing is flushed to zero, an overflow gives an infinity or a NaN.
package kernel
