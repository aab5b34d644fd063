package plan

import (
	"math"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// bounder writes bounds of an expression over the rows of a scan that are no nearer than the last one given. The bound is
// the expression itself with the distance and the scalars replaced, so that rounding, which keeps the order of sums and
// products, cannot put a row above it.
type bounder struct {
	o    *optimizer
	scan *Scan
	d    distanceTerm
	last *Outer
	// shrinks says that the distance bounds the expression: more rows make the bound tighter.
	shrinks bool
}

// bound is an upper bound, or a lower one; ok is false where there is none.
func (b *bounder) bound(e Expr, upper bool) (Expr, bool) {
	if freeOfColumns(e) {
		return e, true
	}
	switch x := e.(type) {
	case *Coalesce:
		out := &MinMax{Typed: Typed{x.Type(), x.Typmod()}, Least: !upper}
		for _, a := range x.Args {
			bound, ok := b.bound(a, upper)
			if !ok {
				return nil, false
			}
			out.Args = append(out.Args, bound)
		}
		return out, true
	case *MinMax:
		if floor, ok := x.Args[len(x.Args)-1].(*Call); ok && !x.Least && !upper && isCalibrated(floor.Proc) && freeOfColumns(floor) {
			return floor, true
		}
	case *Call:
		if x.Proc.Schema == catalog.PublicOID {
			if d, ok := vectorCall(x); ok && d.sameSearch(b.d) {
				return b.distance(d, upper)
			}
			if out, ok := b.calibrated(x, upper); ok {
				return out, true
			}
			return b.scalar(e, upper)
		}
		if out, arithmetic, ok := b.arithmetic(x, upper); arithmetic {
			return out, ok
		}
	}
	return b.scalar(e, upper)
}

// arithmetic bounds sums, differences and multiples of floats; arithmetic is false for any other call.
func (b *bounder) arithmetic(x *Call, upper bool) (out Expr, arithmetic, ok bool) {
	sides := []bool{upper, upper}
	switch x.Proc.Name {
	case "float8pl", "float84pl", "float48pl":
	case "float8mi", "float84mi", "float48mi":
		sides[1] = !upper
	case "float8um":
		sides[0] = !upper
	case "float8mul", "float84mul", "float48mul", "float8div", "float84div", "float48div":
		factor, at := x.Args[1], 1
		if _, isConst := factor.(*Const); !isConst && strings.HasSuffix(x.Proc.Name, "mul") {
			factor, at = x.Args[0], 0
		}
		c, isConst := factor.(*Const)
		if !isConst || c.Value.IsNull() {
			return nil, false, false
		}
		if f := c.Value.Float(); f < 0 {
			sides[1-at] = !upper
		} else if !(f > 0) {
			return nil, true, false
		}
	default:
		return nil, false, false
	}
	call := *x
	call.Args = slices.Clone(x.Args)
	for i, a := range x.Args {
		if call.Args[i], ok = b.bound(a, sides[i]); !ok {
			return nil, true, false
		}
	}
	return &call, true, true
}

// calibrated bounds similarity_pct, which never falls as the similarity rises, and neighbour_similarity.
func (b *bounder) calibrated(x *Call, upper bool) (Expr, bool) {
	switch {
	case isPercent(x) && freeOfColumns(x.Args[1]):
		at, ok := b.bound(x.Args[0], upper)
		if !ok {
			return nil, false
		}
		call := *x
		call.Args = append([]Expr{at}, x.Args[1:]...)
		return &call, true
	case isCalibrated(x.Proc) && x.Proc.Name == "neighbour_similarity" && upper:
		return floatConst(1), true
	case isCalibrated(x.Proc) && x.Proc.Name == "neighbour_similarity":
		return floatConst(-1), true
	}
	return nil, false
}

// distance is the bound that the last distance gives: a distance is no smaller, a similarity no greater. On the other side
// only the cosine has one.
func (b *bounder) distance(d distanceTerm, upper bool) (Expr, bool) {
	at := Expr(b.last)
	if (d.sign > 0) == upper {
		if d.metric != Cosine {
			return nil, false
		}
		at = floatConst(2)
	} else {
		b.shrinks = true
	}
	switch {
	case d.sign > 0:
		return at, true
	case d.offset == 0:
		return builtinCall("float8um", "-", at), true
	}
	return builtinCall("float8mi", "-", floatConst(d.offset), at), true
}

// scalar is the greatest value of an expression without a distance, over the rows that pass the scan's filter, or the
// least: a subquery, which reads an index of the column where there is one. Where one value is NaN, so is the bound: then
// nothing is known.
func (b *bounder) scalar(e Expr, upper bool) (Expr, bool) {
	if _, distance := b.o.onlyDistance(b.scan, e); distance {
		return nil, false
	}
	inner, cast := e, (*Cast)(nil)
	if c, ok := e.(*Cast); ok && c.T == datum.Float8 {
		inner, cast = c.Arg, c
	}
	t := inner.Type()
	if t != datum.Float8 && t != datum.Float4 && t != datum.Numeric && !integerType(t) {
		return nil, false
	}
	as := func(bound Expr) Expr {
		if cast == nil {
			return bound
		}
		c := *cast
		c.Arg = bound
		return &c
	}
	greatest := as(b.extreme(inner, true))
	if upper {
		return greatest, true
	}
	least := as(b.extreme(inner, false))
	if integerType(t) {
		return least, true
	}
	if e.Type() == datum.Numeric {
		return nil, false
	}
	nan, equal := &Const{Typed: Typed{e.Type(), -1}, Value: datum.NewFloat(math.NaN())}, "float8eq"
	if e.Type() == datum.Float4 {
		equal = "float4eq"
	}
	return &Case{Typed: Typed{e.Type(), -1}, Whens: []When{{Cond: builtinCall(equal, "=", greatest, nan), Result: nan}},
		Else: least}, true
}

// extreme is (SELECT e FROM scan WHERE e IS NOT NULL ORDER BY e LIMIT 1).
func (b *bounder) extreme(e Expr, greatest bool) Expr {
	t := e.Type()
	scan := *b.scan
	scan.Ordinals, scan.Cols = slices.Clone(scan.Ordinals), slices.Clone(scan.Cols)
	known := &NullTest{Typed: boolType(), Arg: e, Not: true}
	scan.Filter = allOf(cloneAll(append(slices.Clone(conjuncts(scan.Filter)), known)))
	out := []Column{{Name: "bound", Type: t, Typmod: -1}}
	project := &Project{Input: &scan, Exprs: cloneAll([]Expr{e})}
	sort := &Sort{Input: project, Keys: []SortKey{{Expr: &Col{Typed: Typed{t, -1}, Name: "bound"}, Desc: greatest, NullsFirst: greatest}}}
	limit := &Limit{Input: sort, Count: intExpr(1)}
	project.Cols, sort.Cols, limit.Cols = out, out, out
	return b.o.initPlan(limit, out[0])
}
