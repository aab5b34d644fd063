package embed

import (
	"context"
	"sync"
)

// flights lets concurrent requests for one key share one computation.
//
// golang.org/x/sync/singleflight runs the computation on its first caller's context:
// that caller's cancellation would fail the others. Here it has a context of its own,
// which ends when the last one waiting gives up, or with base.
type flights[K comparable, V any] struct {
	base context.Context

	mu      sync.Mutex
	calls   map[K]*call[V]
	running sync.WaitGroup // its Add is under mu
	closed  bool
}

// call is one computation. waiters is guarded by flights.mu; value and err are set
// before done is closed.
type call[V any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiters int
	value   V
	err     error
}

// do returns compute's result for key; shared says that another request had started it.
// compute runs on a goroutine of its own and must not use what belongs to its caller.
func (f *flights[K, V]) do(
	ctx context.Context, key K, compute func(context.Context) (V, error),
) (v V, shared bool, err error) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return v, false, ErrClosed
	}
	c, shared := f.calls[key]
	if !shared {
		c = f.start(key, compute)
	}
	c.waiters++
	f.mu.Unlock()

	select {
	case <-c.done:
		return c.value, shared, c.err
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.waiters--; c.waiters == 0 {
		// The next request starts anew instead of joining one that is ending.
		c.cancel()
		f.forget(key, c)
	}
	return v, shared, context.Cause(ctx)
}

// start runs compute; f.mu is held.
func (f *flights[K, V]) start(key K, compute func(context.Context) (V, error)) *call[V] {
	ctx, cancel := context.WithCancel(f.base)
	c := &call[V]{done: make(chan struct{}), cancel: cancel}
	if f.calls == nil {
		f.calls = map[K]*call[V]{}
	}
	f.calls[key] = c
	f.running.Go(func() {
		defer cancel()
		if c.value, c.err = compute(ctx); c.err != nil && f.base.Err() != nil {
			c.err = context.Cause(f.base)
		}
		f.mu.Lock()
		f.forget(key, c)
		f.mu.Unlock()
		close(c.done)
	})
	return c
}

// forget removes c, unless another call has taken its place; f.mu is held.
func (f *flights[K, V]) forget(key K, c *call[V]) {
	if f.calls[key] == c {
		delete(f.calls, key)
	}
}

// close refuses new calls and waits for those running, which base's end hurries.
func (f *flights[K, V]) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.running.Wait()
}
