package builtin

import (
	"math"
	"math/bits"

	"github.com/seguedb/segue/query/datum"
)

// Integers are computed in 64 bits and then held to the result type's range.

func integers(r *registry) {
	for _, p := range numberPairs("int", datum.Int2, datum.Int4, datum.Int8) {
		result := p.left
		if p.right.Len > p.left.Len {
			result = p.right
		}
		for op, f := range map[string]intOp{"pl": addInt, "mi": subInt, "mul": mulInt} {
			k := key(p.prefix+op, p.left, p.right)
			r.funcs[k], r.vecs[k] = intsToInt(ranged(result, f)), intVec(f, result)
		}
		r.fn(intsToInt(divided(result, divInt)), key(p.prefix+"div", p.left, p.right))
	}
	for _, t := range []*datum.Type{datum.Int2, datum.Int4, datum.Int8} {
		n := t.Name
		r.fn(intsToInt(divided(t, modInt)), key(n+"mod", t, t), key("mod", t, t))
		r.fn(intToInt(unaryRanged(t, func(a int64) (int64, bool) { return subInt(0, a) })), key(n+"um", t))
		r.fn(intToInt(unaryRanged(t, absInt)), key(n+"abs", t), key("abs", t))
		r.fn(identity, key(n+"up", t))
		bitwise(r, t)
	}
	for _, t := range []*datum.Type{datum.Int4, datum.Int8} {
		r.fn(intsToInt(ranged(t, gcdInt)), key("gcd", t, t))
		r.fn(intsToInt(ranged(t, lcmInt)), key("lcm", t, t))
	}
}

func bitwise(r *registry, t *datum.Type) {
	n, width := t.Name, int64(t.Len)*8
	r.fn(intsToInt(func(a, b int64) (int64, error) { return a & b, nil }), key(n+"and", t, t))
	r.fn(intsToInt(func(a, b int64) (int64, error) { return a | b, nil }), key(n+"or", t, t))
	r.fn(intsToInt(func(a, b int64) (int64, error) { return a ^ b, nil }), key(n+"xor", t, t))
	r.fn(intToInt(func(a int64) (int64, error) { return ^a, nil }), key(n+"not", t))
	// Shift counts wrap at the machine's width, as x86 has it and so Postgres there: int2 is shifted as an int.
	mask := max(width, 32) - 1
	r.fn(intsToInt(func(a, b int64) (int64, error) { return wrap(a<<(b&mask), width), nil }), key(n+"shl", t, datum.Int4))
	r.fn(intsToInt(func(a, b int64) (int64, error) { return a >> (b & mask), nil }), key(n+"shr", t, datum.Int4))
}

// wrap cuts a to width bits, sign and all.
func wrap(a, width int64) int64 { return a << (64 - width) >> (64 - width) }

// intOp returns false where it overflows 64 bits.
type intOp func(a, b int64) (int64, bool)

func addInt(a, b int64) (int64, bool) { s := a + b; return s, (s > a) == (b > 0) }

func subInt(a, b int64) (int64, bool) { d := a - b; return d, (d < a) == (b > 0) }

func mulInt(a, b int64) (int64, bool) {
	if int64(int32(a)) == a && int64(int32(b)) == b {
		return a * b, true
	}
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	negative := (a < 0) != (b < 0)
	switch {
	case hi != 0 || lo > 1<<63 || lo == 1<<63 && !negative:
		return 0, false
	case negative:
		return -int64(lo), true
	}
	return int64(lo), true
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

func divInt(a, b int64) (int64, bool) {
	return a / b, a != math.MinInt64 || b != -1
}

func modInt(a, b int64) (int64, bool) {
	return a % b, true
}

func absInt(a int64) (int64, bool) {
	if a < 0 {
		return -a, a != math.MinInt64
	}
	return a, true
}

func gcdInt(a, b int64) (int64, bool) {
	x, y := magnitude(a), magnitude(b)
	for y != 0 {
		x, y = y, x%y
	}
	return int64(x), x <= math.MaxInt64
}

func lcmInt(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	g, ok := gcdInt(a, b)
	if !ok {
		return 0, false
	}
	product, ok := mulInt(a/g, b)
	if !ok {
		return 0, false
	}
	return absInt(product)
}

// ranged turns an operator over 64 bits into one over t.
func ranged(t *datum.Type, f intOp) func(a, b int64) (int64, error) {
	lo, hi := intLimits(t)
	return func(a, b int64) (int64, error) {
		if v, ok := f(a, b); ok && v >= lo && v <= hi {
			return v, nil
		}
		return 0, outOfRange(t)
	}
}

// divided is ranged for / and %, which do not take a zero.
func divided(t *datum.Type, f intOp) func(a, b int64) (int64, error) {
	fit := ranged(t, f)
	return func(a, b int64) (int64, error) {
		if b == 0 {
			return 0, divisionByZero()
		}
		return fit(a, b)
	}
}

func unaryRanged(t *datum.Type, f func(int64) (int64, bool)) func(int64) (int64, error) {
	lo, hi := intLimits(t)
	return func(a int64) (int64, error) {
		if v, ok := f(a); ok && v >= lo && v <= hi {
			return v, nil
		}
		return 0, outOfRange(t)
	}
}

func intLimits(t *datum.Type) (lo, hi int64) {
	hi = math.MaxInt64 >> (64 - 8*int(t.Len))
	return -hi - 1, hi
}

// intVec is the fast path of +, - and *.
func intVec(f intOp, t *datum.Type) VecFunc {
	lo, hi := intLimits(t)
	return func(_ *Env, args []*datum.Vec, n int) (*datum.Vec, error) {
		out := &datum.Vec{Type: t, I: make([]int64, n), Nulls: eitherNull(args, n)}
		a, b := args[0].I[:n], args[1].I[:n]
		for i := range out.I {
			v, ok := f(a[i], b[i])
			if !ok || v < lo || v > hi {
				if out.IsNull(i) {
					continue
				}
				return nil, &RowError{Row: i, Err: outOfRange(t)}
			}
			out.I[i] = v
		}
		return out, nil
	}
}
