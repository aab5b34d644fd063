package vector

// Stats is the index's size and history, for metrics and for the operator.
type Stats struct {
	Rows       int // live after the last Apply
	DeadRows   int // versions replaced or deleted and not yet collected
	TailRows   int // versions in memory
	TailDeltas int // changes since the watermark, deletes included
	Segments   int
	// SegmentBytes is the size of the mapped files, TailBytes the memory held by the tail.
	SegmentBytes, TailBytes int64
	Watermark, LastSeq      uint64
	Seals, Merges           uint64 // since Open
	Kernel                  string // the instruction set in use
}

// Stats counts. It is cheap: no row is looked at.
func (ix *Index) Stats() Stats {
	s := Stats{
		Rows: ix.Len(), Watermark: ix.Watermark(), Kernel: ix.set.Level().String(),
		Seals: ix.seals.Load(), Merges: ix.merges.Load(),
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	s.LastSeq = ix.lastSeq
	for _, t := range []*tail{ix.frozen, ix.cur} {
		if t != nil {
			s.TailDeltas += t.deltas
		}
	}
	v := ix.view.Load()
	if v == nil {
		return s
	}
	for _, seg := range v.segments {
		s.Segments++
		s.SegmentBytes += int64(len(seg.data.Bytes()))
		s.DeadRows += int(seg.deaths.Load())
	}
	for _, c := range v.chunks {
		s.TailRows += c.len()
		s.TailBytes += c.sizeBytes()
		s.DeadRows += int(c.deaths.Load())
	}
	return s
}
