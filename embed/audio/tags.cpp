// Tags through TagLib's own C++ interface: its C binding (1.13) has neither the
// property map (bpm, key) nor a way to read from anything but a file name, and a
// name would be opened a second time, after os.Root had approved the first.
#include <cstdlib>
#include <cstring>
#include <string>

#include <taglib/fileref.h>
#include <taglib/tag.h>
#include <taglib/tiostream.h>
#include <taglib/tpropertymap.h>

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

} // namespace

int segue_tags_read(segue_source *s, char **out, size_t *len) {
  *out = nullptr;
  *len = 0;
  try {
    Stream stream(s);
    TagLib::FileRef ref(&stream, false);
    if (ref.isNull() || ref.file() == nullptr) return 0;
    std::string text;
    const TagLib::PropertyMap map = ref.file()->properties();
    for (const auto &entry : map)
      for (const auto &value : entry.second) {
        if (text.size() + value.size() * 4 + entry.first.size() * 4 > max_output) continue;
        append(text, entry.first);
        append(text, value);
      }
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
