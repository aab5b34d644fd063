// FFmpeg's libraries, found when they are needed: a machine without them has what libsndfile reads, and an ffmpeg maybe.
// Their structures differ between major versions, so only those that this was compiled for are loaded.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/log.h>

#include "alac.h"
#include "child.h"
#include "decode.h"
#include "wavpack.h"

#define STRING2(x) #x
#define STRING(x) STRING2(x)

// The largest single allocation, as the ffmpeg program is told.
#define MAX_ALLOC (256 << 20)

#define FUNCTIONS(X)                                                                                                   \
  X(avutil_version) X(avcodec_version) X(avformat_version) X(av_max_alloc) X(av_malloc) X(av_strerror)                 \
  X(av_log_set_callback) X(av_log_set_level) X(av_dict_set) X(av_dict_free) X(av_find_input_format)                    \
  X(avio_alloc_context) X(avformat_alloc_context) X(avformat_open_input) X(avformat_find_stream_info) X(av_read_frame) \
  X(avcodec_find_decoder) X(avcodec_alloc_context3) X(avcodec_parameters_to_context) X(avcodec_open2)                  \
  X(avcodec_send_packet) X(avcodec_receive_frame) X(av_packet_alloc) X(av_packet_unref) X(av_frame_alloc)       \
  X(av_packet_get_side_data)

static struct {
#define MEMBER(name) __typeof__(&name) name;
  FUNCTIONS(MEMBER)
} av;

