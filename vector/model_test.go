package vector_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seguedb/segue/vector"
)

// model is the index as a list of versions: everything that Search should know, the slow way.
type model struct {
	seq      uint64
	versions []version
	log      []commit // for the replay after a reopen
	asked    int
}

type version struct {
	row, born, died uint64
	vec             []float32
}

type commit struct {
	seq    uint64
	deltas []vector.Delta
}

// apply commits deltas to the model and to the index.
func (m *model) apply(ix *vector.Index, deltas []vector.Delta) {
	m.commit(deltas, func(seq uint64) { ix.Apply(seq, deltas) })
}

// commit commits deltas to the model, and to the index by a function.
func (m *model) commit(deltas []vector.Delta, apply func(seq uint64)) {
	m.seq++
	for _, d := range deltas {
		for i := range m.versions {
			if v := &m.versions[i]; v.row == d.Row && v.died == math.MaxUint64 {
				v.died = m.seq
			}
		}
		if d.Vec != nil {
			m.versions = append(m.versions, version{row: d.Row, born: m.seq, died: math.MaxUint64, vec: slices.Clone(d.Vec)})
		}
	}
	m.log = append(m.log, commit{m.seq, deltas})
	apply(m.seq)
}

// replay does what an owner does after Open: it applies its log from the watermark on.
func (m *model) replay(ix *vector.Index) {
	for _, c := range m.log {
		if c.seq > ix.Watermark() {
			ix.Apply(c.seq, c.deltas)
		}
	}
}

// live returns the rows that a snapshot sees.
func (m *model) live(seq uint64) map[uint64][]float32 {
	rows := make(map[uint64][]float32)
	for _, v := range m.versions {
		if v.born <= seq && seq < v.died {
			rows[v.row] = v.vec
		}
	}
	return rows
}

// at is a source of the vectors that a snapshot sees.
func (m *model) at(seq uint64) vector.Source { return rowsOf(m.live(seq)) }

// rowsOf is a source of rows.
type rowsOf map[uint64][]float32

func (r rowsOf) Vectors(rows []uint64, yield func(i int, vec []float32)) error {
	for i, row := range rows {
		if r[row] == nil || i > 0 && row <= rows[i-1] {
			return fmt.Errorf("row %d, %d of %v, is not to be had", row, i, rows)
		}
		yield(i, r[row])
	}
	return nil
}

// search is Search by brute force. The overlay comes as the rows it put, and nil for those deleted.
func (m *model) search(q vector.Query, overlay map[uint64][]float32) []vector.Hit {
	rows := m.live(q.Seq)
	for row, vec := range overlay {
		if rows[row] = vec; vec == nil {
			delete(rows, row)
		}
	}
	hits := []vector.Hit{}
	for row, vec := range rows {
		d := vector.Distance(q.Metric, q.Vec, vec)
		if q.Filter != nil && !q.Filter.Contains(row) {
			continue
		}
		if q.HasMax && !(d < q.MaxDistance) && !(q.MaxInclusive && d == q.MaxDistance) {
			continue
		}
		hits = append(hits, vector.Hit{Row: row, Distance: d})
	}
	slices.SortFunc(hits, func(a, b vector.Hit) int {
		if an, bn := math.IsNaN(a.Distance), math.IsNaN(b.Distance); an != bn {
			if an {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Row, b.Row))
	})
	switch {
	case q.K > 0:
		hits = hits[:min(q.K, len(hits))]
	case !q.HasMax:
		hits = hits[:0]
	}
	return hits
}

// checkSearch asks the index and the model, and fails with what differs first.
func (m *model) checkSearch(t testing.TB, ix *vector.Index, q vector.Query, overlay map[uint64][]float32) {
	t.Helper()
	q.Source = m.at(q.Seq)
	r, err := ix.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("Search: %v", err)
	}
	want := m.search(q, overlay)
	m.compare(t, q, r, want)
	if q.Recall = []float64{0.5, 0.9, 0.99, 0.999, 1}[m.asked%5]; !q.HasMax {
		m.checkApproximate(t, ix, q, overlay, len(want))
	}
	m.asked++
}

