// Codes of one bit, and the rotation that comes before them; see signs.go and rotation.go.
#ifndef SEGUE_VECTOR_SIGNS_H
#define SEGUE_VECTOR_SIGNS_H

#include <stddef.h>
#include <stdint.h>

// The numbers of kernel.SignCut, in its order.
typedef struct {
    double offset, scale, shift, spread, base, slope, square;
} segue_sign_cut;

// segue_sift_signs writes to out the indexes, of the first n rows of signs, that the cut lets through, and returns
// how many.
size_t segue_sift_signs(int level, uint32_t *out, const uint64_t *planes, const uint64_t *signs, const float *factors,
                        size_t n, size_t words, const segue_sign_cut *cut);

// The numbers of kernel.SignQuery, in its order.
typedef struct {
    double step, sum, rest, square, product;
} segue_sign_query;

// segue_sign_planes writes the planes of q - c. dim is a multiple of 64.
void segue_sign_planes(int level, uint64_t *planes, const float *q, const float *c, size_t dim, segue_sign_query *out);

// segue_rotate rotates x in place: rounds times, flip by masks, transform span numbers at its one end or its other,
// scale.
void segue_rotate(int level, float *x, size_t dim, size_t span, const uint32_t *flips, size_t rounds, float scale);

// segue_unrotate undoes it: none is span zeros.
void segue_unrotate(int level, float *x, size_t dim, size_t span, const uint32_t *flips, const uint32_t *none, size_t rounds,
                    float scale);

#endif
