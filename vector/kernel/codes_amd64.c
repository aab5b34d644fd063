#include "codes.h"

#include <immintrin.h>

#include "kernels.h"

#define AVX2 __attribute__((target("avx2")))
#define VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define INLINE static inline __attribute__((always_inline))

// One row each. next is the row that comes after, to ask for in time.
VNNI INLINE int32_t row_vnni(const int8_t *q, const uint8_t *r, const uint8_t *next, size_t dim) {
    __m512i a = _mm512_setzero_si512(), b = a;
    size_t i = 0;
    for (; i + 128 <= dim; i += 128) {
        __builtin_prefetch(next + i);
        __builtin_prefetch(next + i + 64);
        a = _mm512_dpbusd_epi32(a, _mm512_loadu_si512(r + i), _mm512_loadu_si512(q + i));
        b = _mm512_dpbusd_epi32(b, _mm512_loadu_si512(r + i + 64), _mm512_loadu_si512(q + i + 64));
    }
    for (; i < dim; i += 64) {
        __mmask64 m = dim - i < 64 ? ((__mmask64)1 << (dim - i)) - 1 : ~(__mmask64)0;
        a = _mm512_dpbusd_epi32(a, _mm512_maskz_loadu_epi8(m, r + i), _mm512_maskz_loadu_epi8(m, q + i));
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(a, b));
}

// The eight-bit multiply of AVX2 saturates its sixteen-bit sums, so the bytes are widened first.
AVX2 INLINE int32_t row_avx2(const int8_t *q, const uint8_t *r, const uint8_t *next, size_t dim) {
    __m256i s = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 16 <= dim; i += 16) {
        if (i % 64 == 0) __builtin_prefetch(next + i);
        __m256i x = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(r + i)));
        __m256i y = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(q + i)));
        s = _mm256_add_epi32(s, _mm256_madd_epi16(x, y));
    }
    int32_t lanes[8], sum = 0;
    _mm256_storeu_si256((__m256i *)lanes, s);
    for (int k = 0; k < 8; k++) sum += lanes[k];
    for (; i < dim; i++) sum += (int32_t)q[i] * r[i];
    return sum;
}

// below says that the cut rules a row out; a NaN does not. Every product and sum is rounded by itself: ISO C.
INLINE int below(int32_t score, double norm, const float *step, const segue_code_cut *c) {
    double up = c->scale * (double)step[0] * ((double)score - c->zero);
    up += c->length * (double)step[1];
    return up < c->base + norm * (c->slope + norm * c->square);
}

// The loops over rows. A scan asks for bytes AHEAD of the row, which may lie past the block's end.
#define AHEAD 2048
#define LOOPS(target, row)                                                                                            \
    target static void scan_##row(int32_t *dst, const int8_t *q, const uint8_t *rows, size_t n, size_t dim) {         \
        for (size_t i = 0; i < n; i++) dst[i] = row(q, rows + i * dim, rows + i * dim + AHEAD, dim);                  \
    }                                                                                                                 \
    target static void gather_##row(int32_t *dst, const int8_t *q, const uint8_t *block, const uint32_t *at,          \
                                    size_t n, size_t dim) {                                                           \
        for (size_t i = 0; i < n; i++)                                                                                \
            dst[i] = row(q, block + (size_t)at[i] * dim, block + (size_t)at[i + 4 < n ? i + 4 : n - 1] * dim, dim);   \
    }                                                                                                                 \
    target static size_t sift_##row(uint32_t *out, int32_t *scores, const int8_t *q, const uint8_t *block,            \
                                    const uint32_t *at, size_t first, size_t n, size_t dim, const double *norms,      \
                                    const float *steps, const segue_code_cut *c) {                                    \
        size_t kept = 0;                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                                              \
            size_t v = at ? at[i] : first + i;                                                                        \
            const uint8_t *r = block + v * dim;                                                                       \
            const uint8_t *next = at ? block + (size_t)at[i + 4 < n ? i + 4 : n - 1] * dim : r + AHEAD;               \
            int32_t score = row(q, r, next, dim);                                                                     \
            out[kept] = (uint32_t)v;                                                                                  \
            scores[kept] = score;                                                                                     \
            kept += !below(score, norms[v], steps + 2 * v, c);                                                        \
        }                                                                                                             \
        return kept;                                                                                                  \
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

void segue_scan_codes(int level, int32_t *dst, const int8_t *q, const uint8_t *rows, size_t n, size_t dim) {
    if (level == SEGUE_AVX512 && have_vnni())
        scan_row_vnni(dst, q, rows, n, dim);
    else
        scan_row_avx2(dst, q, rows, n, dim);
}

void segue_gather_codes(int level, int32_t *dst, const int8_t *q, const uint8_t *block, const uint32_t *at, size_t n,
                        size_t dim) {
    if (level == SEGUE_AVX512 && have_vnni())
        gather_row_vnni(dst, q, block, at, n, dim);
    else
        gather_row_avx2(dst, q, block, at, n, dim);
}

size_t segue_sift_codes(int level, uint32_t *out, int32_t *scores, const int8_t *q, const uint8_t *block,
                        const uint32_t *at, size_t first, size_t n, size_t dim, const double *norms, const float *steps,
                        const segue_code_cut *cut) {
    if (level == SEGUE_AVX512 && have_vnni())
        return sift_row_vnni(out, scores, q, block, at, first, n, dim, norms, steps, cut);
    return sift_row_avx2(out, scores, q, block, at, first, n, dim, norms, steps, cut);
}
