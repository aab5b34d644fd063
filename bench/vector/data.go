package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const (
	clusters = 2000
	seed     = 20261130
	// centreDecay and noiseDecay are the exponents of the spectra: the i-th axis of a cluster has i^-decay of the
	// first one's deviation. Real embeddings lie between 0.4 and 0.8.
	centreDecay, noiseDecay = 0.5, 0.6
	noise                   = 0.8 // the deviation within a cluster, to that between their centres
)

// generator makes rows by number, each from a seed of its own: nobody needs to hold them.
type generator struct {
	dim       int
	centreAt  []float32 // deviation of centres along each axis
	noiseAt   []float32 // deviation within a cluster along its i-th axis
	rotations [3]rotation
}

func newGenerator(dim int) *generator {
	g := &generator{dim: dim, centreAt: spectrum(dim, centreDecay), noiseAt: spectrum(dim, noiseDecay)}
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range g.rotations {
		g.rotations[i] = newRotation(rng, dim)
	}
	return g
}

// spectrum is a power law, scaled to unit length.
func spectrum(dim int, decay float64) []float32 {
	s, sum := make([]float32, dim), 0.0
	for i := range s {
		x := math.Pow(float64(i+1), -decay)
		s[i] = float32(x)
		sum += x * x
	}
	for i := range s {
		s[i] /= float32(math.Sqrt(sum))
	}
	return s
}

// row writes row i into v, a unit vector. Queries are the rows from firstQuery on.
func (g *generator) row(i uint64, v []float32) {
	rng := rand.New(rand.NewPCG(seed, i+1))
	c := rng.Uint64N(clusters)
	centre := rand.New(rand.NewPCG(seed+1, c))
	shift := int(c * 31 % uint64(g.dim)) // every cluster has its own order of axes
	for k := range v {
		axis := (k + shift) % g.dim
		v[k] = g.centreAt[k]*float32(centre.NormFloat64()) + noise*g.noiseAt[axis]*float32(rng.NormFloat64())
	}
	for _, r := range g.rotations { // so that no coordinate is better than another
		r.apply(v)
	}
	normalise(v)
}

// firstQuery is beyond every row.
const firstQuery = 1 << 40

func normalise(v []float32) {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= scale
	}
}

// rotation is signs, a Hadamard transform of blocks, and a permutation: a few of them mix all axes.
type rotation struct {
	signs   []float32
	order   []int
	scratch []float32
	block   int
}

func newRotation(rng *rand.Rand, dim int) rotation {
	r := rotation{signs: make([]float32, dim), order: rng.Perm(dim), scratch: make([]float32, dim), block: dim & -dim}
	for i := range r.signs {
		r.signs[i] = float32(1-2*rng.IntN(2)) / float32(math.Sqrt(float64(r.block)))
	}
	return r
}

func (r rotation) apply(v []float32) {
	for i := range v {
		r.scratch[i] = v[i] * r.signs[i]
	}
	for first := 0; first < len(v); first += r.block {
		hadamard(r.scratch[first : first+r.block])
	}
	for i, from := range r.order {
		v[i] = r.scratch[from]
	}
}

func hadamard(v []float32) {
	for half := 1; half < len(v); half *= 2 {
		for first := 0; first < len(v); first += 2 * half {
			a, b := v[first:first+half], v[first+half:first+2*half]
			for i := range a {
				a[i], b[i] = a[i]+b[i], a[i]-b[i]
			}
		}
	}
}

// attr is a row's scalar, below attrs: `attr < n` has the selectivity n / attrs, whatever the cluster.
func attr(row int) int { return row * 7919 % attrs }

const attrs = 1000

// dataset is rows and queries in memory, and in files for workers.
type dataset struct {
	dim           int
	rows, queries []float32
	dir           string
}

func (d *dataset) len() int              { return len(d.rows) / d.dim }
func (d *dataset) row(i int) []float32   { return d.rows[i*d.dim:][:d.dim] }
func (d *dataset) query(i int) []float32 { return d.queries[i%d.queryCount()*d.dim:][:d.dim] }
func (d *dataset) queryCount() int       { return len(d.queries) / d.dim }
func (d *dataset) base() string          { return filepath.Join(d.dir, "base.f32") }
func (d *dataset) queryFile() string     { return filepath.Join(d.dir, "queries.f32") }

// newDataset makes or reads rows and writes the files.
func newDataset(o options, rows int, dir string) (*dataset, error) {
	d := &dataset{dim: o.dim, dir: dir}
	if o.vectors != "" {
		all, err := readFloats(o.vectors)
		if err != nil {
			return nil, err
		}
		n := len(all)/o.dim - o.queries
		if n < 1 || len(all)%o.dim != 0 {
			return nil, fmt.Errorf("%s holds %d floats: not rows of %d and %d queries", o.vectors, len(all), o.dim, o.queries)
		}
		d.rows, d.queries = all[:min(n, rows)*o.dim], all[n*o.dim:]
	} else {
		g := newGenerator(o.dim)
		d.rows, d.queries = make([]float32, rows*o.dim), make([]float32, o.queries*o.dim)
		for i := range rows {
			g.row(uint64(i), d.rows[i*o.dim:][:o.dim])
		}
		for i := range o.queries {
			g.row(firstQuery+uint64(i), d.queries[i*o.dim:][:o.dim])
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := writeFloats(d.base(), d.rows); err != nil {
		return nil, err
	}
	return d, writeFloats(d.queryFile(), d.queries)
}

func writeFloats(path string, all []float32) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := binary.Write(w, binary.LittleEndian, all); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func readFloats(path string) ([]float32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := make([]float32, len(data)/4)
	for i := range all {
		all[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return all, nil
}
