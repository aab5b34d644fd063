package exec

import (
	"context"
	"errors"
	"math"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// orderedSet is an aggregate WITHIN GROUP: it sorts the values of its sort expressions by group, in files where work_mem has
// no room for them, and answers from each group's ordered values and the direct arguments.
type orderedSet struct {
	sort   *sorter
	runs   *runSort // of group, values
	sorted *Spool   // the same, in order
	of     []span   // by group: its rows of sorted
	direct [][]datum.Datum
	answer func(s *orderedSet, rows span, direct []datum.Datum) (datum.Datum, error)
	types  []*datum.Type // of the direct arguments
	lerp   func(lo, hi datum.Datum, share float64) (datum.Datum, error)
}

// span is the rows from lo to before hi.
type span struct{ lo, hi int }

func (s span) len() int { return s.hi - s.lo }

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
	own := append([]*datum.Type{datum.Int4}, types...)
	keys := append([]plan.SortKey{{}}, by.keys...)
	return func() (accumulator, error) {
		s := &orderedSet{sort: by, answer: answer, types: exprTypes(a.Direct), lerp: lerp, sorted: r.spool(own),
			runs: &runSort{r: r, types: own, by: &sorter{keys: keys, types: own, limit: -1, max: r.env.WorkMemBytes}}}
		s.runs.begin(-1)
		return s, nil
	}, nil
}

func (s *orderedSet) grow(n int) { s.of, s.direct = extend(s.of, n), extend(s.direct, n) }

func (s *orderedSet) add(b *datum.Batch, groups []int32, _ []*datum.Vec) error {
	vals, err := evalAll(s.sort.exprs, b)
	if err != nil {
		return err
	}
	group := datum.NewVec(datum.Int4, len(groups))
	for _, g := range groups {
		group.I = append(group.I, int64(g))
	}
	rows := &datum.Batch{Rows: b.Rows, Cols: append([]*datum.Vec{group}, vals...)}
	return s.runs.addKeyed(s.runs.r.exprs.Fn.Ctx, rows, rows)
}

func (s *orderedSet) finish(ctx context.Context) error {
	defer s.runs.drop()
	if err := s.runs.end(ctx); err != nil {
		return err
	}
	for {
		b, err := s.runs.next(ctx)
		if err != nil || b == nil {
			return err
		}
		for i, g := range b.Cols[0].I {
			if at := &s.of[g]; at.hi == 0 {
				*at = span{s.sorted.Rows() + i, s.sorted.Rows() + i + 1}
			} else {
				at.hi++
			}
		}
		if err := s.sorted.Add(b); err != nil {
			return err
		}
	}
}

func (s *orderedSet) setDirect(group int, args []datum.Datum) { s.direct[group] = args }

func (s *orderedSet) result(g int) (datum.Datum, error) { return s.answer(s, s.of[g], s.direct[g]) }

// orderedSets are the aggregates by name: those of an ordered set, then those of a hypothetical row.
var orderedSets = map[string]func(s *orderedSet, rows span, direct []datum.Datum) (datum.Datum, error){
	"percentile_disc": (*orderedSet).percentile,
	"percentile_cont": (*orderedSet).percentile,
	"mode":            (*orderedSet).mode,
	"rank": func(s *orderedSet, rows span, direct []datum.Datum) (datum.Datum, error) {
		before, _, _, err := s.place(rows, direct)
		return datum.NewInt(int64(before) + 1), err
	},
	"dense_rank": func(s *orderedSet, rows span, direct []datum.Datum) (datum.Datum, error) {
		_, distinct, _, err := s.place(rows, direct)
		return datum.NewInt(int64(distinct) + 1), err
	},
	"percent_rank": func(s *orderedSet, rows span, direct []datum.Datum) (datum.Datum, error) {
		if rows.len() == 0 {
			return datum.NewFloat(0), nil
		}
		before, _, _, err := s.place(rows, direct)
		return datum.NewFloat(float64(before) / float64(rows.len())), err
	},
	"cume_dist": func(s *orderedSet, rows span, direct []datum.Datum) (datum.Datum, error) {
		_, _, upTo, err := s.place(rows, direct)
		return datum.NewFloat(float64(upTo+1) / float64(rows.len()+1)), err
	},
}

