// Command calibrate measures centre and deviation of every feature of the dsp model over
// a folder of music, and prints calibration.tsv:
//
//	go run ./embed/dsp/calibrate FOLDER > embed/dsp/calibration.tsv
package main

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/dsp"
	"github.com/seguedb/segue/embed/onnx"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: calibrate FOLDER")
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

// spread sums what a mean and a deviation need.
type spread struct{ count, sum, squares float64 }

func run(ctx context.Context, folder string) error {
	model, err := dsp.BuildRaw()
	if err != nil {
		return err
	}
	runtime, err := onnx.Open(onnx.LibraryOptions{})
	if err != nil {
		return err
	}
	s, err := runtime.NewSession(model, onnx.SessionOptions{Input: dsp.InputName, Outputs: []string{dsp.RawOutput}})
	if err != nil {
		return err
	}
	defer s.Close()
	sums := make([]spread, dsp.Dim)
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if err := measure(ctx, s, path, sums); err != nil {
			log.Printf("left out: %v", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, name := range dsp.FeatureGroups() {
		mean := sums[i].sum / sums[i].count
		deviation := math.Sqrt(math.Max(0, sums[i].squares/sums[i].count-mean*mean))
		fmt.Printf("%s\t%.5g\t%.5g\n", name, mean, math.Max(deviation, 1e-4))
	}
	return nil
}

// perTrack is how many windows of a track count, evenly spaced, so that long ones do not
// decide.
const perTrack = 12

func measure(ctx context.Context, s *onnx.Session, path string, sums []spread) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	source, err := audio.FromFile(path, f)
	if err != nil {
		return err
	}
	defer source.Close()
	samples, _, err := audio.Decode(ctx, source, dsp.SampleRateHz, audio.Limits{})
	if err != nil {
		return err
	}
	windows := len(samples) / dsp.WindowSamples
	step := max(1, windows/perTrack)
	for i := 0; i < windows; i += step {
		w := samples[i*dsp.WindowSamples : (i+1)*dsp.WindowSamples]
		if silent(w) {
			continue
		}
		out, err := s.Run(ctx, w)
		if err != nil {
			return err
		}
		for j, x := range out[0].Data {
			sums[j].count++
			sums[j].sum += float64(x)
			sums[j].squares += float64(x) * float64(x)
		}
	}
	return nil
}

// silent windows are left out of a track's vector, and so here.
func silent(w []float32) bool {
	sum := 0.0
	for _, x := range w {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum/float64(len(w))) <= 1e-3
}
