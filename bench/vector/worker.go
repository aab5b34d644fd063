package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/seguedb/segue/bench/rival"
)

// request and reply are the protocol between the driver and a worker process, a JSON object a line. Times are seconds.
type request struct {
	Do      string  `json:"do"` // build, search
	Mode    string  `json:"mode"`
	First   int     `json:"first"`
	Min     int     `json:"min"`
	Seconds float64 `json:"seconds"`
	K       int     `json:"k"`
	Effort  float64 `json:"effort"`
	Below   int     `json:"below"`
}

type reply struct {
	Error string    `json:"error"`
	Took  float64   `json:"took"`
	CPU   float64   `json:"cpu"`
	Wall  []float64 `json:"wall"`
	IDs   [][]int   `json:"ids"`
}

// worker is a subject in a process of its own.
type worker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	log *os.File
}

// startWorker runs a program that is told the dataset's files and a folder of its own.
func startWorker(d *dataset, dir, log, program string, args ...string) (*worker, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	w := &worker{}
	w.cmd = exec.Command(program, append(args, d.base(), d.queryFile(), strconv.Itoa(d.dim), dir)...)
	w.cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	out, errOut := w.cmd.StdoutPipe()
	in, errIn := w.cmd.StdinPipe()
	f, errLog := os.Create(log)
	if err := errors.Join(errOut, errIn, errLog); err != nil {
		return nil, err
	}
	w.in, w.out, w.log, w.cmd.Stderr = in, bufio.NewReaderSize(out, 1<<20), f, f
	if err := w.cmd.Start(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return w, nil
}

func (w *worker) call(ctx context.Context, r request) (reply, error) {
	if err := ctx.Err(); err != nil {
		return reply{}, err
	}
	var a reply
	if err := json.NewEncoder(w.in).Encode(r); err != nil {
		return a, w.ended(err)
	}
	line, err := w.out.ReadBytes('\n')
	if err != nil {
		return a, w.ended(err)
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, fmt.Errorf("the worker's answer: %w", err)
	}
	if a.Error != "" {
		return a, errors.New(a.Error)
	}
	return a, nil
}

// ended says what a worker's last words were.
func (w *worker) ended(err error) error {
	text, _ := os.ReadFile(w.log.Name())
	return fmt.Errorf("the worker ended (%w): %s", err, lastLine(text))
}

func (w *worker) build(ctx context.Context, mode string) (built, error) {
	a, err := w.call(ctx, request{Do: "build", Mode: mode})
	return built{duration(a.Took), duration(a.CPU)}, err
}

func (w *worker) search(ctx context.Context, t turn) (answers, error) {
	a, err := w.call(ctx, request{Do: "search", First: t.first, Min: t.min, Seconds: t.time.Seconds(), K: t.k,
		Effort: t.effort, Below: t.below})
	out := answers{ids: a.IDs, took: duration(a.Took), cpu: duration(a.CPU)}
	for _, s := range a.Wall {
		out.wall = append(out.wall, duration(s))
	}
	return out, err
}

func (w *worker) memory() (int64, error) { return rival.TreeMemory(w.cmd.Process.Pid) }

// close ends the process by closing its input; one that does not listen is killed.
func (w *worker) close() error {
	err := w.in.Close()
	done := make(chan struct{})
	go func() {
		_ = w.cmd.Wait() // it was told to end; what matters it has answered
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		err = errors.Join(err, w.cmd.Process.Kill())
		<-done
	}
	return errors.Join(err, w.log.Close())
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
