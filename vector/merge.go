package vector

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

const (
	// mergeWidth segments of one tier become one of the next: a row is rewritten once a tier, and a
	// search visits at most mergeWidth-1 segments a tier.
	mergeWidth = 4
	// maxDeadFraction of a segment may be invisible to everyone before it is rewritten without them.
	maxDeadFraction = 0.25
)

// mergeAll merges until no tier is full and no segment is mostly dead. The caller holds sealMu.
func (ix *Index) mergeAll(ctx context.Context, oldest uint64) error {
	for {
		v := ix.view.Load()
		if v == nil {
			return ErrClosed
		}
		sources := ix.chooseMerge(named(v.segments, ix.mark.Load()), min(oldest, ix.mark.Load()))
		if sources == nil {
			return nil
		}
		if err := ix.merge(ctx, sources, oldest); err != nil {
			return err
		}
	}
}

// chooseMerge returns segments worth rewriting as one, or nil. The first full tier goes before the
// dead, whose segments may be in it.
func (ix *Index) chooseMerge(segments []*segment, oldest uint64) []*segment {
	tiers := make(map[int][]*segment)
	for _, s := range segments {
		t := ix.tier(s.len())
		if tiers[t] = append(tiers[t], s); len(tiers[t]) == mergeWidth {
			return tiers[t]
		}
	}
	for _, s := range segments {
		if float64(s.deadAt(oldest)) > maxDeadFraction*float64(s.len()) {
			return []*segment{s}
		}
	}
	return nil
}

// tier is the logarithm of a segment's size in seals, to the base mergeWidth. A seal of a little more
// than SealRows is of the first tier still.
func (ix *Index) tier(versions int) int {
	return bits.Len(uint(versions/(2*ix.opts.SealRows))) / bits.Len(mergeWidth-1)
}

// deadAt counts the versions that no snapshot from oldest on sees.
func (b *block) deadAt(oldest uint64) int {
	if b.deaths.Load() == 0 {
		return 0
	}
	dead := 0
	for i := range b.len() {
		if b.died[i].Load() <= oldest {
			dead++
		}
	}
	return dead
}

// compactShare: a segment with as large a part of all versions is left alone, so that a few new rows do not rewrite a
// large index.
const compactShare = 0.8

// Compact seals the tail and merges the segments further than Seal does, into one, or into two of which one has nearly
// all: approximate plans look into lists of every segment, and one large segment needs the fewest of them. It takes as
// long as writing the index anew. Errors, and what goes on meanwhile, are Seal's.
func (ix *Index) Compact(ctx context.Context, oldest uint64) error {
	ix.sealMu.Lock()
	defer ix.sealMu.Unlock()
	if err := ix.sealAndMerge(ctx, oldest); err != nil {
		return err
	}
	v := ix.view.Load()
	if v == nil {
		return ErrClosed
	}
	if sources := chooseCompact(named(v.segments, ix.mark.Load())); len(sources) > 1 {
		if err := ix.merge(ctx, sources, oldest); err != nil {
			return fmt.Errorf("compact: %w", err)
		}
	}
	return nil
}

// chooseCompact returns all segments, or all but one that is large enough to be left alone.
func chooseCompact(segments []*segment) []*segment {
	total := 0
	for _, s := range segments {
		total += s.len()
	}
	for i, s := range segments {
		if float64(s.len()) >= compactShare*float64(total) {
			return slices.Delete(slices.Clone(segments), i, i+1)
		}
	}
	return segments
}

// merge rewrites sources as one segment, without their dead, and removes their files.
func (ix *Index) merge(ctx context.Context, sources []*segment, oldest uint64) error {
	ix.mu.Lock()
	ix.journaling = true
	ix.mu.Unlock()
	defer ix.stopJournal()
	mark := ix.mark.Load()
	drop := make(map[*segment]bool)
	blocks := make([]*block, len(sources))
	for i, s := range sources {
		drop[s], blocks[i] = true, s.block
	}
	versions := sortedVersions(blocks, min(oldest, mark))
	if len(versions) > math.MaxUint32 {
		return nil // a segment counts in 32 bits; these stay apart
	}
	if err := ix.replace(ctx, drop, versions, mark, func() {}); err != nil {
		return err
	}
	ix.merges.Add(1)
	for _, s := range sources {
		if err := ix.store.Remove(s.name); err != nil {
			ix.opts.Logger.Warn("vector: remove merged segment", "name", s.name, "error", err)
		}
	}
	return nil
}
