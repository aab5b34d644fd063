package builtin

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
)

// spreadOf says which of the family is meant: of the population or of a sample, its root or itself.
type spreadOf struct{ population, root bool }

func varianceAggregates(r *registry) {
	for name, what := range map[string]spreadOf{
		"var_pop": {population: true}, "var_samp": {}, "variance": {},
		"stddev_pop": {population: true, root: true}, "stddev_samp": {root: true}, "stddev": {root: true},
	} {
		for _, t := range []*datum.Type{datum.Int2, datum.Int4, datum.Int8, datum.Numeric} {
			r.aggs[key(name, t)] = func([]*datum.Type, *Env) AggState { return &numericSpreadState{spreadOf: what} }
		}
		for _, t := range []*datum.Type{datum.Float4, datum.Float8} {
			r.aggs[key(name, t)] = func([]*datum.Type, *Env) AggState { return &floatSpreadState{spreadOf: what} }
		}
	}
}

// missing says whether n values are too few.
func (s spreadOf) missing(n int64) bool { return n == 0 || n == 1 && !s.population }

// numericSpreadState keeps the exact sums of the values and of their squares.
type numericSpreadState struct {
	spreadOf
	n            int64
	sum, squares apd.Decimal
}

func (s *numericSpreadState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	x := a[0].Numeric()
	if x == nil {
		x = apd.New(a[0].Int(), 0)
	}
	s.n++
	var square apd.Decimal
	if err := mulNumeric(&square, x, x); err != nil {
		return err
	}
	if err := addNumeric(&s.squares, &s.squares, &square); err != nil {
		return err
	}
	return addNumeric(&s.sum, &s.sum, x)
}

func (s *numericSpreadState) Result() (datum.Datum, error) {
	switch {
	case s.missing(s.n):
		return datum.Null, nil
	case s.squares.Form != apd.Finite:
		return datum.NewNumeric(&apd.Decimal{Form: apd.NaN}), nil
	}
	n := apd.New(s.n, 0)
	var deviations, square, divisor apd.Decimal
	for _, step := range []error{
		mulNumeric(&deviations, &s.squares, n),
		mulNumeric(&square, &s.sum, &s.sum),
		subNumeric(&deviations, new(apd.Decimal).Set(&deviations), &square),
	} {
		if step != nil {
			return datum.Null, step
		}
	}
	if deviations.Sign() <= 0 {
		return datum.NewNumeric(new(apd.Decimal)), nil
	}
	if s.population {
		divisor.Coeff.Mul(&n.Coeff, &n.Coeff)
	} else {
		divisor.Coeff.Mul(&n.Coeff, apd.NewBigInt(s.n-1))
	}
	scale := divisionScale(&deviations, &divisor)
	d := new(apd.Decimal)
	quotient(d, &deviations, &divisor, scale)
	if s.root {
		variance := new(apd.Decimal).Set(d)
		if _, err := within(int32(variance.NumDigits()), scale).Sqrt(d, variance); err != nil {
			return datum.Null, err
		}
		datum.RoundNumeric(d, scale)
	}
	return numericResult(d, nil)
}

// floatSpreadState updates the sum of squared deviations as Youngs and Cramer do, which keeps the digits
// that squares and their difference would lose.
type floatSpreadState struct {
	spreadOf
	n               int64
	sum, deviations float64
}

func (s *floatSpreadState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	x := a[0].Float()
	s.n++
	s.sum += x
	if s.n == 1 {
		s.deviations = x*0 + 0 // NaN for NaN and infinity
		return nil
	}
	n := float64(s.n)
	d := x*n - s.sum
	s.deviations += d * d / (n * (n - 1))
	if math.IsInf(s.deviations, 0) {
		if !math.IsInf(x, 0) && !math.IsInf(s.sum, 0) {
			return floatOverflow()
		}
		s.deviations = math.NaN()
	}
	return nil
}

func (s *floatSpreadState) Result() (datum.Datum, error) {
	if s.missing(s.n) {
		return datum.Null, nil
	}
	n := float64(s.n)
	if !s.population {
		n--
	}
	v := s.deviations / n
	if s.root {
		v = math.Sqrt(v)
	}
	return datum.NewFloat(v), nil
}
