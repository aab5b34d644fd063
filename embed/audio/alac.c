// The format is Apple's (ALAC, 2011): a packet has one element for each channel or pair. An element has its parameters, the
// low bits of wide samples as they are, and for each channel the residuals of a predictor in an adaptive Golomb code.
#include "alac.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define MAX_FRAMES (1 << 16) // encoders write 4,096
#define MAX_ORDER 32

struct segue_alac {
  int frames, bits, channels;
  int history_mult, initial_history, max_k;
  int fast; // the processor has AVX2
  int32_t *samples[2], *errors;
  uint16_t *low[2]; // the low bits of wide samples
};

// Bits from the highest of each byte on. Past the end come those of the padding; at is beyond end by then.
typedef struct {
  const uint8_t *bytes;
  int64_t at, end; // bits
} bits;

// The next 57 bits or more, at the top of the word.
static inline uint64_t peek(const bits *b) {
  int64_t at = b->at < b->end ? b->at : b->end;
  uint64_t word;
  memcpy(&word, b->bytes + (at >> 3), sizeof word);
  return __builtin_bswap64(word) << (at & 7);
}

static inline uint32_t take(bits *b, int n) {
  if (n == 0) return 0;
  uint32_t v = (uint32_t)(peek(b) >> (64 - n));
  b->at += n;
  return v;
}

static inline int32_t take_signed(bits *b, int n) { return (int32_t)(take(b, n) << (32 - n)) >> (32 - n); }

static inline int log2_of(uint32_t v) { return 31 - __builtin_clz(v | 1); }

// A Golomb number of parameter k, or one of so many bits as it is.
static inline uint32_t golomb(bits *b, int k, int raw_bits) {
  uint64_t word = peek(b);
  int ones = __builtin_clzll(~word | 1); // at most 9 count
  if (ones > 8) {
    b->at += 9;
    return take(b, raw_bits);
  }
  b->at += ones + 1;
  if (k == 1) return (uint32_t)ones;
  uint32_t low = (uint32_t)(word << (ones + 1) >> (64 - k));
  uint32_t v = ((uint32_t)ones << k) - (uint32_t)ones;
  if (low > 1) {
    b->at += k;
    return v + low - 1;
  }
  b->at += k - 1;
  return v;
}

// Reads the residuals. What is small for long is a run of zeros.
static int read_errors(const segue_alac *a, bits *b, int32_t *to, int n, int sample_bits, int mult) {
  uint32_t history = (uint32_t)a->initial_history, odd = 0;
  for (int i = 0; i < n; i++) {
    if (b->at > b->end) return 0;
    int k = log2_of((history >> 9) + 3);
    uint32_t v = golomb(b, k < a->max_k ? k : a->max_k, sample_bits) + odd;
    odd = 0;
    to[i] = (int32_t)(v >> 1) ^ -(int32_t)(v & 1);
    history = v > 0xffff ? 0xffff : history + v * (uint32_t)mult - (history * (uint32_t)mult >> 9);
    if (history >= 128 || i + 1 >= n) continue;
    k = 7 - log2_of(history) + (int)((history + 16) >> 6);
    uint32_t zeros = golomb(b, k < a->max_k ? k : a->max_k, 16);
    if (zeros > (uint32_t)(n - i - 1)) return 0;
    memset(to + i + 1, 0, zeros * sizeof *to);
    i += (int)zeros;
    odd = zeros <= 0xffff;
    history = 0;
  }
  return b->at <= b->end;
}

static inline int32_t wrap(int64_t v, int sample_bits) { return (int32_t)((uint32_t)v << (32 - sample_bits)) >> (32 - sample_bits); }

// What a channel's predictor is; coefs[0] belongs to the oldest sample.
typedef struct {
  int type, shift, mult, order;
  int32_t coefs[MAX_ORDER];
} predictor;

