#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

struct segue_decoder {
  segue_source *source; // the caller's
  SNDFILE *file;
  int channels;
  int ended;
  int64_t frames_read;
  float *block; // SEGUE_BLOCK_FRAMES interleaved frames
};

static sf_count_t vio_length(void *user) { return ((segue_source *)user)->size; }
static sf_count_t vio_tell(void *user) { return ((segue_source *)user)->pos; }

static sf_count_t vio_seek(sf_count_t offset, int whence, void *user) {
  segue_source *s = user;
  int64_t base = whence == SEEK_CUR ? s->pos : whence == SEEK_END ? s->size : 0;
  // Hostile headers hold offsets near the ends of the integer range.
  int64_t to;
  if (__builtin_add_overflow(base, (int64_t)offset, &to) || to < 0) return -1;
  s->pos = to;
  return to;
}

static sf_count_t vio_read(void *dst, sf_count_t n, void *user) {
  return n <= 0 ? 0 : segue_source_read(user, dst, n);
}

static sf_count_t vio_write(const void *src, sf_count_t n, void *user) {
  (void)src, (void)n, (void)user;
  return 0;
}

static int open_status(const segue_source *s, int sf_error_code) {
  if (s->io_errno != 0) return SEGUE_IO;
  switch (sf_error_code) {
  case SF_ERR_UNRECOGNISED_FORMAT: return SEGUE_NOT_AUDIO;
  case SF_ERR_UNSUPPORTED_ENCODING: return SEGUE_UNSUPPORTED;
  default: return SEGUE_DAMAGED;
  }
}

segue_decoder *segue_decoder_new(segue_source *s, segue_info *info, int *status) {
  SF_VIRTUAL_IO vio = {vio_length, vio_seek, vio_read, vio_write, vio_tell};
  SF_INFO sf;
  memset(&sf, 0, sizeof sf);
  memset(info, 0, sizeof *info);
  *status = SEGUE_NO_MEMORY;
  segue_decoder *d = calloc(1, sizeof *d);
  if (d == NULL) return NULL;
  d->source = s;
  s->pos = 0;
  d->file = sf_open_virtual(&vio, SFM_READ, &sf, s);
  if (d->file == NULL) {
    *status = open_status(s, sf_error(NULL));
    segue_decoder_free(d);
    return NULL;
  }
  // libsndfile allows 1,024 channels; 64 is more than any music has.
  if (sf.channels < 1 || sf.channels > 64) {
    *status = SEGUE_UNSUPPORTED;
    segue_decoder_free(d);
    return NULL;
  }
  d->channels = sf.channels;
  d->block = malloc(sizeof(float) * SEGUE_BLOCK_FRAMES * (size_t)sf.channels);
  if (d->block == NULL) {
    segue_decoder_free(d);
    return NULL;
  }
  info->frames = sf.frames;
  info->rate_hz = sf.samplerate;
  info->channels = sf.channels;
  info->format = sf.format;
  *status = SEGUE_OK;
  return d;
}

void segue_decoder_free(segue_decoder *d) {
  if (d == NULL) return;
  if (d->file != NULL) sf_close(d->file);
  free(d->block);
  free(d);
}

int64_t segue_decoder_frames_read(const segue_decoder *d) { return d->frames_read; }

// Reads the next block; *got 0 is the end.
static int next_block(segue_decoder *d, int want, int *got) {
  *got = 0;
  if (d->ended) return SEGUE_OK;
  sf_count_t n = sf_readf_float(d->file, d->block, want);
  if (d->source->io_errno != 0) return SEGUE_IO;
  if (n <= 0) {
    d->ended = 1;
    return sf_error(d->file) == SF_ERR_NO_ERROR ? SEGUE_OK : SEGUE_DAMAGED;
  }
  d->frames_read += n;
  *got = (int)n;
  return SEGUE_OK;
}

int segue_decoder_read(segue_decoder *d, segue_mixer *m, float *out, size_t cap, size_t *n) {
  *n = 0;
  for (;;) {
    size_t made = 0;
    int status = segue_mixer_pull(m, out + *n, cap - *n, &made);
    *n += made;
    if (status != SEGUE_OK || *n == cap) return status;
    if (d->ended) return SEGUE_OK;
    int got;
    status = next_block(d, SEGUE_BLOCK_FRAMES, &got);
    if (status != SEGUE_OK) return status;
    if (got == 0) {
      segue_mixer_finish(m);
    } else {
      status = segue_mixer_feed(m, d->block, got);
      if (status != SEGUE_OK) return status;
    }
  }
}

int segue_decoder_skip(segue_decoder *d, int64_t cap, int64_t *n) {
  for (*n = 0; *n < cap;) {
    int want = cap - *n < SEGUE_BLOCK_FRAMES ? (int)(cap - *n) : SEGUE_BLOCK_FRAMES, got;
    int status = next_block(d, want, &got);
    if (status != SEGUE_OK) return status;
    if (got == 0) return SEGUE_OK;
    *n += got;
  }
  return SEGUE_OK;
}

int segue_decoder_probe(segue_decoder *d, int64_t position) {
  if (sf_seek(d->file, position, SF_SEEK_SET) != position) return 0;
  return sf_readf_float(d->file, d->block, 1) == 1;
}
