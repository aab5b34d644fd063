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
  const uint8_t *words;
  size_t words_bytes;
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
  enum { TERMS = 2, WEIGHTS = 3, BEFORE = 4, MEDIANS = 5, WORDS = 10, OPTIONAL = 0x20, ODD = 0x40, LARGE = 0x80 };
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
    default: understood = (id & OPTIONAL) != 0;
    }
    if (!understood) return 0;
  }
  return b->words != NULL;
}

// Bits from the lowest of each byte on, those that come next in a word. Past the end come those of the padding.
typedef struct {
  uint64_t word;
  int have; // bits of the word
  const uint8_t *at, *end;
} bits;

// Makes it at least 56. What is beyond have in the word is the same again next time.
static inline void fill(bits *b) {
  uint64_t more;
  memcpy(&more, b->at, sizeof more);
  b->word |= more << b->have;
  b->at += (63 - b->have) >> 3;
  b->have |= 56;
}

static inline void drop(bits *b, uint32_t n) {
  b->word >>= n;
  b->have -= (int)n;
}

static inline int past_end(const bits *b) { return b->at - (b->have >> 3) > b->end; }

// Ones up to a zero, 33 at most.
static uint32_t take_ones(bits *b) {
  const uint32_t n = (uint32_t)__builtin_ctzll(~b->word | (uint64_t)1 << 33);
  drop(b, n + 1);
  return n;
}

// A number with its length in ones before it; -1 if it is too long.
static int64_t take_length_first(bits *b) {
  fill(b);
  const uint32_t n = take_ones(b);
  if (n > 31) return -1;
  if (n < 2) return n;
  fill(b);
  const uint64_t low = b->word & (((uint64_t)1 << (n - 1)) - 1);
  drop(b, n - 1);
  return (int64_t)(low | (uint64_t)1 << (n - 1));
}

// How the remainder of a word is coded that is at most so many.
typedef struct {
  uint32_t most, shorter; // those below shorter
  uint32_t width;         // have so many bits, the others one more
} tail;

static inline tail tail_of(uint32_t median) {
  tail t;
  t.most = median >> 4; // (median >> 4) + 1 values
  t.width = 31 - (uint32_t)__builtin_clz(t.most | 1);
  t.shorter = ((uint32_t)2 << t.width) - t.most - 1;
  return t;
}

// A choice without a branch, by all bits or none.
static inline uint32_t either(uint32_t mask, uint32_t yes, uint32_t no) { return no ^ (mask & (yes ^ no)); }

// A median grows by a fifth of its parts when a word exceeds it, and shrinks by two else.
static inline uint32_t grown(uint32_t m, int parts) { return ((m + (1u << parts)) >> parts) * 5; }
static inline uint32_t shrunk(uint32_t m, int parts) { return -(((m + (1u << parts) - 2) >> parts) * 2); }

