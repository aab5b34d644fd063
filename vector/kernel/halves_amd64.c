#include "halves.h"

#include <immintrin.h>

#include "kernels.h"

#define AVX2 __attribute__((target("avx2")))
#define VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define INLINE static inline __attribute__((always_inline))

// Four rows of bytes, of which each has two halves: the lower ones go with q[0..bytes), the upper ones with
// q[bytes..2*bytes). bytes is a multiple of 32. next are rows that come later, to ask for in time. The four scores.
//
// Upper halves are multiplied where they are, and so count sixteen times until the sums, which fit (kernel.halvesFit).
VNNI INLINE __m128i rows_vnni(const int8_t *q, const uint8_t *const r[4], const uint8_t *const next[4], size_t bytes) {
    const __m512i low = _mm512_set1_epi8(0x0F), high = _mm512_set1_epi8((char)0xF0);
    __m512i a[4], b[4];
    for (int j = 0; j < 4; j++) a[j] = b[j] = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= bytes; i += 64) {
        __m512i ql = _mm512_loadu_si512(q + i), qh = _mm512_loadu_si512(q + bytes + i);
        for (int j = 0; j < 4; j++) {
            __builtin_prefetch(next[j] + i);
            __m512i v = _mm512_loadu_si512(r[j] + i);
            a[j] = _mm512_dpbusd_epi32(a[j], _mm512_and_si512(v, low), ql);
            b[j] = _mm512_dpbusd_epi32(b[j], _mm512_and_si512(v, high), qh);
        }
    }
    if (i < bytes) {
        const __mmask64 m = 0xFFFFFFFF;
        __m512i ql = _mm512_maskz_loadu_epi8(m, q + i), qh = _mm512_maskz_loadu_epi8(m, q + bytes + i);
        for (int j = 0; j < 4; j++) {
            __m512i v = _mm512_maskz_loadu_epi8(m, r[j] + i);
            a[j] = _mm512_dpbusd_epi32(a[j], _mm512_and_si512(v, low), ql);
            b[j] = _mm512_dpbusd_epi32(b[j], _mm512_and_si512(v, high), qh);
        }
    }
    for (int j = 0; j < 4; j++) a[j] = _mm512_add_epi32(a[j], _mm512_srai_epi32(b[j], 4));
    __m512i s = _mm512_add_epi32(_mm512_unpacklo_epi32(a[0], a[1]), _mm512_unpackhi_epi32(a[0], a[1]));
    __m512i t = _mm512_add_epi32(_mm512_unpacklo_epi32(a[2], a[3]), _mm512_unpackhi_epi32(a[2], a[3]));
    s = _mm512_add_epi32(_mm512_unpacklo_epi64(s, t), _mm512_unpackhi_epi64(s, t));
    __m256i u = _mm256_add_epi32(_mm512_castsi512_si256(s), _mm512_extracti64x4_epi64(s, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(u), _mm256_extracti128_si256(u, 1));
}

// The products of a pair, at most 2·15·128, and those of both halves fit sixteen bits.
AVX2 INLINE __m128i rows_avx2(const int8_t *q, const uint8_t *const r[4], const uint8_t *const next[4], size_t bytes) {
    const __m256i low = _mm256_set1_epi8(15), one = _mm256_set1_epi16(1);
    __m256i s[4];
    for (int j = 0; j < 4; j++) s[j] = _mm256_setzero_si256();
    for (size_t i = 0; i < bytes; i += 32) {
        __m256i ql = _mm256_loadu_si256((const __m256i *)(q + i));
        __m256i qh = _mm256_loadu_si256((const __m256i *)(q + bytes + i));
        for (int j = 0; j < 4; j++) {
            if (i % 64 == 0) __builtin_prefetch(next[j] + i);
            __m256i v = _mm256_loadu_si256((const __m256i *)(r[j] + i));
            __m256i a = _mm256_maddubs_epi16(_mm256_and_si256(v, low), ql);
            __m256i b = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(v, 4), low), qh);
            s[j] = _mm256_add_epi32(s[j], _mm256_madd_epi16(_mm256_add_epi16(a, b), one));
        }
    }
    __m256i t = _mm256_hadd_epi32(_mm256_hadd_epi32(s[0], s[1]), _mm256_hadd_epi32(s[2], s[3]));
    return _mm_add_epi32(_mm256_castsi256_si128(t), _mm256_extracti128_si256(t, 1));
}

