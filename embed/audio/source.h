// What source.c shares with decode.c and tags.cpp.
#ifndef SEGUE_AUDIO_SOURCE_H
#define SEGUE_AUDIO_SOURCE_H

#include "decode.h"

struct segue_source {
  int fd;                   // used when mem is NULL
  const unsigned char *mem;
  int64_t base, size, pos;
  int64_t prefix_len;       // these many bytes come before base
  unsigned char prefix[SEGUE_PREFIX_BYTES];
  int io_errno;             // the last failure of pread
  int64_t buf_at, buf_len;  // what buf holds: [buf_at, buf_at+buf_len)
  unsigned char buf[1 << 16];
};

#ifdef __cplusplus
extern "C"
#endif
int64_t segue_source_read(segue_source *s, void *dst, int64_t n);

#endif
