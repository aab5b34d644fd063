package vector

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// writeBatch is how many versions are written between two looks at the context.
const writeBatch = 1024

// sortedVersions returns the versions of blocks that some snapshot from oldest on can see, in file
// order: by row, then birth. It costs 16 bytes a version, which next to the vectors is small; those
// are streamed.
func sortedVersions(blocks []*block, oldest uint64) []place {
	var out []place
	for _, b := range blocks {
		for i := range b.len() {
			if b.died[i].Load() > oldest {
				out = append(out, place{b, i})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y place) int {
		return cmp.Or(cmp.Compare(x.b.rows[x.i], y.b.rows[y.i]), cmp.Compare(x.b.born[x.i], y.b.born[y.i]))
	})
	return out
}

// writeSegment writes versions, which are sorted and not empty, to a new segment and commits it.
func writeSegment(ctx context.Context, store SegmentStore, name string, dim int, versions []place) error {
	w, err := store.Create(name)
	if err != nil {
		return fmt.Errorf("create segment %s: %w", name, err)
	}
	if err := encodeSegment(ctx, w, dim, versions); err != nil {
		return errors.Join(fmt.Errorf("write segment %s: %w", name, err), w.Abort())
	}
	if err := w.Commit(); err != nil {
		return fmt.Errorf("commit segment %s: %w", name, err)
	}
	return nil
}

// encodeSegment writes the file in one pass, front to back. Where everything lies follows from the
// number of versions, so the header can come first; checksums do not, so their table comes last.
func encodeSegment(ctx context.Context, w io.Writer, dim int, versions []place) error {
	end := uint64(headerBytes)
	for _, kind := range sectionKinds {
		end = aligned(end + uint64(len(versions))*uint64(sectionWidth(kind, dim)))
	}
	if _, err := w.Write(encodeHeader(dim, len(versions), end, len(sectionKinds)*tableEntryBytes)); err != nil {
		return err
	}
	var table []byte
	offset := uint64(headerBytes)
	for _, kind := range sectionKinds {
		h := xxhash.New()
		if err := writeSection(ctx, io.MultiWriter(w, h), kind, versions); err != nil {
			return err
		}
		length := uint64(len(versions)) * uint64(sectionWidth(kind, dim))
		if _, err := w.Write(make([]byte, aligned(length)-length)); err != nil {
			return err
		}
		table = binary.LittleEndian.AppendUint32(table, uint32(kind))
		table = binary.LittleEndian.AppendUint32(table, 0)
		table = binary.LittleEndian.AppendUint64(table, offset)
		table = binary.LittleEndian.AppendUint64(table, length)
		table = binary.LittleEndian.AppendUint64(table, h.Sum64())
		offset = aligned(offset + length)
	}
	_, err := w.Write(binary.LittleEndian.AppendUint64(table, xxhash.Sum64(table)))
	return err
}

func aligned(n uint64) uint64 { return (n + sectionAlign - 1) / sectionAlign * sectionAlign }

func encodeHeader(dim, n int, tableOffset uint64, tableBytes int) []byte {
	h := []byte(segmentMagic)
	h = binary.LittleEndian.AppendUint32(h, segmentVersion)
	h = binary.LittleEndian.AppendUint32(h, uint32(dim))
	h = binary.LittleEndian.AppendUint64(h, uint64(n))
	h = binary.LittleEndian.AppendUint64(h, tableOffset)
	h = binary.LittleEndian.AppendUint64(h, uint64(tableBytes))
	h = append(h, make([]byte, headerBytes-8-len(h))...)
	return binary.LittleEndian.AppendUint64(h, xxhash.Sum64(h))
}

// writeSection streams one section.
func writeSection(ctx context.Context, w io.Writer, kind sectionKind, versions []place) error {
	var buf []byte
	for batch := range slices.Chunk(versions, writeBatch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, v := range batch {
			switch kind {
			case sectionVectors:
				if _, err := w.Write(bytesOf(v.b.vec(v.i))); err != nil {
					return err
				}
			case sectionCodes:
				buf = append(buf, v.b.code(v.i)...)
			default:
				buf = binary.LittleEndian.AppendUint64(buf, v.b.word(kind, v.i))
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		buf = buf[:0]
	}
	return nil
}

// word returns version i's entry in a section of eight bytes a version.
func (b *block) word(kind sectionKind, i int) uint64 {
	switch kind {
	case sectionRows:
		return b.rows[i]
	case sectionBorn:
		return b.born[i]
	case sectionNorms:
		return math.Float64bits(b.norms[i])
	default:
		return uint64(math.Float32bits(b.steps[2*i])) | uint64(math.Float32bits(b.steps[2*i+1]))<<32
	}
}
