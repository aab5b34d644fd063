// One child decodes one file: it may use no more memory than a decoder needs, opens nothing, and ends when the server does.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "decode.h"

#define SINK_SAMPLES (1 << 14)

struct segue_sink {
  int pipe;
  int count_only;
  int first_rate_hz; // the Info's, in which frames are counted
  int rate_out_hz;
  int channels, rate_hz; // of the mixer
  segue_mixer *mixer;
  double frames;
  size_t have;
  float samples[SINK_SAMPLES];
};

static pid_t the_parent;
static int stuck_seconds;
static volatile sig_atomic_t progress; // counts records

static double processor_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Every second: ends a child that nobody waits for, also one that is caught in a loop of a decoder's.
static void look_around(int sig) {
  (void)sig;
  static sig_atomic_t seen;
  static double since;
  if (getppid() != the_parent) _exit(1);
  double now = processor_seconds();
  if (seen != progress) {
    seen = progress;
    since = now;
  }
  if (now - since > stuck_seconds) _exit(SEGUE_CHILD_STUCK);
}

static void limit(int resource, rlim_t most) {
  struct rlimit l = {most, most};
  setrlimit(resource, &l);
}

// mapped_bytes is how much of the address space is in use.
static rlim_t mapped_bytes(void) {
  unsigned long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL) return 0;
  if (fscanf(f, "%lu", &pages) != 1) pages = 0;
  fclose(f);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void confine(pid_t parent) {
  the_parent = parent;
  rlim_t mapped = mapped_bytes();
  if (mapped > 0) limit(RLIMIT_AS, mapped + ((rlim_t)1 << 30));
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 0); // no number is left for another file or a socket
  struct sigaction a = {.sa_handler = look_around, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &a, NULL);
  struct itimerval second = {{1, 0}, {1, 0}};
  setitimer(ITIMER_REAL, &second, NULL);
}

static void write_record(segue_sink *s, uint32_t kind, uint32_t count, int64_t frames, const void *body, size_t bytes) {
  segue_record head = {kind, count, frames};
  struct iovec iov[2] = {{&head, sizeof head}, {(void *)body, bytes}};
  progress++;
  for (int at = 0; at < 2;) {
    ssize_t n = writev(s->pipe, iov + at, 2 - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) _exit(1); // nobody reads
    while (at < 2 && (size_t)n >= iov[at].iov_len) n -= (ssize_t)iov[at++].iov_len;
    if (at < 2) {
      iov[at].iov_base = (char *)iov[at].iov_base + n;
      iov[at].iov_len -= (size_t)n;
    }
  }
}

static void flush(segue_sink *s) {
  write_record(s, SEGUE_RECORD_SAMPLES, (uint32_t)s->have, (int64_t)s->frames, s->samples, s->have * sizeof *s->samples);
  s->have = 0;
}

void segue_sink_refuse(segue_sink *s, int status, const char *text) {
  // What was decoded before counts: a reader may have enough of it.
  if (s->have > 0 && !s->count_only) flush(s);
  write_record(s, SEGUE_RECORD_REFUSED, (uint32_t)strlen(text), status, text, strlen(text));
  _exit(0);
}

static void drain(segue_sink *s) {
  for (;;) {
    size_t made = 0;
    if (segue_mixer_pull(s->mixer, s->samples + s->have, SINK_SAMPLES - s->have, &made) != SEGUE_OK)
      segue_sink_refuse(s, SEGUE_RESAMPLE, "");
    s->have += made;
    if (s->have < SINK_SAMPLES) return;
    flush(s);
  }
}

// A file may change its format on the way: what it changes to is resampled to the same rate.
static void change_format(segue_sink *s, int channels, int rate_hz) {
  if (s->mixer != NULL) {
    segue_mixer_finish(s->mixer);
    drain(s);
    segue_mixer_free(s->mixer);
  }
  if (s->first_rate_hz == 0) {
    s->first_rate_hz = rate_hz;
    if (s->rate_out_hz == 0) s->rate_out_hz = rate_hz;
    write_record(s, SEGUE_RECORD_FORMAT, (uint32_t)channels, rate_hz, NULL, 0);
  }
  if (channels < 1 || channels > 64 || rate_hz < 1) segue_sink_refuse(s, SEGUE_UNSUPPORTED, "");
  s->channels = channels;
  s->rate_hz = rate_hz;
  s->mixer = segue_mixer_new(channels, rate_hz, s->rate_out_hz);
  if (s->mixer == NULL) segue_sink_refuse(s, SEGUE_RESAMPLE, "");
}

void segue_sink_put(segue_sink *s, const float *frames, int64_t count, int channels, int rate_hz) {
  if (channels != s->channels || rate_hz != s->rate_hz) change_format(s, channels, rate_hz);
  for (int64_t at = 0; at < count;) {
    int n = count - at < SEGUE_BLOCK_FRAMES ? (int)(count - at) : SEGUE_BLOCK_FRAMES;
    s->frames += rate_hz == s->first_rate_hz ? n : (double)n * s->first_rate_hz / rate_hz;
    if (s->count_only) {
      if ((s->have += (size_t)n) >= SINK_SAMPLES) {
        write_record(s, SEGUE_RECORD_SAMPLES, 0, (int64_t)s->frames, NULL, 0);
        s->have = 0;
      }
    } else {
      drain(s);
      if (segue_mixer_feed(s->mixer, frames + at * channels, n) != SEGUE_OK) segue_sink_refuse(s, SEGUE_NOT_FINITE, "");
    }
    at += n;
  }
}

static void finish(segue_sink *s) {
  if (s->mixer != NULL && !s->count_only) {
    drain(s);
    segue_mixer_finish(s->mixer);
    drain(s);
    flush(s);
  }
  write_record(s, SEGUE_RECORD_END, 0, (int64_t)s->frames, NULL, 0);
  _exit(0);
}

void segue_child_run(const segue_request *request, int file, int pipe, pid_t parent) {
  stuck_seconds = request->stuck;
  confine(parent);
  segue_sink *s = calloc(1, sizeof *s);
  if (s == NULL) _exit(1);
  s->pipe = pipe;
  s->rate_out_hz = request->rate_hz;
  s->count_only = request->count;
  segue_libav_decode(request, file, s);
  finish(s);
  _exit(0);
}
