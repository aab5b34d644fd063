#include "signs.h"

#include <immintrin.h>

#include "kernels.h"

#define AVX2 __attribute__((target("avx2,fma,popcnt")))
#define POPCNT512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")))
#define INLINE static inline __attribute__((always_inline))

// A block is eight rows, word by word: word w of row i is signs[8 * w + i]. A plane's bits are one binary digit of the
// query's numbers: planes[4 * w + p] is word w of digit p, and the last digit counts negative.
#define BLOCK 8
#define PLANES 4

// keep says which of four or eight rows the cut lets through: all but those surely below it. A NaN is below nothing.
// The product and the sum of each step are rounded apart, as in Go: this file is compiled as ISO C, which does not
// fuse them.
POPCNT512 INLINE __mmask8 keep512(__m512d s, const float *f, const segue_sign_cut *c) {
    __m512d norm = _mm512_cvtps_pd(_mm256_loadu_ps(f)), base = _mm512_cvtps_pd(_mm256_loadu_ps(f + 8));
    __m512d along = _mm512_cvtps_pd(_mm256_loadu_ps(f + 16)), rest = _mm512_cvtps_pd(_mm256_loadu_ps(f + 24));
    __m512d t = _mm512_add_pd(_mm512_mul_pd(_mm512_set1_pd(c->scale), s), _mm512_set1_pd(c->shift));
    __m512d up = _mm512_add_pd(_mm512_set1_pd(c->offset), base);
    up = _mm512_add_pd(up, _mm512_mul_pd(along, t));
    up = _mm512_add_pd(up, _mm512_mul_pd(rest, _mm512_set1_pd(c->spread)));
    __m512d limit = _mm512_add_pd(_mm512_set1_pd(c->slope), _mm512_mul_pd(norm, _mm512_set1_pd(c->square)));
    limit = _mm512_add_pd(_mm512_set1_pd(c->base), _mm512_mul_pd(norm, limit));
    return _mm512_cmp_pd_mask(up, limit, _CMP_NLT_UQ);
}

POPCNT512 static size_t sift512(uint32_t *out, const uint64_t *planes, const uint64_t *signs, const float *factors,
                                size_t n, size_t words, const segue_sign_cut *c) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i += BLOCK, signs += BLOCK * words, factors += 4 * BLOCK) {
        __m512i a = _mm512_setzero_si512(), b = a, d = a, e = a;
        for (size_t w = 0; w < words; w++) {
            __m512i v = _mm512_loadu_si512(signs + BLOCK * w);
            const uint64_t *p = planes + PLANES * w;
            __builtin_prefetch(signs + BLOCK * (words + w) + 3 * BLOCK * words);
            a = _mm512_add_epi64(a, _mm512_popcnt_epi64(_mm512_and_si512(v, _mm512_set1_epi64((long long)p[0]))));
            b = _mm512_add_epi64(b, _mm512_popcnt_epi64(_mm512_and_si512(v, _mm512_set1_epi64((long long)p[1]))));
            d = _mm512_add_epi64(d, _mm512_popcnt_epi64(_mm512_and_si512(v, _mm512_set1_epi64((long long)p[2]))));
            e = _mm512_add_epi64(e, _mm512_popcnt_epi64(_mm512_and_si512(v, _mm512_set1_epi64((long long)p[3]))));
        }
        a = _mm512_add_epi64(a, _mm512_slli_epi64(b, 1));
        a = _mm512_add_epi64(a, _mm512_slli_epi64(d, 2));
        a = _mm512_sub_epi64(a, _mm512_slli_epi64(e, 3));
        unsigned keep = keep512(_mm512_cvtepi64_pd(a), factors, c);
        if (n - i < BLOCK) keep &= (1u << (n - i)) - 1;
        for (; keep; keep &= keep - 1) out[kept++] = (uint32_t)(i + (size_t)__builtin_ctz(keep));
    }
    return kept;
}

