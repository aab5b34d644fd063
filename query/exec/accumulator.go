package exec

import (
	"context"
	"math/big"
	"math/bits"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// accumulator is one aggregate over all groups of a grouping set.
type accumulator interface {
	// grow makes room for n groups.
	grow(n int)
	// add takes rows: row i belongs to groups[i] and has arguments args[…][i]. b is the rows themselves.
	add(b *datum.Batch, groups []int32, args []*datum.Vec) error
	result(group int) (datum.Datum, error)
}

// newAccumulator starts an aggregate without groups.
type newAccumulator func() (accumulator, error)

// finisher is an accumulator with work to do after the last row.
type finisher interface {
	finish(ctx context.Context) error
}

// accumulator chooses how to compute an aggregate: the common ones over numbers and text directly,
// the others through package builtin, a state a group.
func (r *running) accumulator(a *plan.AggCall) (newAccumulator, error) {
	if a.Proc.OrderedSet() != 0 {
		if a.Steps != nil {
			return r.userOrderedSet(a)
		}
		return r.orderedSet(a)
	}
	inner, err := r.plainAccumulator(a.Proc, a.Steps, a.Args)
	if err != nil {
		return nil, err
	}
	if !a.Distinct && len(a.OrderBy) == 0 {
		return inner, nil
	}
	return r.orderedAccumulator(a, inner)
}

func (r *running) plainAccumulator(p *catalog.Proc, steps *plan.AggregateSteps, args []plan.Expr) (newAccumulator, error) {
	if steps != nil {
		return r.userAccumulator(steps)
	}
	if fast := fastAccumulator(p, args); fast != nil {
		return func() (accumulator, error) { return fast(), nil }, nil
	}
	if p.Key == "avg(int2)" || p.Key == "avg(int4)" || p.Key == "avg(int8)" {
		divide, err := numericDivision()
		if err != nil {
			return nil, err
		}
		return func() (accumulator, error) { return &intAvg{env: r.exprs.Fn, divide: divide}, nil }, nil
	}
	types := exprTypes(args)
	fresh := func() (builtin.AggState, error) { return builtin.NewAggregate(p, types, r.exprs.Fn) }
	if _, err := fresh(); err != nil {
		return nil, err
	}
	return func() (accumulator, error) { return &states{fresh: fresh, strict: p.Strict}, nil }, nil
}

func fastAccumulator(p *catalog.Proc, args []plan.Expr) func() accumulator {
	switch p.Key {
	case "count()":
		return func() accumulator { return &count{} }
	case "count(any)":
		return func() accumulator { return &count{ofValues: true} }
	case "sum(int2)", "sum(int4)":
		return func() accumulator { return &intSum{} }
	case "sum(int8)":
		return func() accumulator { return &intSum{numeric: true} }
	case "sum(float8)":
		return func() accumulator { return &floatSum{} }
	case "avg(float8)", "avg(float4)":
		return func() accumulator { return &floatSum{mean: true} }
	}
	if (p.Name == "min" || p.Name == "max") && len(args) == 1 && p.Schema == catalog.PgCatalogOID {
		t := args[0].Type()
		return func() accumulator { return &extreme{typ: t, max: p.Name == "max", best: datum.NewVec(t, 0)} }
	}
	return nil
}

// numericDivision is how avg divides, so that its digits are those of the / operator.
func numericDivision() (builtin.Func, error) {
	for _, o := range catalog.Builtin().OperatorsNamed("/") {
		if o.Left == datum.Numeric && o.Right == datum.Numeric {
			return eval.Function(o.Proc, []*datum.Type{datum.Numeric, datum.Numeric})
		}
	}
	return nil, sqlstate.New(sqlstate.InternalError, "numeric division is missing from the catalog")
}

// extend lengthens a slice to n with zero values.
func extend[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	return append(s, make([]T, n-len(s))...)
}

// count is count(*) or count(x).
type count struct {
	ofValues bool
	n        []int64
}

func (c *count) grow(n int) { c.n = extend(c.n, n) }

func (c *count) add(_ *datum.Batch, groups []int32, args []*datum.Vec) error {
	for i, g := range groups {
		if !c.ofValues || !args[0].IsNull(i) {
			c.n[g]++
		}
	}
	return nil
}

func (c *count) result(g int) (datum.Datum, error) { return datum.NewInt(c.n[g]), nil }

// wide is a 128-bit sum: a table cannot hold enough int8s to overflow it.
type wide struct {
	hi int64
	lo uint64
	n  int64
}

func (w *wide) add(v int64) {
	var carry uint64
	w.lo, carry = bits.Add64(w.lo, uint64(v), 0)
	w.hi += v>>63 + int64(carry)
	w.n++
}

func (w *wide) numeric() datum.Datum {
	n := new(big.Int).Lsh(big.NewInt(w.hi), 64)
	n.Add(n, new(big.Int).SetUint64(w.lo))
	coeff := new(apd.BigInt).SetMathBigInt(n)
	return datum.NewNumeric(apd.NewWithBigInt(coeff, 0))
}

// intSum is sum over integers: bigint for the small ones, numeric for int8.
type intSum struct {
	numeric bool
	sums    []wide
}

func (s *intSum) grow(n int) { s.sums = extend(s.sums, n) }

func (s *intSum) add(_ *datum.Batch, groups []int32, args []*datum.Vec) error {
	addWide(s.sums, groups, args[0])
	return nil
}

func addWide(sums []wide, groups []int32, v *datum.Vec) {
	for i, g := range groups {
		if !v.IsNull(i) {
			sums[g].add(v.I[i])
		}
	}
}

func (s *intSum) result(g int) (datum.Datum, error) {
	w := &s.sums[g]
	switch {
	case w.n == 0:
		return datum.Null, nil
	case s.numeric:
		return w.numeric(), nil
	case w.hi != int64(w.lo)>>63:
		return datum.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "bigint out of range")
	}
	return datum.NewInt(int64(w.lo)), nil
}

