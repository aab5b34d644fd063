// Dot products over rows of four-bit halves of byte codes; see halves.go.
#ifndef SEGUE_VECTOR_HALVES_H
#define SEGUE_VECTOR_HALVES_H

#include <stddef.h>
#include <stdint.h>

// The numbers of kernel.HalfCut, in its order.
typedef struct {
    double scale, zero, length, constant, base, slope, square;
} segue_half_cut;

// segue_sift_halves scores n rows of bytes each, at at, or from first on where that is null, and writes to out and
// scores those that the cut lets through. It returns how many.
size_t segue_sift_halves(int level, uint32_t *out, int32_t *scores, const int8_t *q, const uint8_t *block,
                         const uint32_t *at, size_t first, size_t n, size_t bytes, const double *norms,
                         const float *marks, const segue_half_cut *cut);

// segue_gather_halves scores the rows at[0..n) of a block.
void segue_gather_halves(int level, int32_t *dst, const int8_t *q, const uint8_t *block, const uint32_t *at, size_t n,
                         size_t bytes);

#endif
