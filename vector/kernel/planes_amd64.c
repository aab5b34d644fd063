#include <immintrin.h>

#include "kernels.h"
#include "signs.h"

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline))

AVX512 INLINE __m512d low(__m512 x) { return _mm512_cvtps_pd(_mm512_castps512_ps256(x)); }
AVX512 INLINE __m512d high(__m512 x) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1)); }

// dim is a multiple of 64.
AVX512 static void planes512(uint64_t *planes, const float *q, const float *c, size_t dim, segue_sign_query *out) {
    __m512 largest = _mm512_setzero_ps();
    __m512d product = _mm512_setzero_pd(), length = product, rest = product;
    for (size_t i = 0; i < dim; i += 16) {
        __m512 x = _mm512_loadu_ps(q + i), y = _mm512_loadu_ps(c + i), w = _mm512_sub_ps(x, y);
        largest = _mm512_max_ps(largest, _mm512_abs_ps(w));
        product = _mm512_fmadd_pd(low(x), low(y), product);
        product = _mm512_fmadd_pd(high(x), high(y), product);
        length = _mm512_fmadd_pd(low(w), low(w), length);
        length = _mm512_fmadd_pd(high(w), high(w), length);
    }
    float step = _mm512_reduce_max_ps(largest) / 7;
    if (!(step >= 0x1p-126f)) step = 0; // it has no inverse: all is rest
    __m512 wide = _mm512_set1_ps(step), inverse = _mm512_set1_ps(step > 0 ? 1 / step : 0);
    __m512i sum = _mm512_setzero_si512();
    const __m512i most = _mm512_set1_epi32(7), least = _mm512_set1_epi32(-7);
    for (size_t i = 0; i < dim; i += 64) {
        uint64_t bits[4] = {0, 0, 0, 0};
        for (size_t j = 0; j < 64; j += 16) {
            __m512 w = _mm512_sub_ps(_mm512_loadu_ps(q + i + j), _mm512_loadu_ps(c + i + j));
            __m512i v = _mm512_cvtps_epi32(_mm512_mul_ps(w, inverse));
            v = _mm512_max_epi32(_mm512_min_epi32(v, most), least);
            __m512 left = _mm512_abs_ps(_mm512_fnmadd_ps(_mm512_cvtepi32_ps(v), wide, w));
            rest = _mm512_add_pd(rest, _mm512_add_pd(low(left), high(left)));
            sum = _mm512_add_epi32(sum, v);
            for (int p = 0; p < 4; p++)
                bits[p] |= (uint64_t)_mm512_test_epi32_mask(v, _mm512_set1_epi32(1 << p)) << j;
        }
        for (int p = 0; p < 4; p++) planes[i / 16 + p] = bits[p];
    }
    out->step = step;
    out->sum = _mm512_reduce_add_epi32(sum);
    out->rest = _mm512_reduce_add_pd(rest);
    out->square = _mm512_reduce_add_pd(length);
    out->product = _mm512_reduce_add_pd(product);
}

int segue_sign_planes(int level, uint64_t *planes, const float *q, const float *c, size_t dim, segue_sign_query *out) {
    if (level != SEGUE_AVX512 || !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) return 0;
    planes512(planes, q, c, dim, out);
    return 1;
}