// The predictor works on differences to the sample before all that it sees, and its coefficients follow the sign of the
// residual, the oldest first, until they would have made up for it.
static void predict_from(const predictor *p, int32_t *coefs, const int32_t *errors, int32_t *out, int from, int n, int sample_bits) {
  for (int i = from; i < n; i++) {
    const int32_t *seen = out + i - p->order, base = seen[-1];
    uint32_t sum = 0;
    for (int j = 0; j < p->order; j++) sum += (uint32_t)(seen[j] - base) * (uint32_t)coefs[j];
    out[i] = wrap((((int64_t)(int32_t)sum + (1 << (p->shift - 1))) >> p->shift) + base + errors[i], sample_bits);
    int32_t left = errors[i], sign = (left > 0) - (left < 0);
    for (int j = 0; j < p->order && left * sign > 0; j++) {
      int32_t d = base - seen[j], s = ((d > 0) - (d < 0)) * sign;
      coefs[j] -= s;
      left -= (d * s >> p->shift) * (j + 1);
    }
  }
}

#if defined(__x86_64__)

// The sum of the lanes before each one, it included.
__attribute__((target("avx2"))) static inline __m256i running_sum(__m256i v) {
  v = _mm256_add_epi32(v, _mm256_slli_si256(v, 4));
  v = _mm256_add_epi32(v, _mm256_slli_si256(v, 8));
  const __m256i low = _mm256_permutevar8x32_epi32(v, _mm256_set1_epi32(3));
  return _mm256_add_epi32(v, _mm256_blend_epi32(_mm256_setzero_si256(), low, 0xf0));
}

// The same for up to eight coefficients. What the residual still is at each of them is a running sum, so that nothing is
// guessed and no loop ends where nobody expects it, which took most of the time. The newest sample's share is no lane's: the
// others are ready before it is known, and it is the last to follow the residual.
__attribute__((target("avx2"))) static void predict_eight(const predictor *p, const int32_t *errors, int32_t *out, int n,
                                                          int sample_bits) {
  const int order = p->order, shift = p->shift;
  int32_t lanes[8] = {0}, second[8] = {0};
  memcpy(lanes, p->coefs, (size_t)(order - 1) * sizeof *lanes);
  __m256i coefs = _mm256_loadu_si256((const __m256i *)lanes);
  uint32_t newest_coef = (uint32_t)p->coefs[order - 1];
  // The lanes hold the samples from the oldest on, without the newest: each step moves them by one and puts one in.
  memset(lanes, 0, sizeof lanes);
  memcpy(lanes, out + 1, (size_t)(order - 1) * sizeof *lanes);
  if (order > 1) second[order - 2] = -1;
  __m256i seen = _mm256_loadu_si256((const __m256i *)lanes);
  const __m256i place = _mm256_loadu_si256((const __m256i *)second);
  const __m256i used = _mm256_cmpgt_epi32(_mm256_set1_epi32(order - 1), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  const __m256i weights = _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 8);
  const __m256i next = _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 0);
  const __m128i shifts = _mm_cvtsi32_si128(shift);
  const __m256i ceiling = _mm256_set1_epi32((1 << shift) - 1);
  const int64_t half = 1 << (shift - 1);
  int32_t newest = out[order];
  for (int i = order + 1; i < n; i++) {
    const int32_t error = errors[i], base = out[i - order - 1];
    const int32_t sign = (error > 0) - (error < 0), magnitude = error < 0 ? -error : error;
    const __m256i differences = _mm256_and_si256(_mm256_sub_epi32(seen, _mm256_set1_epi32(base)), used);
    const __m256i products = _mm256_mullo_epi32(differences, coefs);
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(products), _mm256_extracti128_si256(products, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
    const int32_t newest_difference = newest - base;
    const uint32_t sum = (uint32_t)_mm_cvtsi128_si32(s) + (uint32_t)newest_difference * newest_coef;
    seen = _mm256_blendv_epi8(_mm256_permutevar8x32_epi32(seen, next), _mm256_set1_epi32(newest), place);
    out[i] = newest = wrap((((int64_t)(int32_t)sum + half) >> shift) + base + error, sample_bits);
    // Each step of a coefficient makes up for |difference| >> shift, towards the residual's sign, times its place.
    const __m256i signs = _mm256_set1_epi32(sign);
    __m256i made_up = _mm256_abs_epi32(differences);
    made_up = _mm256_add_epi32(made_up, _mm256_and_si256(ceiling, _mm256_srai_epi32(signs, 31)));
    made_up = _mm256_mullo_epi32(_mm256_sra_epi32(made_up, shifts), weights);
    const __m256i until = running_sum(made_up);
    const __m256i moves = _mm256_cmpgt_epi32(_mm256_set1_epi32(magnitude), _mm256_sub_epi32(until, made_up));
    const __m256i towards = _mm256_sign_epi32(_mm256_sign_epi32(_mm256_set1_epi32(1), differences), signs);
    coefs = _mm256_add_epi32(coefs, _mm256_and_si256(towards, moves));
    const int32_t newest_sign = (newest_difference > 0) - (newest_difference < 0);
    newest_coef += (uint32_t)(newest_sign * sign) & (uint32_t)-(magnitude > _mm256_extract_epi32(until, 7));
  }
}

