package builtin

import (
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func numericScales(r *registry) {
	r.fn(scaleFunc(scaleOf), "scale(numeric)")
	r.fn(scaleFunc(minScale), "min_scale(numeric)")
	r.fn(numericToNumeric(func(d, x *apd.Decimal) error {
		d.Set(x)
		if x.Form == apd.Finite {
			datum.RoundNumeric(d, minScale(x))
			d.Coeff.Quo(&x.Coeff, pow10(scaleOf(x)-minScale(x)))
			d.Exponent = -minScale(x)
		}
		return nil
	}), "trim_scale(numeric)")
	r.fn(factorial, "factorial(int8)")
}

// scaleFunc is NULL for what has no digits.
func scaleFunc(f func(d *apd.Decimal) int32) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if d := a[0].Numeric(); d.Form == apd.Finite {
			return datum.NewInt(int64(f(d))), nil
		}
		return datum.Null, nil
	}
}

// minScale is how many places are needed.
func minScale(d *apd.Decimal) int32 {
	if d.IsZero() {
		return 0
	}
	digits := d.Coeff.String()
	zeros := int32(len(digits) - len(strings.TrimRight(digits, "0")))
	return max(scaleOf(d)-zeros, 0)
}

// maxFactorial is the last whose result a numeric holds.
const maxFactorial = 32177

func factorial(env *Env, a []datum.Datum) (datum.Datum, error) {
	n := a[0].Int()
	switch {
	case n < 0:
		return datum.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "factorial of a negative number is undefined")
	case n > maxFactorial:
		return datum.Null, numericOverflow()
	}
	d := apd.New(1, 0)
	for i := int64(2); i <= n; i++ {
		d.Coeff.Mul(&d.Coeff, apd.NewBigInt(i))
		if i%1024 == 0 && env != nil && env.Ctx != nil && env.Ctx.Err() != nil {
			return datum.Null, env.Ctx.Err()
		}
	}
	return numericResult(d, nil)
}
