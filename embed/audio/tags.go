package audio

// #include <stdlib.h>
// #include "tags.h"
import "C"

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unsafe"
)

// Tags are the textual tags of a file by TagLib's unified property names, in upper
// case: TITLE, ARTIST, ALBUM, GENRE, DATE, TRACKNUMBER, BPM, INITIALKEY, COMMENT,
// and whatever else the file carries. Read-only and safe to share.
type Tags map[string][]string

// aliases maps the names that people use to TagLib's.
var aliases = map[string]string{
	"TRACK":        "TRACKNUMBER",
	"DISC":         "DISCNUMBER",
	"KEY":          "INITIALKEY",
	"COMMENT":      "DESCRIPTION", // what Vorbis comments call it
	"TEMPO":        "BPM",
	"ALBUM_ARTIST": "ALBUMARTIST",
}

// Get returns a tag by name, in any case: title, artist, album, genre, comment,
// track, year (the first four digits of the date), bpm, key, or any property name.
// Several values come joined by "; ", as they were ordered in the file.
func (t Tags) Get(name string) (value string, ok bool) {
	name = strings.ToUpper(name)
	if v, ok := t.raw(name); ok {
		return v, true
	}
	if name == "YEAR" {
		date, ok := t.raw("DATE")
		if !ok || len(date) < 4 || strings.Trim(date[:4], "0123456789") != "" {
			return "", false
		}
		return date[:4], true
	}
	return t.raw(aliases[name])
}

func (t Tags) raw(name string) (string, bool) {
	values, ok := t[name]
	return strings.Join(values, "; "), ok
}

// Names lists the property names present, sorted.
func (t Tags) Names() []string { return slices.Sorted(maps.Keys(t)) }

// ReadTags reads the tags of s. A file without tags has none, which is no error;
// content that is no known audio format is ErrNotAudio.
func ReadTags(s *Source) (Tags, error) {
	if _, err := sniff(s); err != nil {
		return nil, err
	}
	return readTags(s, nil)
}

// encoding is what a file's header says of how its samples are kept.
type encoding struct {
	codec                      string
	bitrateKbit, bitsPerSample int
}

// readTags reads the tags, and the encoding unless it is nil.
func readTags(s *Source, e *encoding) (Tags, error) {
	source, err := newCSource(s, 0)
	if err != nil {
		return nil, err
	}
	defer source.close()
	var out *C.char
	var size C.size_t
	var found C.segue_encoding
	wanted := &found
	if e == nil {
		wanted = nil
	}
	if C.segue_tags_read(source.c, wanted, &out, &size) != 0 {
		return nil, fmt.Errorf("reading the tags of audio file %q: out of memory", s.name)
	}
	defer C.free(unsafe.Pointer(out))
	if e != nil {
		*e = encoding{C.GoString(found.codec), int(found.bitrate_kbit), int(found.bits_per_sample)}
	}
	return parseTags(C.GoBytes(unsafe.Pointer(out), C.int(size))), nil
}

// parseTags splits name, NUL, value, NUL, ...
func parseTags(b []byte) Tags {
	tags := Tags{}
	fields := bytes.Split(b, []byte{0})
	for i := 0; i+1 < len(fields); i += 2 {
		name := strings.ToUpper(strings.ToValidUTF8(string(fields[i]), "\uFFFD"))
		value := strings.TrimSpace(strings.ToValidUTF8(string(fields[i+1]), "\uFFFD"))
		if value != "" {
			tags[name] = append(tags[name], value)
		}
	}
	return tags
}
