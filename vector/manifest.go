package vector

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"
)

const (
	manifestMagic   = "SEGUEMAN"
	manifestVersion = 1
)

// manifest is the one mutable file: which segments there are and what is dead in them. Its bytes are
// drawn in doc.go.
type manifest struct {
	dim       int
	watermark uint64
	nextID    uint64 // of the next segment; names are never used twice
	building  bool   // a Rebuild has not finished
	segments  []manifestSegment
}

// manifestSegment names a segment, its contents and its tombstones.
type manifestSegment struct {
	id   uint64
	sum  uint64 // segment.sum
	dead []tombstone
}

// tombstone is the death of the version at an index of a segment.
type tombstone struct {
	index uint32
	died  uint64
}

// segmentName is the file name of a segment id.
func segmentName(id uint64) string { return fmt.Sprintf("%016x%s", id, segmentSuffix) }

func (m *manifest) encode() []byte {
	out := []byte(manifestMagic)
	out = binary.LittleEndian.AppendUint32(out, manifestVersion)
	out = binary.LittleEndian.AppendUint32(out, uint32(m.dim))
	out = binary.LittleEndian.AppendUint64(out, m.watermark)
	out = binary.LittleEndian.AppendUint64(out, m.nextID)
	building := uint32(0)
	if m.building {
		building = 1
	}
	out = binary.LittleEndian.AppendUint32(out, building)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(m.segments)))
	for _, s := range m.segments {
		out = binary.LittleEndian.AppendUint64(out, s.id)
		out = binary.LittleEndian.AppendUint64(out, s.sum)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(s.dead)))
		for _, d := range s.dead {
			out = binary.LittleEndian.AppendUint32(out, d.index)
			out = binary.LittleEndian.AppendUint64(out, d.died)
		}
	}
	return binary.LittleEndian.AppendUint64(out, xxhash.Sum64(out))
}

// decodeManifest reads what encode wrote. Any bytes give a manifest or an error that wraps ErrCorrupt.
func decodeManifest(data []byte) (*manifest, error) {
	if len(data) < 48 || string(data[:8]) != manifestMagic {
		return nil, fmt.Errorf("%w: not a manifest", ErrCorrupt)
	}
	body, sum := data[:len(data)-8], binary.LittleEndian.Uint64(data[len(data)-8:])
	if xxhash.Sum64(body) != sum {
		return nil, fmt.Errorf("%w: manifest checksum", ErrCorrupt)
	}
	if v := binary.LittleEndian.Uint32(body[8:]); v != manifestVersion {
		return nil, fmt.Errorf("%w: manifest version %d, this program knows %d", ErrCorrupt, v, manifestVersion)
	}
	m := &manifest{
		dim:       int(binary.LittleEndian.Uint32(body[12:])),
		watermark: binary.LittleEndian.Uint64(body[16:]),
		nextID:    binary.LittleEndian.Uint64(body[24:]),
		building:  binary.LittleEndian.Uint32(body[32:]) == 1,
	}
	if flags := binary.LittleEndian.Uint32(body[32:]); flags > 1 {
		return nil, fmt.Errorf("%w: manifest flags %#x", ErrCorrupt, flags)
	}
	segments := binary.LittleEndian.Uint32(body[36:])
	rest := body[40:]
	for range segments {
		var s manifestSegment
		var err error
		if s, rest, err = decodeManifestSegment(rest); err != nil {
			return nil, err
		}
		same := func(other manifestSegment) bool { return other.id == s.id }
		if s.id >= m.nextID || slices.ContainsFunc(m.segments, same) {
			return nil, fmt.Errorf("%w: segment %d in a manifest that will make %d", ErrCorrupt, s.id, m.nextID)
		}
		m.segments = append(m.segments, s)
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("%w: %d bytes after the manifest", ErrCorrupt, len(rest))
	}
	return m, nil
}

func decodeManifestSegment(data []byte) (manifestSegment, []byte, error) {
	if len(data) < 20 {
		return manifestSegment{}, nil, fmt.Errorf("%w: manifest ends in a segment", ErrCorrupt)
	}
	s := manifestSegment{id: binary.LittleEndian.Uint64(data), sum: binary.LittleEndian.Uint64(data[8:])}
	dead := uint64(binary.LittleEndian.Uint32(data[16:]))
	data = data[20:]
	if uint64(len(data)) < dead*12 {
		return manifestSegment{}, nil, fmt.Errorf("%w: manifest ends in the tombstones", ErrCorrupt)
	}
	for range dead {
		s.dead = append(s.dead, tombstone{binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint64(data[4:])})
		data = data[12:]
	}
	return s, data, nil
}
