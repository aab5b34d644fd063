package vector

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/seguedb/segue/vector/kernel"
)

// FuzzManifest: any bytes are a manifest that encodes to the same, or ErrCorrupt. Bytes with a wrong
// checksum are tried with the right one as well, else nothing behind it would be reached.
func FuzzManifest(f *testing.F) {
	f.Add((&manifest{dim: 3, watermark: 7, nextID: 4, building: true}).encode())
	f.Add((&manifest{dim: 768, watermark: 1 << 40, nextID: 9, segments: []manifestSegment{
		{id: 1, sum: 5}, {id: 8, sum: 6, dead: []tombstone{{0, 3}, {2, 1 << 33}}},
	}}).encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		tryManifest(t, data)
		if len(data) >= 8 {
			body := data[:len(data)-8]
			tryManifest(t, binary.LittleEndian.AppendUint64(bytes.Clone(body), xxhash.Sum64(body)))
		}
	})
}

func tryManifest(t *testing.T, data []byte) {
	m, err := decodeManifest(data)
	if err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%v does not wrap ErrCorrupt", err)
		}
		return
	}
	if !bytes.Equal(m.encode(), data) {
		t.Fatalf("decoded %+v, which encodes to other bytes", m)
	}
}

// FuzzSegment: any bytes are a block whose every version can be read, or ErrCorrupt; with the
// checksums as they come, and made right.
func FuzzSegment(f *testing.F) {
	f.Add(testSegment(f, 3, 5), 3)
	f.Add(testSegment(f, 1, 1), 1)
	f.Add(testSegment(f, 16, 40), 16)
	f.Add(testLists(f, 33, 40, false), 33)
	f.Add(testLists(f, 128, 9, true), 128)
	f.Fuzz(func(t *testing.T, data []byte, dim int) {
		if dim < 1 || dim > MaxDim {
			return
		}
		trySegment(t, data, dim)
		trySegment(t, withChecksums(data), dim)
	})
}

func trySegment(t *testing.T, data []byte, dim int) {
	tryBlock(t, data, dim, false)
	tryBlock(t, data, dim, true)
}

func tryBlock(t *testing.T, data []byte, dim int, apart bool) {
	b, _, err := decodeSegment(data, dim, apart)
	if err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%v does not wrap ErrCorrupt", err)
		}
		return
	}
	for i := range b.len() {
		if b.vecs != nil {
			_ = Norm(b.vec(i))
		}
		if !b.visible(i, b.born[i]) || b.live(b.rows[i]) < 0 {
			t.Fatalf("version %d of %d is not there", i, b.len())
		}
	}
	if b.lists != nil {
		tryLists(t, b)
	}
}

// tryLists asks every list: whatever its numbers are, it is read within its bounds.
func tryLists(t *testing.T, b *block) {
	var s signQuery
	set, _ := kernel.At(kernel.Best)
	q := make([]float32, b.dim)
	q[0] = 1
	bound := newBound(set, L2, q)
	if b.dim < codesPay || !s.prepare(set, kernel.NewRotation(b.dim, signSeed), &bound, q) {
		return
	}
	p, seen := prober{signs: &s, k: 10, recall: 0.9}, 0
	planes := make([]uint64, kernel.SignPlanes*b.lists.words())
	p.add(nil, b, 1, keptFilter{})
	for i := range b.lists.lists {
		l := &b.lists.lists[i]
		cut := s.cut(set.SignPlanesOf(planes, s.vec, l.centroid), l, 0, 1)
		signs, factors := b.lists.entries(l, 0, l.n)
		set.SiftSigns(make([]uint32, l.n), planes, signs, factors, l.n, &cut)
		_ = s.out(l, 0, 0, 1)
		seen += l.n
	}
	if seen != b.len() {
		t.Fatalf("lists of %d versions in a block of %d", seen, b.len())
	}
}

