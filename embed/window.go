package embed

import (
	"context"
	"errors"
	"io"
	"math"

	"github.com/seguedb/segue/embed/audio"
)

// window is a stretch of audio for one run of a model. Its samples are read-only: the
// next window may need its end.
type window struct {
	start   int64 // samples from the beginning of the audio
	samples []float32
}

// sampleReader is what a cutter reads: an *audio.Reader.
type sampleReader interface {
	Read(ctx context.Context, dst []float32) (int, error)
}

// cutter cuts a stream into windows of size samples, one after the other. The last one
// ends where the audio ends and overlaps its forerunner; audio shorter than size is one
// window of its own length. It holds one window, however long the audio.
type cutter struct {
	r      sampleReader
	source *audio.Source
	size   int // samples of a window
	min    int // the fewest that the model takes
	last   window
	total  int64
	ended  bool
}

// next returns the next window, io.EOF after the last one.
func (c *cutter) next(ctx context.Context) (window, error) {
	if c.ended {
		return window{}, io.EOF
	}
	samples := make([]float32, c.size)
	n, err := c.r.Read(ctx, samples)
	if err != nil && !errors.Is(err, io.EOF) {
		return window{}, err
	}
	c.ended = err != nil
	w := window{start: c.total, samples: samples[:n]}
	c.total += int64(n)
	switch {
	case n == c.size:
	case c.last.samples != nil && n == 0:
		return window{}, io.EOF
	case c.last.samples != nil:
		// Aligned to the end: what is missing comes from the window before.
		copy(samples[c.size-n:], samples[:n])
		copy(samples, c.last.samples[n:])
		w = window{start: c.total - int64(c.size), samples: samples}
	case n < c.min:
		return window{}, c.source.Refuse(audio.ErrTooShort, "",
			"is too short for this model: it has %d samples after resampling, at least %d are needed", n, c.min)
	}
	c.last = w
	return w, nil
}

// silenceRMS is -60 dBFS. The pilot of the trained model (2026) found that windows below
// it all map to one vector and match each other.
const silenceRMS = 1e-3

// audible reports whether a window is louder than silence.
func (w window) audible() bool {
	sum := 0.0
	for _, x := range w.samples {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum/float64(len(w.samples))) > silenceRMS
}

// standardised is a copy of samples with mean 0 and variance 1, as Wav2Vec2FeatureExtractor
// makes it: 1e-7 under the root keeps silence finite.
func standardised(samples []float32) []float32 {
	mean, variance := 0.0, 0.0
	for _, x := range samples {
		mean += float64(x)
	}
	mean /= float64(len(samples))
	for _, x := range samples {
		variance += (float64(x) - mean) * (float64(x) - mean)
	}
	scale := 1 / math.Sqrt(variance/float64(len(samples))+1e-7)
	out := make([]float32, len(samples))
	for i, x := range samples {
		out[i] = float32((float64(x) - mean) * scale)
	}
	return out
}
