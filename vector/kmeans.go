package vector

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/seguedb/segue/vector/kernel"
)

const (
	trainPerList    = 64 // versions sampled for each centroid (FAISS warns below 39)
	trainIterations = 6
	trainSeed       = 0x6b6d65616e73
)

// centroids is a set of them, rotated as the versions' codes are, and what finds the nearest one to a version: by byte
// codes, which is near enough, since a version in its second-nearest list is found as surely.
type centroids struct {
	set     kernel.Set
	dim     int // of rotated vectors
	vecs    []float32
	codes   []uint8
	steps   []float32 // two each, as a block has them
	squares []float64 // half of |c|²
	dots    []int32
	scores  []float32
	numbers []int8    // a version's
	vector  []float32 // and that as a vector
	groups  *centroidGroups
}

// train clusters a sample of versions around k centroids: Lloyd's algorithm, from vectors of the sample. A centroid
// that nobody is near is put on a vector of the sample.
func (ix *Index) train(ctx context.Context, versions []place, k int) (*centroids, error) {
	rng := rand.New(rand.NewPCG(trainSeed, uint64(len(versions))))
	sample := sampled(rng, versions, k*trainPerList)
	dim := ix.rotation.Padded()
	c := &centroids{set: ix.set, dim: dim, vecs: make([]float32, k*dim), numbers: make([]int8, dim), vector: make([]float32, dim)}
	if ix.opts.Train != nil && k > 1 {
		flat := make([]float32, len(sample)*c.dim)
		for i, p := range sample {
			p.b.halves.vector(flat[i*dim:(i+1)*dim], c.numbers, p.i)
		}
		vecs, err := ix.opts.Train(c.dim, flat, k)
		if err == nil && len(vecs) == len(c.vecs) {
			c.vecs = vecs
			c.update()
			return c, ctx.Err()
		}
		ix.opts.Logger.Warn("vector: the trainer failed, lists are trained without it", "lists", k, "error", err)
	}
	for i, p := range sample[:k] {
		p.b.halves.vector(c.vec(i), c.numbers, p.i)
	}
	for range trainIterations {
		c.update()
		if err := c.move(ctx, rng, sample); err != nil {
			return nil, err
		}
		if k == 1 {
			break
		}
	}
	c.update()
	return c, nil
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

func (c *centroids) len() int { return len(c.vecs) / c.dim }

func (c *centroids) vec(i int) []float32 { return c.vecs[i*c.dim : (i+1)*c.dim : (i+1)*c.dim] }

// move puts every centroid in the middle of the vectors that are nearest to it.
func (c *centroids) move(ctx context.Context, rng *rand.Rand, sample []place) error {
	k := c.len()
	sums, counts := make([]float64, len(c.vecs)), make([]int, k)
	for i, p := range sample {
		if i%breatheVersions == 0 {
			if err := breathe(ctx); err != nil {
				return err
			}
		}
		at := c.nearest(p)
		counts[at]++
		sum, step := sums[at*c.dim:][:c.dim], float64(p.b.halves.numbers(c.numbers, p.i))
		for i, x := range c.numbers {
			sum[i] += step * float64(x)
		}
	}
	for i, n := range counts {
		if n == 0 {
			p := sample[rng.IntN(len(sample))]
			p.b.halves.vector(c.vec(i), c.numbers, p.i)
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
	c.codes, c.steps, c.squares = resized(c.codes, len(c.vecs)), resized(c.steps, 2*k), resized(c.squares, k)
	c.dots, c.scores = resized(c.dots, k), resized(c.scores, k)
	for i := range k {
		c.steps[2*i], c.steps[2*i+1] = encode(c.codes[i*c.dim:(i+1)*c.dim], c.vec(i))
		norm := Norm(c.vec(i))
		c.squares[i] = norm * norm / 2
	}
	if k >= groupedCentroids && c.set.HasCodes() {
		c.group()
	}
}

// nearest returns the centroid that a version is nearest to, about.
func (c *centroids) nearest(p place) int {
	if c.len() == 1 {
		return 0
	}
	if !c.set.HasCodes() {
		p.b.halves.vector(c.vector, c.numbers, p.i)
		c.set.Scan(kernel.Dot, c.scores, c.vector, c.vecs)
		return c.least(func(i int) float64 { return c.squares[i] - float64(c.scores[i]) })
	}
	step := p.b.halves.numbers(c.numbers, p.i)
	return c.nearestNumbers(c.numbers, step)
}

// nearestNumbers is nearest to a vector of numbers times a step, by codes.
func (c *centroids) nearestNumbers(numbers []int8, step float32) int {
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
	return c.squares[i] - float64(step)*float64(c.steps[2*i])*float64(dot)
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
