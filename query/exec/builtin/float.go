package builtin

import (
	"math"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/libm"
	"github.com/seguedb/segue/query/sqlstate"
)

// Floats follow IEEE 754 except where Postgres refuses: a finite operation that yields an infinity
// overflows, a product or quotient of nonzero numbers that yields zero underflows, x/0 is an error.

func floats(r *registry) {
	ops := map[string]func(a, b float64) (float64, error){"pl": addFloat, "mi": subFloat, "mul": mulFloat, "div": divFloat}
	for _, p := range numberPairs("float", datum.Float4, datum.Float8) {
		for op, f := range ops {
			k := key(p.prefix+op, p.left, p.right)
			if p.left == datum.Float4 && p.right == datum.Float4 {
				r.funcs[k] = floatsToFloat(inFloat4(f))
				continue
			}
			r.funcs[k] = floatsToFloat(f)
			r.vecs[k] = floatVec(f)
		}
	}
	for _, t := range []*datum.Type{datum.Float4, datum.Float8} {
		r.fn(identity, key(t.Name+"up", t))
		r.fn(floatToFloat(exact(func(a float64) float64 { return -a })), key(t.Name+"um", t))
		r.fn(floatToFloat(exact(math.Abs)), key(t.Name+"abs", t), key("abs", t))
	}
	roundings := map[string]func(float64) float64{"ceil": math.Ceil, "ceiling": math.Ceil, "floor": math.Floor,
		"round": math.RoundToEven, "trunc": math.Trunc, "sign": signFloat}
	for name, f := range roundings {
		r.fn(floatToFloat(exact(f)), key(name, datum.Float8))
	}
	r.fn(floatToFloat(exact(math.RoundToEven)), "dround(float8)")
	r.fn(floatToFloat(exact(math.Trunc)), "dtrunc(float8)")
	floatFunctions(r)
}

func floatFunctions(r *registry) {
	f8 := datum.Float8
	r.fn(floatToFloat(sqrtFloat), key("sqrt", f8), key("dsqrt", f8))
	r.fn(floatToFloat(exact(libm.Cbrt)), key("cbrt", f8), key("dcbrt", f8))
	r.fn(floatsToFloat(powFloat), key("power", f8, f8), key("pow", f8, f8), key("dpow", f8, f8))
	r.fn(floatToFloat(expFloat), key("exp", f8), key("dexp", f8))
	r.fn(floatToFloat(logarithm(libm.Log)), key("ln", f8), key("dlog1", f8))
	r.fn(floatToFloat(logarithm(libm.Log10)), key("log", f8), key("log10", f8), key("dlog10", f8))
	for name, f := range map[string]func(float64) float64{"asin": libm.Asin, "acos": libm.Acos} {
		r.fn(floatToFloat(inUnit(f)), key(name, f8))
	}
	for name, f := range map[string]func(float64) float64{"sin": libm.Sin, "cos": libm.Cos, "tan": libm.Tan} {
		r.fn(floatToFloat(ofFinite(f)), key(name, f8))
	}
	r.fn(floatToFloat(exact(libm.Atan)), key("atan", f8))
	r.fn(floatsToFloat(func(a, b float64) (float64, error) { return libm.Atan2(a, b), nil }), key("atan2", f8, f8))
	r.fn(floatToFloat(func(a float64) (float64, error) { return divFloat(a, math.Pi/180) }), key("degrees", f8))
	r.fn(floatToFloat(func(a float64) (float64, error) { return mulFloat(a, math.Pi/180) }), key("radians", f8))
	r.fn(constant(datum.NewFloat(math.Pi)), "pi()")
	r.fn(bucketFloat, key("width_bucket", f8, f8, f8, datum.Int4))
}

func exact(f func(float64) float64) func(float64) (float64, error) {
	return func(a float64) (float64, error) { return f(a), nil }
}

func addFloat(a, b float64) (float64, error) { return checkFloat(a+b, a, b, true) }

func subFloat(a, b float64) (float64, error) { return checkFloat(a-b, a, b, true) }

func mulFloat(a, b float64) (float64, error) { return checkFloat(a*b, a, b, a == 0 || b == 0) }

func divFloat(a, b float64) (float64, error) {
	if b == 0 && a == a {
		return 0, divisionByZero()
	}
	return checkFloat(a/b, a, b, a == 0 || math.IsInf(b, 0))
}

// checkFloat refuses an infinity that came of finite operands, and a zero where none is due.
func checkFloat(v, a, b float64, zeroDue bool) (float64, error) {
	switch {
	case math.IsInf(v, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0):
		return 0, floatOverflow()
	case v == 0 && !zeroDue:
		return 0, floatUnderflow()
	}
	return v, nil
}

