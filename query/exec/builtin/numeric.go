package builtin

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Numerics are exact where that is possible; where it is not (division, roots, logarithms) the number
// of digits is chosen by Postgres's rules, see scale.go, so that results print alike.

// exactly computes sums and products without rounding. It traps nothing: ∞ - ∞ is NaN, not an error.
var exactly = apd.BaseContext

func numerics(r *registry) {
	n := datum.Numeric
	for name, f := range map[string]func(d, x, y *apd.Decimal) error{
		"numeric_add": addNumeric, "numeric_sub": subNumeric, "numeric_mul": mulNumeric,
		"numeric_div": divNumeric, "numeric_mod": modNumeric, "mod": modNumeric, "div": quotientNumeric,
		"numeric_power": powerNumeric, "power": powerNumeric, "pow": powerNumeric,
		"gcd": gcdNumeric, "lcm": lcmNumeric, "log": logNumeric,
	} {
		r.fn(numericsToNumeric(f), key(name, n, n))
	}
	for name, f := range map[string]func(d, x *apd.Decimal) error{
		"numeric_uminus": negNumeric, "numeric_abs": absNumeric, "abs": absNumeric, "sign": signNumeric,
		"ceil": ceilNumeric, "ceiling": ceilNumeric, "floor": floorNumeric,
		"round": roundedNumeric, "trunc": truncatedNumeric,
		"sqrt": sqrtNumeric, "exp": expNumeric, "ln": lnNumeric, "log": log10Numeric, "log10": log10Numeric,
	} {
		r.fn(numericToNumeric(f), key(name, n))
	}
	r.fn(identity, key("numeric_uplus", n))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return scaled(a, datum.RoundNumeric)
	}, key("round", n, datum.Int4))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return scaled(a, truncNumeric)
	}, key("trunc", n, datum.Int4))
	r.fn(bucketNumeric, key("width_bucket", n, n, n, datum.Int4))
}

func numericsToNumeric(f func(d, x, y *apd.Decimal) error) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		d := new(apd.Decimal)
		return numericResult(d, f(d, a[0].Numeric(), a[1].Numeric()))
	}
}

func numericToNumeric(f func(d, x *apd.Decimal) error) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		d := new(apd.Decimal)
		return numericResult(d, f(d, a[0].Numeric()))
	}
}

func numericResult(d *apd.Decimal, err error) (datum.Datum, error) {
	if err == nil {
		err = datum.FitNumeric(d)
	}
	if err != nil {
		return datum.Null, err
	}
	return datum.NewNumeric(d), nil
}

func isNaN(d *apd.Decimal) bool { return d.Form == apd.NaN || d.Form == apd.NaNSignaling }

func setNaN(d *apd.Decimal) error { *d = apd.Decimal{Form: apd.NaN}; return nil }

func setInfinity(d *apd.Decimal, negative bool) error {
	*d = apd.Decimal{Form: apd.Infinite, Negative: negative}
	return nil
}

func addNumeric(d, x, y *apd.Decimal) error {
	if isNaN(x) || isNaN(y) || bothInfinite(x, y) && x.Negative != y.Negative {
		return setNaN(d)
	}
	_, err := exactly.Add(d, x, y)
	return err
}

func subNumeric(d, x, y *apd.Decimal) error {
	if isNaN(x) || isNaN(y) || bothInfinite(x, y) && x.Negative == y.Negative {
		return setNaN(d)
	}
	_, err := exactly.Sub(d, x, y)
	return err
}

func bothInfinite(x, y *apd.Decimal) bool { return x.Form == apd.Infinite && y.Form == apd.Infinite }

func mulNumeric(d, x, y *apd.Decimal) error {
	if isNaN(x) || isNaN(y) || x.Form != y.Form && (x.IsZero() || y.IsZero()) {
		return setNaN(d)
	}
	_, err := exactly.Mul(d, x, y)
	return err
}

