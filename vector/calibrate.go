package vector

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/seguedb/segue/vector/kernel"
)

// Calibration asks a sample of a segment's own versions for their nearest among the others, and notes of each of those
//
//   - how many cells the lists have that are as near to the query as its own,
//   - how many versions lie in the cells that are as near to the query as its own, and
//   - by what share of |w|β its code overstates its distance.
//
// An approximate plan that puts as many cells in order, sees as many versions and allows as large a share
// finds it. So the numbers that a recall needs are quantiles over the sample. Each of them misses some: the cells get the
// largest part of what may be missed, for their cost falls with it the most, and the whole is less than the recall
// allows, for a sample is a sample.
const (
	calibrationQueries = 128
	missedByCells      = 0.62 // of what may be missed
	missedByCodes      = 0.23
	calibrationSeed    = 0x63616c
)

// trial is one of a query's nearest, under a metric.
type trial struct {
	versions int     // seen until it is
	cells    int     // of the lists that are as near as its own
	epsilon  float64 // that it needs
}

// calibrate fills the tuning.
func (p *listPlan) calibrate(ctx context.Context) error {
	var trials [tunedMetrics][len(tunedRows)][]trial
	most := tunedRows[len(tunedRows)-1]
	c := newCalibration(p)
	for _, query := range sampled(rand.New(rand.NewPCG(calibrationSeed, uint64(len(p.versions)))), p.versions, calibrationQueries) {
		if err := c.ask(ctx, query, most); err != nil {
			return err
		}
		for m := range trials {
			found := c.trials(Metric(m))
			for j, rows := range tunedRows {
				trials[m][j] = append(trials[m][j], found[:min(rows, len(found))]...)
			}
		}
	}
	for m := range trials {
		for j := range trials[m] {
			p.tuning[m][j] = p.efforts(trials[m][j])
		}
	}
	return nil
}

// efforts returns the quantiles of the trials that each tuned recall needs. What the cells of a segment may miss is missed
// in part by the lists whose cells are not put in order: in the part that costs the least.
func (p *listPlan) efforts(trials []trial) (out [len(tunedRecalls)]effort) {
	n := len(p.versions)
	versions, cells, epsilons := []float64{float64(n)}, []float64{float64(len(p.cells.cells))}, []float64{1}
	if len(trials) > 0 {
		versions, cells, epsilons = versions[:0], cells[:0], epsilons[:0]
		for _, t := range trials {
			versions, cells = append(versions, float64(t.versions)), append(cells, float64(t.cells))
			epsilons = append(epsilons, t.epsilon)
		}
	}
	for _, values := range [][]float64{versions, cells, epsilons} {
		slices.Sort(values)
	}
	for i, recall := range tunedRecalls {
		best := math.Inf(1)
		for share := 1.0; share < listShares; share++ {
			byLists := missedByCells * share / listShares
			v, c := needed(versions, recall, missedByCells-byLists, 1), needed(cells, recall, byLists, 1)
			if cost := v + rankedCodes*c; cost < best {
				best = cost
				out[i].versions, out[i].cells = uint32(min(v, float64(n))), uint32(min(c, float64(n)))
			}
		}
		out[i].epsilon = float32(max(needed(epsilons, recall, missedByCodes, 0.2), minEpsilon))
	}
	return out
}

const (
	// rankedCodes: to put a cell in order costs as much as scoring so many codes of one bit.
	rankedCodes = 4
	// listShares is how finely what may be missed is divided.
	listShares = 16
)

// needed is what a share of a recall's misses leaves of sorted values, and up to more times more where the sample does not
// say.
func needed(values []float64, recall, share, more float64) float64 {
	missed := (1 - recall) * share
	return quantile(values, 1-missed) * (1 + more*max(0, sampleTail-missed*float64(len(values)))/sampleTail)
}

// sampleTail: a quantile that fewer trials lie beyond is not known, and is taken for up to twice what the sample says
// (of versions and cells; a fifth more of the codes' share, whose tail is a normal distribution's).
const sampleTail = 5

// minEpsilon stands for the proven bound's opposite: the estimate is taken for the truth.
const minEpsilon = 1e-3

// quantile returns the least of the sorted values that a share of them does not exceed.
func quantile(sorted []float64, share float64) float64 {
	i := int(math.Ceil(share*float64(len(sorted)))) - 1
	return sorted[max(0, min(i, len(sorted)-1))]
}

// calibration is one query's memory.
type calibration struct {
	*listPlan
	groups  []blockGroup // the versions by the block they come from
	list    []uint32     // of each version
	cell    []uint32
	query   place
	rotated []float32 // the query
	other   []float32 // a version, rotated
	numbers []int8    // of one of them
	nearest [tunedMetrics]nearest
	dots    [pieceRows]int32
	lows    [pieceRows]int32
	dots64  [pieceRows]float64
	halves  codeBound
	order   listOrder
	dotsOf  []int32 // the query's products with the cells' codes
	// epsilons are those of versions that the query was held against: the metrics' nearest are much the same.
	epsilons map[int]float64
}

// blockGroup is the versions of one block.
type blockGroup struct {
	b  *block
	at []uint32 // in the block
	of []uint32 // the version
}

func newCalibration(p *listPlan) *calibration {
	padded := p.ix.rotation.Padded()
	c := &calibration{listPlan: p, list: make([]uint32, len(p.versions)), cell: make([]uint32, len(p.versions)),
		rotated: make([]float32, padded), other: make([]float32, padded), numbers: make([]int8, padded),
		epsilons: make(map[int]float64)}
	for i, v := 0, 0; i < len(p.lists); i++ {
		for range p.lists[i] {
			c.list[v] = uint32(i)
			v++
		}
	}
	for i, v := 0, uint32(0); i < len(p.cells.cells); i++ {
		for range p.cells.cells[i].versions {
			c.cell[v] = uint32(i)
			v++
		}
	}
	groups := make(map[*block]int)
	for i, v := range p.versions {
		at, ok := groups[v.b]
		if !ok {
			at = len(c.groups)
			groups[v.b] = at
			c.groups = append(c.groups, blockGroup{b: v.b})
		}
		g := &c.groups[at]
		g.at, g.of = append(g.at, uint32(v.i)), append(g.of, uint32(i))
	}
	return c
}

