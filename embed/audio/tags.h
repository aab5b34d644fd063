#ifndef SEGUE_AUDIO_TAGS_H
#define SEGUE_AUDIO_TAGS_H

#include "decode.h"

// Reads the tags as name, NUL, value, NUL, ... in UTF-8 into *out, which the
// caller frees. Nothing found is 0 with *len 0; out of memory is 1.
int segue_tags_read(segue_source *s, char **out, size_t *len);

#endif
