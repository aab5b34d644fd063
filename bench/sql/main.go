package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// options sizes the run.
type options struct {
	segue, pgBin string
	dir          string
	tracks       int           // of the analytical tables
	copyRows     int           // a turn of COPY
	turn         time.Duration // of a throughput measurement
	rounds       int
	only         string
}

func main() {
	o := options{}
	flag.StringVar(&o.segue, "segue", "bin/segue", "the segue binary")
	flag.StringVar(&o.pgBin, "pg-bin", "/usr/lib/postgresql/15/bin", "directory of PostgreSQL's programs")
	flag.StringVar(&o.dir, "dir", "", "directory for both servers' data (default a temporary one)")
	flag.IntVar(&o.tracks, "tracks", 1_000_000, "rows of the analytical tables")
	flag.IntVar(&o.copyRows, "copy-rows", 5_000, "rows of one COPY")
	flag.DurationVar(&o.turn, "turn", time.Second, "length of one turn of a throughput measurement")
	flag.IntVar(&o.rounds, "rounds", 5, "turns each server gets")
	flag.StringVar(&o.only, "only", "", "comma-separated lines to measure: point, copy, commit, analytic, memory (default all)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-sql:", err)
		os.Exit(1)
	}
}

// measurement is a line of the table.
type measurement struct {
	name string
	run  func(context.Context, options, *pair, *report) error
}

var measurements = []measurement{
	{"point", pointSelects}, {"commit", commits}, {"copy", copies}, {"analytic", analytics}, {"memory", memory},
}

func run(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "segue-bench-sql"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	}
	p, err := startPair(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	r := &report{out: os.Stdout}
	r.heading(p)
	for _, m := range measurements {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), m.name) {
			continue
		}
		if err := m.run(ctx, o, p, r); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	if r.failures > 0 {
		return fmt.Errorf("%d figures are missing", r.failures)
	}
	return nil
}
