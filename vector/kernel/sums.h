// Sums in double precision; see sums.go.
#ifndef SEGUE_VECTOR_SUMS_H
#define SEGUE_VECTOR_SUMS_H

#include <stddef.h>

#include "kernels.h"

// segue_sums returns an operation's sum over n numbers, for AVX2 and up. next are n numbers to ask the memory for.
double segue_sums(int op, const float *a, const float *b, size_t n, const float *next);

#endif
