package audio

import (
	"encoding/binary"
	"math"
)

// mpegFrame is what the four header bytes of an MPEG audio frame say (ISO 11172-3,
// 2.4.1.3).
type mpegFrame struct {
	sizeBytes, rateHz int
	samples           int // a channel
	sideBytes         int // of side information after the header; 0 except in Layer III
}

var mpegBitrates = map[[2]int][15]int{ // kbit/s by {MPEG-1?, layer}
	{1, 1}: {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
	{1, 2}: {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
	{1, 3}: {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	{0, 1}: {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
	{0, 2}: {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
	{0, 3}: {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}

func parseMPEG(b []byte) (mpegFrame, bool) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return mpegFrame{}, false
	}
	h := binary.BigEndian.Uint32(b)
	version, layer := int(h>>19&3), 4-int(h>>17&3)
	bitrate, rate, pad := int(h>>12&15), int(h>>10&3), int(h>>9&1)
	if version == 1 || layer == 4 || bitrate == 0 || bitrate == 15 || rate == 3 {
		return mpegFrame{}, false
	}
	first := 0
	f := mpegFrame{rateHz: [3]int{44100, 48000, 32000}[rate]}
	switch version {
	case 3:
		first = 1
	case 2:
		f.rateHz /= 2
	case 0:
		f.rateHz /= 4
	}
	kbits := mpegBitrates[[2]int{first, layer}][bitrate]
	mono := h>>6&3 == 3
	f.samples = 1152
	switch {
	case layer == 1:
		f.samples = 384
		f.sizeBytes = (12*kbits*1000/f.rateHz + pad) * 4
		return f, true
	case layer == 3 && first == 0:
		f.samples = 576
	}
	f.sizeBytes = f.samples/8*kbits*1000/f.rateHz + pad
	if layer != 3 {
		return f, true
	}
	f.sideBytes = [2][2]int{{17, 9}, {32, 17}}[first][btoi(mono)]
	return f, true
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// findMPEG returns where two frames in a row begin, or -1. A file of one frame
// counts when the frame ends where the file does.
func findMPEG(b []byte) int {
	for at := 0; at+4 <= len(b); at++ {
		f, ok := parseMPEG(b[at:])
		if !ok {
			continue
		}
		next := at + f.sizeBytes
		if next == len(b) && at == 0 {
			return at
		}
		if next+4 > len(b) {
			continue
		}
		if g, ok := parseMPEG(b[next:]); ok && g.rateHz == f.rateHz {
			return at
		}
	}
	return -1
}

// xingFrames returns the number of samples a channel that a Xing, Info or VBRI
// header in the first frame promises, 0 without one.
func xingFrames(b []byte) int64 {
	f, ok := parseMPEG(b)
	if !ok {
		return 0
	}
	at := 4 + f.sideBytes
	if len(b) >= at+12 && (string(b[at:at+4]) == "Xing" || string(b[at:at+4]) == "Info") {
		if b[at+7]&1 == 0 {
			return 0
		}
		return int64(binary.BigEndian.Uint32(b[at+8:])) * int64(f.samples)
	}
	if len(b) >= 36+18 && string(b[36:40]) == "VBRI" {
		return int64(binary.BigEndian.Uint32(b[36+14:])) * int64(f.samples)
	}
	return 0
}

// countMPEG walks the frame headers from start and returns how many frames there
// are; it reads the whole file once, sequentially.
//
// libsndfile takes an MP3 without a Xing header to be as long as its first frame's
// bitrate suggests, and stops there: a variable-rate file that begins loud loses
// its end. See xingPrefix for the cure.
func countMPEG(s *Source, start int64) (frames int64, err error) {
	const window = 1 << 16
	var buf []byte
	var bufAt int64
	for at := start; ; {
		if at < bufAt || at+4 > bufAt+int64(len(buf)) {
			if buf, err = s.head(at, window); err != nil {
				return 0, err
			}
			if bufAt = at; len(buf) < 4 {
				return frames, nil
			}
		}
		f, ok := parseMPEG(buf[at-bufAt:])
		if !ok {
			at++
			continue
		}
		frames++
		at += int64(f.sizeBytes)
	}
}

// xingPrefix makes a silent frame like the one that begins at head, holding a Xing
// header with the number of frames: put before the file, it tells libsndfile the
// true length. It is nil where that cannot be said (Layer I and II).
func xingPrefix(head []byte, frames int64) []byte {
	first, ok := parseMPEG(head)
	if !ok || first.sideBytes == 0 || frames > math.MaxUint32 {
		return nil
	}
	header := append([]byte(nil), head[:4]...)
	header[1] |= 1                    // no checksum
	header[2] = header[2]&0x0f | 9<<4 // 128 kbit/s, or 80 in MPEG-2
	f, ok := parseMPEG(header)
	at := 4 + first.sideBytes
	if !ok || f.sizeBytes < at+12 {
		return nil
	}
	b := make([]byte, f.sizeBytes)
	copy(b, header)
	copy(b[at:], "Xing")
	b[at+7] = 1 // only the frame count follows
	binary.BigEndian.PutUint32(b[at+8:], uint32(frames))
	return b
}
