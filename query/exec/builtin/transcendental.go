package builtin

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// guardDigits are computed beyond those shown, so that rounding the result is rounding the true value.
const guardDigits = 10

// within is a context for a result whose leading digit has the given decimal weight.
func within(weight, scale int32) *apd.Context {
	return apd.BaseContext.WithPrecision(uint32(max(weight, 0) + scale + guardDigits))
}

func numericOverflow() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value overflows numeric format")
}

func sqrtNumeric(d, x *apd.Decimal) error {
	switch {
	case isNaN(x):
		return setNaN(d)
	case x.Negative && !x.IsZero():
		return sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
	case x.Form == apd.Infinite:
		return setInfinity(d, false)
	}
	weight, _ := leading(x)
	half := weight*groupDigits/2 + 1
	if weight < 0 {
		half = 1 - (-weight)*groupDigits/2
	}
	scale := displayScale(minSigDigits-half, x)
	_, err := within(half+groupDigits, scale).Sqrt(d, x)
	datum.RoundNumeric(d, scale)
	return err
}

func expNumeric(d, x *apd.Decimal) error {
	switch {
	case isNaN(x):
		return setNaN(d)
	case x.Form == apd.Infinite && x.Negative:
		*d = apd.Decimal{}
		return nil
	case x.Form == apd.Infinite:
		return setInfinity(d, false)
	}
	f, err := datum.NumericToFloat(x)
	if err != nil || f > 3*math.MaxInt16*groupDigits {
		if x.Negative {
			f = math.Inf(-1)
		} else {
			return numericOverflow()
		}
	}
	weight := int32(min(max(f*math.Log10E, -maxResultScale), 1<<20))
	scale := displayScale(minSigDigits-min(weight, maxResultScale), x)
	if f*math.Log10E < -maxDisplayScale-2 {
		*d = apd.Decimal{Exponent: -scale}
		return nil
	}
	if _, err := within(weight, scale).Exp(d, x); err != nil {
		return err
	}
	datum.RoundNumeric(d, scale)
	return nil
}

func lnNumeric(d, x *apd.Decimal) error {
	if done, err := logSpecial(d, x); done {
		return err
	}
	weight := lnWeight(x)
	scale := displayScale(minSigDigits-weight, x)
	_, err := within(groupDigits, scale).Ln(d, x)
	datum.RoundNumeric(d, scale)
	return err
}

// logSpecial settles the logarithms of NaN, infinity, zero and negative numbers.
func logSpecial(d, x *apd.Decimal) (bool, error) {
	switch {
	case isNaN(x):
		return true, setNaN(d)
	case x.IsZero():
		return true, checkLogarithm(0)
	case x.Negative:
		return true, checkLogarithm(-1)
	case x.Form == apd.Infinite:
		return true, setInfinity(d, false)
	}
	return false, nil
}

func log10Numeric(d, x *apd.Decimal) error { return logNumeric(d, apd.New(10, 0), x) }

// logNumeric is the logarithm of x to the base b.
func logNumeric(d, b, x *apd.Decimal) error {
	if isNaN(b) || isNaN(x) {
		return setNaN(d)
	}
	if _, err := logSpecial(d, b); err != nil {
		return err
	}
	if done, err := logSpecial(d, x); done || err != nil {
		if err == nil && b.Form == apd.Infinite {
			return setNaN(d)
		}
		return err
	}
	if b.Form == apd.Infinite {
		*d = apd.Decimal{}
		return nil
	}
	scale := displayScale(minSigDigits-lnWeight(x)+lnWeight(b), b, x)
	var lnB, lnX apd.Decimal
	ctx := within(groupDigits, scale+guardDigits)
	if _, err := ctx.Ln(&lnB, b); err != nil {
		return err
	}
	if _, err := ctx.Ln(&lnX, x); err != nil {
		return err
	}
	if lnB.IsZero() {
		return divisionByZero()
	}
	quotient(d, &lnX, &lnB, scale)
	return nil
}

