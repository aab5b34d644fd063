package vector

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/seguedb/segue/vector/kernel"
)

const (
	trainPerCentroid = 24 // versions sampled for each centroid; FAISS warns below 39, of centroids that no other level has
	trainIterations  = 5
	firstPart        = 3
	trainSeed        = 0x6b6d65616e73
)

// points are rotated vectors, as byte codes have them: numbers times a step.
type points interface {
	count() int
	// numbers sets dst to those of point i and returns their step.
	numbers(dst []int8, i int) (step float32)
}

// versionPoints are versions as points.
type versionPoints []place

func (p versionPoints) count() int { return len(p) }

func (p versionPoints) numbers(dst []int8, i int) float32 { return p[i].b.halves.numbers(dst, p[i].i) }

// centroids is a set of them, rotated as the versions' codes are, and what finds the nearest one to a point: by byte
// codes, which is near enough, since a version in its second-nearest cell is found as surely.
type centroids struct {
	set     kernel.Set
	dim     int // of rotated vectors
	vecs    []float32
	codes   []uint8
	steps   []float32
	squares []float64 // half of |c|²
	dots    []int32
	scores  []float32
	buffer  []int8    // a point's numbers
	vector  []float32 // and that as a vector
	groups  *centroidGroups
}

// newCentroids returns room for k centroids.
func newCentroids(set kernel.Set, dim, k int) *centroids {
	return &centroids{set: set, dim: dim, vecs: make([]float32, k*dim), buffer: make([]int8, dim), vector: make([]float32, dim)}
}

// train clusters a sample of versions around k centroids.
func (ix *Index) train(ctx context.Context, versions []place, k int) (*centroids, error) {
	rng := rand.New(rand.NewPCG(trainSeed, uint64(len(versions))))
	sample := versionPoints(sampled(rng, versions, k*trainPerCentroid))
	c := newCentroids(ix.set, ix.rotation.Padded(), k)
	if ix.opts.Train != nil && k > 1 {
		flat := make([]float32, len(sample)*c.dim)
		for i := range sample {
			c.vectorOf(flat[i*c.dim:(i+1)*c.dim], sample, i)
		}
		vecs, err := ix.opts.Train(c.dim, flat, k)
		if err == nil && len(vecs) == len(c.vecs) {
			c.vecs = vecs
			c.update()
			return c, ctx.Err()
		}
		ix.opts.Logger.Warn("vector: the trainer failed, cells are trained without it", "cells", k, "error", err)
	}
	return c, c.lloyd(ctx, rng, sample, trainIterations)
}

