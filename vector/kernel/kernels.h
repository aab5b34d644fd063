// Distance kernels over rows of float32; see doc.go. Every function reads q[0..dim) and dim floats a
// row, and writes one float a row to dst. Nothing needs to be aligned.
#ifndef SEGUE_VECTOR_KERNELS_H
#define SEGUE_VECTOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { SEGUE_AVX2 = 2, SEGUE_AVX512 = 3 };           // kernel.Level
enum { SEGUE_DOT = 0, SEGUE_L2SQ = 1, SEGUE_L1 = 2 }; // kernel.Op

// segue_level returns the best level of this CPU and operating system, or 0.
int segue_level(void);

// segue_scan scores n rows that follow one another.
void segue_scan(int level, int op, float *dst, const float *q, const float *rows, size_t n, size_t dim);

// segue_gather scores the rows at[0..n) of a block; at counts rows.
void segue_gather(int level, int op, float *dst, const float *q, const float *block, const uint32_t *at, size_t n,
                  size_t dim);

#endif