// above says, a bit each, which of four rows the cut does not rule out; a NaN is not ruled out. Every product and sum is
// rounded by itself: ISO C.
AVX2 INLINE int above(__m128i scores, const size_t v[4], const double *norms, const float *marks, const segue_half_cut *c) {
#define FOUR(m) _mm256_cvtps_pd(_mm_setr_ps(marks[3 * v[0] + m], marks[3 * v[1] + m], marks[3 * v[2] + m], marks[3 * v[3] + m]))
#define ALL _mm256_set1_pd
    __m256d score = _mm256_mul_pd(ALL(16), _mm256_cvtepi32_pd(scores));
    __m256d up = _mm256_mul_pd(_mm256_mul_pd(ALL(c->scale), FOUR(0)), _mm256_sub_pd(score, ALL(c->zero)));
    up = _mm256_add_pd(up, _mm256_add_pd(_mm256_mul_pd(ALL(c->length), FOUR(2)), ALL(c->constant)));
    __m256d norm = _mm256_setr_pd(norms[v[0]], norms[v[1]], norms[v[2]], norms[v[3]]);
    __m256d least = _mm256_add_pd(ALL(c->slope), _mm256_mul_pd(norm, ALL(c->square)));
    least = _mm256_add_pd(ALL(c->base), _mm256_mul_pd(norm, least));
    return _mm256_movemask_pd(_mm256_cmp_pd(up, least, _CMP_NLT_UQ));
#undef FOUR
#undef ALL
}

// How far ahead a scan asks for bytes, which may lie past the block's end; a gather asks for the four rows after.
#define AHEAD 2048

// four sets v to the rows i to i+3 of those to score, and r and next to where they and later ones lie; beyond the last
// row they are that one.
INLINE void four(size_t v[4], const uint8_t *r[4], const uint8_t *next[4], const uint8_t *block, const uint32_t *at,
                 size_t first, size_t i, size_t n, size_t bytes) {
    for (size_t j = 0; j < 4; j++) {
        size_t k = i + j < n ? i + j : n - 1;
        v[j] = at ? at[k] : first + k;
        r[j] = block + v[j] * bytes;
        next[j] = at ? block + (size_t)at[k + 4 < n ? k + 4 : n - 1] * bytes : r[j] + AHEAD;
    }
}

#define LOOPS(target, rows)                                                                                           \
    target static size_t sift_##rows(uint32_t *out, int32_t *scores, const int8_t *q, const uint8_t *block,           \
                                     const uint32_t *at, size_t first, size_t n, size_t bytes, const double *norms,   \
                                     const float *marks, const segue_half_cut *c) {                                   \
        size_t kept = 0, v[4];                                                                                        \
        const uint8_t *r[4], *next[4];                                                                                \
        for (size_t i = 0; i < n; i += 4) {                                                                           \
            four(v, r, next, block, at, first, i, n, bytes);                                                          \
            __m128i score = rows(q, r, next, bytes);                                                                  \
            int keep = above(score, v, norms, marks, c);                                                              \
            if (i + 4 > n) keep &= (1 << (n - i)) - 1;                                                                \
            if (!keep) continue;                                                                                      \
            int32_t s[4];                                                                                             \
            _mm_storeu_si128((__m128i *)s, score);                                                                    \
            for (; keep; keep &= keep - 1) {                                                                          \
                int j = __builtin_ctz((unsigned)keep);                                                                \
                out[kept] = (uint32_t)v[j];                                                                           \
                scores[kept++] = s[j];                                                                                \
            }                                                                                                         \
        }                                                                                                             \
        return kept;                                                                                                  \
    }                                                                                                                 \
    target static void gather_##rows(int32_t *dst, const int8_t *q, const uint8_t *block, const uint32_t *at,         \
                                     size_t n, size_t bytes) {                                                        \
        size_t v[4];                                                                                                  \
        const uint8_t *r[4], *next[4];                                                                                \
        for (size_t i = 0; i < n; i += 4) {                                                                           \
            four(v, r, next, block, at, 0, i, n, bytes);                                                              \
            int32_t s[4];                                                                                             \
            _mm_storeu_si128((__m128i *)s, rows(q, r, next, bytes));                                                  \
            for (size_t j = 0; j < 4 && i + j < n; j++) dst[i + j] = s[j];                                            \
        }                                                                                                             \
    }

LOOPS(VNNI, rows_vnni)
LOOPS(AVX2, rows_avx2)

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
        return sift_rows_vnni(out, scores, q, block, at, first, n, bytes, norms, marks, cut);
    return sift_rows_avx2(out, scores, q, block, at, first, n, bytes, norms, marks, cut);
}

void segue_gather_halves(int level, int32_t *dst, const int8_t *q, const uint8_t *block, const uint32_t *at, size_t n,
                         size_t bytes) {
    if (level == SEGUE_AVX512 && have_vnni())
        gather_rows_vnni(dst, q, block, at, n, bytes);
    else
        gather_rows_avx2(dst, q, block, at, n, bytes);
}
