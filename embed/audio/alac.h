// Apple Lossless, decoded twice as fast as libavcodec does it.
#ifndef SEGUE_AUDIO_ALAC_H
#define SEGUE_AUDIO_ALAC_H

#include <stddef.h>
#include <stdint.h>

typedef struct segue_alac segue_alac;

// Makes a decoder by the stream's magic cookie, bare or in an atom; NULL for what libavcodec is to decode: more than two
// channels, samples that are not of 16 or 24 bits, a cookie that is none.
segue_alac *segue_alac_new(const uint8_t *cookie, size_t size);
void segue_alac_free(segue_alac *a);

// How many channels it has, and most frames that a packet holds.
int segue_alac_channels(const segue_alac *a);
int segue_alac_max_frames(const segue_alac *a);

// Decodes a packet to interleaved floats; how many frames, -1 if it is damaged. A few bytes past the packet are read and
// must be there, as FFmpeg promises of its packets (AV_INPUT_BUFFER_PADDING_SIZE).
int segue_alac_decode(segue_alac *a, const uint8_t *packet, size_t size, float *to);

#endif
