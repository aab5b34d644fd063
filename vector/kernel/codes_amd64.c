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
