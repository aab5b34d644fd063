// The C side of the decoder: a byte source, libsndfile over it, and a mono
// resampler. Everything that runs once a sample is here, so that Go crosses
// into C once a block (tens of thousands of samples) and never once a sample.
#ifndef SEGUE_AUDIO_DECODE_H
#define SEGUE_AUDIO_DECODE_H

#include <stddef.h>
#include <stdint.h>

enum {
  SEGUE_OK = 0,
  SEGUE_NOT_AUDIO = 1,   // libsndfile does not know the format
  SEGUE_UNSUPPORTED = 2, // known format, encoding we cannot read
  SEGUE_DAMAGED = 3,     // the decoder gave up part way
  SEGUE_NOT_FINITE = 4,  // NaN, infinity or an absurd value among the samples
  SEGUE_NO_MEMORY = 5,
  SEGUE_IO = 6,          // the operating system failed to read
  SEGUE_RESAMPLE = 7,    // libsoxr refused
};

// One decoding call reads at most this many frames at a time.
#define SEGUE_BLOCK_FRAMES 4096

// A read-only window [base, base+size) of a file descriptor or of memory. The
// caller keeps the descriptor open, or the memory pinned, until it is freed.
typedef struct segue_source segue_source;
segue_source *segue_source_new(int fd, const void *mem, int64_t base, int64_t size);
// Puts up to SEGUE_PREFIX_BYTES bytes in front of the window, which grows by them.
#define SEGUE_PREFIX_BYTES 2048
void segue_source_prefix(segue_source *s, const void *bytes, int64_t n);
void segue_source_free(segue_source *s);
// Reads up to n bytes at offset at (from base), straight past the buffer.
int64_t segue_source_at(segue_source *s, void *dst, int64_t n, int64_t at);

// Reports whether sequential reading has reached the end.
int segue_source_at_end(const segue_source *s);

// Interleaved frames in, mono at another rate out. rate_out 0 keeps the rate.
typedef struct segue_mixer segue_mixer;
segue_mixer *segue_mixer_new(int channels, double rate_in, double rate_out);
void segue_mixer_free(segue_mixer *m);
// Takes up to SEGUE_BLOCK_FRAMES frames; only after a pull that was not filled.
int segue_mixer_feed(segue_mixer *m, const float *frames, int count);
// After the last frame: later pulls drain the resampler's tail.
void segue_mixer_finish(segue_mixer *m);
// Writes up to cap samples; *n < cap means that it wants more frames, or, after
// segue_mixer_finish, that nothing is left.
int segue_mixer_pull(segue_mixer *m, float *out, size_t cap, size_t *n);

typedef struct {
  int64_t frames; // what the header or a scan says; not to be trusted
  int rate_hz, channels, format;
} segue_info;

typedef struct segue_decoder segue_decoder;
segue_decoder *segue_decoder_new(segue_source *s, segue_info *info, int *status);
void segue_decoder_free(segue_decoder *d);
int64_t segue_decoder_frames_read(const segue_decoder *d);
// Fills out through the mixer; *n < cap means the end of the audio.
int segue_decoder_read(segue_decoder *d, segue_mixer *m, float *out, size_t cap, size_t *n);
// Counts up to cap frames without mixing them; *n < cap means the end.
int segue_decoder_skip(segue_decoder *d, int64_t cap, int64_t *n);
// Reports whether the one frame at position can be decoded.
int segue_decoder_probe(segue_decoder *d, int64_t position);

#endif
