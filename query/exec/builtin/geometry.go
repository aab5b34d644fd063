package builtin

import (
	"errors"
	"math"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/geometry"
	"github.com/seguedb/segue/query/sqlstate"
)

// geometryFunctions are those of the geometric types; package geometry computes. An arithmetic result that is not finite
// though its operands are is 22003, or 22012 where a division by nothing made it so.
func geometryFunctions(r *registry) {
	pointFunctions(r)
	lineFunctions(r)
	boxFunctions(r)
	pathFunctions(r)
	polygonFunctions(r)
	circleFunctions(r)
	closestFunctions(r)
	geometryCasts(r)
}

// The decoders, by short names for the tables below.
var (
	asPoint   = geometry.DecodePoint
	asLseg    = geometry.DecodeLseg
	asLine    = geometry.DecodeLine
	asBox     = geometry.DecodeBox
	asPath    = geometry.DecodePath
	asPolygon = geometry.DecodePolygon
	asCircle  = geometry.DecodeCircle
)

// test, measure and shape make Funcs of one argument; test2, measure2 and shape2 of two.

func test[A any](of func(string) A, f func(A) bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) { return datum.NewBool(f(of(a[0].Str()))), nil }
}

func measure[A any](of func(string) A, f func(A) float64) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) { return finiteResult(f(of(a[0].Str())), a) }
}

func shape[A any, S geometry.Shape](of func(string) A, f func(A) S) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) { return datum.NewShape(f(of(a[0].Str()))), nil }
}

func test2[A, B any](of func(string) A, with func(string) B, f func(A, B) bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(f(of(a[0].Str()), with(a[1].Str()))), nil
	}
}

// flipped is test2 of the arguments in the other order.
func flipped[A, B any](with func(string) B, of func(string) A, f func(A, B) bool) Func {
	return test2(with, of, func(b B, a A) bool { return f(a, b) })
}

func measure2[A, B any](of func(string) A, with func(string) B, f func(A, B) float64) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return finiteResult(f(of(a[0].Str()), with(a[1].Str())), a)
	}
}

func flippedMeasure[A, B any](with func(string) B, of func(string) A, f func(A, B) float64) Func {
	return measure2(with, of, func(b B, a A) float64 { return f(a, b) })
}

// shape2 computes a shape from two, which shows an overflow in its numbers.
func shape2[A, B any, S geometry.Shape](of func(string) A, with func(string) B, f func(A, B) S) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s := f(of(a[0].Str()), with(a[1].Str()))
		if err := checkShape(s, a); err != nil {
			return datum.Null, err
		}
		return datum.NewShape(s), nil
	}
}

// maybe is shape2 of what may not be there, NULL then.
func maybe[A, B any, S geometry.Shape](of func(string) A, with func(string) B, f func(A, B) (S, bool)) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, ok := f(of(a[0].Str()), with(a[1].Str()))
		if !ok {
			return datum.Null, nil
		}
		return datum.NewShape(s), nil
	}
}

// closest is a distance's point, NULL where there is none.
func closest[A, B any](f func(A, B) (geometry.Point, float64)) func(A, B) (geometry.Point, bool) {
	return func(a A, b B) (geometry.Point, bool) {
		p, d := f(a, b)
		return p, !math.IsNaN(d)
	}
}

// away is a distance without its point.
func away[A, B any](f func(A, B) (geometry.Point, float64)) func(A, B) float64 {
	return func(a A, b B) float64 {
		_, d := f(a, b)
		return d
	}
}

// finiteResult is 22003 for a number that became infinite by computing.
func finiteResult(f float64, args []datum.Datum) (datum.Datum, error) {
	if math.IsInf(f, 0) && allFinite(args) {
		return datum.Null, overflowed()
	}
	return datum.NewFloat(f), nil
}

func overflowed() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value out of range: overflow")
}

// checkShape is finiteResult for every number of a shape.
func checkShape(s geometry.Shape, args []datum.Datum) error {
	if allFinite(args) && !finiteNumbers(s.Encode()) {
		return overflowed()
	}
	return nil
}

func allFinite(args []datum.Datum) bool {
	for _, a := range args {
		switch a.Kind() {
		case datum.KindString:
			if !finiteNumbers(a.Str()) {
				return false
			}
		case datum.KindFloat:
			if f := a.Float(); math.IsInf(f, 0) || f != f {
				return false
			}
		}
	}
	return true
}

// finiteNumbers looks at a shape's encoding, whose numbers stand at its end.
func finiteNumbers(s string) bool {
	for s = s[len(s)%8:]; s != ""; s = s[8:] {
		if s[0]&0x7f == 0x7f && s[1]&0xf0 == 0xf0 {
			return false
		}
	}
	return true
}

// changedBy is shape2 of what multiplies or divides.
func changedBy[A any, S geometry.Shape](of func(string) A, f func(A, geometry.Point) (S, error)) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, err := f(of(a[0].Str()), asPoint(a[1].Str()))
		switch {
		case errors.Is(err, geometry.ErrDivisionByZero):
			return datum.Null, sqlstate.New(sqlstate.DivisionByZero, "division by zero")
		case err != nil:
			return datum.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "%s", err.Error())
		}
		return datum.NewShape(s), nil
	}
}

// pointChange is what moves, turns or scales a point by another.
type pointChange func(p, q geometry.Point) (geometry.Point, error)

// pointChanges are the operators, by the middle of their functions' names.
var pointChanges = map[string]pointChange{
	"add": func(p, q geometry.Point) (geometry.Point, error) { return finitePoint(p.Add(q), p, q) },
	"sub": func(p, q geometry.Point) (geometry.Point, error) { return finitePoint(p.Sub(q), p, q) },
	"mul": geometry.Point.Mul,
	"div": geometry.Point.Div,
}

func finitePoint(sum, p, q geometry.Point) (geometry.Point, error) {
	if !finiteNumbers(sum.Encode()) && finiteNumbers(p.Encode()) && finiteNumbers(q.Encode()) {
		return sum, geometry.ErrOverflow
	}
	return sum, nil
}

// byNumber registers the comparisons of a number that two shapes have each.
func byNumber[A any](r *registry, prefix, args string, of func(string) A, f func(A) float64, names ...string) {
	for _, name := range names {
		holds := aboutEqual[name]
		r.fn(test2(of, of, func(a, b A) bool { return holds(f(a), f(b)) }), prefix+"_"+name+args)
	}
}

// aboutEqual are comparisons that take numbers for equal that are nearly so.
var aboutEqual = map[string]func(a, b float64) bool{
	"eq": func(a, b float64) bool { return a == b || math.Abs(a-b) <= geometry.Epsilon },
	"ne": func(a, b float64) bool { return a != b && math.Abs(a-b) > geometry.Epsilon },
	"lt": func(a, b float64) bool { return a+geometry.Epsilon < b },
	"le": func(a, b float64) bool { return a <= b+geometry.Epsilon },
	"gt": func(a, b float64) bool { return a > b+geometry.Epsilon },
	"ge": func(a, b float64) bool { return a+geometry.Epsilon >= b },
}
