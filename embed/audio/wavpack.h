// WavPack's lossless blocks, decoded faster than libavcodec does it.
#ifndef SEGUE_AUDIO_WAVPACK_H
#define SEGUE_AUDIO_WAVPACK_H

#include <stddef.h>
#include <stdint.h>

typedef struct segue_wavpack segue_wavpack;

segue_wavpack *segue_wavpack_new(void);
void segue_wavpack_free(segue_wavpack *w);

// Decodes a packet to interleaved floats and says how many channels they have; how many frames, 0 for what libavcodec is to
// decode, or to refuse: blocks of more than two channels, with losses, of floats that lost something, of 8 or of more than 24 bits, and damaged ones.
// Each block stands alone, so that any may go either way. What is to the floats' end must be there: SEGUE_WAVPACK_FLOATS.
// A few bytes past the packet are read, as FFmpeg's padding allows.
#define SEGUE_WAVPACK_FRAMES (1 << 18) // encoders write at most half a second, or 131,072
#define SEGUE_WAVPACK_FLOATS (2 * SEGUE_WAVPACK_FRAMES)
int segue_wavpack_decode(segue_wavpack *w, const uint8_t *packet, size_t size, float *to, int *channels);

#endif
