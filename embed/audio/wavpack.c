// The format is David Bryant's (WavPack 4 and 5). A block has the words of an adaptive code, which are the residuals of a
// cascade of predictors of one weight each, and the state that all of them begin with; a checksum of the samples ends any
// doubt about what is decoded.
#include "wavpack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TERMS 16
#define REACH 8 // the farthest that a predictor looks back

enum { BYTES = 3, MONO = 4, HYBRID = 8, JOINT = 0x10, FLOATS = 0x80, WIDE = 0x100, WHOLE = 0x1800, FALSE_STEREO = 1 << 30 };
#define DSD (1u << 31)

typedef struct {
  int term, delta;
  int32_t weight[2];
  int32_t before[2][REACH];
} predictor;

typedef struct {
  int terms;
  predictor predictors[MAX_TERMS];
  uint32_t median[2][3];
  const uint8_t *words, *extra; // extra: what the samples as integers lack of the floats they were, after a checksum of these
  size_t words_bytes, extra_bytes;
  const uint8_t *float_info;
} block;

struct segue_wavpack {
  int32_t samples[2][REACH + SEGUE_WAVPACK_FRAMES];
  uint8_t exp2[256];
};

segue_wavpack *segue_wavpack_new(void) {
  segue_wavpack *w = malloc(sizeof *w);
  for (int i = 0; w != NULL && i < 256; i++) w->exp2[i] = (uint8_t)lround(256 * (exp2(i / 256.0) - 1));
  return w;
}

void segue_wavpack_free(segue_wavpack *w) { free(w); }

static uint32_t le16(const uint8_t *b) { return b[0] | (uint32_t)b[1] << 8; }
static uint32_t le32(const uint8_t *b) { return le16(b) | le16(b + 2) << 16; }

// A number that is kept as its logarithm; 0 for what is too large to be one.
static int32_t number(const segue_wavpack *w, const uint8_t *b) {
  const int16_t log = (int16_t)le16(b);
  const int magnitude = log < 0 ? -log : log, exponent = magnitude >> 8;
  const int32_t v = w->exp2[magnitude & 255] | 256;
  if (exponent > 31) return 0;
  const int32_t shifted = exponent > 9 ? (int32_t)((uint32_t)v << (exponent - 9)) : v >> (9 - exponent);
  return log < 0 ? -shifted : shifted;
}

static int read_terms(block *b, const uint8_t *at, size_t size) {
  if (size > MAX_TERMS) return 0;
  b->terms = (int)size;
  for (int i = 0; i < b->terms; i++) {
    predictor *p = &b->predictors[b->terms - 1 - i];
    p->term = (at[i] & 31) - 5;
    p->delta = at[i] >> 5;
    if (p->term == 0 || p->term < -3 || (p->term > 8 && p->term != 17 && p->term != 18)) return 0;
  }
  return 1;
}

static int read_weights(block *b, const uint8_t *at, size_t size, int channels) {
  if (size / (size_t)channels > (size_t)b->terms) return 0;
  for (size_t i = 0; i < size / (size_t)channels; i++) {
    for (int c = 0; c < channels; c++) {
      int32_t v = 8 * (int8_t)at[i * (size_t)channels + (size_t)c];
      b->predictors[(size_t)b->terms - 1 - i].weight[c] = v > 0 ? v + ((v + 64) >> 7) : v;
    }
  }
  return 1;
}

// How many samples a predictor has to begin with, of each channel.
static int reach(const predictor *p) { return p->term > 8 ? 2 : p->term < 0 ? 1 : p->term; }

