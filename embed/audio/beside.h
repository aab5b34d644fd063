// Decoding beside the server: what Go and the C of a decoding process say to each other. spawner.c is the process that
// forks, child.c what a forked one does, libav.c FFmpeg's libraries.
#ifndef SEGUE_AUDIO_BESIDE_H
#define SEGUE_AUDIO_BESIDE_H

#include <stddef.h>
#include <stdint.h>

// The name under which the program is started again to be a spawner, and where that finds its socket.
#define SEGUE_SPAWNER_NAME "segue-decoder"
#define SEGUE_SPAWNER_SOCKET 3
#define SEGUE_TEXT_BYTES 512

// What a spawner says first: NUL, or why it cannot serve. It ends then.
typedef struct {
  char refusal[SEGUE_TEXT_BYTES];
} segue_hello;

// A message with two descriptors: the file, and the end of a pipe that takes records.
typedef struct {
  char demuxer[16];  // FFmpeg's name of the format
  int32_t rate_hz;   // to resample to; 0 keeps the file's
  int32_t count;     // not 0: only count the frames
  int32_t stuck;     // after so many seconds of processor time without a record the child ends
} segue_request;

// The answer: the child, or -errno.
typedef struct {
  int32_t pid;
} segue_answer;

enum {
  SEGUE_RECORD_FORMAT = 1,  // first: count channels, frames samples a second
  SEGUE_RECORD_SAMPLES = 2, // count floats follow; frames of the file are decoded by now
  SEGUE_RECORD_END = 3,     // last: frames were there
  SEGUE_RECORD_REFUSED = 4, // last: frames is a status of decode.h, count bytes of text follow
};

typedef struct {
  uint32_t kind, count;
  int64_t frames;
} segue_record;

// How a child ends that made no progress.
#define SEGUE_CHILD_STUCK 3

// Reports whether this build can start a spawner.
int segue_spawner_built(void);

#endif
