package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// hugeCommit rows are a COPY, and a transaction.
const hugeCommit = 50_000

// huge: more rows than anybody here wants to hold. They are generated, brute force looks at them as they go by, and the
// database is the server alone.
func huge(ctx context.Context, b *bench) (err error) {
	queries := min(b.queries, 50)
	d := &dataset{dim: b.dim, queries: make([]float32, queries*b.dim)}
	g := newGenerator(b.dim)
	for i := range queries {
		g.row(firstQuery+uint64(i), d.query(i))
	}
	dir := b.folder()
	s, err := startSegueServer(ctx, b.options, d, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.server.Exec(ctx, schema(b.dim, "")...); err != nil {
		return err
	}
	start := time.Now()
	best, err := b.stream(ctx, s, g)
	if err != nil {
		return err
	}
	b.section("%d × %d, generated, over TCP: loaded in %s, generating and brute force included", b.options.huge, b.dim,
		time.Since(start).Round(time.Second))
	if err := b.atRest(ctx, s, dir, b.options.huge); err != nil {
		return err
	}
	if s.conn, err = s.connect(ctx); err != nil {
		return err
	}
	for _, target := range []float64{0, 0.95, 0.99} {
		if err := b.hugeAt(ctx, s, best, target); err != nil {
			b.failed(fmt.Sprintf("recall %g", exactWhenZero(target)), err)
		}
	}
	memory, err := s.memory()
	b.line("memory after the queries", mib(memory), 0, 0, true)
	return err
}

// stream generates rows into the server, and keeps each query's best.
func (b *bench) stream(ctx context.Context, s *database, g *generator) ([][]scored, error) {
	c, err := s.server.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx)
	keep := make([]*top, s.data.queryCount())
	for i := range keep {
		keep[i] = &top{k: 2*b.k + 10}
	}
	for first := 0; first < b.options.huge; first += hugeCommit {
		n := min(hugeCommit, b.options.huge-first)
		rows := generate(g, first, n)
		row := func(i int) []float32 { return rows[(i-first)*b.dim:][:b.dim] }
		if _, err := c.PgConn().CopyFrom(ctx, copyStream(b.dim, first, n, row), copyItems); err != nil {
			return nil, err
		}
		for q, t := range keep {
			for i := first; i < first+n; i++ {
				t.add(scored{i, float64(dot32(s.data.query(q), row(i)))})
			}
		}
	}
	best := make([][]scored, len(keep))
	v := make([]float32, b.dim)
	for q, t := range keep {
		for i := range t.all {
			g.row(uint64(t.all[i].row), v)
			t.all[i].score = dot64(s.data.query(q), v)
		}
		slices.SortFunc(t.all, byScore)
		best[q] = t.all[:min(b.k, len(t.all))]
	}
	return best, nil
}

// generate makes n rows on two cores.
func generate(g *generator, first, n int) []float32 {
	rows := make([]float32, n*g.dim)
	var running sync.WaitGroup
	for part := range 2 {
		running.Go(func() {
			mine := newGenerator(g.dim) // a generator has scratch memory
			for i := part; i < n; i += 2 {
				mine.row(uint64(first+i), rows[i*g.dim:][:g.dim])
			}
		})
	}
	running.Wait()
	return rows
}

// hugeAt prints the server's figures at a recall; 0 is exact.
func (b *bench) hugeAt(ctx context.Context, s *database, best [][]scored, target float64) error {
	n := s.data.queryCount()
	if _, err := s.search(ctx, turn{min: 3, k: b.k, effort: target}); err != nil { // warms up
		return err
	}
	a, err := s.search(ctx, turn{min: n, k: b.k, effort: target, time: b.turn})
	if err != nil {
		return err
	}
	found, all := 0, 0
	for i, ids := range a.ids[:n] {
		all += len(best[i])
		for _, want := range best[i] {
			if slices.Contains(ids, want.row) {
				found++
			}
		}
	}
	cpu, p50 := a.cpu/time.Duration(len(a.ids)), median(a.wall)
	name, cpuBar, p50Bar := "exact", 60.0, 0.0
	if target > 0 {
		name, cpuBar = fmt.Sprintf("recall ≥ %g", target), 0
	}
	if target == 0.95 {
		cpuBar, p50Bar = 1, 10
	}
	if b.options.huge != 1_000_000 {
		cpuBar = 0
	}
	b.line(name+", CPU a query in ms", short(cpu), cpu.Seconds()*1e3, cpuBar, true)
	b.line(name+", p50 in ms", short(p50), p50.Seconds()*1e3, p50Bar, true)
	recall := float64(found) / float64(all)
	b.line(name+", recall", fmt.Sprintf("%.4f", recall), recall, exactWhenZero(target), false)
	return nil
}
