package vector

import "fmt"

// Delta is one row's change in a commit.
type Delta struct {
	Row uint64
	// Vec is the row's vector from now on; nil takes the row out of the index (deleted, or NULL). Its
	// numbers are finite: the owner refuses others, as pgvector does. Apply copies it.
	Vec []float32
}

// death is a version's end, for the journal.
type death struct{ row, seq uint64 }

// Apply takes a commit's changes in, in order. The owner calls it inside its commit's critical
// section, once a commit, with sequence numbers that rise. It works in memory, waits for no I/O and
// cannot fail. Searches at seq or later see all of it, searches before seq see none of it. A seq that
// the files already held at Open is ignored, so that replaying too much of the log does no harm.
//
// A vector of a wrong length is a defect of the caller's and panics.
func (ix *Index) Apply(seq uint64, deltas []Delta) {
	ix.mu.Lock()
	old := seq <= ix.floor && ix.floor > 0
	ix.mu.Unlock()
	if !old {
		ix.apply(seq, deltas)
	}
}

func (ix *Index) apply(seq uint64, deltas []Delta) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	v := ix.view.Load()
	if v == nil {
		return
	}
	for _, d := range deltas {
		ix.kill(v, d.Row, seq)
		if d.Vec == nil {
			continue
		}
		if len(d.Vec) != ix.opts.Dim {
			panic(fmt.Sprintf("vector: Apply of %d dimensions to an index of %d", len(d.Vec), ix.opts.Dim))
		}
		b, made := ix.cur.room()
		if made {
			next := newView(v.segments, ix.frozen, ix.cur)
			ix.publish(next)
			v = next
		}
		ix.cur.newest[d.Row] = place{b, b.append(d.Row, seq, d.Vec)}
		ix.rows.Add(1)
	}
	ix.cur.deltas += len(deltas)
	ix.lastSeq = max(ix.lastSeq, seq)
}

// kill ends the live version of a row, wherever it lies.
func (ix *Index) kill(v *view, row, seq uint64) {
	if p, outsideCur, ok := ix.newest(v, row); ok {
		ix.bury(p, seq, outsideCur)
	}
}

// newest is where the live version of a row lies, if there is one. The tails know their newest version of a row: if that is
// dead, so is every older one, and it is returned for them. The caller holds mu.
func (ix *Index) newest(v *view, row uint64) (p place, outsideCur, ok bool) {
	if p, ok := ix.cur.newest[row]; ok {
		return p, false, true
	}
	if ix.frozen != nil {
		if p, ok := ix.frozen.newest[row]; ok {
			return p, true, true
		}
	}
	for _, s := range v.segments {
		if i := s.live(row); i >= 0 {
			return place{s.block, i}, true, true
		}
	}
	return place{}, false, false
}

// bury ends the version at p if it lives.
func (ix *Index) bury(p place, seq uint64, outsideCur bool) {
	if p.b.died[p.i].Load() != alive {
		return
	}
	p.b.kill(p.i, seq)
	ix.rows.Add(-1)
	if outsideCur && ix.journaling {
		ix.journal = append(ix.journal, death{row: p.b.rows[p.i], seq: seq})
	}
}
