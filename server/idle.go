package server

import (
	"context"
	"runtime/debug"
	gometrics "runtime/metrics"
	"time"
)

// When nothing has run for trimAfter, the memory that statements left behind goes back to the operating system: Go would keep
// it for minutes, and the store what was written last until it is 32 MiB. After dropAfter the
// caches of rows and columns go, too, and models.
const (
	idleCheck = 5 * time.Second
	trimAfter = 5 * time.Second
	dropAfter = 10 * time.Minute
	// trimBytes is how much Go must hold for it to be worth a collection of garbage.
	trimBytes = 32 << 20
	// unflushedBytes is how much of what was written last may stay in memory.
	unflushedBytes = 4 << 20
)

// trimWhenIdle gives memory back while the server has nothing to do, until ctx ends. The embedded API does not: the process
// is its host's.
func (e *Engine) trimWhenIdle(ctx context.Context) {
	tick := time.NewTicker(idleCheck)
	defer tick.Stop()
	var trimmed, dropped time.Time // the last statement's end, for which it was done
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		since, idle := e.activity.idleSince()
		if !idle || time.Since(since) < trimAfter {
			continue
		}
		drop := time.Since(since) >= dropAfter && !dropped.Equal(since)
		if drop {
			dropped = since
			e.db.DropCaches()
			e.embedder.engine.UnloadIdle()
		}
		if !drop && trimmed.Equal(since) {
			continue
		}
		trimmed = since
		if err := e.store.Trim(ctx, unflushedBytes); err != nil && ctx.Err() == nil {
			e.log.Warn("flush while nothing runs", "error", err)
		}
		if heldBytes() > trimBytes {
			debug.FreeOSMemory()
		}
		if e.config.Trimmed != nil {
			e.config.Trimmed()
		}
	}
}

// heldBytes is what Go's heap has of the operating system.
func heldBytes() uint64 {
	held := []gometrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"}}
	gometrics.Read(held)
	var sum uint64
	for _, m := range held {
		sum += m.Value.Uint64()
	}
	return sum
}

// idleSince is when the last statement ended; idle is false while one runs.
func (a *activity) idleSince() (since time.Time, idle bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	since = a.left
	for _, e := range a.sessions {
		now := e.doing()
		if now.state == "active" {
			return since, false
		}
		if now.stateChange.After(since) {
			since = now.stateChange
		}
	}
	return since, true
}
