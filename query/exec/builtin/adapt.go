package builtin

import "github.com/seguedb/segue/query/datum"

// Adapters from functions over Go values to Funcs, so that a family reads as what it computes.

func intToInt(f func(int64) (int64, error)) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) { return intResult(f(a[0].Int())) }
}

func intsToInt(f func(a, b int64) (int64, error)) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) { return intResult(f(a[0].Int(), a[1].Int())) }
}

func floatToFloat(f func(float64) (float64, error)) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) { return floatResult(f(a[0].Float())) }
}

func floatsToFloat(f func(a, b float64) (float64, error)) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) { return floatResult(f(a[0].Float(), a[1].Float())) }
}

func textToText(f func(string) string) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) { return datum.NewString(f(a[0].Str())), nil }
}

func textToInt(f func(string) int) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) { return datum.NewInt(int64(f(a[0].Str()))), nil }
}

func textsToText(f func(a, b string) string) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(f(a[0].Str(), a[1].Str())), nil
	}
}

func intResult(i int64, err error) (datum.Datum, error) {
	if err != nil {
		return datum.Null, err
	}
	return datum.NewInt(i), nil
}

func floatResult(f float64, err error) (datum.Datum, error) {
	if err != nil {
		return datum.Null, err
	}
	return datum.NewFloat(f), nil
}

func textResult(s string, err error) (datum.Datum, error) {
	if err != nil {
		return datum.Null, err
	}
	return datum.NewString(s), nil
}

func intervalResult(iv datum.IntervalValue, err error) (datum.Datum, error) {
	if err != nil {
		return datum.Null, err
	}
	return datum.NewInterval(iv), nil
}

// constant is a function of no arguments.
func constant(d datum.Datum) Func {
	return func(*Env, []datum.Datum) (datum.Datum, error) { return d, nil }
}

// identity returns its first argument: unary plus, and conversions between types held alike.
func identity(_ *Env, a []datum.Datum) (datum.Datum, error) { return a[0], nil }

// fn registers one implementation under several keys.
func (r *registry) fn(f Func, keys ...string) {
	for _, k := range keys {
		r.funcs[k] = f
	}
}