// They lie in predictor.before as they lie before the samples of a block: the last one last.
static int read_before(const segue_wavpack *w, block *b, const uint8_t *at, size_t size, int channels) {
  const uint8_t *end = at + size;
  for (int i = b->terms - 1; i >= 0 && at < end; i--) {
    predictor *p = &b->predictors[i];
    const int n = reach(p);
    if (end - at < 2 * n * channels) return 0;
    for (int j = 0; j < n && p->term > 8; j++) { // by channel, the last one first
      for (int c = 0; c < channels; c++) p->before[c][REACH - 1 - j] = number(w, at + 2 * (c * n + j));
    }
    for (int j = 0; j < n && p->term <= 8; j++) {
      for (int c = 0; c < channels; c++) p->before[c][REACH - n + j] = number(w, at + 2 * (j * channels + c));
    }
    at += 2 * n * channels;
  }
  return 1;
}

static int read_medians(const segue_wavpack *w, block *b, const uint8_t *at, size_t size, int channels) {
  if (size < (size_t)(6 * channels)) return 0;
  for (int i = 0; i < 3 * channels; i++) b->median[i / 3][i % 3] = (uint32_t)number(w, at + 2 * i);
  return 1;
}

// Reads a block's parts; 0 if there is one that has to be understood and is not.
static int read_parts(const segue_wavpack *w, block *b, const uint8_t *at, const uint8_t *end, int channels) {
  enum { TERMS = 2, WEIGHTS = 3, BEFORE = 4, MEDIANS = 5, FLOAT_INFO = 8, WORDS = 10, EXTRA = 12, OPTIONAL = 0x20, ODD = 0x40, LARGE = 0x80 };
  memset(b, 0, sizeof *b);
  while (end - at >= 2) {
    const int id = at[0];
    size_t size = at[1];
    at += 2;
    if (id & LARGE) {
      if (end - at < 2) return 0;
      size |= (size_t)le16(at) << 8;
      at += 2;
    }
    size *= 2;
    if ((size_t)(end - at) < size || ((id & ODD) && size == 0)) return 0;
    const uint8_t *part = at;
    at += size;
    size -= (id & ODD) != 0;
    int understood = 1;
    switch (id & 0x3f) {
    case 0: break; // filling
    case TERMS: understood = read_terms(b, part, size); break;
    case WEIGHTS: understood = read_weights(b, part, size, channels); break;
    case BEFORE: understood = read_before(w, b, part, size, channels); break;
    case MEDIANS: understood = read_medians(w, b, part, size, channels); break;
    case WORDS:
      b->words = part;
      b->words_bytes = size;
      break;
    case FLOAT_INFO:
      b->float_info = part;
      understood = size == 4;
      break;
    case EXTRA:
      b->extra = part;
      b->extra_bytes = size;
      understood = size > 4;
      break;
    default: understood = (id & OPTIONAL) != 0;
    }
    if (!understood) return 0;
  }
  return b->words != NULL;
}

// Bits from the lowest of each byte on, those that come next in a word, each turned: what is counted is then its zeros. Past
// the end come those of the padding.
typedef struct {
  uint64_t turned;
  int have; // bits of the word
  const uint8_t *at, *end;
} bits;

// Makes it at least 56. What is beyond have in the word is the same again next time.
static inline void fill(bits *b) {
  uint64_t more;
  memcpy(&more, b->at, sizeof more);
  b->turned |= ~more << b->have;
  b->at += (63 - b->have) >> 3;
  b->have |= 56;
}

static inline void drop(bits *b, uint32_t n) {
  b->turned >>= n;
  b->have -= (int)n;
}

static inline int past_end(const bits *b) { return b->at - (b->have >> 3) > b->end; }

#define MOST_ONES 33

// A number with its length in ones before it; -1 if it is too long.
static int64_t take_length_first(bits *b) {
  fill(b);
  const uint32_t n = (uint32_t)__builtin_ctzll(b->turned | (uint64_t)1 << MOST_ONES);
  drop(b, n + 1);
  if (n > 31) return -1;
  if (n < 2) return n;
  fill(b);
  const uint64_t low = ~b->turned & (((uint64_t)1 << (n - 1)) - 1);
  drop(b, n - 1);
  return (int64_t)(low | (uint64_t)1 << (n - 1));
}

// A choice without a branch, by all bits or none.
static inline uint32_t either(uint32_t mask, uint32_t yes, uint32_t no) { return no ^ (mask & (yes ^ no)); }

