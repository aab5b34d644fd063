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

// writeBatch is how many versions are written between two breaths.
const writeBatch = 256

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

// writeSegment writes versions, which are sorted and not empty, to a new segment and commits it. lists may be nil.
func (ix *Index) writeSegment(ctx context.Context, name string, versions []place, lists *listPlan) error {
	w, err := ix.store.Create(name)
	if err != nil {
		return fmt.Errorf("create segment %s: %w", name, err)
	}
	if err := ix.encodeSegment(ctx, w, versions, lists); err != nil {
		return errors.Join(fmt.Errorf("write segment %s: %w", name, err), w.Abort())
	}
	if err := w.Commit(); err != nil {
		return fmt.Errorf("commit segment %s: %w", name, err)
	}
	return nil
}

// segmentSection is a section to be written.
type segmentSection struct {
	kind  sectionKind
	bytes uint64
	write func(ctx context.Context, w io.Writer) error
}

// sectionsOf lists a segment's sections in the order of the file.
func (ix *Index) sectionsOf(versions []place, lists *listPlan) []segmentSection {
	var out []segmentSection
	for _, kind := range sectionsFor(ix.opts.Dim, ix.opts.Apart) {
		out = append(out, segmentSection{kind, uint64(len(versions)) * uint64(sectionWidth(kind, ix.opts.Dim)),
			func(ctx context.Context, w io.Writer) error { return writeSection(ctx, w, kind, versions) }})
	}
	if lists == nil {
		return out
	}
	for _, kind := range signSections {
		out = append(out, segmentSection{kind, uint64(lists.bytes(kind)),
			func(ctx context.Context, w io.Writer) error { return lists.write(ctx, w, kind) }})
	}
	return out
}

// encodeSegment writes the file in one pass, front to back. Where everything lies follows from the
// number of versions and of lists, so the header can come first; checksums do not, so their table comes last.
func (ix *Index) encodeSegment(ctx context.Context, w io.Writer, versions []place, lists *listPlan) error {
	sections, end := ix.sectionsOf(versions, lists), uint64(headerBytes)
	for _, s := range sections {
		end = aligned(end + s.bytes)
	}
	if _, err := w.Write(encodeHeader(ix.opts.Dim, len(versions), end, len(sections)*tableEntryBytes)); err != nil {
		return err
	}
	var table []byte
	offset := uint64(headerBytes)
	for _, s := range sections {
		h := xxhash.New()
		if err := s.write(ctx, io.MultiWriter(w, h)); err != nil {
			return err
		}
		if _, err := w.Write(make([]byte, aligned(s.bytes)-s.bytes)); err != nil {
			return err
		}
		table = binary.LittleEndian.AppendUint32(table, uint32(s.kind))
		table = binary.LittleEndian.AppendUint32(table, 0)
		table = binary.LittleEndian.AppendUint64(table, offset)
		table = binary.LittleEndian.AppendUint64(table, s.bytes)
		table = binary.LittleEndian.AppendUint64(table, h.Sum64())
		offset = aligned(offset + s.bytes)
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
		if err := breathe(ctx); err != nil {
			return err
		}
		for _, v := range batch {
			buf = v.b.appendTo(buf, kind, v.i)
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		buf = buf[:0]
	}
	return nil
}

// appendTo appends version i's entry in a section.
func (b *block) appendTo(buf []byte, kind sectionKind, i int) []byte {
	switch kind {
	case sectionVectors:
		return append(buf, bytesOf(b.vec(i))...)
	case sectionRows:
		return binary.LittleEndian.AppendUint64(buf, b.rows[i])
	case sectionBorn:
		return binary.LittleEndian.AppendUint64(buf, b.born[i])
	case sectionNorms:
		return binary.LittleEndian.AppendUint64(buf, math.Float64bits(b.norms[i]))
	}
	high, low, marks := b.halves.of(i, paddedDim(b.dim))
	switch kind {
	case sectionHigh:
		return append(buf, high...)
	case sectionLow:
		return append(buf, low...)
	default:
		return append(buf, bytesOf(marks)...)
	}
}
