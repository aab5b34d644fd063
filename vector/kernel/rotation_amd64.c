#include <immintrin.h>
#include <string.h>

#include "kernels.h"
#include "signs.h"

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline))

// One step of the Walsh-Hadamard transform within a register: each lane and its partner become their sum and their
// difference. swapped is the partner of each lane, second the lanes that are the second of their pair.
AVX512 INLINE __m512 within512(__m512 x, __m512 swapped, __mmask16 second) {
    return _mm512_mask_sub_ps(_mm512_add_ps(x, swapped), second, swapped, x);
}

AVX512 static void hadamard512(float *x, size_t span, const uint32_t *flips) {
    for (size_t i = 0; i < span; i += 16) {
        __m512 v = _mm512_castsi512_ps(_mm512_xor_si512(_mm512_loadu_si512(x + i), _mm512_loadu_si512(flips + i)));
        v = within512(v, _mm512_permute_ps(v, 0xB1), 0xAAAA);
        v = within512(v, _mm512_permute_ps(v, 0x4E), 0xCCCC);
        v = within512(v, _mm512_shuffle_f32x4(v, v, 0xB1), 0xF0F0);
        v = within512(v, _mm512_shuffle_f32x4(v, v, 0x4E), 0xFF00);
        _mm512_storeu_ps(x + i, v);
    }
    for (size_t h = 16; h < span; h *= 2)
        for (size_t i = 0; i < span; i += 2 * h)
            for (size_t j = i; j < i + h; j += 16) {
                __m512 a = _mm512_loadu_ps(x + j), b = _mm512_loadu_ps(x + j + h);
                _mm512_storeu_ps(x + j, _mm512_add_ps(a, b));
                _mm512_storeu_ps(x + j + h, _mm512_sub_ps(a, b));
            }
}

AVX2 INLINE __m256 within256(__m256 x, __m256 swapped, int second) {
    __m256 sum = _mm256_add_ps(x, swapped), difference = _mm256_sub_ps(swapped, x);
    switch (second) { // the mask must be a constant where it is used
    case 0xAA: return _mm256_blend_ps(sum, difference, 0xAA);
    case 0xCC: return _mm256_blend_ps(sum, difference, 0xCC);
    default: return _mm256_blend_ps(sum, difference, 0xF0);
    }
}

AVX2 static void hadamard256(float *x, size_t span, const uint32_t *flips) {
    for (size_t i = 0; i < span; i += 8) {
        __m256i flip = _mm256_loadu_si256((const __m256i *)(flips + i));
        __m256 v = _mm256_xor_ps(_mm256_loadu_ps(x + i), _mm256_castsi256_ps(flip));
        v = within256(v, _mm256_permute_ps(v, 0xB1), 0xAA);
        v = within256(v, _mm256_permute_ps(v, 0x4E), 0xCC);
        v = within256(v, _mm256_permute2f128_ps(v, v, 1), 0xF0);
        _mm256_storeu_ps(x + i, v);
    }
    for (size_t h = 8; h < span; h *= 2)
        for (size_t i = 0; i < span; i += 2 * h)
            for (size_t j = i; j < i + h; j += 8) {
                __m256 a = _mm256_loadu_ps(x + j), b = _mm256_loadu_ps(x + j + h);
                _mm256_storeu_ps(x + j, _mm256_add_ps(a, b));
                _mm256_storeu_ps(x + j + h, _mm256_sub_ps(a, b));
            }
}

void segue_rotate(int level, float *x, size_t dim, size_t span, const uint32_t *flips, size_t rounds, float scale) {
    for (size_t r = 0; r < rounds; r++) {
        float *part = r % 2 ? x + (dim - span) : x;
        if (level == SEGUE_AVX512)
            hadamard512(part, span, flips + r * span);
        else
            hadamard256(part, span, flips + r * span);
        for (size_t i = 0; i < span; i++) part[i] *= scale;
    }
}

void segue_unrotate(int level, float *x, size_t dim, size_t span, const uint32_t *flips, const uint32_t *none, size_t rounds,
                    float scale) {
    for (size_t r = rounds; r-- > 0;) {
        float *part = r % 2 ? x + (dim - span) : x;
        const uint32_t *f = flips + r * span;
        if (level == SEGUE_AVX512)
            hadamard512(part, span, none);
        else
            hadamard256(part, span, none);
        for (size_t i = 0; i < span; i++) {
            float y = part[i] * scale;
            uint32_t b;
            memcpy(&b, &y, sizeof b);
            b ^= f[i];
            memcpy(&part[i], &b, sizeof b);
        }
    }
}
