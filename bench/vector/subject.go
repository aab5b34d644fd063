package main

import (
	"context"
	"time"
)

// subject is what is measured. It has one caller at a time.
type subject interface {
	// build makes the subject from the dataset, in one of its modes, ready to be asked.
	build(ctx context.Context, mode string) (built, error)
	// search asks queries in turn.
	search(ctx context.Context, t turn) (answers, error)
	// memory is what its processes hold.
	memory() (int64, error)
	close() error
}

// built is what a build took.
type built struct{ took, cpu time.Duration }

// turn is what one subject does before the other gets its turn: at least min queries from number first on, and on until
// the time is over.
type turn struct {
	first, min int
	time       time.Duration
	k          int
	effort     float64 // the mode's own knob: ef, probes, or Segue's recall; 0 has none
	below      int     // the filter attr < below; 0 has none
}

// answers are a turn's: rows, nearest first, of each query, and how long each took.
type answers struct {
	ids  [][]int
	wall []time.Duration
	took time.Duration
	cpu  time.Duration // of the subject's processes, over all of the turn
}

// ask runs a turn of a subject that takes one query at a time.
func ask(ctx context.Context, t turn, count int, one func(ctx context.Context, query int) ([]int, error)) (a answers, err error) {
	start := time.Now()
	for n := 0; n < t.min || time.Since(start) < t.time; n++ {
		began := time.Now()
		ids, err := one(ctx, (t.first+n)%count)
		if err != nil {
			return a, err
		}
		a.wall = append(a.wall, time.Since(began))
		a.ids = append(a.ids, ids)
	}
	a.took = time.Since(start)
	return a, nil
}