// testLists is testSegment with lists.
func testLists(t testing.TB, dim, n int, apart bool) []byte {
	ix, err := Open(NewMemStore(), Options{Dim: dim, SignRows: 1, ListRows: 9, CellRows: 3, Apart: apart})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	for i := range n {
		vec := make([]float32, dim)
		vec[i%dim], vec[0] = float32(i), 1
		ix.Apply(uint64(i+1), []Delta{{Row: uint64(i), Vec: vec}})
	}
	if err := ix.Seal(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	s := ix.view.Load().segments[0]
	if s.lists == nil || s.order == nil {
		t.Fatal("a segment without lists")
	}
	return bytes.Clone(s.data.Bytes())
}

// TestDamagedLists: whatever is wrong in a section of the lists, with every checksum right, is ErrCorrupt or harmless.
func TestDamagedLists(t *testing.T) {
	data, refused := testLists(t, 64, 40, false), 0
	for at := headerBytes; at < len(data)-8; at++ {
		damaged := bytes.Clone(data)
		damaged[at] ^= 1 << (at % 8)
		damaged = withChecksums(damaged)
		if _, _, err := decodeSegment(damaged, 64, false); err != nil {
			refused++
		}
		trySegment(t, damaged, 64)
	}
	if refused < 40 {
		t.Errorf("%d of %d damages refused", refused, len(data))
	}
}

// withChecksums makes the checksums right that lie where the header and the table say.
func withChecksums(data []byte) []byte {
	data = bytes.Clone(data)
	if len(data) < headerBytes {
		return data
	}
	offset, length := binary.LittleEndian.Uint64(data[24:]), binary.LittleEndian.Uint64(data[32:])
	binary.LittleEndian.PutUint64(data[56:], xxhash.Sum64(data[:56]))
	size := uint64(len(data))
	if offset > size || length > size || offset+length+8 > size {
		return data
	}
	table := data[offset : offset+length]
	for entry := table; len(entry) >= tableEntryBytes; entry = entry[tableEntryBytes:] {
		from, n := binary.LittleEndian.Uint64(entry[8:]), binary.LittleEndian.Uint64(entry[16:])
		if from <= size && n <= size-from {
			binary.LittleEndian.PutUint64(entry[24:], xxhash.Sum64(data[from:from+n]))
		}
	}
	binary.LittleEndian.PutUint64(data[offset+length:], xxhash.Sum64(table))
	return data
}

func testSegment(t testing.TB, dim, n int) []byte {
	b := newChunk(dim, n)
	var versions []place
	for i := range n {
		vec := make([]float32, dim)
		vec[0] = float32(i)
		b.append(uint64(i/2), uint64(i), vec)
	}
	var out bytes.Buffer
	ix, err := Open(NewMemStore(), Options{Dim: dim})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	versions = sortedVersions([]*block{codedBlock(t, ix, b)}, 0)
	if err := ix.encodeSegment(t.Context(), &out, versions, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestSegmentRoundTrip: what is written is read back, where it lies and from an address that no
// number can be read at.
func TestSegmentRoundTrip(t *testing.T) {
	data := testSegment(t, 3, 5)
	if !bytes.Equal(withChecksums(data), data) {
		t.Fatal("withChecksums changes a segment that is right")
	}
	crooked := append(make([]byte, 1, len(data)+1), data...)[1:]
	for _, data := range [][]byte{data, crooked} {
		b, _, err := decodeSegment(data, 3, false)
		if err != nil {
			t.Fatal(err)
		}
		if want := []uint64{0, 0, 1, 1, 2}; !reflect.DeepEqual(b.rows, want) {
			t.Errorf("rows %v, want %v", b.rows, want)
		}
		if want := []float32{4, 0, 0}; !reflect.DeepEqual(b.vec(4), want) || b.norms[4] != 4 || b.born[4] != 4 {
			t.Errorf("version 4 is %v, %g long, born %d", b.vec(4), b.norms[4], b.born[4])
		}
	}
}

// TestOtherVersions: a segment of another version, whole in itself, is ErrCorrupt: its rows are written anew.
func TestOtherVersions(t *testing.T) {
	for version := range uint32(segmentVersion + 2) {
		data := testLists(t, 64, 40, true)
		binary.LittleEndian.PutUint32(data[8:], version)
		_, _, err := decodeSegment(withChecksums(data), 64, true)
		if version == segmentVersion && err != nil || version != segmentVersion && !errors.Is(err, ErrCorrupt) {
			t.Errorf("version %d: %v", version, err)
		}
	}
}