// present are the rows whose only sort value is not NULL; those where it is are together, before or after them.
func (s *orderedSet) present(rows span) (span, error) {
	out, found := span{rows.hi, rows.hi}, false
	at := rows.lo
	err := s.sorted.each(rows.lo, rows.hi, func(b *datum.Batch) error {
		for i := range b.Rows {
			if b.Cols[1].IsNull(i) {
				continue
			}
			if !found {
				out.lo, found = at+i, true
			}
			out.hi = at + i + 1
		}
		at += b.Rows
		return nil
	})
	return out, err
}

// percentile is percentile_disc, or percentile_cont where lerp is set, of one share or of an array of them.
func (s *orderedSet) percentile(rows span, direct []datum.Datum) (datum.Datum, error) {
	rows, err := s.present(rows)
	shares := direct[0]
	if err != nil || shares.IsNull() || rows.len() == 0 {
		return datum.Null, err
	}
	if !s.types[0].IsArray() {
		return s.at(rows, shares)
	}
	a := shares.Array()
	out := &datum.ArrayValue{Elem: s.sorted.types[1], Dims: a.Dims, Lower: a.Lower}
	for _, share := range a.Elems {
		d, err := s.at(rows, share)
		if err != nil {
			return datum.Null, err
		}
		out.Elems = append(out.Elems, d)
	}
	return datum.NewArray(out), nil
}

func (s *orderedSet) at(rows span, share datum.Datum) (datum.Datum, error) {
	if share.IsNull() {
		return datum.Null, nil
	}
	p := share.Float()
	if !(p >= 0 && p <= 1) {
		return datum.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "percentile value %g is not between 0 and 1", p)
	}
	if s.lerp == nil {
		return s.sorted.value(1, rows.lo+max(int(math.Ceil(p*float64(rows.len()))), 1)-1)
	}
	at := p * float64(rows.len()-1)
	lo, err := s.sorted.value(1, rows.lo+int(math.Floor(at)))
	if err != nil || math.Floor(at) == math.Ceil(at) {
		return lo, err
	}
	hi, err := s.sorted.value(1, rows.lo+int(math.Ceil(at)))
	if err != nil {
		return datum.Null, err
	}
	return s.lerp(lo, hi, at-math.Floor(at))
}

// mode is the most frequent value, the first of them in order.
func (s *orderedSet) mode(rows span, _ []datum.Datum) (datum.Datum, error) {
	rows, err := s.present(rows)
	if err != nil {
		return datum.Null, err
	}
	best, first, most, run := datum.Null, datum.Null, 0, 0
	var before []*datum.Vec
	err = s.sorted.each(rows.lo, rows.hi, func(b *datum.Batch) error {
		values := b.Cols[1:]
		same := sameKeys(values)
		for i := range b.Rows {
			if i > 0 && same(i-1, i) || i == 0 && before != nil && equalRows(before, 0, values, 0) {
				run++
			} else {
				run, first = 1, values[0].Get(i)
			}
			if run > most {
				best, most = first, run
			}
		}
		before = oneRow(values, b.Rows-1)
		return nil
	})
	return best, err
}

// errPlaced ends the search for a place.
var errPlaced = errors.New("placed")

// place is where a hypothetical row would come: how many rows stand before it, how many distinct ones, and how
// many do not come after it.
func (s *orderedSet) place(rows span, direct []datum.Datum) (before, distinct, upTo int, err error) {
	own := make([]*datum.Vec, len(s.sort.keys))
	for i := range own {
		own[i] = datum.NewVec(s.sorted.types[1+i], 1)
		own[i].Append(direct[i])
	}
	var last []*datum.Vec
	err = s.sorted.each(rows.lo, rows.hi, func(b *datum.Batch) error {
		values := b.Cols[1:]
		compare, same := orderBy(s.sort.keys, values, own), sameKeys(values)
		for i := range b.Rows {
			c := compare(i, 0)
			if c > 0 {
				return errPlaced
			}
			upTo++
			if c == 0 {
				continue
			}
			before++
			if i > 0 && !same(i-1, i) || i == 0 && (last == nil || !equalRows(last, 0, values, 0)) {
				distinct++
			}
		}
		last = oneRow(values, b.Rows-1)
		return nil
	})
	if errors.Is(err, errPlaced) {
		err = nil
	}
	return before, distinct, upTo, err
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
