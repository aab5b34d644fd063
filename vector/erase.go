package vector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Erase is Seal, after which no file of the index holds a version that no snapshot from oldest on can see: every segment
// with such a version is written again without it, however few there are. It returns how many were. Like after Seal,
// nothing is lost after an error or a crash; what remains then the next Erase removes.
func (ix *Index) Erase(ctx context.Context, oldest uint64) (int, error) {
	ix.sealMu.Lock()
	defer ix.sealMu.Unlock()
	if err := ix.sealTail(ctx, oldest); err != nil {
		return 0, fmt.Errorf("seal: %w", err)
	}
	rewritten := 0
	for {
		v := ix.view.Load()
		if v == nil {
			return rewritten, ErrClosed
		}
		seen := min(oldest, ix.mark.Load())
		i := slices.IndexFunc(v.segments, func(s *segment) bool { return s.deadAt(seen) > 0 })
		if i < 0 {
			return rewritten, ix.removeUnnamed()
		}
		if err := ix.merge(ctx, []*segment{v.segments[i]}, oldest); err != nil {
			return rewritten, fmt.Errorf("erase: %w", err)
		}
		rewritten++
	}
}

// removeUnnamed is removeOrphans for who must know that they are gone.
func (ix *Index) removeUnnamed() error {
	names, err := ix.store.List()
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	ix.mu.Lock() // staged ones may have become the view's meanwhile
	keep := maps.Clone(ix.staged)
	v := ix.view.Load()
	ix.mu.Unlock()
	if v == nil {
		return ErrClosed
	}
	for _, name := range names {
		if !keep[name] && !slices.ContainsFunc(v.segments, func(s *segment) bool { return s.name == name }) {
			err = errors.Join(err, ix.store.Remove(name))
		}
	}
	return err
}