// checkApproximate: whatever the recall, there are as many rows as there should be, each once, that the query may
// return, in their order and at their distances.
func (m *model) checkApproximate(t testing.TB, ix *vector.Index, q vector.Query, overlay map[uint64][]float32, want int) {
	t.Helper()
	r, err := ix.Search(t.Context(), q)
	if err != nil || len(r.Hits) != want {
		t.Fatalf("recall %g, %s, k %d: %d hits, want %d, %v", q.Recall, q.Metric, q.K, len(r.Hits), want, err)
	}
	all := q
	all.K = math.MaxInt32
	distance := make(map[uint64]float64)
	for _, h := range m.search(all, overlay) {
		distance[h.Row] = h.Distance
	}
	for i, h := range r.Hits {
		d, ok := distance[h.Row]
		delete(distance, h.Row)
		if !ok || math.Float64bits(d) != math.Float64bits(h.Distance) && !(math.IsNaN(d) && math.IsNaN(h.Distance)) ||
			i > 0 && r.Hits[i-1].Distance > h.Distance {
			t.Fatalf("recall %g, %s: hit %d is row %d at %v, which is at %v", q.Recall, q.Metric, i, h.Row, h.Distance, d)
		}
	}
}

// compare fails with what differs first between an answer and the model's.
func (m *model) compare(t testing.TB, q vector.Query, r vector.Result, want []vector.Hit) {
	t.Helper()
	name := fmt.Sprintf("%s, %d dimensions, k %d, seq %d of %d, filter %v, max %v %g, workers %d",
		q.Metric, len(q.Vec), q.K, q.Seq, m.seq, q.Filter != nil, q.HasMax, q.MaxDistance, q.Workers)
	for i := range min(len(want), len(r.Hits)) {
		if g, w := r.Hits[i], want[i]; g.Row != w.Row || math.Float64bits(g.Distance) != math.Float64bits(w.Distance) &&
			!(math.IsNaN(g.Distance) && math.IsNaN(w.Distance)) {
			t.Fatalf("%s: hit %d is row %d at %v, want row %d at %v", name, i, g.Row, g.Distance, w.Row, w.Distance)
		}
	}
	if len(r.Hits) != len(want) {
		t.Fatalf("%s: %d hits, want %d", name, len(r.Hits), len(want))
	}
	if !r.Stats.Exact {
		t.Fatalf("%s: the answer does not call itself exact", name)
	}
}

// kinds of vectors, by what makes each hard for a search that scores in float32 first.
var kinds = []string{"clustered", "integers", "near-equal", "zeros", "tiny", "huge", "duplicates", "mixed"}

// randomVector makes a vector of a kind.
func randomVector(rng *rand.Rand, kind string, dim int) []float32 {
	vec := make([]float32, dim)
	if kind == "mixed" { // all of them in one index
		kind = kinds[rng.IntN(len(kinds)-1)]
	}
	if kind == "duplicates" { // a few vectors that many rows have
		kind, rng = "clustered", rand.New(rand.NewPCG(rng.Uint64N(5), 5))
	}
	for i := range vec {
		switch x := rng.NormFloat64(); kind {
		case "clustered":
			vec[i] = float32(float64(i%5) - 2 + 0.3*x)
		case "integers": // ties everywhere
			vec[i] = float32(rng.IntN(3) - 1)
		case "near-equal": // distances that differ after float32's last digit
			vec[i] = 1 + float32(i%3)
			if i == 0 {
				vec[i] = math.Float32frombits(math.Float32bits(1) + uint32(rng.IntN(4)))
			}
		case "zeros":
			if rng.IntN(4*dim) == 0 {
				vec[i] = float32(x)
			}
		case "tiny":
			vec[i] = math.Float32frombits(uint32(rng.IntN(50)) | uint32(rng.IntN(2))<<31)
		case "huge":
			vec[i] = float32(x) * 1e38 * 0.3
		}
	}
	return vec
}
