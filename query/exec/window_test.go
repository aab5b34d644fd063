package exec_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// The grammar's frame bits.
const (
	nonDefault   = 0x1
	rangeMode    = 0x2
	rowsMode     = 0x4
	groupsMode   = 0x8
	between      = 0x10
	fromFirst    = 0x20
	toLast       = 0x100
	fromCurrent  = 0x200
	toCurrent    = 0x400
	fromBefore   = 0x800
	toBefore     = 0x1000
	fromAfter    = 0x2000
	toAfter      = 0x4000
	noCurrentRow = 0x8000
	noGroup      = 0x10000
	noTies       = 0x20000
)

func windowProc(name string) *catalog.Proc { return &catalog.Proc{Name: name, Key: name, Kind: 'w'} }

func aggregate(key string) *catalog.Proc {
	for _, p := range catalog.Builtin().Procs {
		if p.Key == key {
			return p
		}
	}
	panic("no aggregate " + key)
}

// windowRows runs calls over rows (partition, order, value) that it sorts first.
func windowRows(t *testing.T, in *plan.Values, desc bool, calls ...*plan.WindowCall) []string {
	t.Helper()
	order := plan.SortKey{Expr: col(1), Desc: desc}
	s := &plan.Sort{Out: in.Out, Input: in, Keys: []plan.SortKey{{Expr: col(0)}, order}}
	w := &plan.Window{Input: s, PartitionBy: []plan.Expr{col(0)}, OrderBy: []plan.SortKey{order}, Calls: calls}
	w.Cols = slices.Clone(in.Cols)
	for _, c := range calls {
		w.Cols = append(w.Cols, plan.Column{Type: c.T, Typmod: -1})
	}
	return rowsOf(t, w)
}