// A median grows by a fifth of its parts when a word exceeds it, and shrinks by two else.
static inline uint32_t grown(uint32_t m, int parts) { return ((m + (1u << parts)) >> parts) * 5; }
static inline uint32_t shrunk(uint32_t m, int parts) { return -(((m + (1u << parts) - 2) >> parts) * 2); }

// What the words of a block share.
typedef struct {
  bits bits;
  uint32_t one, fresh; // what the run of ones before says of the next word: that it exceeds a median; that a run is to come
  int64_t zeros;       // words that are zero, still to come
} words;

// A run of words that are zero, of which there are only while the medians are: 1 if this word is of it, -1 for damage.
__attribute__((noinline, cold)) static int within_zeros(words *w, block *of) {
  if (w->zeros > 0) {
    w->zeros--;
  } else if ((w->zeros = take_length_first(&w->bits)) > 0) {
    memset(of->median, 0, sizeof of->median);
  }
  return w->zeros < 0 ? -1 : w->zeros > 0;
}

__attribute__((noinline, cold)) static int64_t many_ones(bits *b, uint32_t ones) {
  const int64_t more = ones == 16 ? take_length_first(b) : -1;
  if (more < 0 || more > 1 << 26) return -1; // two for each median of an integer of 25 bits
  fill(b);
  return ones + more;
}

// Reads a channel's next word; 0 if it is damaged.
static inline __attribute__((always_inline)) int read_word(words *w, block *of, uint32_t *m, int32_t *to) {
  if (__builtin_expect((of->median[0][0] | of->median[1][0]) < 2 && w->fresh && !w->one, 0)) {
    words copy = *w; // so that the words' state need not be in memory
    const int within = within_zeros(&copy, of);
    *w = copy;
    *to = 0;
    if (within != 0) return within > 0;
  }
  fill(&w->bits);
  uint32_t ones = (uint32_t)__builtin_ctzll(w->bits.turned | ((uint64_t)1 << MOST_ONES | (w->fresh ^ 1)));
  drop(&w->bits, ones + w->fresh);
  if (__builtin_expect(ones >= 16, 0)) {
    bits copy = w->bits;
    const int64_t all = many_ones(&copy, ones);
    w->bits = copy;
    if (all < 0) return 0;
    ones = (uint32_t)all;
  }
  const uint32_t above = (ones >> 1) + w->one;
  w->one = ones & 1;
  w->fresh = (w->fresh ^ 1) | w->one;
  uint32_t v = 0, median = m[0];
  if (above == 0) {
    m[0] += shrunk(m[0], 7);
  } else {
    v = (m[0] >> 4) + 1;
    m[0] += grown(m[0], 7);
    median = m[1];
    if (above == 1) {
      m[1] += shrunk(m[1], 6);
    } else {
      v += (m[1] >> 4) + 1;
      m[1] += grown(m[1], 6);
      median = m[2];
      v += ((m[2] >> 4) + 1) * (above - 2);
      m[2] += above == 2 ? shrunk(m[2], 5) : grown(m[2], 5);
    }
  }
  // A remainder of 0 to most: those below shorter have width bits, the others one more.
  const uint32_t most = median >> 4, width = 31 - (uint32_t)__builtin_clz(most | 1);
  const uint32_t shorter = ((uint32_t)2 << width) - most - 1;
  const uint32_t low = ~(uint32_t)w->bits.turned & ((1u << width) - 1);
  const uint32_t longer = low >= shorter;
  const uint32_t next = ~(uint32_t)(w->bits.turned >> width);
  v += either(-longer, 2 * low - shorter + (next & 1), low);
  const uint32_t negative = next >> longer & 1;
  drop(&w->bits, width + longer + 1);
  *to = (int32_t)(v ^ -negative);
  return 1;
}

