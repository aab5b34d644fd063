package builtin

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// A fast path gives what its function gives row by row: the same values, the same NULLs, and an error
// where there is one, over columns that are full of edges.
func TestFastPathsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	procs := map[string]*catalog.Proc{}
	for _, p := range catalog.Builtin().Procs {
		procs[p.Key] = p
	}
	for k, vec := range builtins().vecs {
		p := procs[k]
		for range 20 {
			const n = 50
			args := make([]*datum.Vec, len(p.Args))
			for i, typ := range p.Args {
				args[i] = edgeColumn(rng, typ, n)
			}
			checkFastPath(t, p, vec, args, n)
		}
	}
}

func checkFastPath(t *testing.T, p *catalog.Proc, vec VecFunc, args []*datum.Vec, n int) {
	t.Helper()
	fn := builtins().funcs[p.Key]
	want, failed := datum.NewVec(p.Ret, n), false
	for i := range n {
		row := []datum.Datum{args[0].Get(i), args[1].Get(i)}
		if row[0].IsNull() || row[1].IsNull() {
			want.Append(datum.Null)
			continue
		}
		d, err := fn(nil, row)
		failed = failed || err != nil
		want.Append(d)
	}
	got, err := vec(nil, args, n)
	if failed != (err != nil) {
		t.Errorf("%s: the function fails: %v; the fast path says %v", p.Key, failed, err)
	}
	if err != nil {
		return
	}
	for i := range n {
		g, w := got.Get(i), want.Get(i)
		if g.IsNull() != w.IsNull() || !g.IsNull() && !identical(p.Ret, g, w) {
			t.Errorf("%s(%s, %s): fast path %s, function %s", p.Key, show(p.Args[0], args[0].Get(i)),
				show(p.Args[1], args[1].Get(i)), show(p.Ret, g), show(p.Ret, w))
		}
	}
}

func identical(t *datum.Type, a, b datum.Datum) bool {
	if t.Kind == datum.KindFloat {
		return math.Float64bits(a.Float()) == math.Float64bits(b.Float()) || a.Float() != a.Float() && b.Float() != b.Float()
	}
	return datum.Equal(t, a, b)
}

func show(t *datum.Type, d datum.Datum) string {
	if d.IsNull() {
		return "NULL"
	}
	return datum.Format(t, d, nil)
}

// edgeColumn has NULLs half of the time.
func edgeColumn(rng *rand.Rand, t *datum.Type, n int) *datum.Vec {
	v := datum.NewVec(t, n)
	nulls := rng.IntN(2) == 0
	for range n {
		if nulls && rng.IntN(5) == 0 {
			v.Append(datum.Null)
		} else {
			v.Append(edgeValue(rng, t))
		}
	}
	return v
}

func edgeValue(rng *rand.Rand, t *datum.Type) datum.Datum {
	switch t.Kind {
	case datum.KindBool:
		return datum.NewBool(rng.IntN(2) == 0)
	case datum.KindInt:
		if rng.IntN(40) == 0 && t.Name[:3] == "int" {
			lo, hi := intLimits(t)
			return datum.NewInt([]int64{lo, hi}[rng.IntN(2)])
		}
		return datum.NewInt(rng.Int64N(20) - 10)
	case datum.KindFloat:
		edges := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, math.NaN(), math.Inf(1), math.Inf(-1)}
		return datum.NewFloat(edges[rng.IntN(len(edges))])
	case datum.KindString:
		words := []string{"", "a", "b", "ab", "a%", "%b", "A_", "é", "^a", "B$", strings.Repeat("a", 20), "%"}
		return datum.NewString(words[rng.IntN(len(words))])
	default:
		return datum.NewVector(someVectors[rng.IntN(len(someVectors))])
	}
}

// someVectors recur within a column, as a constant does; one is zero.
var someVectors = [][]float32{{1, 2, 3}, {-4, 0.5, 6}, {0, 0, 0}, {7, -8, 1e-3}}
