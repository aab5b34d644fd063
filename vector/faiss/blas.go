package faiss

// #include "shim.h"
import "C"

// SetBLASThreshold sets from how many queries a call on, 20 unless set, flat searches multiply matrices
// with OpenBLAS instead of scoring row by row. It is FAISS's own global and no lock guards it: set it
// before the first search.
//
// For one query over 1,300 × 768 on a Zen 4 core (2026-11), with 1 an inner product takes 58 µs, row by
// row 105 µs; over 20,000 the latter is faster again. L2 is seven times slower with it, as FAISS then
// computes every norm anew, and loses digits. Only benchmarks that want FAISS at its best set it.
func SetBLASThreshold(queries int) { C.segue_faiss_set_blas_threshold(C.int(max(queries, 0))) }
