#ifndef SEGUE_AUDIO_TAGS_H
#define SEGUE_AUDIO_TAGS_H

#include "decode.h"

// What the headers say of the encoding; 0 and "" where they do not.
typedef struct {
  int bitrate_kbit, bits_per_sample;
  const char *codec; // static
} segue_encoding;

// Reads the tags as name, NUL, value, NUL, ... in UTF-8 into *out, which the
// caller frees, and the encoding into *encoding unless that is NULL. Nothing
// found is 0 with *len 0; out of memory is 1.
int segue_tags_read(segue_source *s, segue_encoding *encoding, char **out, size_t *len);

#endif
