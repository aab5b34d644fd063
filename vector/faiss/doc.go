// Package faiss binds the FAISS library (Debian's libfaiss-dev, linked statically) through a small C
// API of our own, in shim.h. It is the only code that knows FAISS.
//
// FAISS trains k-means and coarse quantizers, serves the index kinds that its factory strings name, and
// is the independent oracle of the vector operator's tests and benchmarks; the operator itself scans
// with vector/kernel.
//
// What surprises: L2 distances are squared. Debian compiles FAISS for plain x86-64, where a scan takes
// four times as long as memory allows, so distances_amd64.cpp takes the place of its two innermost functions
// at link time (-Wl,--wrap). FAISS keeps its thread count a thread of the operating system, and
// goroutines move between those: every call carries the count along, 1 unless asked, and OpenBLAS is
// held to one thread. FAISS 1.7.3 refuses a selection of ids on some index kinds, with an error.
//
// The binary needs libopenblas0 and libgomp1 where it runs.
package faiss
