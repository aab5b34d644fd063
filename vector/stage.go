package vector

import (
	"context"
	"errors"
	"fmt"
)

// Staged is the vectors of a large commit to come, in segments that no search sees yet: Apply would hold them all in memory,
// and encode them inside the commit. Add to it, Finish it, and hand it to ApplyStaged; or Drop it.
type Staged struct {
	ix       *Index
	seq      uint64
	tail     *tail // what is not in a segment yet
	segments []*segment
	gone     []uint64 // rows with a version that the commit ends
	changes  int
}

// Stage begins a commit whose deltas are too many for Apply. seq is a number of the owner's that no commit has or will have,
// higher than those of all commits that changed the rows before; the files call their versions born then, until a merge, so
// no snapshot before the commit may outlive a restart. Nobody else may change the rows until the commit or Drop. Searches
// and Apply go on meanwhile.
func (ix *Index) Stage(seq uint64) *Staged {
	return &Staged{ix: ix, seq: seq, tail: newTail(ix.opts.Dim)}
}

// Add stages deltas, whose rows ascend from one call to the next. It copies the vectors.
func (st *Staged) Add(ctx context.Context, deltas []Delta) error {
	st.changes += len(deltas)
	st.findGone(deltas)
	for _, d := range deltas {
		if d.Vec == nil {
			continue
		}
		b, _ := st.tail.room()
		b.append(d.Row, st.seq, d.Vec)
		if st.tail.deltas++; st.tail.deltas < st.ix.opts.SealRows {
			continue
		}
		if err := st.Finish(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Finish writes what is not in a segment yet.
func (st *Staged) Finish(ctx context.Context) error {
	t := st.tail
	st.tail = newTail(st.ix.opts.Dim)
	return st.write(ctx, t)
}

// write makes a segment of a tail.
func (st *Staged) write(ctx context.Context, t *tail) error {
	if len(t.chunks) == 0 {
		return nil
	}
	ix := st.ix
	blocks, err := ix.codedTail(ctx, t)
	if err != nil {
		return err
	}
	ix.sealMu.Lock()
	defer ix.sealMu.Unlock()
	if ix.view.Load() == nil {
		return ErrClosed
	}
	id := ix.nextID
	ix.nextID++
	ix.stage(segmentName(id), true)
	s, err := ix.writeAndOpen(ctx, id, sortedVersions(blocks, 0))
	if err != nil {
		ix.stage(segmentName(id), false)
		return fmt.Errorf("stage: %w", err)
	}
	st.segments = append(st.segments, s)
	return nil
}

// stage notes that a file is wanted though no view has it, or that it is not.
func (ix *Index) stage(name string, wanted bool) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.staged == nil {
		ix.staged = map[string]bool{}
	}
	if ix.staged[name] = wanted; !wanted {
		delete(ix.staged, name)
	}
}

// findGone finds the rows that have a version.
func (st *Staged) findGone(deltas []Delta) {
	const atOnce = 1024 // while Apply waits
	ix := st.ix
	for len(deltas) > 0 {
		n := min(atOnce, len(deltas))
		ix.mu.Lock()
		if v := ix.view.Load(); v != nil {
			for _, d := range deltas[:n] {
				if _, _, ok := ix.newest(v, d.Row); ok {
					st.gone = append(st.gone, d.Row)
				}
			}
		}
		ix.mu.Unlock()
		deltas = deltas[n:]
	}
}

// ApplyStaged is Apply of what was staged, which is then the index's. Its cost is that of the rows that had a vector before.
func (ix *Index) ApplyStaged(seq uint64, st *Staged) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	v := ix.view.Load()
	if v == nil {
		return
	}
	for _, row := range st.gone {
		ix.kill(v, row, seq)
		delete(ix.cur.newest, row) // the newest version is in a segment now
		if ix.frozen != nil {
			delete(ix.frozen.newest, row)
		}
	}
	for _, s := range st.segments {
		s.born = make([]uint64, s.len()) // the file's are not of this commit
		for i := range s.born {
			s.born[i] = seq
		}
		s.since = seq
		ix.rows.Add(int64(s.len()))
		delete(ix.staged, s.name)
	}
	ix.publish(newView(append(v.segments[:len(v.segments):len(v.segments)], st.segments...), ix.frozen, ix.cur))
	ix.cur.deltas += st.changes // so that the next Seal names the segments
	ix.lastSeq = max(ix.lastSeq, seq)
	st.segments = nil
}

// Drop removes what was staged and not applied.
func (st *Staged) Drop() error {
	var err error
	for _, s := range st.segments {
		st.ix.closeUnpublished(s)
		err = errors.Join(err, st.ix.store.Remove(s.name))
		st.ix.stage(s.name, false)
	}
	st.segments = nil
	return err
}
