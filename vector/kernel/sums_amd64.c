#include "sums.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline))

// Eight sums, number i in sum i % 8, as two registers of four: the products are rounded before they are added, as in
// Go, and so is everything else: this file is compiled as ISO C, which does not fuse them.
AVX2 INLINE __m256d term(int op, __m128 x, __m128 y) {
    __m256d a = _mm256_cvtps_pd(x), b = _mm256_cvtps_pd(y);
    if (op == SEGUE_DOT) return _mm256_mul_pd(a, b);
    __m256d d = _mm256_sub_pd(a, b);
    if (op == SEGUE_L2SQ) return _mm256_mul_pd(d, d);
    return _mm256_andnot_pd(_mm256_set1_pd(-0.0), d);
}

AVX2 INLINE double sums(int op, const float *a, const float *b, size_t n, const float *next) {
    __m256d low = _mm256_setzero_pd(), high = low;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        if (i % 16 == 0) __builtin_prefetch(next + i);
        low = _mm256_add_pd(low, term(op, _mm_loadu_ps(a + i), _mm_loadu_ps(b + i)));
        high = _mm256_add_pd(high, term(op, _mm_loadu_ps(a + i + 4), _mm_loadu_ps(b + i + 4)));
    }
    if (i < n) { // zeros add nothing
        float x[8] = {0}, y[8] = {0};
        for (size_t j = 0; i + j < n; j++) x[j] = a[i + j], y[j] = b[i + j];
        low = _mm256_add_pd(low, term(op, _mm_loadu_ps(x), _mm_loadu_ps(y)));
        high = _mm256_add_pd(high, term(op, _mm_loadu_ps(x + 4), _mm_loadu_ps(y + 4)));
    }
    double s[4];
    _mm256_storeu_pd(s, _mm256_add_pd(low, high));
    return (s[0] + s[2]) + (s[1] + s[3]);
}

AVX2 double segue_sums(int op, const float *a, const float *b, size_t n, const float *next) {
    switch (op) {
    case SEGUE_DOT: return sums(SEGUE_DOT, a, b, n, next);
    case SEGUE_L2SQ: return sums(SEGUE_L2SQ, a, b, n, next);
    default: return sums(SEGUE_L1, a, b, n, next);
    }
}
