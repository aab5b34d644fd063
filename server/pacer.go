package server

import (
	"os"
	"runtime"
	"runtime/debug"
	gometrics "runtime/metrics"
	"sync/atomic"
)

const (
	// roomBytes is how much a small heap may grow between two collections of garbage. Go lets it grow by its own size: those
	// who read and write single rows leave much garbage beside little that lives, and would collect it many times a second.
	roomBytes = 64 << 20
	// plainPercent is Go's own default, for heaps of roomBytes and more; mostPercent is for tiny ones.
	plainPercent, mostPercent = 100, 800
)

// pacer sets Go's GC percent anew after every collection, by what was found to live. Where GOGC is set it does nothing.
type pacer struct {
	percent int // as it was last set
	stopped atomic.Bool
}

// startPacer paces until stop is called.
func startPacer() (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	p := &pacer{percent: plainPercent}
	p.afterCollection()
	return func() {
		p.stopped.Store(true)
		debug.SetGCPercent(plainPercent)
	}
}

// collected is an object that nothing refers to: its finalizer runs after the next collection.
type collected struct{ p *pacer }

// afterCollection paces, and waits for the next collection.
func (p *pacer) afterCollection() {
	if p.stopped.Load() {
		return
	}
	live := []gometrics.Sample{{Name: "/gc/heap/live:bytes"}}
	gometrics.Read(live)
	percent := gcPercent(live[0].Value.Uint64())
	if percent > p.percent*5/4 || percent < p.percent*4/5 { // to set it stops the world for a moment
		p.percent = percent
		debug.SetGCPercent(percent)
	}
	runtime.SetFinalizer(&collected{p}, func(c *collected) { c.p.afterCollection() })
}

func gcPercent(live uint64) int {
	return min(max(plainPercent, int(100*roomBytes/max(live, 1))), mostPercent)
}