// ask finds the query's most nearest, under every metric at once: all follow from the product. Byte codes are near
// enough to the truth for this.
func (c *calibration) ask(ctx context.Context, query place, most int) error {
	c.query = query
	clear(c.epsilons)
	query.b.halves.vector(c.rotated, c.numbers, query.i)
	for m := range c.nearest {
		c.nearest[m].reset(most, math.Inf(1))
	}
	norm, bound := query.b.norms[query.i], newBound(c.ix.set, Cosine, c.rotated)
	if !c.halves.prepareHalves(&bound, c.rotated, c.ix.rotation) {
		return ctx.Err() // too large for codes, and for any trial
	}
	for _, g := range c.groups {
		for from := 0; from < len(g.at); from += pieceRows {
			if err := breathe(ctx); err != nil {
				return err
			}
			to := min(from+pieceRows, len(g.at))
			products := c.products(g.b, g.at[from:to])
			for i, a := range g.at[from:to] {
				c.offer(g.b, a, g.of[from+i], products[i], norm)
			}
		}
	}
	return nil
}

// products returns the query's products with versions of a block, about.
func (c *calibration) products(b *block, at []uint32) []float64 {
	out, set := c.dots64[:len(at)], c.ix.set
	set.GatherHalves(c.dots[:len(at)], c.halves.arranged, b.halves.high, at)
	set.GatherHalves(c.lows[:len(at)], c.halves.arranged, b.halves.low, at)
	for i, a := range at {
		out[i], _ = c.halves.product(16*c.dots[i]+c.lows[i], b.halves.marks[kernel.HalfMarks*a], 0)
	}
	return out
}

// offer takes a version with its product in where it is near.
func (c *calibration) offer(b *block, at, of uint32, dot, norm float64) {
	if b == c.query.b && int(at) == c.query.i {
		return
	}
	other := b.norms[at]
	for m, d := range [tunedMetrics]float64{Cosine: -dot / (norm * other), InnerProduct: -dot, L2: other*other - 2*dot} {
		if n := &c.nearest[m]; d <= n.limit {
			n.add(place{b, int(of)}, d, d)
		}
	}
}

// trials returns what each of the nearest under a metric needs, nearest first.
func (c *calibration) trials(m Metric) []trial {
	found := c.nearest[m].candidates
	slices.SortFunc(found, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(a.i, b.i)) })
	ranks, seen := c.ranks(m), c.seen(m)
	out := make([]trial, 0, len(found))
	for _, f := range found[:min(len(found), c.nearest[m].k)] {
		list := c.list[f.i]
		epsilon, known := c.epsilons[f.i]
		if !known {
			epsilon = c.epsilon(list, c.versions[f.i])
			c.epsilons[f.i] = epsilon
		}
		out = append(out, trial{versions: seen[c.cell[f.i]], cells: ranks[list], epsilon: epsilon})
	}
	return out
}

// ranks returns for each list how many cells the lists have that are as near to the query.
func (c *calibration) ranks(m Metric) []int {
	padded, scale := len(c.rotated), c.norms.mean()/c.query.b.norms[c.query.i]
	ranks := make([]int, len(c.lists))
	for i := range c.lists {
		centre := c.centroids[i*padded : (i+1)*padded]
		c.order.put(i, c.norms.nearKey(m, dot64(c.rotated, centre), dot64(centre, centre), scale))
	}
	total := 0
	for _, i := range c.order.sorted() {
		total += c.cells.lists[uint32(i)]
		ranks[uint32(i)] = total
	}
	return ranks
}

// seen returns for each cell how many versions are seen when cells are visited in the query's order, to its end.
func (c *calibration) seen(m Metric) []int {
	scale := c.norms.mean() / c.query.b.norms[c.query.i]
	seen := make([]int, len(c.cells.cells))
	c.dotsOf = resized(c.dotsOf, len(c.cells.cells))
	scan(c.ix.set, c.dotsOf, c.halves.query, c.cells.codes)
	for i, cell := range c.cells.cells {
		product, _ := c.halves.product(c.dotsOf[i], cell.step, 0)
		c.order.put(i, c.norms.nearKey(m, product, float64(cell.square), scale))
	}
	total := 0
	for _, i := range c.order.sorted() {
		total += int(c.cells.cells[uint32(i)].versions)
		seen[uint32(i)] = total
	}
	return seen
}

// epsilon returns the share of |w|β by which a version's code overstates its distance from the query.
func (c *calibration) epsilon(list uint32, v place) float64 {
	v.b.halves.vector(c.other, c.numbers, v.i)
	padded := len(c.other)
	centre := c.centroids[int(list)*padded:][:padded]
	var sum, square, product, along, ww float64
	for i, x := range c.other {
		u, w := float64(x)-float64(centre[i]), float64(c.rotated[i])-float64(centre[i])
		sum, square, ww = sum+math.Abs(u), square+u*u, ww+w*w
		product += w * u
		along += math.Copysign(w, w*u)
	}
	alpha := sum / float64(padded)
	beta := math.Sqrt(max(0, square-alpha*sum))
	if e := (product - signKappa*alpha*along) / (math.Sqrt(ww) * beta); e > 0 && !math.IsInf(e, 0) {
		return e
	}
	return 0
}
