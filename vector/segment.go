package vector

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"github.com/seguedb/segue/vector/kernel"
)

// The segment file, drawn in doc.go. Numbers are little-endian, as the memory of every machine this
// runs on; the vectors are used where they are mapped.
const (
	segmentMagic    = "SEGUEVEC"
	segmentVersion  = 5
	headerBytes     = 64
	sectionAlign    = 64 // a cache line, and the width of an AVX-512 register
	tableEntryBytes = 32
)

// sectionKind names a section. A reader skips kinds it does not know.
type sectionKind uint32

const (
	sectionVectors sectionKind = 1 // float32 × dim a version, unless the owner keeps them
	sectionRows    sectionKind = 2 // uint64 a version, ascending in the order of section 9, if there is one
	sectionBorn    sectionKind = 3 // uint64 a version, ascending within a row
	sectionNorms   sectionKind = 4 // float64 a version

	// Those of vectors that are long enough for codes; see halves.go.
	sectionHigh  sectionKind = 5  // uint8 × padded/2 a version
	sectionMarks sectionKind = 6  // float32 × 3 a version
	sectionLow   sectionKind = 13 // uint8 × padded/2 a version

	// Those of a segment with lists; see lists.go.
	sectionCentroids sectionKind = 7  // float32 × padded a list
	sectionLists     sectionKind = 8  // uint32 × 2 a list: its versions and its cells
	sectionOrder     sectionKind = 9  // uint32 a version: the versions by row, then birth
	sectionSigns     sectionKind = 10 // uint64 × 8 × words a block
	sectionFactors   sectionKind = 11 // float32 × 4 × 8 a block
	sectionTuning    sectionKind = 12 // see tuning.go
	sectionCells     sectionKind = 14 // uint32, float32 × 2 a cell: cellMark of cells.go
	sectionCellCodes sectionKind = 15 // uint8 × padded a cell
)

// sectionsFor are those that every segment of a dimension has, in the order of the file. Vectors too short for codes are
// apart in no index.
func sectionsFor(dim int, apart bool) []sectionKind {
	kinds := []sectionKind{sectionVectors, sectionRows, sectionBorn, sectionNorms, sectionHigh, sectionLow, sectionMarks}
	switch {
	case dim < codesPay:
		return kinds[:4]
	case apart:
		return kinds[1:]
	}
	return kinds
}

// sectionWidth is the bytes a version takes in a section, or 0 for a section that is not counted in versions.
func sectionWidth(kind sectionKind, dim int) int {
	switch kind {
	case sectionVectors:
		return 4 * dim
	case sectionRows, sectionBorn, sectionNorms:
		return 8
	case sectionHigh, sectionLow:
		return paddedDim(dim) / 2
	case sectionMarks:
		return 4 * kernel.HalfMarks
	}
	return 0
}

// segment is a sealed block in a file.
type segment struct {
	*block
	id   uint64 // its id in the manifest
	name string
	sum  uint64 // of the section table: names the contents
	data SegmentData
	refs atomic.Int64
	// since is the commit that it came with as a whole, of one that was staged: no manifest before that names it.
	since uint64
}

// release gives a reference back and unmaps with the last.
func (s *segment) release() error {
	if s.refs.Add(-1) > 0 {
		return nil
	}
	return s.data.Close()
}

// blockSerial numbers the segments that this process opens, of all indexes.
var blockSerial atomic.Uint64

// openSegment maps a segment and verifies all of it. The segment has no references yet.
func openSegment(store SegmentStore, id uint64, dim int, apart bool) (*segment, error) {
	name := segmentName(id)
	data, err := store.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open segment %s: %w", name, err)
	}
	b, sum, err := decodeSegment(data.Bytes(), dim, apart)
	if err != nil {
		if cerr := data.Close(); cerr != nil {
			return nil, fmt.Errorf("segment %s: %w (and closing it: %w)", name, err, cerr)
		}
		return nil, fmt.Errorf("segment %s: %w", name, err)
	}
	b.serial = blockSerial.Add(1)
	data.Unload() // verifying has read all of it, of which searches want a small part
	return &segment{block: b, id: id, name: name, sum: sum, data: data}, nil
}

// decodeSegment checks a segment's bytes, every checksum and every invariant that the code relies on,
// and returns a block that points into them, all versions alive. It trusts nothing: any bytes give a
// block or an error that wraps ErrCorrupt.
func decodeSegment(data []byte, dim int, apart bool) (*block, uint64, error) {
	n, table, err := decodeHeader(data, dim)
	if err != nil {
		return nil, 0, err
	}
	sections, err := decodeTable(data, table, n, dim, apart)
	if err != nil {
		return nil, 0, err
	}
	lists, order, err := decodeLists(sections, n, dim)
	if err != nil {
		return nil, 0, err
	}
	b := &block{
		dim:    dim,
		lists:  lists,
		rows:   viewOf[uint64](sections[sectionRows]),
		born:   viewOf[uint64](sections[sectionBorn]),
		norms:  viewOf[float64](sections[sectionNorms]),
		died:   make([]atomic.Uint64, n),
		sorted: true,
		order:  order,
	}
	if vecs := sections[sectionVectors]; vecs != nil {
		b.vecs = viewOf[float32](vecs)
	}
	if dim >= codesPay {
		b.halves = &halves{high: sections[sectionHigh], low: sections[sectionLow], marks: viewOf[float32](sections[sectionMarks])}
	}
	rows := b.rows
	if order != nil { // else they are the file's, which is not ours to write
		rows = make([]uint64, n)
	}
	for i := range n {
		b.died[i].Store(alive)
		v := b.ordered(i)
		if order != nil {
			rows[i] = b.rows[v]
		}
		if i > 0 && (rows[i] < rows[i-1] || rows[i] == rows[i-1] && b.born[v] < b.born[b.ordered(i-1)]) {
			return nil, 0, fmt.Errorf("%w: versions out of order at %d", ErrCorrupt, i)
		}
	}
	b.ascending = ascendingRows(rows, order == nil)
	b.n.Store(int64(n))
	return b, xxhash.Sum64(table), nil
}

