package vector

import "sync/atomic"

// view is what a search reads: the sealed segments and the tail's chunks at one moment. It never
// changes once published. Every view holds a reference on its segments, and every search one on its
// view, so that a merged segment is unmapped only when its last reader has left.
type view struct {
	segments []*segment
	chunks   []*block
	refs     atomic.Int64 // the index's own, and one a search
}

// newView returns a view with one reference, which takes one on each segment.
func newView(segments []*segment, tails ...*tail) *view {
	v := &view{segments: segments}
	for _, t := range tails {
		if t != nil {
			v.chunks = append(v.chunks, t.chunks...)
		}
	}
	for _, s := range segments {
		s.refs.Add(1)
	}
	v.refs.Store(1)
	return v
}

// acquire takes a reference unless the last one is gone.
func (v *view) acquire() bool {
	for {
		n := v.refs.Load()
		if n == 0 {
			return false
		}
		if v.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release gives a reference back, and with the last one the segments.
func (v *view) release() error {
	if v.refs.Add(-1) > 0 {
		return nil
	}
	var first error
	for _, s := range v.segments {
		if err := s.release(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// acquireView returns the current view with a reference taken, or nil when the index is closed. A
// view that lost its last reference between the two steps was replaced, so the next try sees another.
func (ix *Index) acquireView() *view {
	for {
		v := ix.view.Load()
		if v == nil || v.acquire() {
			return v
		}
	}
}

// releaseView gives back what acquireView took. A segment that cannot be unmapped costs address space
// and nothing else, so the error is logged.
func (ix *Index) releaseView(v *view) {
	if err := v.release(); err != nil {
		ix.opts.Logger.Warn("vector: release segments", "error", err)
	}
}

// publish replaces the current view. The caller holds ix.mu.
func (ix *Index) publish(v *view) {
	if old := ix.view.Swap(v); old != nil {
		ix.releaseView(old)
	}
}