static int has_avx2(void) { return __builtin_cpu_supports("avx2"); }

#else

static void predict_eight(const predictor *p, const int32_t *errors, int32_t *out, int n, int sample_bits) {
  (void)p, (void)errors, (void)out, (void)n, (void)sample_bits;
}
static int has_avx2(void) { return 0; }

#endif

static void predict(const segue_alac *a, const predictor *p, const int32_t *errors, int32_t *out, int n, int sample_bits) {
  out[0] = errors[0];
  if (p->order == 0) {
    memcpy(out, errors, (size_t)n * sizeof *out);
    return;
  }
  int i = 1; // the first ones, or all of them, are differences to the one before
  for (; i < n && (p->order == 31 || i <= p->order); i++) out[i] = wrap((int64_t)out[i - 1] + errors[i], sample_bits);
  if (i == n) return;
  if (a->fast && p->order <= 8) {
    predict_eight(p, errors, out, n, sample_bits);
    return;
  }
  int32_t coefs[MAX_ORDER];
  memcpy(coefs, p->coefs, sizeof coefs);
  predict_from(p, coefs, errors, out, i, n, sample_bits);
}

static void read_predictor(bits *b, predictor *p, int history_mult) {
  p->type = (int)take(b, 4);
  p->shift = (int)take(b, 4);
  p->mult = (int)take(b, 3) * history_mult / 4;
  p->order = (int)take(b, 5);
  for (int i = p->order - 1; i >= 0; i--) p->coefs[i] = take_signed(b, 16);
}

// What an element says before its samples.
typedef struct {
  int first, channels; // of the stream's
  int n, low_bits;
  int mix_bits, mix;
} element;

static int read_compressed(segue_alac *a, bits *b, element *e) {
  const int sample_bits = a->bits - e->low_bits + e->channels - 1;
  predictor p[2];
  e->mix_bits = (int)take(b, 8);
  e->mix = take_signed(b, 8);
  if (sample_bits < 1 || e->low_bits > 16 || e->mix_bits > 31) return 0;
  for (int c = 0; c < e->channels; c++) {
    read_predictor(b, &p[c], a->history_mult);
    if (p[c].shift == 0 && p[c].order > 0 && p[c].order < 31) return 0;
  }
  if (b->at + (int64_t)e->n * e->low_bits * e->channels > b->end) return 0;
  for (int i = 0; e->low_bits > 0 && i < e->n; i++) {
    for (int c = 0; c < e->channels; c++) a->low[c][i] = (uint16_t)take(b, e->low_bits);
  }
  for (int c = 0; c < e->channels; c++) {
    if (!read_errors(a, b, a->errors, e->n, sample_bits, p[c].mult)) return 0;
    if (p[c].type == 15) { // differences of differences
      for (int i = 1; i < e->n; i++) a->errors[i] = wrap((int64_t)a->errors[i] + a->errors[i - 1], sample_bits);
    }
    predict(a, &p[c], a->errors, a->samples[e->first + c], e->n, sample_bits);
  }
  return 1;
}

static int read_raw(segue_alac *a, bits *b, const element *e) {
  if (b->at + (int64_t)e->n * a->bits * e->channels > b->end) return 0;
  for (int i = 0; i < e->n; i++) {
    for (int c = 0; c < e->channels; c++) a->samples[e->first + c][i] = take_signed(b, a->bits);
  }
  return 1;
}

static int32_t times(int32_t a, int32_t b) { return (int32_t)((uint32_t)a * (uint32_t)b); }

