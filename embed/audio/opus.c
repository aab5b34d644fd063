#define _GNU_SOURCE // RTLD_NEXT
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

// libopus asks for its decoder's size several times a packet, and Debian's 1.3.1 asks the processor what it is each time
// (CPUID), which a virtual machine does in some tens of microseconds: half the time of decoding Opus. The answer never
// changes. libopus calls itself through the dynamic linker, which finds this definition first, because -lopus on our
// command line makes the linker export it.
int opus_decoder_get_size(int channels) {
  static atomic_int sizes[3];
  int known = channels >= 1 && channels <= 2;
  int size = known ? atomic_load_explicit(&sizes[channels], memory_order_relaxed) : 0;
  if (size > 0) return size;
  int (*theirs)(int) = (int (*)(int))dlsym(RTLD_NEXT, "opus_decoder_get_size");
  if (theirs == NULL) return 0; // as of a number of channels that there is not
  size = theirs(channels);
  if (known) atomic_store_explicit(&sizes[channels], size, memory_order_relaxed);
  return size;
}
