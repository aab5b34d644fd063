// Dot products over rows of byte codes; see codes.go.
#ifndef SEGUE_VECTOR_CODES_H
#define SEGUE_VECTOR_CODES_H

#include <stddef.h>
#include <stdint.h>

// segue_scan_codes scores n rows that follow one another: Σ q[i] · rows[i], exactly.
void segue_scan_codes(int level, int32_t *dst, const int8_t *q, const uint8_t *rows, size_t n, size_t dim);

// segue_gather_codes scores the rows at[0..n) of a block; at counts rows.
void segue_gather_codes(int level, int32_t *dst, const int8_t *q, const uint8_t *block, const uint32_t *at, size_t n,
                        size_t dim);

// The numbers of kernel.CodeCut, in its order.
typedef struct {
    double scale, zero, length, base, slope, square;
} segue_code_cut;

// segue_sift_codes scores n rows, at at, or from first on where that is null, and writes to out and scores those that
// the cut lets through. It returns how many.
size_t segue_sift_codes(int level, uint32_t *out, int32_t *scores, const int8_t *q, const uint8_t *block,
                        const uint32_t *at, size_t first, size_t n, size_t dim, const double *norms, const float *steps,
                        const segue_code_cut *cut);

#endif
