package vector

import (
	"context"
	"runtime"
)

const (
	// breatheVersions are encoded, or assigned to lists, between two breaths: some tenths of a millisecond.
	breatheVersions = 64
	// breatheBytes are hashed between two: what is in assembly cannot be interrupted at all, not even for the garbage
	// collector, which would stop everybody else meanwhile.
	breatheBytes = 1 << 20
)

// breathe lets those go on who wait for a processor, and returns ctx's error. Seals and merges compute for seconds beside
// those who wait for answers, and by itself Go takes a processor away only after 10 ms: a commit, which waits for several
// goroutines in turn, would wait for that several times.
func breathe(ctx context.Context) error {
	runtime.Gosched()
	return ctx.Err()
}
