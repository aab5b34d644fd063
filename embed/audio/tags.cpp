// Tags through TagLib's own C++ interface: its C binding (1.13) has neither the
// property map (bpm, key) nor a way to read from anything but a file name, and a
// name would be opened a second time, after os.Root had approved the first.
#include <cstdlib>
#include <cstring>
#include <string>

#include <taglib/aifffile.h>
#include <taglib/asffile.h>
#include <taglib/fileref.h>
#include <taglib/flacfile.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/speexfile.h>
#include <taglib/tag.h>
#include <taglib/tiostream.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>

extern "C" {
#include "source.h"
#include "tags.h"
}

namespace {

// No tag is larger than this; pictures may be, and nobody asks for them here.
const unsigned long max_block = 32 << 20;
// A hostile file can make a parser walk in small steps for ever; after this many
// bytes or calls the stream pretends to have ended.
const int64_t max_total = 256 << 20;
const int64_t max_calls = 1 << 20;
const size_t max_output = 1 << 20;

class Stream : public TagLib::IOStream {
public:
  explicit Stream(segue_source *s) : source(s) {}
  TagLib::FileName name() const override { return ""; }
  TagLib::ByteVector readBlock(unsigned long length) override {
    if (pos < 0 || pos >= source->size || ++calls > max_calls || total > max_total)
      return TagLib::ByteVector();
    int64_t n = source->size - pos;
    if (length < (unsigned long)n) n = (int64_t)length;
    if (n > (int64_t)max_block) n = max_block;
    TagLib::ByteVector block((unsigned int)n, 0);
    source->pos = pos;
    int64_t got = segue_source_read(source, block.data(), n);
    block.resize((unsigned int)got);
    pos += got;
    total += got;
    return block;
  }
  void writeBlock(const TagLib::ByteVector &) override {}
  void insert(const TagLib::ByteVector &, unsigned long, unsigned long) override {}
  void removeBlock(unsigned long, unsigned long) override {}
  bool readOnly() const override { return true; }
  bool isOpen() const override { return true; }
  void seek(long offset, Position p) override {
    int64_t from = p == Current ? pos : p == End ? source->size : 0, to;
    if (__builtin_add_overflow(from, (int64_t)offset, &to)) return;
    pos = to < 0 ? 0 : to;
  }
  long tell() const override { return (long)pos; }
  long length() override { return (long)source->size; }
  void truncate(long) override {}

private:
  segue_source *source;
  int64_t pos = 0, total = 0, calls = 0;
};

void append(std::string &out, const TagLib::String &s) {
  std::string utf8 = s.to8Bit(true);
  for (char c : utf8)
    if (c != 0) out.push_back(c);
  out.push_back(0);
}

// The names of iTunes's free-form items begin so.
const char itunes[] = "----:com.apple.iTunes:";

// The texts of an MP4 file's free-form items that TagLib's property map leaves
// out: replay gain, the key, and whatever else.
void append_itunes(std::string &text, const TagLib::MP4::File &file, const TagLib::PropertyMap &map) {
  if (file.tag() == nullptr) return;
  for (const auto &entry : file.tag()->itemMap()) {
    if (!entry.first.startsWith(itunes)) continue;
    TagLib::String name = entry.first.substr(sizeof itunes - 1).upper();
    if (map.contains(name)) continue;
    for (const auto &value : entry.second.toStringList()) {
      if (text.size() + value.size() * 4 + name.size() * 4 > max_output) continue;
      append(text, name);
      append(text, value);
    }
  }
}

// Files that say what their samples are, each in its own words.
void describe(TagLib::File *file, segue_encoding *out) {
  using namespace TagLib;
  const TagLib::AudioProperties *properties = file->audioProperties();
  if (properties != nullptr && properties->bitrate() > 0) out->bitrate_kbit = properties->bitrate();
  if (dynamic_cast<MPEG::File *>(file)) {
    out->codec = "mp3";
  } else if (auto f = dynamic_cast<FLAC::File *>(file)) {
    out->codec = "flac";
    if (f->audioProperties()) out->bits_per_sample = f->audioProperties()->bitsPerSample();
  } else if (dynamic_cast<Ogg::Vorbis::File *>(file)) {
    out->codec = "vorbis";
  } else if (dynamic_cast<Ogg::Opus::File *>(file)) {
    out->codec = "opus";
  } else if (dynamic_cast<Ogg::Speex::File *>(file)) {
    out->codec = "speex";
  } else if (dynamic_cast<Ogg::FLAC::File *>(file)) {
    out->codec = "flac";
  } else if (auto f = dynamic_cast<RIFF::WAV::File *>(file)) {
    if (f->audioProperties() == nullptr) return;
    out->bits_per_sample = f->audioProperties()->bitsPerSample();
    switch (f->audioProperties()->format()) { // the wFormatTag of mmreg.h
    case 1: out->codec = "pcm"; break;
    case 3: out->codec = "pcm_float"; break;
    case 6: out->codec = "pcm_alaw"; break;
    case 7: out->codec = "pcm_mulaw"; break;
    }
  } else if (auto f = dynamic_cast<RIFF::AIFF::File *>(file)) {
    if (f->audioProperties() == nullptr) return;
    out->bits_per_sample = f->audioProperties()->bitsPerSample();
    if (!f->audioProperties()->isAiffC()) out->codec = "pcm";
  } else if (auto f = dynamic_cast<MP4::File *>(file)) {
    if (f->audioProperties() == nullptr) return;
    if (f->audioProperties()->codec() == MP4::Properties::AAC) out->codec = "aac";
    if (f->audioProperties()->codec() == MP4::Properties::ALAC) {
      out->codec = "alac";
      out->bits_per_sample = f->audioProperties()->bitsPerSample();
    }
  } else if (dynamic_cast<ASF::File *>(file)) {
    out->codec = "wma";
  }
}

} // namespace

int segue_tags_read(segue_source *s, segue_encoding *encoding, char **out, size_t *len) {
  *out = nullptr;
  *len = 0;
  try {
    Stream stream(s);
    TagLib::FileRef ref(&stream, encoding != nullptr);
    if (ref.isNull() || ref.file() == nullptr) return 0;
    if (encoding != nullptr) describe(ref.file(), encoding);
    std::string text;
    const TagLib::PropertyMap map = ref.file()->properties();
    for (const auto &entry : map)
      for (const auto &value : entry.second) {
        if (text.size() + value.size() * 4 + entry.first.size() * 4 > max_output) continue;
        append(text, entry.first);
        append(text, value);
      }
    if (auto mp4 = dynamic_cast<TagLib::MP4::File *>(ref.file())) append_itunes(text, *mp4, map);
    if (text.empty()) return 0;
    *out = (char *)malloc(text.size());
    if (*out == nullptr) return 1;
    memcpy(*out, text.data(), text.size());
    *len = text.size();
    return 0;
  } catch (...) {
    return 1; // out of memory; TagLib itself throws nothing
  }
}
