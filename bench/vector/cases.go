package main

import (
	"context"
	"errors"
	"fmt"
)

// small: 1,300 rows, exact, in process.
func small(ctx context.Context, b *bench) (err error) {
	h, err := b.home(ctx, b.options.small)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b.section("%d × %d, exact, in process (pgvector and Segue beside it through a socket)", h.data.len(), b.dim)
	b.headings()
	return b.each(ctx, h, mode.exact, func(g *guest) error {
		return b.match(ctx, h, g, g.label(), side{}, side{}, 2)
	})
}

// socket: 1,300 rows over TCP, prepared, binary.
func socket(ctx context.Context, b *bench) (err error) {
	t, err := b.set(b.options.small)
	if err != nil {
		return err
	}
	s, err := startSegueServer(ctx, b.options, t.data, b.folder())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if _, err := s.build(ctx, ""); err != nil {
		return err
	}
	b.section("%d × %d, exact, over TCP, prepared, binary", t.data.len(), b.dim)
	alone := side{subject: s}
	for round := range b.rounds + 1 {
		if err := alone.take(ctx, b.options, t, round == 0); err != nil {
			return err
		}
	}
	f := alone.figures()
	b.line("one client, p50 in ms", short(f.p50), f.p50.Seconds()*1e3, 0.15, true)
	b.line("one client, the server's CPU a query", short(f.cpu), 0, 0, true)
	qps, cpu, err := s.throughput(ctx, 16, 4*b.turn)
	if err != nil {
		return err
	}
	b.line("16 clients, queries a second", count(qps), qps, 8000, false)
	b.line("16 clients, the server's CPU a query", short(cpu), 0, 0, true)
	b.line("recall", fmt.Sprintf("%.4f", f.recall), f.recall, 1, false)
	return b.socketPeer(ctx, t, s)
}

// socketPeer is the flat scan of pgvector, where both go through a socket.
func (b *bench) socketPeer(ctx context.Context, t *truth, s *database) error {
	p := peers[indexOf("pgvector")]
	if !b.chosen(p) {
		return nil
	}
	h := &home{truth: t, server: s}
	b.headings()
	g := &guest{peer: p, mode: flat}
	err := b.visit(ctx, h, g, func(g *guest) error {
		return b.match(ctx, h, g, g.label(), side{}, side{}, 20)
	})
	if err != nil {
		b.failed(g.label(), err)
	}
	return nil
}

func indexOf(name string) int {
	for i, p := range peers {
		if p.name == name {
			return i
		}
	}
	return -1
}

// exact: the large table, exactly.
func exact(ctx context.Context, b *bench) (err error) {
	h, err := b.home(ctx, b.rows)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b.section("%d × %d, exact", h.data.len(), b.dim)
	b.headings()
	err = b.each(ctx, h, mode.exact, func(g *guest) error {
		bar := map[string]float64{"FAISS (Debian)": 9, "faiss-cpu": 2}[g.peer.name]
		if g.sql {
			bar = 10
		}
		return b.match(ctx, h, g, g.label(), side{}, side{}, bar)
	})
	if err != nil {
		return err
	}
	memory, err := h.library.memory()
	if err != nil {
		return err
	}
	b.line("Segue's memory, the driver's side of it included", mib(memory), 0, 0, true)
	return nil
}

// recalls: the large table, approximately.
func recalls(ctx context.Context, b *bench) (err error) {
	h, err := b.home(ctx, b.rows)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b.section("%d × %d, at a recall; the peers' knobs are at the least that reaches it", h.data.len(), b.dim)
	b.headings()
	return b.each(ctx, h, func(m mode) bool { return !m.exact() }, func(g *guest) error {
		for _, target := range []struct{ recall, bar float64 }{{0.95, 2}, {0.99, 2.5}} {
			if err := b.atRecall(ctx, h, g, target.recall, target.bar); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) atRecall(ctx context.Context, h *home, g *guest, target, bar float64) error {
	label := fmt.Sprintf("%s ≥ %.2f", g.label(), target)
	effort, reached, err := tune(ctx, b.options, h.truth, g.subject, g.efforts, target)
	if err != nil {
		return err
	}
	if reached < target {
		b.failed(label, fmt.Errorf("not reached: %.3f at its greatest effort", reached))
		return nil
	}
	mine, err := h.opponent(ctx, b, g.peer)
	if err != nil {
		return err
	}
	ours := side{effort: target}
	if _, err := mine.search(ctx, turn{min: 1, k: b.k, effort: target}); err != nil { // a recall that is not offered
		ours.effort, label = 0, label+" (Segue exact)"
	}
	return b.match(ctx, h, g, label, ours, side{effort: effort}, bar)
}

// filters: the large table under a WHERE, exactly.
func filters(ctx context.Context, b *bench) (err error) {
	h, err := b.home(ctx, b.rows)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b.section("%d × %d, exact, WHERE attr < n", h.data.len(), b.dim)
	if err := b.filteredAlone(ctx, h); err != nil {
		return err
	}
	b.headings()
	return b.each(ctx, h, func(m mode) bool { return m.exact() && m.filters }, func(g *guest) error {
		for _, below := range selectivities[1:] {
			label := fmt.Sprintf("%s, %g %%", g.label(), 100*float64(below)/attrs)
			if err := b.match(ctx, h, g, label, side{below: below}, side{below: below}, 5); err != nil {
				return err
			}
		}
		return nil
	})
}

// filteredAlone holds our filtered queries against our own without a filter, turn by turn.
func (b *bench) filteredAlone(ctx context.Context, h *home) error {
	for _, below := range selectivities[1:] {
		with, without := &side{subject: h.library, below: below}, &side{subject: h.library}
		f, all, err := race(ctx, b.options, h.truth, with, without)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("Segue, %g %%: CPU without the filter to CPU with it", 100*float64(below)/attrs)
		ratio := float64(all.cpu) / float64(f.cpu)
		b.line(name, fmt.Sprintf("%s/%s=%.2f", short(all.cpu), short(f.cpu), ratio), ratio, 1, false)
		b.line(name[:len("Segue, ")]+"recall", fmt.Sprintf("%.4f", f.recall), f.recall, 1, false)
	}
	return nil
}

// builds: how long the large table takes, beside peers that build graphs.
func builds(ctx context.Context, b *bench) (err error) {
	h, err := b.home(ctx, b.rows)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b.section("building %d × %d; Segue's is COPY, commit, seal and statistics: %s of CPU, %s of wall", h.data.len(), b.dim,
		short(h.built.cpu), short(h.built.took))
	return b.each(ctx, h, func(m mode) bool { return m.graph }, func(g *guest) error {
		ratio := float64(g.built.cpu) / float64(h.built.cpu)
		if g.peer.kind == "pgvector" { // its processes' time is of ticks; both go through a socket
			ratio = float64(g.built.took) / float64(h.built.took)
		}
		name := fmt.Sprintf("%s: CPU %s, wall %s", g.label(), short(g.built.cpu), short(g.built.took))
		b.line(name, fmt.Sprintf("%.1f ×", ratio), ratio, 10, false)
		return nil
	})
}
