package exec_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
)

// Random inputs, an operator, and a plain computation of what it should have given. The seed is
// printed by the failing test's name.

const seeds = 40

func eachSeed(t *testing.T, f func(t *testing.T, r *rand.Rand)) {
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { f(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

// intTable makes rows of small integers and NULLs, as a Values node.
func intTable(r *rand.Rand, rows, cols, distinct int) ([][]datum.Datum, *plan.Values) {
	data := make([][]datum.Datum, rows)
	node := &plan.Values{}
	for range cols {
		node.Cols = append(node.Cols, plan.Column{Type: datum.Int4, Typmod: -1})
	}
	for i := range data {
		var exprs []plan.Expr
		for range cols {
			d := datum.NewInt(int64(r.IntN(distinct)))
			if r.IntN(8) == 0 {
				d = datum.Null
			}
			data[i] = append(data[i], d)
			exprs = append(exprs, &plan.Const{Typed: plan.Typed{T: datum.Int4, Mod: -1}, Value: d})
		}
		node.Rows = append(node.Rows, exprs)
	}
	return data, node
}

func col(i int) *plan.Col { return &plan.Col{Typed: plan.Typed{T: datum.Int4, Mod: -1}, Index: i} }

func intCall(op string, l, r plan.Expr) *plan.Call {
	for _, o := range catalog.Builtin().OperatorsNamed(op) {
		if o.Left == datum.Int4 && o.Right == datum.Int4 {
			return &plan.Call{Typed: plan.Typed{T: o.Result, Mod: -1}, Proc: o.Proc, Args: []plan.Expr{l, r}, Pos: -1}
		}
	}
	panic("no operator " + op)
}

// rowsOf runs a plan and prints its rows.
func rowsOf(t *testing.T, n plan.Node) []string {
	t.Helper()
	q, err := exec.Run(t.Context(), &plan.Plan{Root: n}, &exec.Env{})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	out := []string{}
	for {
		b, err := q.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			return out
		}
		for i := range b.Rows {
			out = append(out, printRow(b.Row(i, nil)))
		}
	}
}

func printRow(row []datum.Datum) string {
	parts := make([]string, len(row))
	for i, d := range row {
		switch {
		case d.IsNull():
			parts[i] = "-"
		case d.Kind() == datum.KindFloat:
			parts[i] = fmt.Sprintf("%.9g", d.Float())
		default:
			parts[i] = fmt.Sprint(d.Int())
		}
	}
	return strings.Join(parts, " ")
}

func sorted(s []string) []string { slices.Sort(s); return s }

// TestJoinAlgorithmsAgree: hash and merge joins give what the nested loop does, for every kind of join.
func TestJoinAlgorithmsAgree(t *testing.T) {
	eachSeed(t, func(t *testing.T, r *rand.Rand) {
		rows := []int{60, 60, 60, 60, 60, 60, 60, 1500}[r.IntN(8)]
		_, left := intTable(r, r.IntN(rows), 2, rows/6)
		_, right := intTable(r, r.IntN(rows), 2, rows/6)
		for kind := plan.JoinInner; kind <= plan.JoinAnti; kind++ {
			var residual plan.Expr
			if r.IntN(2) == 0 {
				residual = intCall("<", col(1), col(3))
			}
			hash := &plan.Join{Kind: kind, Algo: plan.Hash, Left: left, Right: right, LeftKeys: []plan.Expr{col(0)},
				RightKeys: []plan.Expr{col(0)}, Cond: residual}
			all := plan.Expr(intCall("=", col(0), col(2)))
			if residual != nil {
				all = &plan.Logic{Typed: plan.Typed{T: datum.Bool, Mod: -1}, Op: plan.And, Args: []plan.Expr{all, residual}}
			}
			merge := *hash
			merge.Algo, merge.Left, merge.Right = plan.Merge, byFirst(left), byFirst(right)
			want := sorted(rowsOf(t, &plan.Join{Kind: kind, Left: left, Right: right, Cond: all}))
			for _, join := range []*plan.Join{hash, &merge} {
				if got := sorted(rowsOf(t, join)); !slices.Equal(got, want) {
					t.Fatalf("kind %d, algorithm %d, residual %v: gives\n%q, nested loop\n%q", kind, join.Algo, residual != nil,
						got, want)
				}
			}
		}
	})
}

// byFirst sorts by the first column.
func byFirst(n plan.Node) plan.Node {
	return &plan.Sort{Out: plan.Out{Cols: n.Columns()}, Input: n, Keys: []plan.SortKey{{Expr: col(0)}}}
}

// TestJoinAgainstDefinition checks the nested loop itself.
func TestJoinAgainstDefinition(t *testing.T) {
	eachSeed(t, func(t *testing.T, r *rand.Rand) {
		ldata, left := intTable(r, r.IntN(50), 1, 6)
		rdata, right := intTable(r, r.IntN(50), 1, 6)
		for kind := plan.JoinInner; kind <= plan.JoinAnti; kind++ {
			got := sorted(rowsOf(t, &plan.Join{Kind: kind, Left: left, Right: right, Cond: intCall("<", col(0), col(1))}))
			if want := sorted(joinByDefinition(kind, ldata, rdata)); !slices.Equal(got, want) {
				t.Fatalf("kind %d gives\n%q, want\n%q", kind, got, want)
			}
		}
	})
}

func joinByDefinition(kind plan.JoinKind, left, right [][]datum.Datum) []string {
	out := []string{}
	seen := make([]bool, len(right))
	for _, l := range left {
		matched := false
		for j, r := range right {
			if l[0].IsNull() || r[0].IsNull() || l[0].Int() >= r[0].Int() {
				continue
			}
			matched, seen[j] = true, true
			if kind != plan.JoinSemi && kind != plan.JoinAnti {
				out = append(out, printRow(slices.Concat(l, r)))
			}
		}
		switch {
		case kind == plan.JoinSemi && matched, kind == plan.JoinAnti && !matched:
			out = append(out, printRow(l))
		case (kind == plan.JoinLeft || kind == plan.JoinFull) && !matched:
			out = append(out, printRow(append(slices.Clone(l), datum.Null)))
		}
	}
	for j, r := range right {
		if (kind == plan.JoinRight || kind == plan.JoinFull) && !seen[j] {
			out = append(out, printRow(append([]datum.Datum{datum.Null}, r...)))
		}
	}
	return out
}

// TestSortIsSortSlice: order, direction, NULLs, ties in order of arrival, and the first k alone.
func TestSortIsSortSlice(t *testing.T) {
	eachSeed(t, func(t *testing.T, r *rand.Rand) {
		data, node := intTable(r, r.IntN(9000), 3, 12)
		var keys []plan.SortKey
		for range 1 + r.IntN(2) {
			keys = append(keys, plan.SortKey{Expr: col(r.IntN(2)), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0})
		}
		sort.SliceStable(data, func(i, j int) bool { return lessByKeys(keys, data[i], data[j]) })
		s := &plan.Sort{Out: node.Out, Input: node, Keys: keys}
		if r.IntN(2) == 0 {
			k := r.IntN(50)
			s.TopK = &plan.Const{Typed: plan.Typed{T: datum.Int8, Mod: -1}, Value: datum.NewInt(int64(k))}
			data = data[:min(k, len(data))]
		}
		want := []string{}
		for _, row := range data {
			want = append(want, printRow(row))
		}
		if got := rowsOf(t, s); !slices.Equal(got, want) {
			t.Fatalf("sorted by %+v: wrong order", keys)
		}
	})
}

func lessByKeys(keys []plan.SortKey, a, b []datum.Datum) bool {
	for _, k := range keys {
		x, y := a[k.Expr.(*plan.Col).Index], b[k.Expr.(*plan.Col).Index]
		switch {
		case x.IsNull() && y.IsNull():
			continue
		case x.IsNull():
			return k.NullsFirst
		case y.IsNull():
			return !k.NullsFirst
		case x.Int() != y.Int():
			return (x.Int() < y.Int()) != k.Desc
		}
	}
	return false
}

// TestLimitWithTies: the rows wanted, and those after them that are equal to the last by the keys,
// across batch boundaries too.
func TestLimitWithTies(t *testing.T) {
	eachSeed(t, func(t *testing.T, r *rand.Rand) {
		data, node := intTable(r, r.IntN(5000), 1, 1+r.IntN(6))
		keys := []plan.SortKey{{Expr: col(0)}}
		sort.SliceStable(data, func(i, j int) bool { return lessByKeys(keys, data[i], data[j]) })
		k := r.IntN(len(data) + 2)
		end := min(k, len(data))
		for end > 0 && end < len(data) && !lessByKeys(keys, data[end-1], data[end]) {
			end++
		}
		s := &plan.Sort{Out: node.Out, Input: node, Keys: keys}
		count := &plan.Const{Typed: plan.Typed{T: datum.Int8, Mod: -1}, Value: datum.NewInt(int64(k))}
		if got := len(rowsOf(t, &plan.Limit{Out: node.Out, Input: s, Count: count, WithTies: keys})); got != end {
			t.Fatalf("%d rows with ties of %d, want %d", got, k, end)
		}
	})
}

// TestGroupingSets: each set groups by its own keys, the others being NULL; the empty set has its one
// row even without input.
func TestGroupingSets(t *testing.T) {
	typed := plan.Typed{T: datum.Int8, Mod: -1}
	sets := func(input plan.Node) *plan.Aggregate {
		a := &plan.Aggregate{Input: input, Keys: []plan.Expr{col(0), col(1)}, Sets: [][]int{{0, 1}, {1}, {}},
			Aggs: []*plan.AggCall{{Typed: typed, Proc: aggregate("count()")}, {Typed: typed, Proc: aggregate("sum(int4)"),
				Args: []plan.Expr{col(1)}}}}
		a.Cols = []plan.Column{{Type: datum.Int4}, {Type: datum.Int4}, {Type: datum.Int8}, {Type: datum.Int8}}
		return a
	}
	in := &plan.Values{Rows: [][]plan.Expr{{intConst(1), intConst(2)}, {intConst(1), intConst(2)}, {intConst(3), intConst(2)},
		{intConst(3), intConst(5)}}}
	in.Cols = []plan.Column{{Type: datum.Int4}, {Type: datum.Int4}}
	want := []string{"- - 4 11", "- 2 3 6", "- 5 1 5", "1 2 2 4", "3 2 1 2", "3 5 1 5"}
	if got := sorted(rowsOf(t, sets(in))); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	none := &plan.Values{Out: in.Out}
	if got := rowsOf(t, sets(none)); !slices.Equal(got, []string{"- - 0 -"}) {
		t.Errorf("without input: %q", got)
	}
}
