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
)

// options sizes the run.
type options struct {
	segue, audio, dir string
	only              string
	rounds, windows   int
	files             int
	decodeSeconds     int
}

func main() {
	o := options{}
	worker := flag.String("worker", "", "hold sessions of a graph and tell the memory they take (what the driver itself runs)")
	flag.StringVar(&o.segue, "segue", "bin/segue", "the segue binary")
	flag.StringVar(&o.audio, "audio", "testdata/audio", "folder of the audio to embed")
	flag.StringVar(&o.dir, "dir", "", "folder for the model, the audio made and the server's data (default a temporary one)")
	flag.StringVar(&o.only, "only", "", "comma-separated measurements: race, memory, decode, ingest (default all)")
	flag.IntVar(&o.rounds, "rounds", 3, "turns that every graph gets")
	flag.IntVar(&o.windows, "windows", 4, "windows of five seconds in a turn")
	flag.IntVar(&o.files, "files", 0, "files in the ingest, beside one that loads the model (default all)")
	flag.IntVar(&o.decodeSeconds, "decode-seconds", 120, "length of the audio to decode, for every format")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := start(ctx, o, *worker)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-embed:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, o options, worker string) error {
	if worker != "" {
		return holdSessions(ctx, o, worker)
	}
	return run(ctx, o)
}

// measurement is a group of lines of what is printed.
type measurement struct {
	name string
	run  func(context.Context, *bench) error
}

var measurements = []measurement{{"race", race}, {"memory", memory}, {"decode", decode}, {"ingest", ingest}}

// bench is a run.
type bench struct {
	options
	*report
	model *checkpointDir
}

func run(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "segue-bench-embed"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	}
	b := &bench{options: o, report: &report{out: os.Stdout}}
	if b.model, err = writeModel(o.dir); err != nil {
		return err
	}
	defer b.model.close()
	for _, m := range measurements {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), m.name) {
			continue
		}
		if err := m.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}
