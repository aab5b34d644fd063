package vector

import (
	"context"
	"math"
	"math/rand/v2"
)

const (
	// groupedCentroids: of fewer centroids a point is held against all.
	groupedCentroids = 128
	// groupedLooks: a point is held against the centroids of so many groups, those that are nearest to it. Nine of ten
	// find the nearest so, and the others one that is hardly farther (TestGroupedCentroids).
	groupedLooks = 5
	groupRounds  = 3
)

// centroidGroups are centroids that lie near each other, side by side, around coarse ones: to find the nearest of
// thousands for each of millions of versions is most of what a large merge computes, and reads from memory.
type centroidGroups struct {
	coarse *centroids
	of     []int // the centroids, group by group
	first  []int // of each group in of, and the end
	codes  []uint8
	order  listOrder // of a look-up
}

// group makes the groups of the centroids as they are now.
func (c *centroids) group() {
	k := c.len()
	n := int(math.Sqrt(float64(k)))
	g := c.groups
	if g == nil {
		g = &centroidGroups{coarse: newCentroids(c.set, c.dim, n), of: make([]int, k), codes: make([]uint8, len(c.codes))}
		c.groups = g
	}
	rng := rand.New(rand.NewPCG(trainSeed, uint64(k)))
	_ = g.coarse.lloyd(context.Background(), rng, c, groupRounds) // it fails by its context alone
	at, counts := make([]int, k), make([]int, n)
	for i := range k {
		at[i] = g.coarse.nearest(c, i)
		counts[at[i]]++
	}
	g.arrange(c, at, counts)
}

// arrange lays the centroids group by group. at is each one's group, counts the groups' sizes.
func (g *centroidGroups) arrange(c *centroids, at, counts []int) {
	g.first = append(g.first[:0], 0)
	for _, members := range counts {
		g.first = append(g.first, g.first[len(g.first)-1]+members)
	}
	next := append([]int(nil), g.first...)
	for i, group := range at {
		to := next[group]
		next[group]++
		g.of[to] = i
		copy(g.codes[to*c.dim:(to+1)*c.dim], c.codes[i*c.dim:(i+1)*c.dim])
	}
}

// nearestIn returns the centroid that is nearest to a vector of numbers times a step, of those that the nearest groups
// have. sum is that of the numbers.
func (c *centroids) nearestIn(g *centroidGroups, numbers []int8, step float32, sum int32) int {
	c.set.ScanCodes(g.coarse.dots, numbers, g.coarse.codes)
	for i, dot := range g.coarse.dots {
		g.order.put(i, g.coarse.value(i, dot-sum*codeZero, step))
	}
	g.order.heap()
	best, at, looked := math.Inf(1), 0, 0
	for looked < groupedLooks && len(g.order) > 0 {
		group := uint32(g.order.pop())
		first, last := g.first[group], g.first[group+1]
		if first == last {
			continue
		}
		dots := c.dots[:last-first]
		c.set.ScanCodes(dots, numbers, g.codes[first*c.dim:last*c.dim])
		for i, dot := range dots {
			if v := c.value(g.of[first+i], dot-sum*codeZero, step); v < best {
				best, at = v, g.of[first+i]
			}
		}
		looked++
	}
	g.order = g.order[:0]
	return at
}