// Reads the words of a block; 0 if it is damaged. Words come by turns of the channels. A word is a count of medians, in
// ones, of which two words share a run, and a remainder. Seven words of ten exceed no median; whether a word begins within
// the run of the one before is even, and so no branch, since a processor would guess it wrong half of the time. Not to be
// inlined, nor is undo: together they have more in hand than there are registers.
__attribute__((noinline)) static int read_words(segue_wavpack *w, block *of, int n, int channels) {
  bits b = {0, 0, of->words, of->words + of->words_bytes};
  uint32_t one = 0, zero = 0;
  int64_t zeros = 0;
  for (int i = 0; i < n * channels; i++) {
    const int c = channels == 2 ? i & 1 : 0;
    int32_t *to = &w->samples[c][REACH + (channels == 2 ? i >> 1 : i)];
    uint32_t *m = of->median[c];
    if (past_end(&b)) return 0;
    if (__builtin_expect((of->median[0][0] | of->median[1][0]) < 2 && !zero && !one, 0)) {
      if (zeros > 0) {
        zeros--;
      } else if ((zeros = take_length_first(&b)) > 0) {
        memset(of->median, 0, sizeof of->median);
      }
      if (zeros < 0) return 0;
      if (zeros > 0) {
        *to = 0;
        continue;
      }
    }
    const uint32_t fresh = zero - 1; // all bits, unless the word before told that this one exceeds nothing
    fill(&b);
    uint32_t ones = (uint32_t)__builtin_ctzll(~b.word | (uint64_t)1 << 33) & fresh;
    drop(&b, (ones + 1) & fresh);
    if (__builtin_expect(ones >= 16, 0)) {
      const int64_t more = ones == 16 ? take_length_first(&b) : -1;
      if (more < 0 || more > 1 << 24) return 0;
      ones += (uint32_t)more;
      fill(&b);
    }
    const uint32_t above = (ones >> 1) + one;
    one = ones & 1;
    zero = (one ^ 1) & fresh;
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
    const tail t = tail_of(median);
    const uint32_t low = (uint32_t)b.word & ((1u << t.width) - 1) & -(uint32_t)(t.most > 0);
    const uint32_t longer = (low >= t.shorter) & (t.most > 0);
    const uint32_t next = (uint32_t)(b.word >> t.width);
    v += either(-longer, 2 * low - t.shorter + (next & 1), low);
    const uint32_t negative = next >> longer & 1;
    drop(&b, t.width + longer + 1);
    *to = (int32_t)(v ^ -negative);
  }
  return !past_end(&b);
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
  uint32_t sum = 0xffffffff;
  for (int i = REACH; i < REACH + n; i++) {
    for (int c = 0; c < channels; c++) sum = sum * 3 + (uint32_t)w->samples[c][i];
  }
  return sum;
}

static void unjoin(segue_wavpack *w, int n) {
  int32_t *x = w->samples[0] + REACH, *y = w->samples[1] + REACH;
  for (int i = 0; i < n; i++) {
    y[i] = (int32_t)((uint32_t)y[i] - (uint32_t)(x[i] >> 1));
    x[i] = plus(x[i], y[i]);
  }
}

int segue_wavpack_decode(segue_wavpack *w, const uint8_t *packet, size_t size, float *to, int *channels) {
  if (size < 32 || memcmp(packet, "wvpk", 4) != 0 || le32(packet + 4) != size - 8) return 0;
  const uint32_t n = le32(packet + 20), flags = le32(packet + 24);
  const int bytes = (int)(flags & BYTES) + 1;
  if (n < 1 || n > SEGUE_WAVPACK_FRAMES || bytes < 2 || bytes > 3 || (flags & WHOLE) != WHOLE) return 0;
  if ((flags & (HYBRID | FLOATS | WIDE | DSD)) != 0) return 0;
  *channels = flags & MONO ? 1 : 2;
  const int coded = flags & FALSE_STEREO ? 1 : *channels;
  block b;
  if (!read_parts(w, &b, packet + 32, packet + size, coded)) return 0;
  for (int i = 0; i < b.terms; i++) {
    if (coded == 1 && b.predictors[i].term < 0) return 0;
  }
  if (coded == 1) memset(w->samples[1], 0, (REACH + n) * sizeof *w->samples[1]);
  if (!read_words(w, &b, (int)n, coded)) return 0;
  for (int i = 0; i < b.terms; i++) undo(&b.predictors[i], w, (int)n);
  if (coded == 2 && (flags & JOINT) != 0) unjoin(w, (int)n);
  if (checksum(w, (int)n, coded) != le32(packet + 28)) return 0;
  // As libavcodec has them: what is of two bytes as 16 bits, what is of three as 32.
  const int shift = (bytes == 3 ? 8 : 0) + (int)(flags >> 13 & 31);
  const float unit = bytes == 3 ? 1.0f / (1U << 31) : 1.0f / (1 << 15);
  if (shift > 31) return 0;
  for (int c = 0; c < *channels; c++) {
    const int32_t *x = w->samples[c < coded ? c : 0] + REACH;
    for (uint32_t i = 0; i < n; i++) to[i * (uint32_t)*channels + (uint32_t)c] = (float)(int32_t)((uint32_t)x[i] << shift) * unit;
  }
  return (int)n;
}