__attribute__((noinline)) static int read_words(segue_wavpack *w, block *of, int n, int channels) {
  words s = {{0, 0, of->words, of->words + of->words_bytes}, 0, 1, 0};
  int32_t *x = w->samples[0] + REACH, *y = w->samples[1] + REACH;
  for (int i = 0; i < n; i++) {
    if (past_end(&s.bits)) return 0;
    if (!read_word(&s, of, of->median[0], &x[i])) return 0;
    if (channels == 2 && !read_word(&s, of, of->median[1], &y[i])) return 0;
  }
  return !past_end(&s.bits);
}

static inline int32_t weighted(int32_t weight, int32_t v) { return (int32_t)(((int64_t)weight * v + 512) >> 10); }

static inline int32_t plus(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

// A weight moves towards what would have left a smaller residual.
static inline int32_t moved(int32_t weight, int delta, int32_t seen, int32_t residual) {
  const int32_t sign = (seen ^ residual) >> 31;
  return weight + (((delta ^ sign) - sign) & -(int32_t)((seen != 0) & (residual != 0)));
}

static inline int32_t moved_within(int32_t weight, int delta, int32_t seen, int32_t residual) {
  const int32_t v = moved(weight, delta, seen, residual);
  return v > 1024 ? 1024 : v < -1024 ? -1024 : v;
}

// Each channel by what it was some samples before.
static void undo_back(const predictor *p, int32_t *x, int32_t *y, int n) {
  const int term = p->term, delta = p->delta;
  int32_t u = p->weight[0], v = p->weight[1];
  for (int i = 0; i < n; i++) {
    const int32_t a = x[i - term], b = y[i - term], l = x[i], r = y[i];
    x[i] = plus(l, weighted(u, a));
    y[i] = plus(r, weighted(v, b));
    u = moved(u, delta, a, l);
    v = moved(v, delta, b, r);
  }
}

static inline int32_t onward(int32_t last, int32_t before, int term) {
  return term == 17 ? (int32_t)(2 * (uint32_t)last - (uint32_t)before) : (int32_t)(3 * (uint32_t)last - (uint32_t)before) >> 1;
}

// Each channel by the line through its last two samples.
static inline void undo_line(const predictor *p, int term, int32_t *x, int32_t *y, int n) {
  const int delta = p->delta;
  int32_t u = p->weight[0], v = p->weight[1];
  int32_t x1 = x[-1], x2 = x[-2], y1 = y[-1], y2 = y[-2];
  for (int i = 0; i < n; i++) {
    const int32_t a = onward(x1, x2, term), b = onward(y1, y2, term), l = x[i], r = y[i];
    x2 = x1, y2 = y1;
    x[i] = x1 = plus(l, weighted(u, a));
    y[i] = y1 = plus(r, weighted(v, b));
    u = moved(u, delta, a, l);
    v = moved(v, delta, b, r);
  }
}

// Channels by each other: the second by the first of the same time (-1), the first by the second (-2), or both by the
// other's last sample (-3).
static void undo_across(const predictor *p, int32_t *x, int32_t *y, int n) {
  const int term = p->term, delta = p->delta;
  int32_t u = p->weight[0], v = p->weight[1];
  int32_t before_x = p->before[0][REACH - 1], before_y = p->before[1][REACH - 1]; // A: of the second; B: of the first
  for (int i = 0; i < n; i++) {
    const int32_t l = x[i], r = y[i];
    int32_t a = before_x, b = before_y;
    if (term == -2) {
      y[i] = plus(r, weighted(v, b));
      a = y[i];
    }
    x[i] = plus(l, weighted(u, a));
    if (term == -1) b = x[i];
    if (term != -2) y[i] = plus(r, weighted(v, b));
    u = moved_within(u, delta, a, l);
    v = moved_within(v, delta, b, r);
    before_x = y[i];
    before_y = x[i];
  }
}

// Of one channel the second is undone as well, which is zeros.
__attribute__((noinline)) static void undo(const predictor *p, segue_wavpack *w, int n) {
  for (int c = 0; c < 2; c++) memcpy(w->samples[c], p->before[c], sizeof p->before[c]);
  int32_t *x = w->samples[0] + REACH, *y = w->samples[1] + REACH;
  if (p->term < 0) {
    undo_across(p, x, y, n);
  } else if (p->term == 17) {
    undo_line(p, 17, x, y, n);
  } else if (p->term == 18) {
    undo_line(p, 18, x, y, n);
  } else {
    undo_back(p, x, y, n);
  }
}

static uint32_t checksum(const segue_wavpack *w, int n, int channels) {
  const int32_t *x = w->samples[0] + REACH, *y = w->samples[1] + REACH;
  uint32_t sum = 0xffffffff;
  for (int i = 0; i < n; i++) sum = channels == 2 ? 9 * sum + (3 * (uint32_t)x[i] + (uint32_t)y[i]) : 3 * sum + (uint32_t)x[i];
  return sum;
}

static void unjoin(segue_wavpack *w, int n) {
  int32_t *x = w->samples[0] + REACH, *y = w->samples[1] + REACH;
  for (int i = 0; i < n; i++) {
    y[i] = (int32_t)((uint32_t)y[i] - (uint32_t)(x[i] >> 1));
    x[i] = plus(x[i], y[i]);
  }
}

// Integers of so many bytes, shifted, as libavcodec has them: those of two bytes are 16 bits, those of three 32.
static int write_integers(const segue_wavpack *w, int n, uint32_t flags, int coded, int channels, float *to) {
  const int bytes = (int)(flags & BYTES) + 1, shift = (bytes == 3 ? 8 : 0) + (int)(flags >> 13 & 31);
  const float unit = bytes == 3 ? 1.0f / (1U << 31) : 1.0f / (1 << 15);
  if (bytes < 2 || bytes > 3 || shift > 31) return 0;
  const int32_t *x = w->samples[0] + REACH, *y = w->samples[coded - 1] + REACH;
  for (int i = 0; i < n && channels == 1; i++) to[i] = (float)(int32_t)((uint32_t)x[i] << shift) * unit;
  for (int i = 0; i < n && channels == 2; i++) {
    to[2 * i] = (float)(int32_t)((uint32_t)x[i] << shift) * unit;
    to[2 * i + 1] = (float)(int32_t)((uint32_t)y[i] << shift) * unit;
  }
  return 1;
}

// How floats were made integers of 25 bits, the largest exponent's by value, and what of them is among the extra bits.
typedef struct {
  int ones, same, sent;      // the bits that a smaller exponent's mantissa has at its end: ones; all like a bit; themselves
  int zeros_sent, zero_sign; // of what is 0 as an integer: all of it; its sign
  int shift;
  uint32_t exponent;
} floats;

static inline uint32_t take(bits *b, uint32_t n) {
  const uint32_t v = ~(uint32_t)b->turned & ((1u << n) - 1);
  drop(b, n);
  return v;
}

// Of what is no integer, but smaller than any.
static uint32_t float_of_zero(const floats *f, bits *extra) {
  if (!f->zeros_sent) return 0;
  if (take(extra, 1) == 0) return f->zero_sign ? take(extra, 1) << 31 : 0;
  const uint32_t mantissa = take(extra, 23);
  fill(extra);
  const uint32_t exponent = f->exponent >= 25 ? take(extra, 8) : 0;
  return take(extra, 1) << 31 | exponent << 23 | mantissa;
}

// What stands below the integer's bits in a mantissa that was shifted so far.
static inline uint32_t low_bits(const floats *f, uint32_t shift, bits *extra) {
  if (f->ones || (f->same && shift > 0 && take(extra, 1))) return (1u << shift) - 1;
  return f->sent ? take(extra, shift) : 0;
}

// The rare ones: zeros, what is denormal, infinite or not a number.
__attribute__((noinline, cold)) static uint32_t rare_float(const floats *f, int32_t v, bits *extra) {
  if (v == 0) return float_of_zero(f, extra);
  const uint32_t sign = (uint32_t)v & 1u << 31, magnitude = v < 0 ? -(uint32_t)v : (uint32_t)v;
  if (magnitude >= 1u << 24) return sign | 255u << 23 | (take(extra, 1) ? take(extra, 23) : 0);
  if (f->exponent == 0) return sign | (magnitude & ((1u << 23) - 1));
  const uint32_t shift = f->exponent - 1;
  return sign | magnitude << shift | low_bits(f, shift, extra);
}

// The bits of a float. An integer's float has them already, with an exponent that says how far it was shifted.
static inline uint32_t float_of(const floats *f, int32_t v, bits *extra) {
  fill(extra);
  v = (int32_t)((uint32_t)v << f->shift);
  const float as_float = (float)v;
  uint32_t x;
  memcpy(&x, &as_float, sizeof x);
  const uint32_t shift = 127 + 23 - (x >> 23 & 255); // wraps where v is too large
  if (__builtin_expect(shift >= f->exponent || shift > 23, 0)) {
    bits copy = *extra; // so that they need not be in memory
    x = rare_float(f, v, &copy);
    *extra = copy;
    return x;
  }
  return (x + ((f->exponent - (127 + 23)) << 23)) | low_bits(f, shift, extra);
}

static inline uint32_t next_sum(uint32_t sum, uint32_t value) {
  return sum * 27 + ((value & ((1u << 23) - 1)) * 9 + (value >> 23 & 255) * 3 + (value >> 31));
}

static int write_floats(const segue_wavpack *w, const block *b, int n, int coded, int channels, float *to) {
  enum { ONES = 1, SAME = 2, SENT = 4, ZEROS_SENT = 8, ZERO_SIGN = 0x10 };
  const uint8_t *info = b->float_info;
  if (info == NULL || info[1] > 31 || b->extra == NULL) return 0;
  const floats f = {info[0] & ONES, info[0] & SAME, info[0] & SENT, info[0] & ZEROS_SENT, info[0] & ZERO_SIGN, info[1], info[2]};
  bits extra = {0, 0, b->extra + 4, b->extra + b->extra_bytes};
  uint32_t sum = 0xffffffff;
  for (int i = 0; i < n; i++) {
    for (int c = 0; c < coded; c++) {
      const uint32_t v = float_of(&f, w->samples[c][REACH + i], &extra);
      sum = next_sum(sum, v);
      for (int k = c; k < channels; k += coded) memcpy(&to[i * channels + k], &v, sizeof v);
    }
    if (past_end(&extra)) return 0;
  }
  return sum == le32(b->extra);
}

int segue_wavpack_decode(segue_wavpack *w, const uint8_t *packet, size_t size, float *to, int *channels) {
  if (size < 32 || memcmp(packet, "wvpk", 4) != 0 || le32(packet + 4) != size - 8) return 0;
  const uint32_t frames = le32(packet + 20), flags = le32(packet + 24);
  if (frames < 1 || frames > SEGUE_WAVPACK_FRAMES || (flags & WHOLE) != WHOLE) return 0;
  if ((flags & (HYBRID | WIDE | DSD)) != 0) return 0;
  const int n = (int)frames;
  *channels = flags & MONO ? 1 : 2;
  const int coded = flags & FALSE_STEREO ? 1 : *channels;
  block b;
  if (!read_parts(w, &b, packet + 32, packet + size, coded)) return 0;
  for (int i = 0; i < b.terms; i++) {
    if (coded == 1 && b.predictors[i].term < 0) return 0;
  }
  if (coded == 1) memset(w->samples[1], 0, (REACH + frames) * sizeof *w->samples[1]);
  if (!read_words(w, &b, n, coded)) return 0;
  for (int i = 0; i < b.terms; i++) undo(&b.predictors[i], w, n);
  if (coded == 2 && (flags & JOINT) != 0) unjoin(w, n);
  if (checksum(w, n, coded) != le32(packet + 28)) return 0;
  const int written = flags & FLOATS ? write_floats(w, &b, n, coded, *channels, to) : write_integers(w, n, flags, coded, *channels, to);
  return written ? n : 0;
}