// intAvg is avg over integers.
type intAvg struct {
	env    *builtin.Env
	divide builtin.Func
	sums   []wide
}

func (a *intAvg) grow(n int) { a.sums = extend(a.sums, n) }

func (a *intAvg) add(_ *datum.Batch, groups []int32, args []*datum.Vec) error {
	addWide(a.sums, groups, args[0])
	return nil
}

func (a *intAvg) result(g int) (datum.Datum, error) {
	w := &a.sums[g]
	if w.n == 0 {
		return datum.Null, nil
	}
	return a.divide(a.env, []datum.Datum{w.numeric(), datum.NewNumeric(apd.New(w.n, 0))})
}

// floatSum is sum(float8), or avg of floats.
type floatSum struct {
	mean bool
	sum  []float64
	n    []int64
}

func (s *floatSum) grow(n int) { s.sum, s.n = extend(s.sum, n), extend(s.n, n) }

func (s *floatSum) add(_ *datum.Batch, groups []int32, args []*datum.Vec) error {
	v := args[0]
	for i, g := range groups {
		if !v.IsNull(i) {
			s.sum[g] += v.F[i]
			s.n[g]++
		}
	}
	return nil
}

func (s *floatSum) result(g int) (datum.Datum, error) {
	switch {
	case s.n[g] == 0:
		return datum.Null, nil
	case s.mean:
		return datum.NewFloat(s.sum[g] / float64(s.n[g])), nil
	}
	return datum.NewFloat(s.sum[g]), nil
}

// extreme is min or max.
type extreme struct {
	typ  *datum.Type
	max  bool
	best *datum.Vec
}

func (e *extreme) grow(n int) {
	for e.best.Len() < n {
		e.best.Append(datum.Null)
	}
}

func (e *extreme) add(_ *datum.Batch, groups []int32, args []*datum.Vec) error {
	v, best := args[0], e.best
	for i, g := range groups {
		if v.IsNull(i) {
			continue
		}
		if best.Nulls[g] || (e.compare(v, i, int(g)) > 0) == e.max && e.compare(v, i, int(g)) != 0 {
			best.Nulls[g] = false
			setValue(best, int(g), v, i)
		}
	}
	return nil
}

// compare is the order of v's value i and group g's best so far.
func (e *extreme) compare(v *datum.Vec, i, g int) int {
	switch e.typ.Kind {
	case datum.KindInt:
		switch a, b := v.I[i], e.best.I[g]; {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	case datum.KindFloat:
		return compareFloats(v.F[i], e.best.F[g])
	default:
		return datum.Compare(e.typ, v.Get(i), e.best.Get(g))
	}
}

// setValue overwrites value g of dst with value i of src, a column of the same kind.
func setValue(dst *datum.Vec, g int, src *datum.Vec, i int) {
	switch dst.Type.Kind {
	case datum.KindBool:
		dst.B[g] = src.B[i]
	case datum.KindInt:
		dst.I[g] = src.I[i]
	case datum.KindFloat:
		dst.F[g] = src.F[i]
	case datum.KindString:
		dst.S[g] = src.S[i]
	case datum.KindVector:
		dst.V[g] = src.V[i]
	default:
		dst.D[g] = src.D[i]
	}
}

func (e *extreme) result(g int) (datum.Datum, error) { return e.best.Get(g), nil }

// states is an aggregate of package builtin, one state a group.
type states struct {
	fresh  func() (builtin.AggState, error)
	strict bool
	of     []builtin.AggState
}

func (s *states) grow(n int) { s.of = extend(s.of, n) }

func (s *states) add(_ *datum.Batch, groups []int32, args []*datum.Vec) error {
	row := make([]datum.Datum, len(args))
next:
	for i, g := range groups {
		for j, a := range args {
			row[j] = a.Get(i)
			if s.strict && row[j].IsNull() {
				continue next
			}
		}
		st, err := s.state(int(g))
		if err != nil {
			return err
		}
		if err := st.Add(row); err != nil {
			return err
		}
	}
	return nil
}

func (s *states) state(g int) (builtin.AggState, error) {
	if s.of[g] == nil {
		var err error
		if s.of[g], err = s.fresh(); err != nil {
			return nil, err
		}
	}
	return s.of[g], nil
}

func (s *states) result(g int) (datum.Datum, error) {
	st, err := s.state(g)
	if err != nil {
		return datum.Null, err
	}
	return st.Result()
}
