// FAISS's two innermost functions, for the processor at hand. The linker's --wrap sends FAISS's calls
// here; __real_ names are FAISS's own, used where there is neither AVX-512 nor AVX2.
#include <cstddef>

#include <immintrin.h>

extern "C" {
float __real__ZN5faiss18fvec_inner_productEPKfS1_m(const float *, const float *, size_t);
float __real__ZN5faiss10fvec_L2sqrEPKfS1_m(const float *, const float *, size_t);
}

namespace {

typedef float (*distance)(const float *, const float *, size_t);

template <bool L2>
__attribute__((target("avx512f"))) float avx512(const float *x, const float *y, size_t d) {
    __m512 s[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
    size_t i = 0;
    for (; i + 64 <= d; i += 64)
        for (int j = 0; j < 4; j++) {
            __m512 a = _mm512_loadu_ps(x + i + 16 * j), b = _mm512_loadu_ps(y + i + 16 * j);
            if (L2) a = b = _mm512_sub_ps(a, b);
            s[j] = _mm512_fmadd_ps(a, b, s[j]);
        }
    for (; i < d; i += 16) {
        __mmask16 m = d - i < 16 ? (1u << (d - i)) - 1 : 0xffff;
        __m512 a = _mm512_maskz_loadu_ps(m, x + i), b = _mm512_maskz_loadu_ps(m, y + i);
        if (L2) a = b = _mm512_sub_ps(a, b);
        s[0] = _mm512_fmadd_ps(a, b, s[0]);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s[0], s[1]), _mm512_add_ps(s[2], s[3])));
}

template <bool L2>
__attribute__((target("avx2,fma"))) float avx2(const float *x, const float *y, size_t d) {
    __m256 s[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 32 <= d; i += 32)
        for (int j = 0; j < 4; j++) {
            __m256 a = _mm256_loadu_ps(x + i + 8 * j), b = _mm256_loadu_ps(y + i + 8 * j);
            if (L2) a = b = _mm256_sub_ps(a, b);
            s[j] = _mm256_fmadd_ps(a, b, s[j]);
        }
    float lanes[8], sum = 0;
    _mm256_storeu_ps(lanes, _mm256_add_ps(_mm256_add_ps(s[0], s[1]), _mm256_add_ps(s[2], s[3])));
    for (float lane : lanes) sum += lane;
    for (; i < d; i++) sum += L2 ? (x[i] - y[i]) * (x[i] - y[i]) : x[i] * y[i];
    return sum;
}

template <bool L2>
distance best(distance plain) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) return avx512<L2>;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2<L2>;
    return plain;
}

const distance inner_product = best<false>(__real__ZN5faiss18fvec_inner_productEPKfS1_m);
const distance l2sqr = best<true>(__real__ZN5faiss10fvec_L2sqrEPKfS1_m);

} // namespace

extern "C" {
float __wrap__ZN5faiss18fvec_inner_productEPKfS1_m(const float *x, const float *y, size_t d) {
    return inner_product(x, y, d);
}
float __wrap__ZN5faiss10fvec_L2sqrEPKfS1_m(const float *x, const float *y, size_t d) { return l2sqr(x, y, d); }
}
