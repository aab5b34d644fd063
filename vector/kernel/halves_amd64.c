#include "halves.h"

#include <immintrin.h>

#include "kernels.h"

#define AVX2 __attribute__((target("avx2")))
#define VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define INLINE static inline __attribute__((always_inline))

// One row of bytes, of which each has two halves: the lower ones go with q[0..bytes), the upper ones with
// q[bytes..2*bytes). bytes is a multiple of 32. next is a row that comes later, to ask for in time.
VNNI INLINE int32_t row_vnni(const int8_t *q, const uint8_t *r, const uint8_t *next, size_t bytes) {
    const __m512i low = _mm512_set1_epi8(15);
    __m512i a = _mm512_setzero_si512(), b = a;
    size_t i = 0;
    for (; i + 64 <= bytes; i += 64) {
        __builtin_prefetch(next + i);
        __m512i v = _mm512_loadu_si512(r + i);
        a = _mm512_dpbusd_epi32(a, _mm512_and_si512(v, low), _mm512_loadu_si512(q + i));
        b = _mm512_dpbusd_epi32(b, _mm512_and_si512(_mm512_srli_epi16(v, 4), low), _mm512_loadu_si512(q + bytes + i));
    }
    if (i < bytes) {
        const __mmask64 m = 0xFFFFFFFF;
        __m512i v = _mm512_maskz_loadu_epi8(m, r + i);
        a = _mm512_dpbusd_epi32(a, _mm512_and_si512(v, low), _mm512_maskz_loadu_epi8(m, q + i));
        b = _mm512_dpbusd_epi32(b, _mm512_and_si512(_mm512_srli_epi16(v, 4), low),
                                _mm512_maskz_loadu_epi8(m, q + bytes + i));
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(a, b));
}

// The products of a pair, at most 2·15·128, and those of both halves fit sixteen bits.
AVX2 INLINE int32_t row_avx2(const int8_t *q, const uint8_t *r, const uint8_t *next, size_t bytes) {
    const __m256i low = _mm256_set1_epi8(15), one = _mm256_set1_epi16(1);
    __m256i s = _mm256_setzero_si256();
    for (size_t i = 0; i < bytes; i += 32) {
        if (i % 64 == 0) __builtin_prefetch(next + i);
        __m256i v = _mm256_loadu_si256((const __m256i *)(r + i));
        __m256i a = _mm256_maddubs_epi16(_mm256_and_si256(v, low), _mm256_loadu_si256((const __m256i *)(q + i)));
        __m256i b = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(v, 4), low),
                                         _mm256_loadu_si256((const __m256i *)(q + bytes + i)));
        s = _mm256_add_epi32(s, _mm256_madd_epi16(_mm256_add_epi16(a, b), one));
    }
    __m128i t = _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
    t = _mm_add_epi32(t, _mm_shuffle_epi32(t, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(t, _mm_shuffle_epi32(t, 0xB1)));
}

// below says that the cut rules a row out; a NaN does not. Every product and sum is rounded by itself: ISO C.
INLINE int below(int32_t score, double norm, const float *mark, const segue_half_cut *c) {
    double up = c->scale * (double)mark[0] * (16 * (double)score - c->zero);
    up += c->length * (double)mark[2] + c->constant;
    return up < c->base + norm * (c->slope + norm * c->square);
}

// How far ahead a scan asks for bytes, which may lie past the block's end; a gather asks for the row four on.
#define AHEAD 2048
#define LOOPS(target, row)                                                                                            \
    target static size_t sift_##row(uint32_t *out, int32_t *scores, const int8_t *q, const uint8_t *block,            \
                                    const uint32_t *at, size_t first, size_t n, size_t bytes, const double *norms,    \
                                    const float *marks, const segue_half_cut *c) {                                    \
        size_t kept = 0;                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                                              \
            size_t v = at ? at[i] : first + i;                                                                        \
            const uint8_t *r = block + v * bytes;                                                                     \
            const uint8_t *next = at ? block + (size_t)at[i + 4 < n ? i + 4 : n - 1] * bytes : r + AHEAD;             \
            int32_t score = row(q, r, next, bytes);                                                                   \
            out[kept] = (uint32_t)v;                                                                                  \
            scores[kept] = score;                                                                                     \
            kept += !below(score, norms[v], marks + 3 * v, c);                                                        \
        }                                                                                                             \
        return kept;                                                                                                  \
    }                                                                                                                 \
    target static void gather_##row(int32_t *dst, const int8_t *q, const uint8_t *block, const uint32_t *at,          \
                                    size_t n, size_t bytes) {                                                         \
        for (size_t i = 0; i < n; i++)                                                                                \
            dst[i] = row(q, block + (size_t)at[i] * bytes, block + (size_t)at[i + 4 < n ? i + 4 : n - 1] * bytes,     \
                         bytes);                                                                                      \
    }

LOOPS(VNNI, row_vnni)
LOOPS(AVX2, row_avx2)

static int have_vnni(void) {
    static int known; // 1 no, 2 yes: every thread that races here finds the same
    int k = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!k) {
        __builtin_cpu_init();
        k = 1 + (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"));
        __atomic_store_n(&known, k, __ATOMIC_RELAXED);
    }
    return k == 2;
}

size_t segue_sift_halves(int level, uint32_t *out, int32_t *scores, const int8_t *q, const uint8_t *block,
                         const uint32_t *at, size_t first, size_t n, size_t bytes, const double *norms,
                         const float *marks, const segue_half_cut *cut) {
    if (level == SEGUE_AVX512 && have_vnni())
        return sift_row_vnni(out, scores, q, block, at, first, n, bytes, norms, marks, cut);
    return sift_row_avx2(out, scores, q, block, at, first, n, bytes, norms, marks, cut);
}

void segue_gather_halves(int level, int32_t *dst, const int8_t *q, const uint8_t *block, const uint32_t *at, size_t n,
                         size_t bytes) {
    if (level == SEGUE_AVX512 && have_vnni())
        gather_row_vnni(dst, q, block, at, n, bytes);
    else
        gather_row_avx2(dst, q, block, at, n, bytes);
}
