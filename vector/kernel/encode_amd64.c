#include "encode.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline))

AVX2 INLINE float largest(const float *x, size_t n) {
    const __m256i sign = _mm256_set1_epi32(0x7FFFFFFF); // without it, the bits of float32s are ordered as they are
    __m256i most = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        most = _mm256_max_epu32(most, _mm256_and_si256(_mm256_loadu_si256((const __m256i *)(x + i)), sign));
    uint32_t lanes[8], m = 0;
    _mm256_storeu_si256((__m256i *)lanes, most);
    for (int j = 0; j < 8; j++) m = lanes[j] > m ? lanes[j] : m;
    union { float f; uint32_t u; } v;
    for (; i < n; i++) {
        v.f = x[i];
        m = (v.u & 0x7FFFFFFF) > m ? v.u & 0x7FFFFFFF : m;
    }
    v.u = m;
    return v.f;
}

// What four numbers' codes add up to. Everything is rounded by itself, as in Go: this file is compiled as ISO C.
typedef struct {
    __m256d rest, squares, sum;
} sums;

AVX2 INLINE __m128i four(sums *s, __m128 in, __m256d step, __m256d inverse) {
    const __m256d most = _mm256_set1_pd(127);
    __m256d x = _mm256_cvtps_pd(in);
    __m256d c = _mm256_round_pd(_mm256_mul_pd(x, inverse), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    c = _mm256_max_pd(_mm256_min_pd(c, most), _mm256_sub_pd(_mm256_setzero_pd(), most));
    __m256d left = _mm256_sub_pd(x, _mm256_mul_pd(step, c));
    s->rest = _mm256_add_pd(s->rest, _mm256_mul_pd(left, left));
    s->squares = _mm256_add_pd(s->squares, _mm256_mul_pd(c, c));
    s->sum = _mm256_add_pd(s->sum, c);
    return _mm256_cvtpd_epi32(c);
}

AVX2 INLINE __m128i eight(sums *low, sums *high, const float *x, __m256d step, __m256d inverse) {
    __m128i a = four(low, _mm_loadu_ps(x), step, inverse), b = four(high, _mm_loadu_ps(x + 4), step, inverse);
    return _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_setzero_si128());
}

AVX2 INLINE double across(__m256d low, __m256d high) {
    double s[4];
    _mm256_storeu_pd(s, _mm256_add_pd(low, high));
    return (s[0] + s[2]) + (s[1] + s[3]);
}

AVX2 void segue_encode(int8_t *codes, const float *x, size_t n, segue_encoded *out) {
    float step = largest(x, n) / 127;
    double inverse = 0;
    if (step > 0 && step < __builtin_inff())
        inverse = 1 / (double)step;
    else
        step = 0;
    sums low = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()}, high = low;
    const __m256d s = _mm256_set1_pd(step), inv = _mm256_set1_pd(inverse);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) _mm_storel_epi64((__m128i *)(codes + i), eight(&low, &high, x + i, s, inv));
    if (i < n) { // zeros add nothing
        float rest[8] = {0};
        int8_t last[8];
        for (size_t j = 0; i + j < n; j++) rest[j] = x[i + j];
        _mm_storel_epi64((__m128i *)last, eight(&low, &high, rest, s, inv));
        for (size_t j = 0; i + j < n; j++) codes[i + j] = last[j];
    }
    out->step = step;
    out->rest = across(low.rest, high.rest);
    out->squares = (int64_t)across(low.squares, high.squares);
    out->sum = (int64_t)across(low.sum, high.sum);
}