func divNumeric(d, x, y *apd.Decimal) error {
	switch {
	case isNaN(x), isNaN(y), bothInfinite(x, y):
		return setNaN(d)
	case y.IsZero():
		return divisionByZero()
	case x.Form == apd.Infinite:
		return setInfinity(d, x.Negative != y.Negative)
	case y.Form == apd.Infinite:
		*d = apd.Decimal{}
		return nil
	}
	quotient(d, x, y, divisionScale(x, y))
	return nil
}

// quotient divides finite numbers, rounding half away from zero at scale.
func quotient(d, x, y *apd.Decimal, scale int32) {
	// x/y at that scale, with one more digit to round by: shift the dividend until integers divide.
	shift := scale + 1 + x.Exponent - y.Exponent
	num, den := new(apd.BigInt).Set(&x.Coeff), new(apd.BigInt).Set(&y.Coeff)
	if shift >= 0 {
		num.Mul(num, pow10(shift))
	} else {
		den.Mul(den, pow10(-shift))
	}
	*d = apd.Decimal{Negative: x.Negative != y.Negative, Exponent: -scale - 1}
	d.Coeff.Quo(num, den)
	datum.RoundNumeric(d, scale)
}

func pow10(n int32) *apd.BigInt {
	return new(apd.BigInt).Exp(apd.NewBigInt(10), apd.NewBigInt(int64(n)), nil)
}

// modNumeric is the remainder of division truncated towards zero, with the larger of the two scales.
func modNumeric(d, x, y *apd.Decimal) error {
	switch {
	case isNaN(x), isNaN(y):
		return setNaN(d)
	case y.IsZero():
		return divisionByZero()
	case x.Form == apd.Infinite:
		return setNaN(d)
	case y.Form == apd.Infinite:
		d.Set(x)
		return nil
	}
	a, b, exponent := aligned(x, y)
	negative := x.Negative
	*d = apd.Decimal{Negative: negative, Exponent: exponent}
	d.Coeff.Rem(a, b)
	return nil
}

// aligned returns the coefficients at the smaller exponent.
func aligned(x, y *apd.Decimal) (a, b *apd.BigInt, exponent int32) {
	exponent = min(x.Exponent, y.Exponent)
	a = new(apd.BigInt).Mul(&x.Coeff, pow10(x.Exponent-exponent))
	b = new(apd.BigInt).Mul(&y.Coeff, pow10(y.Exponent-exponent))
	return a, b, exponent
}

// quotientNumeric is div(x, y): the quotient truncated to an integer.
func quotientNumeric(d, x, y *apd.Decimal) error {
	if x.Form != apd.Finite || y.Form != apd.Finite || y.IsZero() {
		return divNumeric(d, x, y)
	}
	a, b, _ := aligned(x, y)
	*d = apd.Decimal{Negative: x.Negative != y.Negative}
	d.Coeff.Quo(a, b)
	return nil
}

func gcdNumeric(d, x, y *apd.Decimal) error {
	if isNaN(x) || isNaN(y) || x.Form == apd.Infinite || y.Form == apd.Infinite {
		return setNaN(d)
	}
	a, b, exponent := aligned(x, y)
	*d = apd.Decimal{Exponent: exponent}
	d.Coeff.GCD(nil, nil, a, b)
	return nil
}

func lcmNumeric(d, x, y *apd.Decimal) error {
	if x.Form != apd.Finite || y.Form != apd.Finite {
		return setNaN(d)
	}
	a, b, exponent := aligned(x, y)
	*d = apd.Decimal{Exponent: exponent}
	if a.Sign() == 0 || b.Sign() == 0 {
		return nil
	}
	gcd := new(apd.BigInt).GCD(nil, nil, a, b)
	d.Coeff.Mul(a.Quo(a, gcd), b)
	return nil
}

func negNumeric(d, x *apd.Decimal) error {
	d.Set(x)
	d.Negative = !x.Negative && !isNaN(x)
	return nil
}

func absNumeric(d, x *apd.Decimal) error {
	d.Set(x)
	d.Negative = false
	return nil
}

