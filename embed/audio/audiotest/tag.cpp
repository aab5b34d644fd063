// Tags written through TagLib, for what ffmpeg cannot write: ID3 in WAV, free-form items in MP4, owners of ids.
#include <string>

#include <taglib/fileref.h>
#include <taglib/mp4file.h>
#include <taglib/tpropertymap.h>

extern "C" {
#include "tag.h"
}

extern "C" int segue_test_tag(const char *path, const char *tags, int len) {
  TagLib::FileRef ref(path);
  if (ref.isNull()) return 1;
  TagLib::PropertyMap map;
  for (const char *at = tags; at < tags + len;) {
    std::string name(at);
    std::string value(at + name.size() + 1);
    at += name.size() + value.size() + 2;
    map[TagLib::String(name, TagLib::String::UTF8)].append(TagLib::String(value, TagLib::String::UTF8));
  }
  TagLib::PropertyMap rest = ref.file()->setProperties(map);
  if (auto mp4 = dynamic_cast<TagLib::MP4::File *>(ref.file()))
    for (const auto &entry : rest) mp4->tag()->setItem("----:com.apple.iTunes:" + entry.first, entry.second);
  return ref.save() ? 0 : 2;
}
