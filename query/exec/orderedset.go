package exec

import (
	"context"
	"math"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// orderedSet is an aggregate WITHIN GROUP: it keeps the values of its sort expressions, orders them after the
// last row, and answers from each group's ordered values and the direct arguments.
type orderedSet struct {
	sort   *sorter
	vals   *store
	groups []int32
	of     [][]int // by group: its rows of vals, in order
	direct [][]datum.Datum
	answer func(s *orderedSet, rows []int, direct []datum.Datum) (datum.Datum, error)
	types  []*datum.Type // of the direct arguments
	lerp   func(lo, hi datum.Datum, share float64) (datum.Datum, error)
}

// directed is an accumulator whose result needs arguments that are values of the group, not of its rows.
type directed interface {
	// setDirect gives a group's direct arguments, before its result is asked for.
	setDirect(group int, args []datum.Datum)
}

func (r *running) orderedSet(a *plan.AggCall) (newAccumulator, error) {
	by, err := r.sorter(a.OrderBy)
	if err != nil {
		return nil, err
	}
	answer := orderedSets[a.Proc.Name]
	if answer == nil {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "aggregate function %s is not supported", a.Proc.Key)
	}
	var lerp func(lo, hi datum.Datum, share float64) (datum.Datum, error)
	if a.Proc.Name == "percentile_cont" {
		if lerp, err = r.lerp(by.exprs[0].Type()); err != nil {
			return nil, err
		}
	}
	types := make([]*datum.Type, len(by.exprs))
	for i, e := range by.exprs {
		types[i] = e.Type()
	}
	return func() (accumulator, error) {
		return &orderedSet{sort: by, vals: r.bounded(types), answer: answer, types: exprTypes(a.Direct), lerp: lerp}, nil
	}, nil
}

func (s *orderedSet) grow(n int) { s.of, s.direct = extend(s.of, n), extend(s.direct, n) }

func (s *orderedSet) add(b *datum.Batch, groups []int32, _ []*datum.Vec) error {
	vals, err := evalAll(s.sort.exprs, b)
	if err != nil {
		return err
	}
	s.groups = append(s.groups, groups...)
	return s.vals.addColumns(vals, b.Rows)
}

func (s *orderedSet) finish(context.Context) error {
	by := &sorter{keys: s.sort.keys, rows: s.vals, vals: s.vals, limit: -1}
	for _, row := range by.order() {
		g := s.groups[row]
		s.of[g] = append(s.of[g], row)
	}
	return nil
}

func (s *orderedSet) setDirect(group int, args []datum.Datum) { s.direct[group] = args }

func (s *orderedSet) result(g int) (datum.Datum, error) { return s.answer(s, s.of[g], s.direct[g]) }

// orderedSets are the aggregates by name: those of an ordered set, then those of a hypothetical row.
var orderedSets = map[string]func(s *orderedSet, rows []int, direct []datum.Datum) (datum.Datum, error){
	"percentile_disc": (*orderedSet).percentile,
	"percentile_cont": (*orderedSet).percentile,
	"mode":            (*orderedSet).mode,
	"rank": func(s *orderedSet, rows []int, direct []datum.Datum) (datum.Datum, error) {
		before, _, _ := s.place(rows, direct)
		return datum.NewInt(int64(before) + 1), nil
	},
	"dense_rank": func(s *orderedSet, rows []int, direct []datum.Datum) (datum.Datum, error) {
		_, distinct, _ := s.place(rows, direct)
		return datum.NewInt(int64(distinct) + 1), nil
	},
	"percent_rank": func(s *orderedSet, rows []int, direct []datum.Datum) (datum.Datum, error) {
		if len(rows) == 0 {
			return datum.NewFloat(0), nil
		}
		before, _, _ := s.place(rows, direct)
		return datum.NewFloat(float64(before) / float64(len(rows))), nil
	},
	"cume_dist": func(s *orderedSet, rows []int, direct []datum.Datum) (datum.Datum, error) {
		_, _, upTo := s.place(rows, direct)
		return datum.NewFloat(float64(upTo+1) / float64(len(rows)+1)), nil
	},
}

// present are the rows whose only sort value is not NULL.
func (s *orderedSet) present(rows []int) []int {
	return slices.DeleteFunc(slices.Clone(rows), func(row int) bool { return s.vals.Cols[0].IsNull(row) })
}

