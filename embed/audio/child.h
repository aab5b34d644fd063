// What the files of a decoding process share.
#ifndef SEGUE_AUDIO_CHILD_H
#define SEGUE_AUDIO_CHILD_H

#include "beside.h"

// Loads FFmpeg's libraries; NULL, or why it could not.
const char *segue_libav_load(void);

// Decodes the file to the sink; ends the process.
void segue_child_run(const segue_request *request, int file, int pipe, pid_t parent) __attribute__((noreturn));

// Where decoded frames go: mixed, resampled and written as records. Every function ends the process when it cannot go on.
typedef struct segue_sink segue_sink;
// Takes interleaved frames; the format may change between calls.
void segue_sink_put(segue_sink *s, const float *frames, int64_t count, int channels, int rate_hz);
// Refuses the file with a status of decode.h.
void segue_sink_refuse(segue_sink *s, int status, const char *text) __attribute__((noreturn));

// Reads the file's audio into the sink, to its end.
void segue_libav_decode(const segue_request *request, int file, segue_sink *sink);

#endif
