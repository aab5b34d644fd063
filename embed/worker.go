package embed

import (
	"context"
	"sync/atomic"
)

// workers bounds what is computed at once: a slot is held while hashing, while decoding
// one window, and until that window has run. Slots are handed out in the order in which
// they were asked for, so a query waits for about one window a worker behind a COPY.
type workers struct {
	slots  chan struct{}
	queued atomic.Int64
}

func newWorkers(n int) *workers { return &workers{slots: make(chan struct{}, n)} }

func (w *workers) acquire(ctx context.Context) error {
	w.queued.Add(1)
	defer w.queued.Add(-1)
	select {
	case w.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (w *workers) release() { <-w.slots }

// size is the number of slots, busy how many are held.
func (w *workers) size() int { return cap(w.slots) }
func (w *workers) busy() int { return len(w.slots) }
