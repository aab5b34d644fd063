package builtin

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
)

func series(r *registry) {
	for _, t := range []*datum.Type{datum.Int4, datum.Int8} {
		r.sets[key("generate_series", t, t)] = intSeries(t)
		r.sets[key("generate_series", t, t, t)] = intSeries(t)
	}
	n := datum.Numeric
	r.sets[key("generate_series", n, n)] = numericSeries
	r.sets[key("generate_series", n, n, n)] = numericSeries
}

func intSeries(t *datum.Type) SetFunc {
	lo, hi := intLimits(t)
	return func(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
		at, last, step := a[0].Int(), a[1].Int(), int64(1)
		if len(a) > 2 {
			step = a[2].Int()
		}
		if step == 0 {
			return invalidParameter("step size cannot equal zero")
		}
		row := make([]datum.Datum, 1)
		for step > 0 && at <= last || step < 0 && at >= last {
			row[0] = datum.NewInt(at)
			if err := emit(row); err != nil {
				return err
			}
			next, ok := addInt(at, step)
			if !ok || next < lo || next > hi {
				return nil // the next would be beyond the last in any case
			}
			at = next
		}
		return nil
	}
}

func numericSeries(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
	step := apd.New(1, 0)
	if len(a) > 2 {
		step = a[2].Numeric()
	}
	for i, what := range []string{"start value", "stop value", "step size"} {
		if i >= len(a) {
			break
		}
		switch d := a[i].Numeric(); {
		case isNaN(d):
			return invalidParameter("%s cannot be NaN", what)
		case d.Form == apd.Infinite:
			return invalidParameter("%s cannot be infinity", what)
		}
	}
	sign := step.Sign()
	if sign == 0 {
		return invalidParameter("step size cannot equal zero")
	}
	last := a[1].Numeric()
	for at := a[0].Numeric(); at.Cmp(last)*sign <= 0; {
		if err := emit([]datum.Datum{datum.NewNumeric(at)}); err != nil {
			return err
		}
		next := new(apd.Decimal)
		if err := addNumeric(next, at, step); err != nil {
			return err
		}
		if err := datum.FitNumeric(next); err != nil {
			return err
		}
		at = next
	}
	return nil
}
