package vector

import (
	"context"
	"fmt"
	"slices"
)

// SealIfNeeded seals when the tail has Options.SealRows deltas or more, and says whether it did.
func (ix *Index) SealIfNeeded(ctx context.Context, oldest uint64) (bool, error) {
	ix.mu.Lock()
	deltas := ix.cur.deltas
	if ix.frozen != nil {
		deltas += ix.frozen.deltas
	}
	ix.mu.Unlock()
	if deltas < ix.opts.SealRows {
		return false, nil
	}
	return true, ix.Seal(ctx, oldest)
}

// Seal writes the tail to a segment and moves the watermark to the last Apply, then merges segments
// where that pays. Versions that no snapshot from oldest on can see are dropped; oldest is the
// smallest Query.Seq that is still to come. Searches and Apply go on meanwhile. Every commit that was
// applied must be durable in the owner's store before Seal is called, else a crash leaves the index
// ahead of it.
//
// After an error, a crash, or a cancelled ctx nothing is lost: the files hold what they held, or the
// new state whole, and the next Seal takes up where this one stopped.
func (ix *Index) Seal(ctx context.Context, oldest uint64) error {
	ix.sealMu.Lock()
	defer ix.sealMu.Unlock()
	return ix.sealAndMerge(ctx, oldest)
}

// sealAndMerge is Seal under sealMu.
func (ix *Index) sealAndMerge(ctx context.Context, oldest uint64) error {
	if err := ix.sealTail(ctx, oldest); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if err := ix.mergeAll(ctx, oldest); err != nil {
		return fmt.Errorf("merge: %w", err)
	}
	return nil
}

// sealTail is: (1) freeze the tail, (2) write its versions to a segment, (3) name the segment in the
// manifest, (4) publish it in the tail's place. The caller holds sealMu. While a Rebuild runs the
// manifest says so.
func (ix *Index) sealTail(ctx context.Context, oldest uint64) error {
	frozen, mark, ok := ix.freeze()
	if !ok {
		if ix.view.Load() == nil {
			return ErrClosed
		}
		return nil
	}
	defer ix.stopJournal()
	blocks, err := ix.codedTail(ctx, frozen)
	if err != nil {
		return err
	}
	versions := sortedVersions(blocks, min(oldest, mark))
	err = ix.replace(ctx, nil, versions, mark, func() { ix.frozen = nil })
	if err == nil {
		ix.seals.Add(1)
	}
	return err
}

// codedTail is a full tail's chunks as segments would have them.
func (ix *Index) codedTail(ctx context.Context, t *tail) ([]*block, error) {
	blocks := make([]*block, len(t.chunks))
	for i, c := range t.chunks {
		var err error
		if blocks[i], err = ix.coded(ctx, c); err != nil {
			return nil, err
		}
	}
	return blocks, nil
}

// freeze sets the tail aside, with whatever a failed seal left, and starts the journal. It returns
// false when there is nothing to seal.
func (ix *Index) freeze() (*tail, uint64, bool) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.view.Load() == nil || ix.cur.deltas == 0 && ix.frozen == nil {
		return nil, 0, false
	}
	if ix.frozen == nil {
		ix.frozen = ix.cur
	} else {
		ix.frozen.absorb(ix.cur)
	}
	ix.cur = newTail(ix.opts.Dim)
	ix.journaling = true
	return ix.frozen, ix.lastSeq, true
}

// replace writes versions to a new segment, which takes the place of the segments in drop, and then
// calls done under mu. The journal is running. A mark beyond the watermark moves it.
func (ix *Index) replace(ctx context.Context, drop map[*segment]bool, versions []place, mark uint64, done func()) error {
	var made *segment
	id := ix.nextID
	if len(versions) > 0 {
		ix.nextID++
		var err error
		if made, err = ix.writeAndOpen(ctx, id, versions); err != nil {
			return err
		}
	}
	v := ix.view.Load() // sealMu: nobody else changes its segments, but for ApplyStaged, which adds some
	var segments []*segment
	for _, s := range v.segments {
		if !drop[s] {
			segments = append(segments, s)
		}
	}
	if made != nil {
		segments = append(segments, made)
	}
	if err := ix.writeManifest(ix.manifestOf(segments, mark)); err != nil {
		if made != nil { // its file stays: the manifest may have reached the disk
			ix.closeUnpublished(made)
		}
		return err
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if made != nil {
		made.bringUp(ix.journal)
	}
	done()
	ix.mark.Store(mark)
	late := ix.view.Load().segments[len(v.segments):] // were staged; the next manifest names them
	ix.publish(newView(append(segments, late...), ix.frozen, ix.cur))
	return nil
}

// writeAndOpen writes a segment, maps it, and copies over the deaths known so far.
func (ix *Index) writeAndOpen(ctx context.Context, id uint64, versions []place) (*segment, error) {
	lists, err := ix.planLists(ctx, versions)
	if err != nil {
		return nil, err
	}
	if lists != nil {
		versions = lists.versions
	}
	if err := ix.writeSegment(ctx, segmentName(id), versions, lists); err != nil {
		return nil, err
	}
	s, err := openSegment(ix.store, id, ix.opts.Dim, ix.opts.Apart)
	if err != nil {
		return nil, fmt.Errorf("read back: %w", err)
	}
	for i, p := range versions {
		if died := p.b.died[p.i].Load(); died != alive {
			s.kill(i, died)
		}
	}
	return s, nil
}

// bringUp applies the deaths that happened while the segment was written. Those that its copy already
// has, and those of rows in other segments, find no live version here.
func (s *segment) bringUp(journal []death) {
	for _, d := range journal {
		if i := s.live(d.row); i >= 0 {
			s.kill(i, d.seq)
		}
	}
}

// manifestOf describes segments as of mark: later deaths are in the owner's log.
func (ix *Index) manifestOf(segments []*segment, mark uint64) *manifest {
	m := &manifest{dim: ix.opts.Dim, watermark: mark, nextID: ix.nextID, building: ix.building}
	if ix.building {
		m.watermark = 0
	}
	for _, s := range named(segments, mark) {
		ms := manifestSegment{id: s.id, sum: s.sum}
		if s.deaths.Load() > 0 {
			for i := range s.len() {
				if died := s.died[i].Load(); died <= mark {
					ms.dead = append(ms.dead, tombstone{uint32(i), died})
				}
			}
		}
		m.segments = append(m.segments, ms)
	}
	return m
}

// named are the segments that a manifest of a watermark may name: the log of the commits after it brings the rest again.
func named(segments []*segment, mark uint64) []*segment {
	return slices.DeleteFunc(slices.Clone(segments), func(s *segment) bool { return s.since > mark })
}

// stopJournal forgets the journal.
func (ix *Index) stopJournal() {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.journaling, ix.journal = false, nil
}

// closeUnpublished unmaps a segment that no view has.
func (ix *Index) closeUnpublished(s *segment) {
	if err := s.data.Close(); err != nil {
		ix.opts.Logger.Warn("vector: release segment", "name", s.name, "error", err)
	}
}
