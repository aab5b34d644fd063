package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// home is Segue, built with a dataset: in process, and behind a socket once a peer wants that.
type home struct {
	*truth
	library subject
	server  *database
	built   built
}

func (b *bench) home(ctx context.Context, rows int) (*home, error) {
	t, err := b.set(rows)
	if err != nil {
		return nil, err
	}
	h := &home{truth: t}
	dir := b.folder()
	if h.library, err = startSelf(t.data, dir, dir+".log", "segue"); err != nil {
		return nil, err
	}
	if h.built, err = h.library.build(ctx, ""); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// opponent is the subject of ours that a peer meets: a socket for a socket.
func (h *home) opponent(ctx context.Context, b *bench, p peer) (subject, error) {
	if p.kind != "pgvector" {
		return h.library, nil
	}
	if h.server == nil {
		s, err := startSegueServer(ctx, b.options, h.data, b.folder())
		if err != nil {
			return nil, err
		}
		h.server = s
		if _, err := s.build(ctx, ""); err != nil {
			return nil, err
		}
	}
	return h.server, nil
}

func (h *home) close() error {
	var err error
	if h.server != nil {
		err = h.server.close()
	}
	return errors.Join(err, h.library.close())
}

// guest is a peer that was built in a mode.
type guest struct {
	peer
	mode
	subject
	built built
}

func (g *guest) label() string { return fmt.Sprintf("%s, %s", g.peer.name, g.mode.name) }

// each builds every chosen peer in every mode that is wanted, and visits it. What fails is a line.
func (b *bench) each(ctx context.Context, h *home, want func(mode) bool, visit func(*guest) error) error {
	for _, p := range peers {
		for _, m := range p.modes {
			if !b.chosen(p) || !want(m) {
				continue
			}
			g := &guest{peer: p, mode: m}
			if err := b.visit(ctx, h, g, visit); err != nil {
				if ctx.Err() != nil {
					return err
				}
				b.failed(g.label(), err)
			}
		}
	}
	return nil
}

func (b *bench) visit(ctx context.Context, h *home, g *guest, visit func(*guest) error) (err error) {
	if g.maxRows > 0 && h.data.len() > g.maxRows {
		return fmt.Errorf("not built: %d rows take it hours", h.data.len())
	}
	dir := b.folder()
	if g.subject, err = g.peer.start(ctx, b.options, h.data, dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close(), os.RemoveAll(dir)) }()
	if g.built, err = g.build(ctx, g.mode.name); err != nil {
		return err
	}
	return visit(g)
}

// match races a guest at a setting and prints it.
func (b *bench) match(ctx context.Context, h *home, g *guest, label string, ours, theirs side, bar float64) (err error) {
	if ours.subject, err = h.opponent(ctx, b, g.peer); err != nil {
		return err
	}
	theirs.subject = g.subject
	mine, other, err := race(ctx, b.options, h.truth, &ours, &theirs)
	if err != nil {
		return err
	}
	memory, err := g.memory()
	if err != nil {
		return err
	}
	b.race(label, mine, other, g.built, memory, bar)
	return nil
}