// A pair is kept as a weighted mean and a difference.
static void unmix(segue_alac *a, const element *e) {
  if (e->channels < 2 || e->mix == 0) return;
  int32_t *u = a->samples[0], *v = a->samples[1];
  for (int i = 0; i < e->n; i++) {
    const int32_t right = u[i] - (times(v[i], e->mix) >> e->mix_bits);
    u[i] = right + v[i];
    v[i] = right;
  }
}

static void append_low_bits(segue_alac *a, const element *e) {
  for (int c = 0; e->low_bits > 0 && c < e->channels; c++) {
    int32_t *x = a->samples[e->first + c];
    for (int i = 0; i < e->n; i++) x[i] = (int32_t)((uint32_t)x[i] << e->low_bits) | a->low[c][i];
  }
}

static int read_element(segue_alac *a, bits *b, element *e) {
  take(b, 4 + 12); // its number, and bits without a meaning
  const int has_size = (int)take(b, 1);
  e->low_bits = 8 * (int)take(b, 2);
  const int raw = (int)take(b, 1);
  const uint32_t n = has_size ? take(b, 32) : (uint32_t)a->frames;
  if (n < 1 || n > (uint32_t)a->frames || (e->first > 0 && n != (uint32_t)e->n)) return 0;
  e->n = (int)n;
  if (raw) return read_raw(a, b, e);
  if (!read_compressed(a, b, e)) return 0;
  unmix(a, e);
  append_low_bits(a, e);
  return 1;
}

// Interleaves the samples as floats; what a damaged packet holds beyond its width is dropped.
static void interleave(const segue_alac *a, int n, float *to) {
  const int drop = 32 - a->bits;
  const float unit = 1.0f / (float)(1 << (a->bits - 1));
  for (int c = 0; c < a->channels; c++) {
    const int32_t *x = a->samples[c];
    for (int i = 0; i < n; i++) to[i * a->channels + c] = (float)((int32_t)((uint32_t)x[i] << drop) >> drop) * unit;
  }
}

int segue_alac_decode(segue_alac *a, const uint8_t *packet, size_t size, float *to) {
  enum { ONE = 0, PAIR = 1, LOW = 3, END = 7 };
  bits b = {packet, 0, (int64_t)size * 8};
  element e = {0};
  while (e.first < a->channels) {
    const uint32_t kind = take(&b, 3);
    if (kind != ONE && kind != PAIR && kind != LOW) return -1;
    e.channels = kind == PAIR ? 2 : 1;
    if (e.first + e.channels > a->channels || !read_element(a, &b, &e)) return -1;
    e.first += e.channels;
  }
  interleave(a, e.n, to);
  return e.n;
}

int segue_alac_channels(const segue_alac *a) { return a->channels; }
int segue_alac_max_frames(const segue_alac *a) { return a->frames; }

static uint32_t big_endian(const uint8_t *b) { return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]; }

segue_alac *segue_alac_new(const uint8_t *cookie, size_t size) {
  if (size >= 12 + 24 && memcmp(cookie + 4, "alac", 4) == 0) cookie += 12, size -= 12;
  if (size < 24 || big_endian(cookie) < 1 || big_endian(cookie) > MAX_FRAMES || cookie[4] != 0) return NULL;
  const int width = cookie[5], max_k = cookie[8], channels = cookie[9];
  if ((width != 16 && width != 24) || channels < 1 || channels > 2 || max_k < 1 || max_k > 25) return NULL;
  segue_alac *a = calloc(1, sizeof *a);
  if (a == NULL) return NULL;
  a->frames = (int)big_endian(cookie);
  a->bits = width;
  a->channels = channels;
  a->history_mult = cookie[6];
  a->initial_history = cookie[7];
  a->max_k = max_k;
  a->fast = has_avx2();
  int failed = (a->errors = malloc((size_t)a->frames * sizeof *a->errors)) == NULL;
  for (int c = 0; c < channels; c++) {
    failed |= (a->samples[c] = malloc((size_t)a->frames * sizeof *a->samples[c])) == NULL;
    failed |= (a->low[c] = malloc((size_t)a->frames * sizeof *a->low[c])) == NULL;
  }
  if (!failed) return a;
  segue_alac_free(a);
  return NULL;
}

void segue_alac_free(segue_alac *a) {
  for (int c = 0; c < 2; c++) {
    free(a->samples[c]);
    free(a->low[c]);
  }
  free(a->errors);
  free(a);
}