// powerNumeric is x to the power y.
func powerNumeric(d, x, y *apd.Decimal) error {
	if x.Form != apd.Finite || y.Form != apd.Finite {
		return powerSpecial(d, x, y)
	}
	integral := isIntegral(y)
	switch {
	case x.IsZero() && y.Sign() < 0:
		return zeroToNegative()
	case x.Sign() < 0 && !integral:
		return complexPower()
	case x.IsZero():
		scale := displayScale(minSigDigits, x, y)
		*d = apd.Decimal{Exponent: -scale}
		if y.IsZero() {
			d.Coeff.Set(pow10(scale))
		}
		return nil
	}
	exponent, err := datum.NumericToFloat(y)
	if err != nil {
		return numericOverflow()
	}
	integral = integral && math.Abs(exponent) < math.MaxInt32
	abs := new(apd.Decimal).Abs(x)
	weight := log10Of(abs) * exponent // of the result
	switch {
	case weight > math.MaxInt16*groupDigits:
		return numericOverflow()
	case weight < -maxDisplayScale-1 && !integral:
		*d = apd.Decimal{Exponent: -maxDisplayScale}
		return nil
	case integral:
		return integerPower(d, x, int64(exponent), weight)
	}
	scale := displayScale(minSigDigits-int32(weight), x, y)
	return realPower(d, abs, y, int32(weight), scale)
}

// integerPower multiplies by squaring, whatever the weight, to 16 places or as many as x has. Each product
// loses at most half a unit in its last digit, and there are no more than 62 of them.
func integerPower(d, x *apd.Decimal, n int64, weight float64) error {
	scale := displayScale(minSigDigits, x)
	if weight < float64(-scale-1) {
		*d = apd.Decimal{Exponent: -scale}
		return nil
	}
	ctx := within(int32(math.Abs(weight))+groupDigits+2*guardDigits, scale)
	d.SetInt64(1)
	square := new(apd.Decimal).Set(x)
	for m := magnitude(n); m > 0; m >>= 1 {
		if m&1 == 1 {
			if _, err := ctx.Mul(d, d, square); err != nil {
				return err
			}
		}
		if m > 1 {
			if _, err := ctx.Mul(square, square, square); err != nil {
				return err
			}
		}
	}
	if n < 0 {
		whole := new(apd.Decimal).Set(d)
		quotient(d, apd.New(1, 0), whole, scale)
		return nil
	}
	datum.RoundNumeric(d, scale)
	return nil
}

// realPower is e to the power of y·ln x.
func realPower(d, x, y *apd.Decimal, weight, scale int32) error {
	ctx := within(max(weight, -weight)+2*groupDigits+int32(y.NumDigits()), scale+guardDigits)
	var ln apd.Decimal
	if _, err := ctx.Ln(&ln, x); err != nil {
		return err
	}
	if _, err := ctx.Mul(&ln, &ln, y); err != nil {
		return err
	}
	if _, err := ctx.Exp(d, &ln); err != nil {
		return err
	}
	datum.RoundNumeric(d, scale)
	return nil
}

func isIntegral(d *apd.Decimal) bool {
	if d.Form != apd.Finite || d.Exponent >= 0 {
		return d.Form == apd.Finite
	}
	return new(apd.BigInt).Rem(&d.Coeff, pow10(-d.Exponent)).Sign() == 0
}

// powerSpecial has the powers with NaN and infinity as IEEE 754 and POSIX have them.
func powerSpecial(d, x, y *apd.Decimal) error {
	one := apd.New(1, 0)
	switch {
	case isNaN(x):
		if y.IsZero() {
			d.SetInt64(1)
			return nil
		}
		return setNaN(d)
	case isNaN(y):
		if x.Form == apd.Finite && x.Cmp(one) == 0 {
			d.SetInt64(1)
			return nil
		}
		return setNaN(d)
	}
	base, exponent := specialFloat(x), specialFloat(y)
	switch {
	case base == 0 && exponent < 0:
		return zeroToNegative()
	case base < 0 && y.Form == apd.Finite && !isIntegral(y):
		return complexPower()
	}
	return fromFloat(d, math.Pow(base, exponent))
}

// specialFloat is d as a float for powers with an infinity, where only the rough size matters: what is
// not exactly ±1 must not become it.
func specialFloat(d *apd.Decimal) float64 {
	f, err := datum.NumericToFloat(d)
	abs := new(apd.Decimal).Abs(d)
	if err != nil || math.Abs(f) == 1 && abs.Cmp(apd.New(1, 0)) != 0 {
		f = 2
		if abs.Cmp(apd.New(1, 0)) < 0 {
			f = 0.5
		}
		if d.Negative {
			f = -f
		}
	}
	return f
}

func fromFloat(d *apd.Decimal, f float64) error {
	n, err := datum.NumericFromFloat(f, 64)
	if err == nil {
		d.Set(n)
	}
	return err
}
