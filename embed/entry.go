package embed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// A cache entry, little-endian:
//
//	version u8 | dim u16 | windows u32 | seconds f64 | track dim×f32 | crc32c of all before
//	windows × (start f64 | seconds f64 | dim×f16) | crc32c of the windows
//
// The track's vector comes first with a checksum of its own, because a query wants it
// alone and an hour of audio has a megabyte of windows.

const (
	entryVersion   = 1
	entryHeadBytes = 1 + 2 + 4 + 8
	windowHead     = 8 + 8
	crcBytes       = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamagedEntry is wrapped by every refusal of the decoder.
var errDamagedEntry = errors.New("damaged cache entry")

// embedding is what is known of one audio content under one model.
type embedding struct {
	seconds float64
	track   []float32 // unit length
	windows []segment // in order of time; nil when only the track was decoded
}

// segment is one window's vector and where it lies in the audio.
type segment struct {
	startSeconds, seconds float64
	vector                []uint16 // float16, unit length before rounding
}

func (t *embedding) encode() []byte {
	dim := len(t.track)
	size := entryHeadBytes + 4*dim + crcBytes + len(t.windows)*(windowHead+2*dim) + crcBytes
	b := make([]byte, 0, size)
	b = append(b, entryVersion)
	b = binary.LittleEndian.AppendUint16(b, uint16(dim))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(t.windows)))
	b = appendFloat64(b, t.seconds)
	for _, x := range t.track {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	from := len(b)
	for _, w := range t.windows {
		b = appendFloat64(appendFloat64(b, w.startSeconds), w.seconds)
		for _, h := range w.vector {
			b = binary.LittleEndian.AppendUint16(b, h)
		}
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli))
}

func appendFloat64(b []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
}

// decodeTrack reads an entry without its windows, which are only measured.
func decodeTrack(b []byte, dim int) (*embedding, error) {
	t, _, err := decodeHead(b, dim)
	return t, err
}

// decodeEntry reads an entry whole.
func decodeEntry(b []byte, dim int) (*embedding, error) {
	t, rest, err := decodeHead(b, dim)
	if err != nil {
		return nil, err
	}
	body := rest[:len(rest)-crcBytes]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(rest[len(body):]) {
		return nil, fmt.Errorf("%w: checksum of its windows", errDamagedEntry)
	}
	for len(body) > 0 {
		w := segment{startSeconds: float64At(body), seconds: float64At(body[8:]), vector: make([]uint16, dim)}
		body = body[windowHead:]
		for i := range w.vector {
			w.vector[i] = binary.LittleEndian.Uint16(body[2*i:])
		}
		body = body[2*dim:]
		t.windows = append(t.windows, w)
	}
	return t, nil
}

// decodeHead returns the track and the windows' bytes with their checksum.
func decodeHead(b []byte, dim int) (t *embedding, rest []byte, err error) {
	head := entryHeadBytes + 4*dim
	switch {
	case len(b) < head+crcBytes:
		return nil, nil, fmt.Errorf("%w: %d bytes", errDamagedEntry, len(b))
	case b[0] != entryVersion:
		return nil, nil, fmt.Errorf("%w: version %d", errDamagedEntry, b[0])
	case int(binary.LittleEndian.Uint16(b[1:])) != dim:
		return nil, nil, fmt.Errorf("%w: %d dimensions, not %d", errDamagedEntry, binary.LittleEndian.Uint16(b[1:]), dim)
	case crc32.Checksum(b[:head], castagnoli) != binary.LittleEndian.Uint32(b[head:]):
		return nil, nil, fmt.Errorf("%w: checksum", errDamagedEntry)
	}
	windows := int64(binary.LittleEndian.Uint32(b[3:]))
	rest = b[head+crcBytes:]
	if int64(len(rest)) != windows*int64(windowHead+2*dim)+crcBytes {
		return nil, nil, fmt.Errorf("%w: %d bytes for %d windows", errDamagedEntry, len(rest), windows)
	}
	t = &embedding{seconds: float64At(b[7:]), track: make([]float32, dim)}
	sum := 0.0
	for i := range t.track {
		t.track[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[entryHeadBytes+4*i:]))
		sum += float64(t.track[i]) * float64(t.track[i])
	}
	// Also false for NaN. A checksum that holds over numbers that are no embedding is a
	// bug of ours from another day, and must not reach an index.
	if !(math.Abs(sum-1) < 1e-3) {
		return nil, nil, fmt.Errorf("%w: squared length %g", errDamagedEntry, sum)
	}
	return t, rest, nil
}

func float64At(b []byte) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// CachedVector is the part of a cache entry that a stored vector is made of: float32s, little-endian. It is nil when the
// entry is not one that this version wrote.
func CachedVector(entry []byte) []byte {
	if len(entry) < entryHeadBytes || entry[0] != entryVersion {
		return nil
	}
	end := entryHeadBytes + 4*int(binary.LittleEndian.Uint16(entry[1:]))
	if len(entry) < end {
		return nil
	}
	return entry[entryHeadBytes:end]
}