// inFloat4 computes in float64 and rounds once, which for one operation gives float32's own result.
func inFloat4(f func(a, b float64) (float64, error)) func(a, b float64) (float64, error) {
	return func(a, b float64) (float64, error) {
		v, err := f(a, b)
		if err != nil {
			return 0, err
		}
		return roundFloat4(v)
	}
}

func roundFloat4(v float64) (float64, error) {
	rounded := float64(float32(v))
	switch {
	case math.IsInf(rounded, 0) && !math.IsInf(v, 0):
		return 0, floatOverflow()
	case rounded == 0 && v != 0:
		return 0, floatUnderflow()
	}
	return rounded, nil
}

func floatVec(f func(a, b float64) (float64, error)) VecFunc {
	return func(_ *Env, args []*datum.Vec, n int) (*datum.Vec, error) {
		out := &datum.Vec{Type: datum.Float8, F: make([]float64, n), Nulls: eitherNull(args, n)}
		a, b := args[0].F[:n], args[1].F[:n]
		for i := range out.F {
			v, err := f(a[i], b[i])
			if err != nil {
				if out.IsNull(i) {
					continue
				}
				return nil, &RowError{Row: i, Err: err}
			}
			out.F[i] = v
		}
		return out, nil
	}
}

func signFloat(a float64) float64 {
	switch {
	case a > 0:
		return 1
	case a < 0:
		return -1
	}
	return 0 // of NaN too
}

func sqrtFloat(a float64) (float64, error) {
	if a < 0 {
		return 0, sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
	}
	return math.Sqrt(a), nil
}

func zeroToNegative() error {
	return sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
}

func complexPower() error {
	return sqlstate.New(sqlstate.InvalidArgumentForPowerFunction,
		"a negative number raised to a non-integer power yields a complex result")
}

func powFloat(a, b float64) (float64, error) {
	switch {
	case a == 0 && b < 0:
		return 0, zeroToNegative()
	case a < 0 && b != math.Trunc(b) && !math.IsInf(a, 0) && b == b:
		return 0, complexPower()
	}
	v := libm.Pow(a, b)
	if math.IsInf(a, 0) || math.IsInf(b, 0) {
		return v, nil
	}
	return checkFloat(v, a, b, a == 0)
}

func expFloat(a float64) (float64, error) { return checkFloat(libm.Exp(a), a, a, math.IsInf(a, -1)) }

func logarithm(f func(float64) float64) func(float64) (float64, error) {
	return func(a float64) (float64, error) {
		if err := checkLogarithm(signOf(a)); err != nil {
			return 0, err
		}
		return f(a), nil
	}
}

func signOf(a float64) int {
	switch {
	case a < 0:
		return -1
	case a == 0:
		return 0
	}
	return 1
}

func checkLogarithm(sign int) error {
	switch {
	case sign == 0:
		return sqlstate.New(sqlstate.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	case sign < 0:
		return sqlstate.New(sqlstate.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	}
	return nil
}

func inputOutOfRange() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "input is out of range")
}

func inUnit(f func(float64) float64) func(float64) (float64, error) {
	return func(a float64) (float64, error) {
		if a < -1 || a > 1 {
			return 0, inputOutOfRange()
		}
		return f(a), nil
	}
}

func ofFinite(f func(float64) float64) func(float64) (float64, error) {
	return func(a float64) (float64, error) {
		if math.IsInf(a, 0) {
			return 0, inputOutOfRange()
		}
		return f(a), nil
	}
}

const invalidBucketArgument sqlstate.Code = "2201G" // invalid_argument_for_width_bucket_function

// bucketFloat is width_bucket(operand, low, high, count); with low > high the buckets run downwards.
func bucketFloat(_ *Env, a []datum.Datum) (datum.Datum, error) {
	x, lo, hi, count := a[0].Float(), a[1].Float(), a[2].Float(), a[3].Int()
	switch {
	case count <= 0:
		return datum.Null, sqlstate.New(invalidBucketArgument, "count must be greater than zero")
	case x != x || lo != lo || hi != hi:
		return datum.Null, sqlstate.New(invalidBucketArgument, "operand, lower bound, and upper bound cannot be NaN")
	case math.IsInf(lo, 0) || math.IsInf(hi, 0):
		return datum.Null, sqlstate.New(invalidBucketArgument, "lower and upper bounds must be finite")
	case lo == hi:
		return datum.Null, sqlstate.New(invalidBucketArgument, "lower bound cannot equal upper bound")
	}
	if lo > hi {
		x, lo, hi = -x, -lo, -hi
	}
	switch {
	case x < lo:
		return datum.NewInt(0), nil
	case x >= hi:
		if count == math.MaxInt32 {
			return datum.Null, outOfRange(datum.Int4)
		}
		return datum.NewInt(count + 1), nil
	}
	bucket := int64(float64(count) * (x/2 - lo/2) / (hi/2 - lo/2))
	return datum.NewInt(min(bucket, count-1) + 1), nil
}