AVX2 INLINE int keep256(__m256d s, const float *f, const segue_sign_cut *c) {
    __m256d norm = _mm256_cvtps_pd(_mm_loadu_ps(f)), base = _mm256_cvtps_pd(_mm_loadu_ps(f + 8));
    __m256d along = _mm256_cvtps_pd(_mm_loadu_ps(f + 16)), rest = _mm256_cvtps_pd(_mm_loadu_ps(f + 24));
    __m256d t = _mm256_add_pd(_mm256_mul_pd(_mm256_set1_pd(c->scale), s), _mm256_set1_pd(c->shift));
    __m256d up = _mm256_add_pd(_mm256_set1_pd(c->offset), base);
    up = _mm256_add_pd(up, _mm256_mul_pd(along, t));
    up = _mm256_add_pd(up, _mm256_mul_pd(rest, _mm256_set1_pd(c->spread)));
    __m256d limit = _mm256_add_pd(_mm256_set1_pd(c->slope), _mm256_mul_pd(norm, _mm256_set1_pd(c->square)));
    limit = _mm256_add_pd(_mm256_set1_pd(c->base), _mm256_mul_pd(norm, limit));
    return _mm256_movemask_pd(_mm256_cmp_pd(up, limit, _CMP_NLT_UQ));
}

// count256 counts each byte's bits, by a table of the halves' (Muła, "SSSE3: fast popcount").
AVX2 INLINE __m256i count256(__m256i v) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1,
                                           2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(15);
    return _mm256_add_epi8(_mm256_shuffle_epi8(table, _mm256_and_si256(v, low)),
                           _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(v, 4), low)));
}

AVX2 INLINE __m256i sums256(const uint64_t *planes, const uint64_t *signs, size_t words) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i sum[PLANES] = {zero, zero, zero, zero};
    for (size_t w = 0; w < words; w++) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(signs + BLOCK * w));
        for (int p = 0; p < PLANES; p++) {
            __m256i x = _mm256_and_si256(v, _mm256_set1_epi64x((long long)planes[PLANES * w + p]));
            sum[p] = _mm256_add_epi64(sum[p], _mm256_sad_epu8(count256(x), zero));
        }
    }
    __m256i s = _mm256_add_epi64(sum[0], _mm256_slli_epi64(sum[1], 1));
    return _mm256_sub_epi64(_mm256_add_epi64(s, _mm256_slli_epi64(sum[2], 2)), _mm256_slli_epi64(sum[3], 3));
}

// double256 converts four integers of less than 2^51.
AVX2 INLINE __m256d double256(__m256i v) {
    const __m256d magic = _mm256_set1_pd(6755399441055744.0); // 2^52 + 2^51: its low bits are the integer
    return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_add_epi64(v, _mm256_castpd_si256(magic))), magic);
}

AVX2 static size_t sift256(uint32_t *out, const uint64_t *planes, const uint64_t *signs, const float *factors, size_t n,
                           size_t words, const segue_sign_cut *c) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i += BLOCK, signs += BLOCK * words, factors += 4 * BLOCK) {
        unsigned keep = (unsigned)keep256(double256(sums256(planes, signs, words)), factors, c);
        keep |= (unsigned)keep256(double256(sums256(planes, signs + 4, words)), factors + 4, c) << 4;
        if (n - i < BLOCK) keep &= (1u << (n - i)) - 1;
        for (; keep; keep &= keep - 1) out[kept++] = (uint32_t)(i + (size_t)__builtin_ctz(keep));
    }
    return kept;
}

static int have_popcnt(void) {
    static int known; // 1 no, 2 yes: every thread that races here finds the same
    int k = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!k) {
        __builtin_cpu_init();
        k = 1 + (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq"));
        __atomic_store_n(&known, k, __ATOMIC_RELAXED);
    }
    return k == 2;
}

size_t segue_sift_signs(int level, uint32_t *out, const uint64_t *planes, const uint64_t *signs, const float *factors,
                        size_t n, size_t words, const segue_sign_cut *cut) {
    if (level == SEGUE_AVX512 && have_popcnt()) return sift512(out, planes, signs, factors, n, words, cut);
    return sift256(out, planes, signs, factors, n, words, cut);
}
