package main

import (
	"context"
	"fmt"
	"time"

	"github.com/seguedb/segue/bench/rival"
)

// bigQueries need far more memory than the work_mem they are given: they must spill.
var bigQueries = []struct{ name, sql string }{
	{"sort a million rows", "SELECT title, id FROM tracks ORDER BY title, id OFFSET 999900"},
	{"a million groups", "SELECT count(*), sum(n) FROM (SELECT id, title, count(*) AS n FROM tracks GROUP BY id, title) x"},
	{"hash join of a million", "SELECT count(*), sum(t.popularity) FROM plays p JOIN tracks t ON t.id = p.track_id"},
}

// restAfter is how long nothing has run when a server is at rest.
const restAfter = 15 * time.Second

// memory prints what the servers hold at rest, and at most while queries beyond work_mem run.
func memory(ctx context.Context, o options, p *pair, r *report) error {
	select { // what queries left behind may be given back first
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(restAfter):
	}
	r.section("memory: all processes, shared pages counted once; queries with work_mem = 4MB")
	rest, err := p.memoryNow()
	if err != nil {
		return err
	}
	r.size("at rest", rest[0], rest[1])
	for _, q := range bigQueries {
		if err := p.measurePeak(ctx, q.name, q.sql, r); err != nil {
			r.failed(q.name, err)
		}
	}
	return nil
}

func (p *pair) measurePeak(ctx context.Context, name, sql string, r *report) error {
	var peaks [2]int64
	var answers [2][]string
	for i, s := range p.both() {
		c, err := s.Connect(ctx)
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		if _, err := c.Exec(ctx, "SET work_mem = '4MB'"); err != nil {
			return err
		}
		stop, peak := make(chan struct{}), make(chan int64)
		go watchMemory(s, stop, peak)
		answers[i], _, err = answer(ctx, c, sql)
		close(stop)
		peaks[i] = <-peak
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	r.size(name, peaks[0], peaks[1])
	return sameAnswer(sql, answers[0], answers[1])
}

func watchMemory(s *rival.Server, stop chan struct{}, peak chan int64) {
	var most int64
	for {
		if n, err := s.Memory(); err == nil {
			most = max(most, n)
		}
		select {
		case <-stop:
			peak <- most
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *pair) memoryNow() (now [2]int64, err error) {
	for i, s := range p.both() {
		if now[i], err = s.Memory(); err != nil {
			return now, err
		}
	}
	return now, nil
}
