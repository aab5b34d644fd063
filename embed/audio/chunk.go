package audio

import (
	"encoding/binary"
)

// libsndfile reads a WAV or AIFF whose data chunk is longer than the file without
// a word, as what is left. So the chunks are walked here first: a short file is an
// error, and an encoding outside the list never reaches the decoder.

// maxChunks bounds the walk: a file of empty chunks would take a seek for each.
const maxChunks = 4096

// wavTags are the encodings of the fmt chunk (mmreg.h) that libsndfile is given.
var wavTags = map[uint16]bool{
	1: true, // PCM
	3: true, // IEEE float
	6: true, // A-law
	7: true, // mu-law
}

const wavExtensible = 0xfffe

// checkChunks refuses a WAV or AIFF that is truncated or in an encoding that is
// not read; other formats pass.
func checkChunks(s *Source, c content) error {
	order, data := binary.ByteOrder(binary.LittleEndian), "data"
	switch {
	case c.demuxer != "":
		return nil
	case c.format == "aiff":
		order, data = binary.BigEndian, "SSND"
	case c.format != "wav":
		return nil
	}
	sawFormat := false
	at := c.start + 12
	for range maxChunks {
		head, err := s.head(at, 8+40)
		if err != nil {
			return err
		}
		if len(head) < 8 {
			return s.refuse(ErrTruncated, hintTruncated, "is truncated: it ends before its sound data")
		}
		id, size := string(head[:4]), int64(order.Uint32(head[4:]))
		switch id {
		case "fmt ":
			if err := checkWAVFormat(s, head[8:]); err != nil {
				return err
			}
			sawFormat = true
		case "COMM":
			sawFormat = true
		case data:
			if !sawFormat && c.format == "wav" {
				return s.refuse(ErrDamaged, hintTruncated, "is damaged: its sound data comes before its format")
			}
			if left := s.sizeBytes - (at + 8); size > left {
				return s.refuse(ErrTruncated, hintTruncated,
					"is truncated: its header promises %d bytes of sound, the file holds %d", size, left)
			}
			if size == 0 {
				return s.refuse(ErrEmpty, "", "holds no samples")
			}
			return nil
		}
		at += 8 + size + size&1
	}
	return s.refuse(ErrDamaged, "", "is damaged: no sound data in its first %d chunks", maxChunks)
}

// checkWAVFormat looks at the body of a fmt chunk.
func checkWAVFormat(s *Source, body []byte) error {
	if len(body) < 16 {
		return s.refuse(ErrTruncated, hintTruncated, "is truncated: it ends before its sound data")
	}
	tag := binary.LittleEndian.Uint16(body)
	if tag == wavExtensible && len(body) >= 26 {
		tag = binary.LittleEndian.Uint16(body[24:]) // the first bytes of the sub-format GUID
	}
	if !wavTags[tag] {
		return s.refuse(ErrUnsupported, "Convert it to PCM, FLAC or another lossless encoding.",
			"is a WAV in encoding 0x%04x, which is not supported", tag)
	}
	return nil
}

// checkOgg refuses an Ogg file whose last page is cut (RFC 3533, section 6). A
// whole last page without the end-of-stream flag passes: recordings of streams
// often end so.
func checkOgg(s *Source, c content) error {
	if c.format != "ogg" {
		return nil
	}
	const maxPage = 27 + 255 + 255*255
	from := max(c.start, s.sizeBytes-2*maxPage)
	tail, err := s.head(from, int(s.sizeBytes-from))
	if err != nil {
		return err
	}
	for at := len(tail) - 4; at >= 0; at-- {
		if string(tail[at:at+4]) != "OggS" {
			continue
		}
		if end := oggPageEnd(tail[at:]); end < 0 || at+end > len(tail) {
			return s.refuse(ErrTruncated, hintTruncated, "is truncated: it ends within an Ogg page")
		}
		return nil
	}
	return s.refuse(ErrDamaged, hintTruncated, "is damaged: there is no Ogg page near its end")
}

// oggPageEnd returns the length of the page at b's start, -1 if its header is cut.
func oggPageEnd(b []byte) int {
	if len(b) < 27 || len(b) < 27+int(b[26]) {
		return -1
	}
	end := 27 + int(b[26])
	for _, lacing := range b[27 : 27+int(b[26])] {
		end += int(lacing)
	}
	return end
}
