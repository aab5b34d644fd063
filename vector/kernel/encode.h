// A query as codes of a byte; see encode.go.
#ifndef SEGUE_VECTOR_ENCODE_H
#define SEGUE_VECTOR_ENCODE_H

#include <stddef.h>
#include <stdint.h>

// The numbers of kernel.Encoded, in its order.
typedef struct {
    double step, rest;
    int64_t squares, sum;
} segue_encoded;

// segue_encode writes the codes of n numbers, for AVX2 and up.
void segue_encode(int8_t *codes, const float *x, size_t n, segue_encoded *out);

#endif