// sampled returns n different versions, or all.
func sampled(rng *rand.Rand, versions []place, n int) []place {
	if n >= len(versions) {
		n = len(versions)
	}
	out, left := make([]place, 0, n), n
	for i, p := range versions {
		if rng.IntN(len(versions)-i) < left {
			out, left = append(out, p), left-1
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// lloyd clusters a sample, which is in random order, by Lloyd's algorithm from its first points; all rounds but the last
// two go by a part of it. A centroid that nobody is near is put on a point of the sample.
func (c *centroids) lloyd(ctx context.Context, rng *rand.Rand, sample points, iterations int) error {
	k := c.len()
	for i := range k {
		c.vectorOf(c.vec(i), sample, i)
	}
	if k == 1 {
		iterations = 1
	}
	for i := range iterations {
		c.update()
		n := sample.count()
		if i < iterations-2 {
			n = max(k, n/firstPart)
		}
		if err := c.move(ctx, rng, sample, n); err != nil {
			return err
		}
	}
	c.update()
	return nil
}

func (c *centroids) len() int { return len(c.vecs) / c.dim }

func (c *centroids) vec(i int) []float32 { return c.vecs[i*c.dim : (i+1)*c.dim : (i+1)*c.dim] }

// count and numbers make points of centroids.
func (c *centroids) count() int { return c.len() }

func (c *centroids) numbers(dst []int8, i int) float32 {
	for j, code := range c.codes[i*c.dim : (i+1)*c.dim] {
		dst[j] = int8(code ^ codeZero)
	}
	return c.steps[i]
}

// vectorOf sets dst to point i.
func (c *centroids) vectorOf(dst []float32, p points, i int) {
	step := p.numbers(c.buffer, i)
	for j, x := range c.buffer {
		dst[j] = step * float32(x)
	}
}

// move puts every centroid in the middle of those of the first n points that are nearest to it.
func (c *centroids) move(ctx context.Context, rng *rand.Rand, sample points, n int) error {
	k := c.len()
	sums, counts := make([]float64, len(c.vecs)), make([]int, k)
	for i := range n {
		if i%breatheVersions == 0 {
			if err := breathe(ctx); err != nil {
				return err
			}
		}
		wide := sample.numbers(c.buffer, i)
		at := c.nearestNumbers(c.buffer, wide)
		counts[at]++
		sum, step := sums[at*c.dim:][:c.dim], float64(wide)
		for i, x := range c.buffer {
			sum[i] += step * float64(x)
		}
	}
	for i, n := range counts {
		if n == 0 {
			c.vectorOf(c.vec(i), sample, rng.IntN(sample.count()))
			continue
		}
		vec := c.vec(i)
		for j := range vec {
			vec[j] = clamp32(sums[i*c.dim+j] / float64(n))
		}
	}
	return nil
}

// clamp32 is x as a float32 that is a finite number.
func clamp32(x float64) float32 {
	if math.IsNaN(x) {
		return 0
	}
	return float32(max(-math.MaxFloat32, min(x, math.MaxFloat32)))
}

// update prepares nearest for the centroids as they are now.
func (c *centroids) update() {
	k := c.len()
	c.codes, c.steps, c.squares = resized(c.codes, len(c.vecs)), resized(c.steps, k), resized(c.squares, k)
	c.dots, c.scores = resized(c.dots, k), resized(c.scores, k)
	for i := range k {
		c.steps[i], _ = encode(c.codes[i*c.dim:(i+1)*c.dim], c.vec(i))
		norm := Norm(c.vec(i))
		c.squares[i] = norm * norm / 2
	}
	if k >= groupedCentroids && c.set.HasCodes() {
		c.group()
	}
}

// nearest returns the centroid that a point is nearest to, about.
func (c *centroids) nearest(p points, i int) int {
	return c.nearestNumbers(c.buffer, p.numbers(c.buffer, i))
}

// nearestNumbers is nearest to a vector of numbers times a step.
func (c *centroids) nearestNumbers(numbers []int8, step float32) int {
	if c.len() == 1 {
		return 0
	}
	if !c.set.HasCodes() {
		for i, x := range numbers {
			c.vector[i] = step * float32(x)
		}
		c.set.Scan(kernel.Dot, c.scores, c.vector, c.vecs)
		return c.least(func(i int) float64 { return c.squares[i] - float64(c.scores[i]) })
	}
	sum := int32(0)
	for _, x := range numbers {
		sum += int32(x)
	}
	if c.groups != nil {
		return c.nearestIn(c.groups, numbers, step, sum)
	}
	c.set.ScanCodes(c.dots, numbers, c.codes)
	zero := sum * codeZero
	return c.least(func(i int) float64 { return c.value(i, c.dots[i]-zero, step) })
}

// value orders centroids by their distance from numbers times a step, whose product with centroid i's is dot.
func (c *centroids) value(i int, dot int32, step float32) float64 {
	return c.squares[i] - float64(step)*float64(c.steps[i])*float64(dot)
}

// least returns the i with the smallest value.
func (c *centroids) least(value func(i int) float64) int {
	best, at := math.Inf(1), 0
	for i := range c.len() {
		if v := value(i); v < best {
			best, at = v, i
		}
	}
	return at
}
