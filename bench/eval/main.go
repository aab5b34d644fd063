package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"

	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/registry"
)

type options struct {
	library, catalogue, data, cache, out string
	models, troubles                     string
	albums, tracks                       int
	seconds                              float64
	synth                                bool
}

func main() {
	var o options
	flag.StringVar(&o.library, "library", "", "a directory of music; without it only synthesised pieces are tried")
	flag.StringVar(&o.catalogue, "catalogue", "",
		"the library's tracks, as embed/train/catalog.tsv names them: only the held-out ones count")
	flag.StringVar(&o.models, "models", "music,tune,dsp", "the models, and a column each; those of -data among them")
	flag.StringVar(&o.troubles, "troubles", "all", "what happens to excerpts: names of the table's lines with commas between, or all")
	flag.StringVar(&o.data, "data", "", "a data directory whose added models may be named")
	flag.IntVar(&o.albums, "albums", 0, "so many albums of the library; 0 is all")
	flag.IntVar(&o.tracks, "tracks", 0, "so many tracks of each album; 0 is all")
	flag.Float64Var(&o.seconds, "seconds", 90,
		"so much of a track stands in the library, and excerpts are of the rest; 0 is the whole track, excerpts too")
	flag.BoolVar(&o.synth, "synth", true, "synthesise pieces, whose other renderings are to be found")
	flag.StringVar(&o.cache, "cache", "bin/eval", "where vectors are kept between runs")
	flag.StringVar(&o.out, "out", "bin/eval", "where eval.md and eval.html go")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "eval: what is %q?\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

// run evaluates, and prints the table.
func run(ctx context.Context, o options, to io.Writer) (err error) {
	if o.library == "" && !o.synth {
		return errors.New("nothing to evaluate: name a -library, or leave -synth on")
	}
	started := time.Now()
	settings := embed.Options{}
	if o.library != "" {
		if _, err := exec.LookPath("ffmpeg"); err != nil {
			return fmt.Errorf("ffmpeg cuts the library's tracks: %w", err)
		}
		root, err := audio.OpenRoot(o.library)
		if err != nil {
			return err
		}
		defer root.Close()
		settings.Root = root
	}
	if o.data != "" {
		settings.Registry = registry.Open(o.data)
	}
	engine, err := embed.New(settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	e, err := newEmbedder(engine, o.cache, strings.Split(o.models, ","))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	r := &report{options: o, results: make([]result, len(e.models))}
	for i, m := range e.models {
		r.results[i].model = m.Name
	}
	if err := r.evaluate(ctx, e); err != nil {
		return err
	}
	r.took = time.Since(started)
	return r.write(to)
}

// evaluate measures every model on the library and on the synthesised pieces.
func (r *report) evaluate(ctx context.Context, e *embedder) error {
	o := r.options
	if o.library != "" {
		tracks, err := library(ctx, e.engine, o.library, o.catalogue)
		if err != nil {
			return err
		}
		wanted, err := troublesNamed(o.troubles)
		if err != nil {
			return err
		}
		kept, vectors, err := e.tracks(ctx, subset(tracks, o.albums, o.tracks), o.seconds, wanted)
		if err != nil {
			return err
		}
		r.tracks = kept
		for i, m := range e.models {
			evaluateTracks(&r.results[i], kept, vectors[m.Name])
		}
	}
	if !o.synth {
		return nil
	}
	r.performances = performances()
	vectors, err := e.performances(ctx, r.performances)
	if err != nil {
		return err
	}
	for i, m := range e.models {
		evaluateSynth(&r.results[i], r.performances, vectors[m.Name])
	}
	return nil
}