func TestWindowFunctions(t *testing.T) {
	in := &plan.Values{}
	for range 3 {
		in.Cols = append(in.Cols, plan.Column{Type: datum.Int4, Typmod: -1})
	}
	for _, row := range [][3]int64{{1, 10, 5}, {1, 20, 6}, {1, 20, 7}, {1, 30, 8}, {2, 10, 9}} {
		var exprs []plan.Expr
		for _, v := range row {
			exprs = append(exprs, intConst(v))
		}
		in.Rows = append(in.Rows, exprs)
	}
	for _, c := range []struct {
		name string
		typ  *datum.Type
		args []plan.Expr
		want string
	}{
		{"row_number", datum.Int8, nil, "1 2 3 4 1"},
		{"rank", datum.Int8, nil, "1 2 2 4 1"},
		{"dense_rank", datum.Int8, nil, "1 2 2 3 1"},
		{"percent_rank", datum.Float8, nil, "0 0.333333333 0.333333333 1 0"},
		{"cume_dist", datum.Float8, nil, "0.25 0.75 0.75 1 1"},
		{"ntile", datum.Int4, []plan.Expr{intConst(3)}, "1 1 2 3 1"},
		{"lag", datum.Int4, []plan.Expr{col(2)}, "- 5 6 7 -"},
		{"lead", datum.Int4, []plan.Expr{col(2), intConst(2), intConst(0)}, "7 8 0 0 0"},
		{"first_value", datum.Int4, []plan.Expr{col(2)}, "5 5 5 5 9"},
		{"last_value", datum.Int4, []plan.Expr{col(2)}, "5 7 7 8 9"},
		{"nth_value", datum.Int4, []plan.Expr{col(2), intConst(2)}, "- 6 6 6 -"},
	} {
		call := &plan.WindowCall{Typed: plan.Typed{T: c.typ, Mod: -1}, Proc: windowProc(c.name), Args: c.args,
			FrameOptions: rangeMode | fromFirst | toCurrent}
		got := ""
		for i, row := range windowRows(t, in, false, call) {
			var p, o, v, res string
			fmt.Sscan(row, &p, &o, &v, &res)
			if i > 0 {
				got += " "
			}
			got += res
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func intConst(v int64) *plan.Const {
	return &plan.Const{Typed: plan.Typed{T: datum.Int4, Mod: -1}, Value: datum.NewInt(v)}
}

// TestFramesAgainstDefinition: sum and count over random frames of every mode, bound and exclusion,
// against a look at every row of the partition.
func TestFramesAgainstDefinition(t *testing.T) {
	eachSeed(t, func(t *testing.T, r *rand.Rand) {
		data, in := intTable(r, 1+r.IntN(60), 3, 6)
		for range 20 {
			desc := r.IntN(2) == 0
			f := randomFrame(r)
			call := func(key string, ret *datum.Type) *plan.WindowCall {
				return &plan.WindowCall{Typed: plan.Typed{T: ret, Mod: -1}, Proc: aggregate(key), Args: []plan.Expr{col(2)},
					FrameOptions: f.options, StartOffset: intConst(f.start), EndOffset: intConst(f.end)}
			}
			got := windowRows(t, in, desc, call("sum(int4)", datum.Int8), call("count(any)", datum.Int8))
			if want := f.byDefinition(slices.Clone(data), desc); !slices.Equal(got, want) {
				t.Fatalf("frame %#x (%d, %d), desc %v:\n%q, want\n%q", f.options, f.start, f.end, desc, got, want)
			}
		}
	})
}

type testFrame struct {
	options    int
	start, end int64
}

func randomFrame(r *rand.Rand) testFrame {
	pick := func(bits ...int) int { return bits[r.IntN(len(bits))] }
	return testFrame{options: nonDefault | between | pick(rangeMode, rowsMode, groupsMode) |
		pick(fromFirst, fromCurrent, fromBefore, fromAfter) | pick(toLast, toCurrent, toBefore, toAfter) |
		pick(0, 0, noCurrentRow, noGroup, noTies), start: int64(r.IntN(4)), end: int64(r.IntN(4))}
}

func (f testFrame) byDefinition(data [][]datum.Datum, desc bool) []string {
	keys := []plan.SortKey{{Expr: col(0)}, {Expr: col(1), Desc: desc}}
	slices.SortStableFunc(data, func(a, b []datum.Datum) int {
		switch {
		case lessByKeys(keys, a, b):
			return -1
		case lessByKeys(keys, b, a):
			return 1
		}
		return 0
	})
	groups := make([]int, len(data)) // peer group numbers, growing through all partitions
	for i := 1; i < len(data); i++ {
		groups[i] = groups[i-1]
		if lessByKeys(keys, data[i-1], data[i]) {
			groups[i]++
		}
	}
	var out []string
	for i, row := range data {
		sum, count, any := int64(0), int64(0), false
		for j, other := range data {
			if printRow(row[:1]) != printRow(other[:1]) || !f.holds(data, groups, i, j, desc) || other[2].IsNull() {
				continue
			}
			sum, count, any = sum+other[2].Int(), count+1, true
		}
		total := datum.Null
		if any {
			total = datum.NewInt(sum)
		}
		out = append(out, printRow(append(slices.Clone(row), total, datum.NewInt(count))))
	}
	return out
}

// holds says whether row j of i's partition is in i's frame.
func (f testFrame) holds(data [][]datum.Datum, groups []int, i, j int, desc bool) bool {
	peer := groups[i] == groups[j]
	switch {
	case f.options&noCurrentRow != 0 && i == j, f.options&noGroup != 0 && peer, f.options&noTies != 0 && peer && i != j:
		return false
	}
	return f.side(data, groups, i, j, desc, true) && f.side(data, groups, i, j, desc, false)
}

// side says whether row j is on the frame's side of one bound.
func (f testFrame) side(data [][]datum.Datum, groups []int, i, j int, desc, start bool) bool {
	unbounded, current, before, offset := fromFirst, fromCurrent, fromBefore, f.start
	if !start {
		unbounded, current, before, offset = toLast, toCurrent, toBefore, f.end
	}
	if f.options&unbounded != 0 {
		return true
	}
	if f.options&current != 0 {
		offset = 0
	} else if f.options&before != 0 {
		offset = -offset
	}
	distance := int64(j - i)
	switch {
	case f.options&groupsMode != 0:
		distance = int64(groups[j] - groups[i])
	case f.options&rangeMode != 0:
		a, b := data[i][1], data[j][1]
		if a.IsNull() || b.IsNull() {
			switch {
			case f.options&current != 0 || a.IsNull() && b.IsNull():
				distance, offset = int64(groups[j]-groups[i]), 0
			case a.IsNull(): // offsets from NULL lead to its peers, which stand last
				return !start
			default: // NULL stands last: beyond every offset
				return start
			}
			break
		}
		if distance = b.Int() - a.Int(); desc {
			distance = -distance
		}
	}
	if start {
		return distance >= offset
	}
	return distance <= offset
}
