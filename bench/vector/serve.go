package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// engine is a library of this binary that a worker process serves.
type engine interface {
	build(ctx context.Context, d *dataset, mode string) error
	search(ctx context.Context, query []float32, t turn) ([]int, error)
	close() error
}

// serve is the worker's side of the protocol: serve NAME BASE QUERIES DIM DIR.
func serve(ctx context.Context, args []string) error {
	if len(args) != 5 {
		return fmt.Errorf("-worker wants a name, two files, a dimension and a folder")
	}
	dim, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	d := &dataset{dim: dim, dir: args[4]}
	if d.queries, err = readFloats(args[2]); err != nil {
		return err
	}
	e, err := openEngine(ctx, args[0], args[4])
	if err != nil {
		return err
	}
	defer e.close()
	in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			return err
		}
		a, err := handle(ctx, e, d, args[1], r)
		if err != nil {
			a = reply{Error: err.Error()}
		}
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return in.Err()
}

func openEngine(ctx context.Context, name, dir string) (engine, error) {
	switch name {
	case "segue":
		return openSegue(ctx, dir)
	case "faiss":
		return openFAISS()
	}
	return nil, fmt.Errorf("there is no engine %q", name)
}

func handle(ctx context.Context, e engine, d *dataset, base string, r request) (a reply, err error) {
	if r.Do == "build" {
		if d.rows, err = readFloats(base); err != nil {
			return a, err
		}
		start, cpu := time.Now(), ownCPU()
		err = e.build(ctx, d, r.Mode)
		d.rows = nil
		return reply{Took: time.Since(start).Seconds(), CPU: (ownCPU() - cpu).Seconds()}, err
	}
	t := turn{first: r.First, min: r.Min, time: duration(r.Seconds), k: r.K, effort: r.Effort, below: r.Below}
	cpu := ownCPU()
	got, err := ask(ctx, t, d.queryCount(), func(ctx context.Context, q int) ([]int, error) {
		return e.search(ctx, d.query(q), t)
	})
	a = reply{Took: got.took.Seconds(), CPU: (ownCPU() - cpu).Seconds(), IDs: got.ids}
	for _, w := range got.wall {
		a.Wall = append(a.Wall, w.Seconds())
	}
	return a, err
}

// ownCPU is the processor time of this process, to the microsecond.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
