package vector

import (
	"math"

	"github.com/seguedb/segue/vector/kernel"
)

const (
	// groupedCentroids: of fewer centroids a version is held against all.
	groupedCentroids = 512
	// groupedLooks: a version of more is held against one in so many, those of the groups that are nearest to it. Nine of
	// ten versions find the nearest so, and the others one that is hardly farther (TestGroupedCentroids).
	groupedLooks = 8
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
		g = &centroidGroups{coarse: &centroids{set: c.set, dim: c.dim, vecs: make([]float32, n*c.dim)},
			of: make([]int, k), codes: make([]uint8, len(c.codes))}
		c.groups = g
	}
	for i := range n {
		copy(g.coarse.vec(i), c.vec(i*k/n))
	}
	at, counts := make([]int, k), make([]int, n)
	for range groupRounds {
		g.coarse.update()
		clear(counts)
		sums := make([]float64, n*c.dim)
		for i := range k {
			at[i] = g.coarse.nearestNumbers(c.numbersOf(i))
			counts[at[i]]++
			sum := sums[at[i]*c.dim:][:c.dim]
			for j, x := range c.vec(i) {
				sum[j] += float64(x)
			}
		}
		for i, members := range counts {
			for j := range g.coarse.vec(i)[:min(members, 1)*c.dim] {
				g.coarse.vec(i)[j] = clamp32(sums[i*c.dim+j] / float64(members))
			}
		}
	}
	g.coarse.update()
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

// numbersOf are centroid i's codes as a version's numbers, and their step.
func (c *centroids) numbersOf(i int) ([]int8, float32) {
	numbers := resized(c.numbers, c.dim)
	c.numbers = numbers
	for j, code := range c.codes[i*c.dim : (i+1)*c.dim] {
		numbers[j] = int8(code ^ codeZero)
	}
	return numbers, c.steps[2*i]
}

// nearestIn returns the centroid that is nearest to a vector of numbers times a step, of those that the nearest groups
// have. sum is that of the numbers.
func (c *centroids) nearestIn(g *centroidGroups, numbers []int8, step float32, sum int32) int {
	c.set.ScanCodes(g.coarse.dots, numbers, g.coarse.codes)
	for i, dot := range g.coarse.dots {
		g.order.put(i, g.coarse.value(i, dot-sum*codeZero, step))
	}
	best, at, looked := math.Inf(1), 0, 0
	for _, word := range g.order.sorted() {
		first, last := g.first[uint32(word)], g.first[uint32(word)+1]
		dots := c.dots[:last-first]
		scan(c.set, dots, numbers, g.codes[first*c.dim:last*c.dim])
		for i, dot := range dots {
			if v := c.value(g.of[first+i], dot-sum*codeZero, step); v < best {
				best, at = v, g.of[first+i]
			}
		}
		if looked += len(dots); looked >= len(g.of)/groupedLooks {
			break
		}
	}
	return at
}

// scan is ScanCodes of any number of rows, none included.
func scan(set kernel.Set, dots []int32, numbers []int8, codes []uint8) {
	if len(dots) > 0 {
		set.ScanCodes(dots, numbers, codes)
	}
}
