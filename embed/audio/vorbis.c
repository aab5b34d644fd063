#define _GNU_SOURCE // RTLD_NEXT
#include <dlfcn.h>
#include <ogg/ogg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

// libvorbis asks libogg for a few bits at a time, for every number in a file, and libogg puts them together byte by byte, a
// seventh of the time of decoding Vorbis. These take them from one word. They are found before libogg's as libopus's are
// (opus.c), and leave to it what is near the end of a packet.

static int within(const oggpack_buffer *b, int bits) {
  return b->endbyte >= 0 && b->endbyte < b->storage - (long)sizeof(uint64_t) && bits >= 0 && bits <= 32;
}

// theirs finds libogg's own function, once.
static void *theirs(_Atomic(void *) *kept, const char *name) {
  void *f = atomic_load_explicit(kept, memory_order_relaxed);
  if (f != NULL) return f;
  f = dlsym(RTLD_NEXT, name);
  atomic_store_explicit(kept, f, memory_order_relaxed);
  return f;
}

long oggpack_look(oggpack_buffer *b, int bits) {
  if (__builtin_expect(within(b, bits), 1)) {
    uint64_t word; // little-endian, as on every processor that Segue runs on
    memcpy(&word, b->ptr, sizeof word);
    return (long)(word >> b->endbit & (((uint64_t)1 << bits) - 1));
  }
  static _Atomic(void *) kept;
  long (*look)(oggpack_buffer *, int) = (long (*)(oggpack_buffer *, int))theirs(&kept, "oggpack_look");
  return look == NULL ? -1 : look(b, bits); // as at the end
}

void oggpack_adv(oggpack_buffer *b, int bits) {
  if (__builtin_expect(within(b, bits), 1)) {
    const int to = bits + b->endbit;
    b->ptr += to >> 3;
    b->endbyte += to >> 3;
    b->endbit = to & 7;
    return;
  }
  static _Atomic(void *) kept;
  void (*adv)(oggpack_buffer *, int) = (void (*)(oggpack_buffer *, int))theirs(&kept, "oggpack_adv");
  if (adv != NULL) adv(b, bits);
}
