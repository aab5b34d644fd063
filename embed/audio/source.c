#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source.h"

segue_source *segue_source_new(int fd, const void *mem, int64_t base, int64_t size) {
  segue_source *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->fd = fd;
  s->mem = mem;
  s->base = base;
  s->size = size;
  return s;
}

void segue_source_free(segue_source *s) { free(s); }

int segue_source_at_end(const segue_source *s) { return s->pos >= s->size; }

void segue_source_prefix(segue_source *s, const void *bytes, int64_t n) {
  memcpy(s->prefix, bytes, (size_t)n);
  s->prefix_len = n;
  s->size += n;
}

int64_t segue_source_at(segue_source *s, void *dst, int64_t n, int64_t at) {
  if (at < 0 || at >= s->size || n <= 0) return 0;
  if (n > s->size - at) n = s->size - at;
  if (at < s->prefix_len) {
    if (n > s->prefix_len - at) n = s->prefix_len - at;
    memcpy(dst, s->prefix + at, (size_t)n);
    return n; // short, which every caller copes with: it is a buffer being filled
  }
  at -= s->prefix_len;
  if (s->mem != NULL) {
    memcpy(dst, s->mem + s->base + at, (size_t)n);
    return n;
  }
  int64_t done = 0;
  while (done < n) {
    ssize_t got = pread(s->fd, (char *)dst + done, (size_t)(n - done), s->base + at + done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) s->io_errno = errno;
    if (got <= 0) break; // an error, or a file that shrank since it was opened
    done += got;
  }
  return done;
}

// Decoders ask for a few hundred bytes at a time (an MP3 frame, an Ogg page);
// the buffer turns those into one system call per 64 KiB.
int64_t segue_source_read(segue_source *s, void *dst, int64_t n) {
  int64_t done = 0;
  while (done < n) {
    int64_t in = s->pos - s->buf_at;
    if (in >= 0 && in < s->buf_len) {
      int64_t take = s->buf_len - in;
      if (take > n - done) take = n - done;
      memcpy((char *)dst + done, s->buf + in, (size_t)take);
      done += take;
      s->pos += take;
      continue;
    }
    s->buf_at = s->pos;
    s->buf_len = segue_source_at(s, s->buf, sizeof s->buf, s->pos);
    if (s->buf_len == 0) break;
  }
  return done;
}
