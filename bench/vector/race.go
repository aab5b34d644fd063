package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// figures are what a subject reached.
type figures struct {
	qps    float64
	cpu    time.Duration // a query
	p50    time.Duration
	recall float64
}

// side is a subject at a setting.
type side struct {
	subject
	effort float64
	below  int

	cpus   []time.Duration // of each turn, a query
	rates  []float64
	wall   []time.Duration
	hits   float64
	asked  int
	cursor int
}

// take gives the side its turn. A turn that warms up counts for the recall alone.
func (s *side) take(ctx context.Context, o options, t *truth, warming bool) error {
	a, err := s.search(ctx, turn{first: s.cursor, min: 3, time: o.turn, k: o.k, effort: s.effort, below: s.below})
	if err != nil {
		return err
	}
	for i, ids := range a.ids {
		s.hits += t.recall(s.cursor+i, s.below, ids)
	}
	s.asked += len(a.ids)
	s.cursor += len(a.ids)
	if !warming {
		s.cpus = append(s.cpus, a.cpu/time.Duration(len(a.ids)))
		s.rates = append(s.rates, float64(len(a.ids))/a.took.Seconds())
		s.wall = append(s.wall, a.wall...)
	}
	return nil
}

func (s *side) figures() figures {
	return figures{median(s.rates), median(s.cpus), median(s.wall), s.hits / float64(s.asked)}
}

// race alternates turns of both sides, and returns what each reached.
func race(ctx context.Context, o options, t *truth, ours, theirs *side) (a, b figures, err error) {
	for round := range o.rounds + 1 {
		if err := ours.take(ctx, o, t, round == 0); err != nil {
			return a, b, fmt.Errorf("segue: %w", err)
		}
		if err := theirs.take(ctx, o, t, round == 0); err != nil {
			return a, b, err
		}
	}
	return ours.figures(), theirs.figures(), nil
}

// tune finds the least effort that reaches a recall, on the first half of the queries; the race asks all of them.
func tune(ctx context.Context, o options, t *truth, s subject, efforts []float64,
	target float64) (effort, recall float64, err error) {
	n := max(1, t.data.queryCount()/2)
	for _, effort = range efforts {
		a, err := s.search(ctx, turn{min: n, k: o.k, effort: effort})
		if err != nil {
			return 0, 0, err
		}
		sum := 0.0
		for i, ids := range a.ids {
			sum += t.recall(i, 0, ids)
		}
		if recall = sum / float64(len(a.ids)); recall >= target {
			break
		}
	}
	return effort, recall, nil
}

func median[T int64 | float64 | time.Duration](all []T) T {
	s := slices.Clone(all)
	slices.Sort(s)
	return s[len(s)/2]
}
