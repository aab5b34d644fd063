package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// options sizes the run.
type options struct {
	segue, peers, source string
	dir                  string
	only, with           string
	vectors              string
	rows, small, huge    int
	generated            int
	budget               time.Duration
	dim, k, queries      int
	turn                 time.Duration
	rounds               int
}

func main() {
	o := options{}
	worker := flag.Bool("worker", false, "serve an engine of this binary to a driver (what the driver itself runs)")
	flag.StringVar(&o.segue, "segue", "bin/segue", "the segue binary")
	flag.StringVar(&o.peers, "peers", "bin/bench-vector", "folder that bench/vector/setup.sh installed the peers into")
	flag.StringVar(&o.source, "source", "bench/vector", "folder of this program's source, for the Python peers")
	flag.StringVar(&o.dir, "dir", "", "folder for all data (default a temporary one)")
	flag.StringVar(&o.only, "only", "", "cases: small, socket, exact, recall, filter, build, insert, huge, generated "+
		"(default all but the last two)")
	flag.StringVar(&o.with, "with", "", "parts of the names of peers to measure beside, or none (default all)")
	flag.StringVar(&o.vectors, "vectors", "", "file of raw float32 rows in the place of generated ones; the last are queries")
	flag.IntVar(&o.rows, "rows", 100_000, "rows of the large cases")
	flag.IntVar(&o.small, "small", 1300, "rows of the small cases")
	flag.IntVar(&o.huge, "huge", 1_000_000, "rows of the case huge")
	flag.IntVar(&o.generated, "generated", 10_000_000, "rows of the case generated, if the disk has room for them")
	flag.DurationVar(&o.budget, "budget", time.Hour, "how long the case generated adds rows, at most")
	flag.IntVar(&o.dim, "dim", 768, "dimensions")
	flag.IntVar(&o.k, "k", 10, "neighbours asked for")
	flag.IntVar(&o.queries, "queries", 200, "different queries")
	flag.DurationVar(&o.turn, "turn", 500*time.Millisecond, "length of one turn")
	flag.IntVar(&o.rounds, "rounds", 5, "turns that each side gets")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := start(ctx, o, *worker)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-vector:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, o options, worker bool) error {
	if worker {
		return serve(ctx, flag.Args())
	}
	return run(ctx, o)
}

// measurement is a group of lines of what is printed.
type measurement struct {
	name string
	run  func(context.Context, *bench) error
}

var measurements = []measurement{
	{"small", small}, {"socket", socket}, {"exact", exact}, {"recall", recalls}, {"filter", filters}, {"build", builds},
	{"insert", inserts}, {"huge", huge}, {"generated", generated},
}

// bench is a run.
type bench struct {
	options
	*report
	sets map[int]*truth // by rows
	next int            // for the names of folders
}

func run(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "segue-bench-vector"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	}
	if err := os.Chmod(o.dir, 0o755); err != nil { // PostgreSQL runs as somebody else
		return err
	}
	only := strings.Split(o.only, ",")
	for _, name := range only {
		if name != "" && !slices.ContainsFunc(measurements, func(m measurement) bool { return m.name == name }) {
			return fmt.Errorf("-only: there is no case %q", name)
		}
	}
	b := &bench{options: o, report: &report{os.Stdout}, sets: map[int]*truth{}}
	for _, m := range measurements {
		if o.only == "" && (m.name == "huge" || m.name == "generated") || o.only != "" && !slices.Contains(only, m.name) {
			continue
		}
		if err := m.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// folder is a fresh one.
func (b *bench) folder() string {
	b.next++
	return filepath.Join(b.dir, fmt.Sprintf("subject%d", b.next))
}

// set is the dataset of so many rows, with its truth.
func (b *bench) set(rows int) (*truth, error) {
	if b.sets[rows] == nil {
		d, err := newDataset(b.options, rows, filepath.Join(b.dir, fmt.Sprintf("rows%d", rows)))
		if err != nil {
			return nil, err
		}
		b.sets[rows] = newTruth(d, b.k)
	}
	return b.sets[rows], nil
}

// chosen says whether a peer takes part.
func (b *bench) chosen(p peer) bool {
	if b.with == "" {
		return true
	}
	return slices.ContainsFunc(strings.Split(b.with, ","), func(part string) bool {
		return strings.Contains(strings.ToLower(p.name), strings.ToLower(part))
	})
}
