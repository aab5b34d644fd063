package registry

import (
	"fmt"
	"io"

	"github.com/seguedb/segue/embed/mert"
)

// addHubert adds a directory of the HuBERT family.
func (r *Registry) addHubert(dir string, config, processor []byte, o AddOptions) (Manifest, error) {
	c, rate, err := mert.ParseConfig(config, processor)
	if err != nil {
		return Manifest{}, err
	}
	f, err := openWeights(dir)
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	w, err := mert.FromCheckpoint(c, f)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", dir, err)
	}
	m := Manifest{
		Name: o.Name, Family: Hubert, Source: o.Source, Licence: o.Licence, SampleRateHz: rate,
		MinSamples: c.MinSamples(), Pooling: o.Pooling, Precision: string(o.Precision), Config: &c,
	}
	m.describe(dir)
	if m.Precision == "" {
		m.Precision = string(BestPrecision())
	}
	if o.WindowSeconds == 0 {
		o.WindowSeconds = 5
	}
	m.WindowSamples = int(o.WindowSeconds * float64(rate))
	if m.Pooling == "" {
		// The middle of the stack: see mert.PoolingLayer.
		m.Pooling = fmt.Sprintf("layer:%d", (c.NumHiddenLayers+1)/2)
	}
	return r.add(m, func(out io.Writer) error { return mert.WriteWeights(out, c, w) }, nil)
}
