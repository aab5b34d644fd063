package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// progress tells on standard error how far something is, now and then.
type progress struct {
	mu         sync.Mutex
	what       string
	done, all  int
	told, from time.Time
}

func newProgress(what string, all int) *progress {
	return &progress{what: what, all: all, told: time.Now(), from: time.Now()}
}

func (p *progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if now := time.Now(); now.Sub(p.told) > 10*time.Second || p.done == p.all {
		p.told = now
		fmt.Fprintf(os.Stderr, "%d of %d %s after %s\n", p.done, p.all, p.what, now.Sub(p.from).Round(time.Second))
	}
}
