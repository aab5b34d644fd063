package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/build"
)

// variant is a graph to measure, and how many cores it is given how.
type variant struct {
	name string
	// plain is the exporter's graph, all layers, and options are not read.
	plain   bool
	options mert.Options
	threads int // within a run
	callers int // runs at once
	bar     float64
}

// poolingLayer is the layer that MERT's embedding is taken from.
var poolingLayer = []int{mert.PoolingLayer}

// variants are measured in turns; the first is what the others are compared with.
var variants = []variant{
	{name: "plain fp32, 2 threads", plain: true, threads: 2, callers: 1},
	{name: "fp32, all layers", threads: 1, callers: 2},
	{name: "int8, all layers", options: mert.Options{Precision: mert.Int8}, threads: 1, callers: 2, bar: 2.5},
	{name: "fp32, layer 6", options: mert.Options{Layers: poolingLayer}, threads: 1, callers: 2},
	{name: "int8, layer 6, one run on 2", options: mert.Options{Layers: poolingLayer, Precision: mert.Int8}, threads: 2, callers: 1},
	{name: "int8, layer 6", options: mert.Options{Layers: poolingLayer, Precision: mert.Int8}, threads: 1, callers: 2, bar: 4},
}

func (v variant) graph(d *checkpointDir) (*build.Graph, error) {
	if v.plain {
		return plainGraph(d.config, d.weights), nil
	}
	return mert.Graph(d.config, d.weights, v.options)
}

// open loads the variant's graph.
func (v variant) open(d *checkpointDir) (*onnx.Session, error) {
	runtime, err := onnx.Open(onnx.LibraryOptions{})
	if err != nil {
		return nil, err
	}
	g, err := v.graph(d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.name, err)
	}
	model, err := g.Encode()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.name, err)
	}
	s, err := runtime.NewSession(model, onnx.SessionOptions{
		Input: mert.InputName, Outputs: []string{mert.OutputName}, Threads: v.threads,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.name, err)
	}
	return s, nil
}

// cost is what so much audio took.
type cost struct {
	audioSeconds float64
	wall, cpu    time.Duration
}

func (c cost) perSecond() float64     { return c.audioSeconds / c.wall.Seconds() }
func (c cost) perCoreSecond() float64 { return c.audioSeconds / c.cpu.Seconds() }

// turn runs windows, shared out among the callers.
func (v variant) turn(ctx context.Context, s *onnx.Session, windows [][]float32) (cost, error) {
	before, start := processCPU(), time.Now()
	var group sync.WaitGroup
	failures := make([]error, v.callers)
	for caller := range v.callers {
		group.Go(func() {
			for i := caller; i < len(windows); i += v.callers {
				if _, err := s.Run(ctx, windows[i]); err != nil {
					failures[caller] = err
					return
				}
			}
		})
	}
	group.Wait()
	c := cost{wall: time.Since(start), cpu: processCPU() - before}
	for _, w := range windows {
		c.audioSeconds += float64(len(w)) / mert.SampleRateHz
	}
	return c, errors.Join(failures...)
}

// processCPU is the processor time that this process has used, without that of its children.
func processCPU() time.Duration { return usage(syscall.RUSAGE_SELF) }

func usage(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
