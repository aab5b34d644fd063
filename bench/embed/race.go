package main

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/onnx"
)

// race runs every graph on the same windows of music, in turns that alternate, and compares what they answer.
func race(ctx context.Context, b *bench) error {
	windows, err := musicWindows(ctx, b.audio, b.windows)
	if err != nil {
		return err
	}
	sessions := make([]*onnx.Session, len(variants))
	answers := make([]onnx.Tensor, len(variants))
	for i, v := range variants {
		if sessions[i], err = v.open(b.model); err != nil {
			return err
		}
		defer sessions[i].Close()
		out, err := sessions[i].Run(ctx, windows[0])
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		answers[i] = out[0]
	}
	costs := make([][]cost, len(variants))
	for range b.rounds {
		for i, v := range variants {
			c, err := v.turn(ctx, sessions[i], windows)
			if err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
			costs[i] = append(costs[i], c)
		}
	}
	b.section("MERT-95M, generated weights, %d turns of %d windows each; ratios are to the first line's", b.rounds, len(windows))
	b.raceHeadings()
	for i, v := range variants {
		b.race(v, costs[i], costs[0], leastCosine(answers[i], answers[0]))
	}
	return nil
}

// leastCosine compares each layer's means with the plain graph's, which has them all.
func leastCosine(got, plain onnx.Tensor) float64 {
	width := len(plain.Data) / mert.Layers
	layers := poolingLayer
	if len(got.Data) == len(plain.Data) {
		layers = make([]int, mert.Layers)
		for i := range layers {
			layers[i] = i
		}
	}
	least := 1.0
	for i, l := range layers {
		least = min(least, cosine(got.Data[i*width:(i+1)*width], plain.Data[l*width:(l+1)*width]))
	}
	return least
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}

// musicWindows are n windows of five seconds, the second of every file that is long enough.
func musicWindows(ctx context.Context, dir string, n int) ([][]float32, error) {
	paths, err := audioBelow(dir)
	if err != nil {
		return nil, err
	}
	var windows [][]float32
	for i := 0; len(windows) < n; i++ {
		if i == len(paths) && len(windows) == 0 {
			return nil, fmt.Errorf("no file below %s has ten seconds", dir)
		}
		samples, err := decodeFile(ctx, filepath.Join(dir, paths[i%len(paths)]), mert.SampleRateHz)
		if err != nil {
			return nil, err
		}
		if len(samples) >= 2*mert.WindowSamples {
			windows = append(windows, samples[mert.WindowSamples:2*mert.WindowSamples])
		}
	}
	return windows, nil
}

// audioSuffixes are of what is taken for audio below a folder.
var audioSuffixes = []string{".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aiff"}

// audioBelow lists the audio files below a folder, by their paths from it.
func audioBelow(dir string) (paths []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && slices.Contains(audioSuffixes, filepath.Ext(path)) {
			rel, _ := filepath.Rel(dir, path)
			paths = append(paths, rel)
		}
		return err
	})
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("no audio below %s", dir)
	}
	return paths, err
}

// decodeFile gives a file's samples, in mono at a rate.
func decodeFile(ctx context.Context, path string, rateHz int) ([]float32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := audio.FromBytes(filepath.Base(path), data)
	if err != nil {
		return nil, err
	}
	var all []float32
	err = readAll(ctx, s, rateHz, func(block []float32) { all = append(all, block...) })
	return all, err
}
