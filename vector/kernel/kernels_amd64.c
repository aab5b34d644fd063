#include "kernels.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline))

// How far ahead of the sum a scan asks for bytes. Rows follow one another, so the distance runs over
// the row's end; at the block's end it names bytes that are not ours, which a prefetch may do. A gather
// asks for the row that comes next.
#define AHEAD 512

int segue_level(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) return SEGUE_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return SEGUE_AVX2;
    return 0;
}

// One step of each operation: acc + f(x, y), sixteen or eight lanes at a time, and its scalar twin for
// the last lanes of AVX2.
AVX512 INLINE __m512 step512(int op, __m512 acc, __m512 x, __m512 y) {
    if (op == SEGUE_DOT) return _mm512_fmadd_ps(x, y, acc);
    __m512 d = _mm512_sub_ps(x, y);
    if (op == SEGUE_L2SQ) return _mm512_fmadd_ps(d, d, acc);
    return _mm512_add_ps(acc, _mm512_abs_ps(d));
}

AVX2 INLINE __m256 step256(int op, __m256 acc, __m256 x, __m256 y) {
    if (op == SEGUE_DOT) return _mm256_fmadd_ps(x, y, acc);
    __m256 d = _mm256_sub_ps(x, y);
    if (op == SEGUE_L2SQ) return _mm256_fmadd_ps(d, d, acc);
    return _mm256_add_ps(acc, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), d));
}

INLINE float step1(int op, float acc, float x, float y) {
    if (op == SEGUE_DOT) return acc + x * y;
    float d = x - y;
    if (op == SEGUE_L2SQ) return acc + d * d;
    return acc + __builtin_fabsf(d);
}

AVX512 INLINE float row512(int op, const float *q, const float *r, const float *next, size_t dim) {
    __m512 a = _mm512_setzero_ps(), b = a, c = a, d = a;
    size_t i = 0;
    for (; i + 64 <= dim; i += 64) {
        __builtin_prefetch(next + i);
        __builtin_prefetch(next + i + 16);
        __builtin_prefetch(next + i + 32);
        __builtin_prefetch(next + i + 48);
        a = step512(op, a, _mm512_loadu_ps(q + i), _mm512_loadu_ps(r + i));
        b = step512(op, b, _mm512_loadu_ps(q + i + 16), _mm512_loadu_ps(r + i + 16));
        c = step512(op, c, _mm512_loadu_ps(q + i + 32), _mm512_loadu_ps(r + i + 32));
        d = step512(op, d, _mm512_loadu_ps(q + i + 48), _mm512_loadu_ps(r + i + 48));
    }
    for (; i + 16 <= dim; i += 16) a = step512(op, a, _mm512_loadu_ps(q + i), _mm512_loadu_ps(r + i));
    if (i < dim) {
        __mmask16 m = (__mmask16)((1u << (dim - i)) - 1);
        b = step512(op, b, _mm512_maskz_loadu_ps(m, q + i), _mm512_maskz_loadu_ps(m, r + i));
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d)));
}

AVX2 INLINE float row256(int op, const float *q, const float *r, const float *next, size_t dim) {
    __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
    size_t i = 0;
    for (; i + 32 <= dim; i += 32) {
        __builtin_prefetch(next + i);
        __builtin_prefetch(next + i + 16);
        a = step256(op, a, _mm256_loadu_ps(q + i), _mm256_loadu_ps(r + i));
        b = step256(op, b, _mm256_loadu_ps(q + i + 8), _mm256_loadu_ps(r + i + 8));
        c = step256(op, c, _mm256_loadu_ps(q + i + 16), _mm256_loadu_ps(r + i + 16));
        d = step256(op, d, _mm256_loadu_ps(q + i + 24), _mm256_loadu_ps(r + i + 24));
    }
    for (; i + 8 <= dim; i += 8) a = step256(op, a, _mm256_loadu_ps(q + i), _mm256_loadu_ps(r + i));
    a = _mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d));
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    float sum = _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
    for (; i < dim; i++) sum = step1(op, sum, q[i], r[i]);
    return sum;
}

// The loops over rows, one a level and operation so that op is a constant inside.
#define LOOPS(level, target, row, name, op)                                                                           \
    target static void scan##level##name(float *dst, const float *q, const float *rows, size_t n, size_t dim) {       \
        for (size_t i = 0; i < n; i++) dst[i] = row(op, q, rows + i * dim, rows + i * dim + AHEAD, dim);              \
    }                                                                                                                 \
    target static void gather##level##name(float *dst, const float *q, const float *block, const uint32_t *at,        \
                                           size_t n, size_t dim) {                                                    \
        for (size_t i = 0; i < n; i++) {                                                                              \
            const float *next = block + (size_t)at[i + 1 < n ? i + 1 : i] * dim;                                      \
            dst[i] = row(op, q, block + (size_t)at[i] * dim, next, dim);                                              \
        }                                                                                                             \
    }

LOOPS(512, AVX512, row512, dot, SEGUE_DOT)
LOOPS(512, AVX512, row512, l2sq, SEGUE_L2SQ)
LOOPS(512, AVX512, row512, l1, SEGUE_L1)
LOOPS(256, AVX2, row256, dot, SEGUE_DOT)
LOOPS(256, AVX2, row256, l2sq, SEGUE_L2SQ)
LOOPS(256, AVX2, row256, l1, SEGUE_L1)

void segue_scan(int level, int op, float *dst, const float *q, const float *rows, size_t n, size_t dim) {
    static void (*const f[2][3])(float *, const float *, const float *, size_t, size_t) = {
        {scan256dot, scan256l2sq, scan256l1}, {scan512dot, scan512l2sq, scan512l1}};
    f[level - SEGUE_AVX2][op](dst, q, rows, n, dim);
}

void segue_gather(int level, int op, float *dst, const float *q, const float *block, const uint32_t *at, size_t n,
                  size_t dim) {
    static void (*const f[2][3])(float *, const float *, const float *, const uint32_t *, size_t, size_t) = {
        {gather256dot, gather256l2sq, gather256l1}, {gather512dot, gather512l2sq, gather512l1}};
    f[level - SEGUE_AVX2][op](dst, q, block, at, n, dim);
}
