package audio

import (
	"bytes"
)

// content is what the first bytes of a file say that it is.
type content struct {
	format  string // "wav", "flac", ...: the word in Info.Format and in messages
	start   int64  // where the audio begins: past ID3v2 tags and leading junk
	demuxer string // ffmpeg's name for it, when libsndfile does not read it
}

// magic lists what is recognised by fixed bytes at a fixed offset. Formats with a
// demuxer need ffmpeg, and ffmpeg is told the format instead of being left to
// guess: its probing knows playlists, which make it open other files and URLs.
var magic = []struct {
	offset          int
	bytes           string
	format, demuxer string
}{
	{0, "fLaC", "flac", ""},
	{0, "OggS", "ogg", ""},
	{4, "ftyp", "mp4", "mov"},
	{0, "\x1a\x45\xdf\xa3", "matroska", "matroska"},
	{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf", "asf"},
	{0, "wvpk", "wavpack", "wv"},
	{0, "MAC ", "ape", "ape"},
	{0, "TTA1", "tta", "tta"},
	{0, "MP+", "musepack", "mpc"},
	{0, "MPCK", "musepack", "mpc8"},
	{0, "caff", "caf", "caf"},
	{0, ".snd", "au", "au"},
	{0, "riff\x2e\x91\xcf\x11", "w64", "w64"},
}

// sniff says what s holds; ErrNotAudio when nothing is recognised.
func sniff(s *Source) (content, error) {
	start, err := skipID3(s)
	if err != nil {
		return content{}, err
	}
	head, err := s.head(start, 4096)
	if err != nil {
		return content{}, err
	}
	if c, ok := sniffHead(head); ok {
		c.start = start
		return c, nil
	}
	// Broken taggers leave zeros or junk before the first MPEG frame; two frame
	// headers in a row, one frame length apart, are proof enough.
	head, err = s.head(start, 1<<16)
	if err != nil {
		return content{}, err
	}
	if at := findMPEG(head); at >= 0 {
		return content{format: "mp3", start: start + int64(at)}, nil
	}
	return content{}, s.refuse(ErrNotAudio, hintFormats, "is not audio: its content is of no known format")
}

func sniffHead(head []byte) (content, bool) {
	if len(head) >= 12 {
		container, kind := string(head[:4]), string(head[8:12])
		switch {
		case container == "RIFF" && kind == "WAVE":
			return content{format: "wav"}, true
		case (container == "RF64" || container == "BW64") && kind == "WAVE":
			return content{format: "wav", demuxer: "wav"}, true
		case container == "FORM" && (kind == "AIFF" || kind == "AIFC"):
			return content{format: "aiff"}, true
		}
	}
	for _, m := range magic {
		if len(head) >= m.offset+len(m.bytes) && string(head[m.offset:m.offset+len(m.bytes)]) == m.bytes {
			return content{format: m.format, demuxer: m.demuxer}, true
		}
	}
	if len(head) >= 7 && head[0] == 0xff && head[1]&0xf6 == 0xf0 { // ADTS: layer bits 00
		length := int(head[3]&3)<<11 | int(head[4])<<3 | int(head[5])>>5
		if length >= 7 && length+2 <= len(head) && head[length] == 0xff && head[length+1]&0xf6 == 0xf0 {
			return content{format: "aac", demuxer: "aac"}, true
		}
	}
	return content{}, false
}

// skipID3 returns the offset past every ID3v2 tag at the start (id3.org, v2.4,
// section 3.1: ten bytes, the size in four 7-bit groups, a footer if bit 4 is set).
func skipID3(s *Source) (int64, error) {
	var at int64
	for range 16 {
		h, err := s.head(at, 10)
		if err != nil {
			return 0, err
		}
		if len(h) < 10 || !bytes.Equal(h[:3], []byte("ID3")) || h[3] == 0xff || h[4] == 0xff {
			return at, nil
		}
		if (h[6]|h[7]|h[8]|h[9])&0x80 != 0 {
			return at, nil
		}
		size := int64(h[6])<<21 | int64(h[7])<<14 | int64(h[8])<<7 | int64(h[9])
		at += 10 + size
		if h[5]&0x10 != 0 {
			at += 10
		}
	}
	return at, nil
}
