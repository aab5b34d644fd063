// Package audiotest makes audio files for tests: WAV in Go, so that a test can
// break it byte by byte, and everything that libsndfile writes.
package audiotest

// #cgo CXXFLAGS: -std=c++17
// #cgo LDFLAGS: -lsndfile -ltag -lstdc++
// #include <sndfile.h>
// #include <stdlib.h>
// #include "tag.h"
import "C"

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unsafe"
)

// Format is a file format that Encode writes.
type Format int

// The formats, as libsndfile's SF_FORMAT words.
const (
	FLAC   Format = C.SF_FORMAT_FLAC | C.SF_FORMAT_PCM_16
	AIFF   Format = C.SF_FORMAT_AIFF | C.SF_FORMAT_PCM_16
	MP3    Format = C.SF_FORMAT_MPEG | C.SF_FORMAT_MPEG_LAYER_III
	Vorbis Format = C.SF_FORMAT_OGG | C.SF_FORMAT_VORBIS
	Opus   Format = C.SF_FORMAT_OGG | C.SF_FORMAT_OPUS
)

// Encode writes interleaved samples to a file at path, tagged with the title.
func Encode(path string, format Format, rateHz, channels int, samples []float32, title string) error {
	cpath, ctitle := C.CString(path), C.CString(title)
	defer C.free(unsafe.Pointer(cpath))
	defer C.free(unsafe.Pointer(ctitle))
	info := C.SF_INFO{samplerate: C.int(rateHz), channels: C.int(channels), format: C.int(format)}
	f := C.sf_open(cpath, C.SFM_WRITE, &info)
	if f == nil {
		return fmt.Errorf("creating %s: %s", path, C.GoString(C.sf_strerror(nil)))
	}
	if title != "" {
		C.sf_set_string(f, C.SF_STR_TITLE, ctitle)
	}
	frames := C.sf_count_t(len(samples) / channels)
	wrote := C.sf_writef_float(f, (*C.float)(unsafe.SliceData(samples)), frames)
	if status := C.sf_close(f); status != 0 || wrote != frames {
		return fmt.Errorf("writing %s: %d of %d frames, status %d", path, wrote, frames, status)
	}
	return nil
}

// Tag replaces the tags of the file at path, "NAME=value" each, by TagLib's property names.
func Tag(path string, tags ...string) error {
	var text strings.Builder
	for _, tag := range tags {
		name, value, _ := strings.Cut(tag, "=")
		text.WriteString(name + "\x00" + value + "\x00")
	}
	cpath, ctags := C.CString(path), C.CBytes([]byte(text.String()))
	defer C.free(unsafe.Pointer(cpath))
	defer C.free(ctags)
	if status := C.segue_test_tag(cpath, (*C.char)(ctags), C.int(text.Len())); status != 0 {
		return fmt.Errorf("tagging %s: status %d", path, status)
	}
	return nil
}

// WAV returns a RIFF file of interleaved samples in [-1, 1]; bits is 8, 16, 24 or
// 32 for integers, -32 or -64 for floats.
func WAV(rateHz, channels, bits int, samples []float32) []byte {
	tag, width := uint16(1), bits/8
	if bits < 0 {
		tag, width = 3, -bits/8
	}
	var data bytes.Buffer
	for _, v := range samples {
		scaled := int64(math.RoundToEven(float64(v) * (math.Exp2(float64(bits-1)) - 1)))
		switch bits {
		case 8:
			data.WriteByte(byte(scaled + 128))
		case -32:
			binary.Write(&data, binary.LittleEndian, v)
		case -64:
			binary.Write(&data, binary.LittleEndian, float64(v))
		default:
			data.Write(binary.LittleEndian.AppendUint64(nil, uint64(scaled))[:width])
		}
	}
	var b bytes.Buffer
	b.WriteString("RIFF")
	binary.Write(&b, binary.LittleEndian, uint32(36+data.Len()))
	b.WriteString("WAVEfmt ")
	binary.Write(&b, binary.LittleEndian, uint32(16))
	binary.Write(&b, binary.LittleEndian, []uint16{tag, uint16(channels)})
	binary.Write(&b, binary.LittleEndian, []uint32{uint32(rateHz), uint32(rateHz * channels * width)})
	binary.Write(&b, binary.LittleEndian, []uint16{uint16(channels * width), uint16(8 * width)})
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, uint32(data.Len()))
	b.Write(data.Bytes())
	return b.Bytes()
}

// Tone returns seconds of a chord that moves: enough structure for a codec and for
// an embedding to tell apart by hz. Interleaved, the channels differing in phase.
func Tone(hz float64, seconds float64, rateHz, channels int) []float32 {
	frames := int(seconds * float64(rateHz))
	samples := make([]float32, 0, frames*channels)
	for i := range frames {
		t := float64(i) / float64(rateHz)
		for c := range channels {
			v := 0.0
			for h := 1; h <= 4; h++ {
				v += math.Sin(2*math.Pi*hz*float64(h)*t+float64(c)) / float64(h)
			}
			beat := 0.6 + 0.4*math.Sin(2*math.Pi*2*t)
			samples = append(samples, float32(0.2*beat*v))
		}
	}
	return samples
}