const char *segue_libav_load(void) {
  static char refusal[SEGUE_TEXT_BYTES];
  void *lib = dlopen("libavformat.so." STRING(LIBAVFORMAT_VERSION_MAJOR), RTLD_LAZY | RTLD_LOCAL);
  if (lib == NULL) {
    snprintf(refusal, sizeof refusal, "%s", dlerror());
    return refusal;
  }
#define FIND(name)                                                                                                     \
  if ((*(void **)&av.name = dlsym(lib, #name)) == NULL) return "libavformat is without " #name;
  FUNCTIONS(FIND)
  // Within a major version structures only grow.
  if (av.avutil_version() >> 16 != LIBAVUTIL_VERSION_MAJOR || av.avutil_version() < LIBAVUTIL_VERSION_INT ||
      av.avcodec_version() >> 16 != LIBAVCODEC_VERSION_MAJOR || av.avcodec_version() < LIBAVCODEC_VERSION_INT ||
      av.avformat_version() < LIBAVFORMAT_VERSION_INT)
    return "libavformat is older than what this was built with";
  return NULL;
}

// What a child decodes. The process ends with it, so nothing is given back.
typedef struct {
  segue_sink *sink;
  int file;
  int64_t at, size;
  AVFormatContext *format;
  AVStream *stream;
  AVCodecContext *codec;
  segue_alac *alac; // in its place
  segue_wavpack *wavpack; // before it
  int64_t skip;     // frames that the container says are before the first
  AVFrame *frame;
  float *floats; // an interleaved frame
  size_t room;
} decoding;

static char first_words[SEGUE_TEXT_BYTES];

// Keeps the first error that the libraries tell.
static void note(void *speaker, int level, const char *format, va_list args) {
  if (level > AV_LOG_ERROR || first_words[0] != 0) return;
  const AVClass *class = speaker != NULL ? *(const AVClass **)speaker : NULL;
  int n = 0;
  if (class != NULL) n = snprintf(first_words, sizeof first_words, "[%s] ", class->item_name(speaker));
  if (n >= 0 && (size_t)n < sizeof first_words) vsnprintf(first_words + n, sizeof first_words - (size_t)n, format, args);
}

static void refuse(decoding *d, int error) {
  if (first_words[0] == 0) av.av_strerror(error, first_words, sizeof first_words);
  segue_sink_refuse(d->sink, SEGUE_DAMAGED, first_words);
}

static int read_bytes(void *user, uint8_t *to, int n) {
  decoding *d = user;
  ssize_t got = pread(d->file, to, (size_t)n, d->at);
  if (got < 0) segue_sink_refuse(d->sink, SEGUE_IO, "");
  if (got == 0) return AVERROR_EOF;
  d->at += got;
  return (int)got;
}

static int64_t seek(void *user, int64_t offset, int whence) {
  decoding *d = user;
  int64_t to;
  switch (whence & ~AVSEEK_FORCE) {
  case AVSEEK_SIZE: return d->size;
  case SEEK_SET: to = offset; break;
  case SEEK_CUR: to = d->at + offset; break;
  case SEEK_END: to = d->size + offset; break;
  default: return AVERROR(EINVAL);
  }
  if (to < 0) return AVERROR(EINVAL);
  return d->at = to;
}

// A playlist, or a film whose samples lie elsewhere, asks for other files here.
static int open_nothing(AVFormatContext *format, AVIOContext **pb, const char *url, int flags, AVDictionary **options) {
  (void)format, (void)url, (void)flags, (void)options;
  *pb = NULL;
  return AVERROR(EPERM);
}

static AVDictionary *strict(void) {
  AVDictionary *options = NULL;
  av.av_dict_set(&options, "err_detect", "explode", 0);
  return options;
}

// Opens the container, told what it is: guessing knows playlists.
static void open_format(decoding *d, const char *demuxer) {
  const int buffer_bytes = 1 << 16;
  struct stat st;
  if (fstat(d->file, &st) != 0) segue_sink_refuse(d->sink, SEGUE_IO, "");
  d->size = st.st_size;
  d->format = av.avformat_alloc_context();
  uint8_t *buffer = av.av_malloc((size_t)buffer_bytes);
  if (d->format == NULL || buffer == NULL) segue_sink_refuse(d->sink, SEGUE_NO_MEMORY, "");
  d->format->pb = av.avio_alloc_context(buffer, buffer_bytes, 0, d, read_bytes, NULL, seek);
  if (d->format->pb == NULL) segue_sink_refuse(d->sink, SEGUE_NO_MEMORY, "");
  d->format->io_open = open_nothing;
  AVDictionary *options = strict();
  av.av_dict_set(&options, "protocol_whitelist", "none", 0);
  int error = av.avformat_open_input(&d->format, "", av.av_find_input_format(demuxer), &options);
  if (error < 0) refuse(d, error);
  av.av_dict_free(&options);
  if ((error = av.avformat_find_stream_info(d->format, NULL)) < 0) refuse(d, error);
  for (unsigned i = 0; i < d->format->nb_streams; i++) {
    AVStream *s = d->format->streams[i];
    if (d->stream == NULL && s->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) d->stream = s;
    else s->discard = AVDISCARD_ALL;
  }
  if (d->stream == NULL) segue_sink_refuse(d->sink, SEGUE_DAMAGED, "there is no audio in it");
}

// make_room makes floats hold so many.
static void make_room(decoding *d, size_t want) {
  if (want <= d->room) return;
  free(d->floats);
  d->floats = malloc(want * sizeof *d->floats);
  if (d->floats == NULL) segue_sink_refuse(d->sink, SEGUE_NO_MEMORY, "");
  d->room = want;
}

static void open_codec(decoding *d) {
  const AVCodecParameters *of = d->stream->codecpar;
  if (of->codec_id == AV_CODEC_ID_ALAC && of->extradata != NULL &&
      (d->alac = segue_alac_new(of->extradata, (size_t)of->extradata_size)) != NULL) {
    make_room(d, (size_t)segue_alac_max_frames(d->alac) * (size_t)segue_alac_channels(d->alac));
    return;
  }
  const AVCodec *codec = av.avcodec_find_decoder(d->stream->codecpar->codec_id);
  if (codec == NULL) segue_sink_refuse(d->sink, SEGUE_DAMAGED, "there is no decoder for its codec");
  d->codec = av.avcodec_alloc_context3(codec);
  d->frame = av.av_frame_alloc();
  if (d->codec == NULL || d->frame == NULL) segue_sink_refuse(d->sink, SEGUE_NO_MEMORY, "");
  int error = av.avcodec_parameters_to_context(d->codec, d->stream->codecpar);
  if (error < 0) refuse(d, error);
  d->codec->thread_count = 1;
  d->codec->pkt_timebase = d->stream->time_base; // samples before the first and after the last are dropped by it
  if (of->codec_id == AV_CODEC_ID_WAVPACK && (d->wavpack = segue_wavpack_new()) != NULL) make_room(d, SEGUE_WAVPACK_FLOATS);
  AVDictionary *options = strict();
  if ((error = av.avcodec_open2(d->codec, codec, &options)) < 0) refuse(d, error);
  av.av_dict_free(&options);
}

// Interleaves a frame of one of FFmpeg's sample formats as floats, by the factors of its libswresample.
#define INTERLEAVE(type, expression)                                                                                   \
  for (int c = 0; c < channels; c++) {                                                                                 \
    const type *from = planar ? (const type *)f->extended_data[c] : (const type *)f->extended_data[0] + c;             \
    const int step = planar ? 1 : channels;                                                                            \
    for (int i = 0; i < f->nb_samples; i++) {                                                                          \
      const type v = from[(size_t)i * (size_t)step];                                                                   \
      to[(size_t)i * (size_t)channels + (size_t)c] = (expression);                                                     \
    }                                                                                                                  \
  }                                                                                                                    \
  return 1

static int interleave(const AVFrame *f, int channels, float *to) {
  int planar = 1;
  switch (f->format) {
  case AV_SAMPLE_FMT_U8: planar = 0; // fall through
  case AV_SAMPLE_FMT_U8P: INTERLEAVE(uint8_t, (float)(v - 0x80) * (1.0f / (1 << 7)));
  case AV_SAMPLE_FMT_S16: planar = 0; // fall through
  case AV_SAMPLE_FMT_S16P: INTERLEAVE(int16_t, (float)v * (1.0f / (1 << 15)));
  case AV_SAMPLE_FMT_S32: planar = 0; // fall through
  case AV_SAMPLE_FMT_S32P: INTERLEAVE(int32_t, (float)v * (1.0f / (1U << 31)));
  case AV_SAMPLE_FMT_S64: planar = 0; // fall through
  case AV_SAMPLE_FMT_S64P: INTERLEAVE(int64_t, (float)v * (1.0f / (float)(UINT64_C(1) << 63)));
  case AV_SAMPLE_FMT_FLT: planar = 0; // fall through
  case AV_SAMPLE_FMT_FLTP: INTERLEAVE(float, v);
  case AV_SAMPLE_FMT_DBL: planar = 0; // fall through
  case AV_SAMPLE_FMT_DBLP: INTERLEAVE(double, (float)v);
  }
  return 0;
}

static void put_frame(decoding *d) {
  const AVFrame *f = d->frame;
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 24, 100)
  int channels = f->ch_layout.nb_channels;
#else
  int channels = f->channels;
#endif
  if (f->decode_error_flags != 0 || (f->flags & AV_FRAME_FLAG_CORRUPT) != 0)
    segue_sink_refuse(d->sink, SEGUE_DAMAGED, "a frame of it is corrupt");
  if (channels < 1 || f->nb_samples < 1) return;
  make_room(d, (size_t)channels * (size_t)f->nb_samples);
  if (!interleave(f, channels, d->floats)) segue_sink_refuse(d->sink, SEGUE_DAMAGED, "its samples are of no known kind");
  segue_sink_put(d->sink, d->floats, f->nb_samples, channels, f->sample_rate);
}

static int64_t little_endian(const uint8_t *b) {
  return (int64_t)(b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24);
}

// Decodes a packet of Apple Lossless and drops what the container says is not of the audio, as libavcodec does.
static void decode_alac(decoding *d, const AVPacket *packet) {
  int n = segue_alac_decode(d->alac, packet->data, (size_t)packet->size, d->floats);
  if (n < 0) segue_sink_refuse(d->sink, SEGUE_DAMAGED, "a packet of it is no Apple Lossless");
  size_t size = 0;
  int64_t padding = 0;
  const uint8_t *side = av.av_packet_get_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, (void *)&size);
  if (side != NULL && size >= 10) {
    d->skip = little_endian(side);
    padding = little_endian(side + 4);
  }
  const int64_t skipped = d->skip < n ? d->skip : n;
  d->skip -= skipped;
  if ((packet->flags & AV_PKT_FLAG_DISCARD) != 0) return;
  const int64_t left = n - skipped - (padding <= n - skipped ? padding : 0);
  const int channels = segue_alac_channels(d->alac);
  if (left > 0) segue_sink_put(d->sink, d->floats + skipped * channels, left, channels, d->stream->codecpar->sample_rate);
}

// Decodes a packet of WavPack; 0 if it is for libavcodec.
static int decode_wavpack(decoding *d, const AVPacket *packet) {
  if (packet->side_data_elems > 0 || (packet->flags & AV_PKT_FLAG_DISCARD) != 0) return 0;
  int channels;
  const int n = segue_wavpack_decode(d->wavpack, packet->data, (size_t)packet->size, d->floats, &channels);
  if (n > 0) segue_sink_put(d->sink, d->floats, n, channels, d->stream->codecpar->sample_rate);
  return n > 0;
}

// Decodes a packet; none at the end, for what the decoder holds back.
static void decode_packet(decoding *d, const AVPacket *packet) {
  if (d->alac != NULL) {
    if (packet != NULL) decode_alac(d, packet);
    return;
  }
  if (d->wavpack != NULL && packet != NULL && decode_wavpack(d, packet)) return;
  int error = av.avcodec_send_packet(d->codec, packet);
  if (error < 0 && error != AVERROR_EOF) refuse(d, error);
  while ((error = av.avcodec_receive_frame(d->codec, d->frame)) >= 0) put_frame(d);
  if (error != AVERROR(EAGAIN) && error != AVERROR_EOF) refuse(d, error);
}

void segue_libav_decode(const segue_request *request, int file, segue_sink *sink) {
  decoding d = {.sink = sink, .file = file};
  av.av_max_alloc(MAX_ALLOC);
  av.av_log_set_callback(note);
  av.av_log_set_level(AV_LOG_ERROR);
  open_format(&d, request->demuxer);
  open_codec(&d);
  AVPacket *packet = av.av_packet_alloc();
  if (packet == NULL) segue_sink_refuse(sink, SEGUE_NO_MEMORY, "");
  int error;
  while ((error = av.av_read_frame(d.format, packet)) >= 0) {
    if (packet->stream_index == d.stream->index) {
      // Any error is final, as with the program's -xerror: half a track is not its embedding.
      if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0) segue_sink_refuse(sink, SEGUE_DAMAGED, "a packet of it is corrupt");
      decode_packet(&d, packet);
    }
    av.av_packet_unref(packet);
  }
  if (error != AVERROR_EOF) refuse(&d, error);
  decode_packet(&d, NULL);
}
