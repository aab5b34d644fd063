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

#define AVX2 __attribute__((target("avx2,fma")))

AVX2 INLINE __m256d lower(__m256 x) { return _mm256_cvtps_pd(_mm256_castps256_ps128(x)); }
AVX2 INLINE __m256d upper(__m256 x) { return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)); }

AVX2 INLINE double sum256(__m256d x) {
    double lanes[4];
    _mm256_storeu_pd(lanes, x);
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

AVX2 static void planes256(uint64_t *planes, const float *q, const float *c, size_t dim, segue_sign_query *out) {
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256 largest = _mm256_setzero_ps();
    __m256d product = _mm256_setzero_pd(), length = product, rest = product;
    for (size_t i = 0; i < dim; i += 8) {
        __m256 x = _mm256_loadu_ps(q + i), y = _mm256_loadu_ps(c + i), w = _mm256_sub_ps(x, y);
        largest = _mm256_max_ps(largest, _mm256_andnot_ps(sign, w));
        product = _mm256_fmadd_pd(lower(x), lower(y), product);
        product = _mm256_fmadd_pd(upper(x), upper(y), product);
        length = _mm256_fmadd_pd(lower(w), lower(w), length);
        length = _mm256_fmadd_pd(upper(w), upper(w), length);
    }
    float lanes[8], step = 0;
    _mm256_storeu_ps(lanes, largest);
    for (int i = 0; i < 8; i++) step = lanes[i] > step ? lanes[i] : step;
    step /= 7;
    if (!(step >= 0x1p-126f)) step = 0; // it has no inverse: all is rest
    __m256 wide = _mm256_set1_ps(step), inverse = _mm256_set1_ps(step > 0 ? 1 / step : 0);
    __m256i sum = _mm256_setzero_si256();
    const __m256i most = _mm256_set1_epi32(7), least = _mm256_set1_epi32(-7);
    for (size_t i = 0; i < dim; i += 64) {
        uint64_t bits[4] = {0, 0, 0, 0};
        for (size_t j = 0; j < 64; j += 8) {
            __m256 w = _mm256_sub_ps(_mm256_loadu_ps(q + i + j), _mm256_loadu_ps(c + i + j));
            __m256i v = _mm256_cvtps_epi32(_mm256_mul_ps(w, inverse));
            v = _mm256_max_epi32(_mm256_min_epi32(v, most), least);
            __m256 left = _mm256_andnot_ps(sign, _mm256_fnmadd_ps(_mm256_cvtepi32_ps(v), wide, w));
            rest = _mm256_add_pd(rest, _mm256_add_pd(lower(left), upper(left)));
            sum = _mm256_add_epi32(sum, v);
            for (int p = 0; p < 4; p++) {
                __m256 digit = _mm256_castsi256_ps(_mm256_slli_epi32(v, 31 - p));
                bits[p] |= (uint64_t)(unsigned)_mm256_movemask_ps(digit) << j;
            }
        }
        for (int p = 0; p < 4; p++) planes[i / 16 + p] = bits[p];
    }
    int sums[8];
    _mm256_storeu_si256((__m256i *)sums, sum);
    out->step = step;
    out->sum = 0;
    for (int i = 0; i < 8; i++) out->sum += sums[i];
    out->rest = sum256(rest);
    out->square = sum256(length);
    out->product = sum256(product);
}

void segue_sign_planes(int level, uint64_t *planes, const float *q, const float *c, size_t dim, segue_sign_query *out) {
    if (level == SEGUE_AVX512 && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        planes512(planes, q, c, dim, out);
    else
        planes256(planes, q, c, dim, out);
}