// decodeHeader returns the number of versions and the section table's bytes.
func decodeHeader(data []byte, dim int) (int, []byte, error) {
	if len(data) < headerBytes || string(data[:8]) != segmentMagic {
		return 0, nil, fmt.Errorf("%w: not a segment", ErrCorrupt)
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v != segmentVersion {
		return 0, nil, fmt.Errorf("%w: segment version %d, this program knows %d", ErrCorrupt, v, segmentVersion)
	}
	if xxhash.Sum64(data[:56]) != binary.LittleEndian.Uint64(data[56:]) {
		return 0, nil, fmt.Errorf("%w: header checksum", ErrCorrupt)
	}
	if d := binary.LittleEndian.Uint32(data[12:]); uint64(d) != uint64(dim) {
		return 0, nil, fmt.Errorf("%w: segment of %d dimensions in an index of %d", ErrCorrupt, d, dim)
	}
	n, offset := binary.LittleEndian.Uint64(data[16:]), binary.LittleEndian.Uint64(data[24:])
	length := binary.LittleEndian.Uint64(data[32:])
	size := uint64(len(data))
	if n == 0 || n > math.MaxUint32 || offset > size || size-offset < 8 || length > size-offset-8 ||
		length%tableEntryBytes != 0 {
		return 0, nil, fmt.Errorf("%w: header of %d versions, table at %d+%d of %d bytes",
			ErrCorrupt, n, offset, length, size)
	}
	table := data[offset : offset+length]
	if xxhash.Sum64(table) != binary.LittleEndian.Uint64(data[offset+length:]) {
		return 0, nil, fmt.Errorf("%w: checksum of the section table", ErrCorrupt)
	}
	return int(n), table, nil
}

// decodeTable returns the sections' bytes by kind, verified.
func decodeTable(data, table []byte, n, dim int, apart bool) (map[sectionKind][]byte, error) {
	sections := make(map[sectionKind][]byte)
	for ; len(table) > 0; table = table[tableEntryBytes:] {
		kind := sectionKind(binary.LittleEndian.Uint32(table))
		offset, length := binary.LittleEndian.Uint64(table[8:]), binary.LittleEndian.Uint64(table[16:])
		if offset%sectionAlign != 0 || offset > uint64(len(data)) || length > uint64(len(data))-offset {
			return nil, fmt.Errorf("%w: section %d at %d+%d of %d bytes", ErrCorrupt, kind, offset, length, len(data))
		}
		if width := sectionWidth(kind, dim); width != 0 && length != uint64(n)*uint64(width) {
			return nil, fmt.Errorf("%w: section %d has %d bytes for %d versions", ErrCorrupt, kind, length, n)
		}
		section := data[offset : offset+length]
		if checksum(section) != binary.LittleEndian.Uint64(table[24:]) {
			return nil, fmt.Errorf("%w: checksum of section %d", ErrCorrupt, kind)
		}
		sections[kind] = section
	}
	for _, kind := range sectionsFor(dim, apart) {
		if sections[kind] == nil {
			return nil, fmt.Errorf("%w: no section %d", ErrCorrupt, kind)
		}
	}
	return sections, nil
}

// checksum is xxhash.Sum64, with breaths.
func checksum(data []byte) uint64 {
	if len(data) <= breatheBytes {
		return xxhash.Sum64(data)
	}
	h := xxhash.New()
	for part := range slices.Chunk(data, breatheBytes) {
		_, _ = h.Write(part) // a hash takes everything
		_ = breathe(context.Background())
	}
	return h.Sum64()
}

// viewOf reads bytes as numbers where they lie. Mapped files are aligned; bytes from elsewhere that
// are not are copied.
func viewOf[T float32 | float64 | uint32 | uint64](data []byte) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	p := unsafe.Pointer(unsafe.SliceData(data))
	if uintptr(p)%unsafe.Alignof(zero) != 0 {
		aligned := make([]T, len(data)/size)
		copy(bytesOf(aligned), data)
		return aligned
	}
	return unsafe.Slice((*T)(p), len(data)/size)
}

// bytesOf reads numbers as bytes where they lie.
func bytesOf[T float32 | float64 | uint32 | uint64](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}