func signNumeric(d, x *apd.Decimal) error {
	if isNaN(x) {
		return setNaN(d)
	}
	*d = apd.Decimal{Negative: x.Negative}
	if !x.IsZero() {
		d.Coeff.SetInt64(1)
	}
	return nil
}

func roundedNumeric(d, x *apd.Decimal) error {
	d.Set(x)
	datum.RoundNumeric(d, 0)
	return nil
}

func truncatedNumeric(d, x *apd.Decimal) error {
	d.Set(x)
	truncNumeric(d, 0)
	return nil
}

// truncNumeric cuts a number to scale places, in place, adding zeros as rounding does.
func truncNumeric(d *apd.Decimal, scale int32) {
	if drop := -d.Exponent - scale; d.Form == apd.Finite && drop > 0 {
		d.Coeff.Quo(&d.Coeff, pow10(drop))
		d.Exponent = -scale
		d.Coeff.Mul(&d.Coeff, pow10(max(d.Exponent, 0)))
		d.Exponent = min(d.Exponent, 0)
	}
	datum.RoundNumeric(d, scale)
}

func floorNumeric(d, x *apd.Decimal) error { return toward(d, x, true) }

func ceilNumeric(d, x *apd.Decimal) error { return toward(d, x, false) }

// toward rounds to the integer below or above.
func toward(d, x *apd.Decimal, below bool) error {
	d.Set(x)
	truncNumeric(d, 0)
	if x.Form == apd.Finite && x.Negative == below && x.Cmp(d) != 0 {
		d.Coeff.Add(&d.Coeff, apd.NewBigInt(1))
		d.Negative = below
	}
	return nil
}

// maxResultScale is Postgres's NUMERIC_MAX_RESULT_SCALE: how far round and trunc go either way.
const maxResultScale = 2000

func scaled(a []datum.Datum, f func(d *apd.Decimal, scale int32)) (datum.Datum, error) {
	d := new(apd.Decimal).Set(a[0].Numeric())
	f(d, int32(min(max(a[1].Int(), -maxResultScale), maxResultScale)))
	return numericResult(d, nil)
}

// bucketNumeric is width_bucket over numerics.
func bucketNumeric(_ *Env, a []datum.Datum) (datum.Datum, error) {
	x, lo, hi, count := a[0].Numeric(), a[1].Numeric(), a[2].Numeric(), a[3].Int()
	switch {
	case count <= 0:
		return datum.Null, sqlstate.New(invalidBucketArgument, "count must be greater than zero")
	case isNaN(x) || isNaN(lo) || isNaN(hi):
		return datum.Null, sqlstate.New(invalidBucketArgument, "operand, lower bound, and upper bound cannot be NaN")
	case lo.Form != apd.Finite || hi.Form != apd.Finite:
		return datum.Null, sqlstate.New(invalidBucketArgument, "lower and upper bounds must be finite")
	}
	direction := hi.Cmp(lo)
	switch {
	case direction == 0:
		return datum.Null, sqlstate.New(invalidBucketArgument, "lower bound cannot equal upper bound")
	case x.Cmp(lo)*direction < 0:
		return datum.NewInt(0), nil
	case x.Cmp(hi)*direction >= 0:
		return intResult(addOne(count))
	}
	var above, span, bucket apd.Decimal
	if err := subNumeric(&above, x, lo); err != nil {
		return datum.Null, err
	}
	if err := subNumeric(&span, hi, lo); err != nil {
		return datum.Null, err
	}
	if err := mulNumeric(&above, new(apd.Decimal).Set(&above), apd.New(count, 0)); err != nil {
		return datum.Null, err
	}
	if err := quotientNumeric(&bucket, &above, &span); err != nil {
		return datum.Null, err
	}
	i, err := datum.NumericToInt(&bucket, datum.Int4)
	return intResult(i+1, err)
}

func addOne(count int64) (int64, error) {
	if count >= 1<<31-1 {
		return 0, outOfRange(datum.Int4)
	}
	return count + 1, nil
}
