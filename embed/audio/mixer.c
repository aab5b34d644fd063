#include <soxr.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

struct segue_mixer {
  int channels;
  int finished;
  soxr_t soxr; // NULL when the rate is kept
  size_t have, at; // mono[at:have] waits for the resampler
  float mono[SEGUE_BLOCK_FRAMES];
};

// Float files are nominally in [-1, 1]; some writers store 16- or 32-bit
// integers as floats. Beyond any of those a value is damage, and its square
// would overflow a float32 model. These are the bits of 2^32.
static const int32_t max_sample_bits = 0x4f800000;

segue_mixer *segue_mixer_new(int channels, double rate_in, double rate_out) {
  segue_mixer *m = calloc(1, sizeof *m);
  if (m == NULL) return NULL;
  m->channels = channels;
  if (rate_out == 0 || rate_out == rate_in) return m;
  soxr_error_t err = NULL;
  soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  m->soxr = soxr_create(rate_in, rate_out, 1, &err, &io, &quality, &runtime);
  if (m->soxr == NULL || err != NULL) {
    segue_mixer_free(m);
    return NULL;
  }
  return m;
}

void segue_mixer_free(segue_mixer *m) {
  if (m == NULL) return;
  if (m->soxr != NULL) soxr_delete(m->soxr);
  free(m);
}

// downmix makes mono the mean of the channels. One and two channels, which nearly all music has, are loops that the
// compiler turns into vector instructions: the float sum of two floats, halved, is what a double sum would be rounded to.
static void downmix(float *restrict mono, const float *restrict frames, int count, int channels) {
  if (channels == 1) {
    memcpy(mono, frames, (size_t)count * sizeof *mono);
    return;
  }
  if (channels == 2) {
    for (int i = 0; i < count; i++) mono[i] = (frames[2 * i] + frames[2 * i + 1]) * 0.5f;
    return;
  }
  for (int i = 0; i < count; i++) {
    double sum = 0;
    for (int c = 0; c < channels; c++) sum += frames[i * channels + c];
    mono[i] = (float)(sum / channels);
  }
}

// largest_bits is the greatest of the magnitudes, as IEEE 754 writes it: numbers in their order, then infinity, then NaN.
static int32_t largest_bits(const float *values, int count) {
  int32_t largest = 0;
  for (int i = 0; i < count; i++) {
    int32_t bits;
    memcpy(&bits, values + i, sizeof bits);
    bits &= INT32_MAX;
    largest = bits > largest ? bits : largest;
  }
  return largest;
}

int segue_mixer_feed(segue_mixer *m, const float *frames, int count) {
  downmix(m->mono, frames, count, m->channels);
  // One NaN or infinity among the channels makes their mean one too.
  if (largest_bits(m->mono, count) > max_sample_bits) return SEGUE_NOT_FINITE;
  m->at = 0;
  m->have = (size_t)count;
  return SEGUE_OK;
}

void segue_mixer_finish(segue_mixer *m) { m->finished = 1; }

static size_t copy_through(segue_mixer *m, float *out, size_t cap) {
  size_t n = m->have - m->at;
  if (n > cap) n = cap;
  memcpy(out, m->mono + m->at, n * sizeof *out);
  m->at += n;
  return n;
}

int segue_mixer_pull(segue_mixer *m, float *out, size_t cap, size_t *n) {
  *n = 0;
  if (m->soxr == NULL) {
    *n = copy_through(m, out, cap);
    return SEGUE_OK;
  }
  while (*n < cap) {
    const int drain = m->at == m->have;
    if (drain && !m->finished) return SEGUE_OK;
    size_t used = 0, made = 0;
    soxr_error_t err = soxr_process(m->soxr, drain ? NULL : m->mono + m->at, m->have - m->at,
                                    &used, out + *n, cap - *n, &made);
    if (err != NULL) return SEGUE_RESAMPLE;
    m->at += used;
    *n += made;
    if (used == 0 && made == 0) return drain ? SEGUE_OK : SEGUE_RESAMPLE;
  }
  return SEGUE_OK;
}