// percentile is percentile_disc, or percentile_cont where lerp is set, of one share or of an array of them.
func (s *orderedSet) percentile(rows []int, direct []datum.Datum) (datum.Datum, error) {
	rows = s.present(rows)
	shares := direct[0]
	if shares.IsNull() || len(rows) == 0 {
		return datum.Null, nil
	}
	if !s.types[0].IsArray() {
		return s.at(rows, shares)
	}
	a := shares.Array()
	out := &datum.ArrayValue{Elem: s.vals.Cols[0].Type, Dims: a.Dims, Lower: a.Lower}
	for _, share := range a.Elems {
		d, err := s.at(rows, share)
		if err != nil {
			return datum.Null, err
		}
		out.Elems = append(out.Elems, d)
	}
	return datum.NewArray(out), nil
}

func (s *orderedSet) at(rows []int, share datum.Datum) (datum.Datum, error) {
	if share.IsNull() {
		return datum.Null, nil
	}
	p, values := share.Float(), s.vals.Cols[0]
	if !(p >= 0 && p <= 1) {
		return datum.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "percentile value %g is not between 0 and 1", p)
	}
	if s.lerp == nil {
		return values.Get(rows[max(int(math.Ceil(p*float64(len(rows)))), 1)-1]), nil
	}
	at := p * float64(len(rows)-1)
	lo, hi := values.Get(rows[int(math.Floor(at))]), values.Get(rows[int(math.Ceil(at))])
	if math.Floor(at) == math.Ceil(at) {
		return lo, nil
	}
	return s.lerp(lo, hi, at-math.Floor(at))
}

// mode is the most frequent value, the first of them in order.
func (s *orderedSet) mode(rows []int, _ []datum.Datum) (datum.Datum, error) {
	rows = s.present(rows)
	best, most := datum.Null, 0
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && sameRow(s.vals, rows[i], rows[j]) {
			j++
		}
		if j-i > most {
			best, most = s.vals.Cols[0].Get(rows[i]), j-i
		}
		i = j
	}
	return best, nil
}

// place is where a hypothetical row would come: how many rows stand before it, how many distinct ones, and how
// many do not come after it.
func (s *orderedSet) place(rows []int, direct []datum.Datum) (before, distinct, upTo int) {
	orders := make([]rowOrder, len(s.sort.keys))
	for i, k := range s.sort.keys {
		own := datum.NewVec(s.vals.Cols[i].Type, 1)
		own.Append(direct[i])
		orders[i] = orderOf(s.vals.Cols[i], own, k.Desc, k.NullsFirst)
	}
	compare := func(row int) int {
		for _, o := range orders {
			if c := o(row, 0); c != 0 {
				return c
			}
		}
		return 0
	}
	for i, row := range rows {
		c := compare(row)
		if c > 0 {
			break
		}
		upTo++
		if c < 0 {
			before++
			if i == 0 || !sameRow(s.vals, rows[i-1], row) {
				distinct++
			}
		}
	}
	return before, distinct, upTo
}

// lerp is how percentile_cont goes between two values of a type; nil for types that it does not exist for.
func (r *running) lerp(t *datum.Type) (func(lo, hi datum.Datum, share float64) (datum.Datum, error), error) {
	switch t {
	case datum.Float8:
		return func(lo, hi datum.Datum, share float64) (datum.Datum, error) {
			return datum.NewFloat(lo.Float() + share*(hi.Float()-lo.Float())), nil
		}, nil
	case datum.Interval:
		return r.intervalLerp()
	}
	return nil, nil
}

func (r *running) intervalLerp() (func(lo, hi datum.Datum, share float64) (datum.Datum, error), error) {
	fns := map[string]builtin.Func{}
	for name, right := range map[string]*datum.Type{"-": datum.Interval, "*": datum.Float8, "+": datum.Interval} {
		op := operatorOf(name, datum.Interval, right)
		if op == nil {
			return nil, sqlstate.New(sqlstate.InternalError, "operator interval %s %s is missing from the catalog", name, right)
		}
		var err error
		if fns[name], err = eval.Function(op.Proc, []*datum.Type{datum.Interval, right}); err != nil {
			return nil, err
		}
	}
	return func(lo, hi datum.Datum, share float64) (datum.Datum, error) {
		diff, err := fns["-"](r.exprs.Fn, []datum.Datum{hi, lo})
		if err != nil {
			return datum.Null, err
		}
		if diff, err = fns["*"](r.exprs.Fn, []datum.Datum{diff, datum.NewFloat(share)}); err != nil {
			return datum.Null, err
		}
		return fns["+"](r.exprs.Fn, []datum.Datum{diff, lo})
	}, nil
}
