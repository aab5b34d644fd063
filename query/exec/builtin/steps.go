package builtin

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// The steps and ends of PostgreSQL's own aggregates whose states are SQL values, so that CREATE AGGREGATE can name them.
// Our aggregates have states of their own (agg_*.go) and do not use these.

func stepFunctions(r *registry) {
	count := func(step int64) Func {
		return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return intResult(ranged(datum.Int8, addInt)(a[0].Int(), step))
		}
	}
	r.fn(count(1), "int8inc(int8)", "int8inc_any(int8,any)", "int8inc_float8_float8(int8,float8,float8)")
	r.fn(count(-1), "int8dec(int8)", "int8dec_any(int8,any)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(ranged(datum.Int4, addInt)(a[0].Int(), 1))
	}, "int4inc(int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		sum := new(apd.Decimal)
		return numericResult(sum, addNumeric(sum, a[0].Numeric(), apd.New(1, 0)))
	}, "numeric_inc(numeric)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[0].Bool() && a[1].Bool()), nil
	}, "booland_statefunc(bool,bool)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[0].Bool() || a[1].Bool()), nil
	}, "boolor_statefunc(bool,bool)")
	r.fn(integerSum, "int2_sum(int8,int2)", "int4_sum(int8,int4)")
	r.fn(bigintSum, "int8_sum(numeric,int8)")
	r.fn(averageStep(1), "int2_avg_accum(_int8,int2)", "int4_avg_accum(_int8,int4)")
	r.fn(averageStep(-1), "int2_avg_accum_inv(_int8,int2)", "int4_avg_accum_inv(_int8,int4)")
	r.fn(averageCombine, "int4_avg_combine(_int8,_int8)")
	r.fn(averageEnd(func(count, sum int64) (datum.Datum, error) {
		d := new(apd.Decimal)
		return numericResult(d, divNumeric(d, apd.New(sum, 0), apd.New(count, 0)))
	}), "int8_avg(_int8)")
	r.fn(averageEnd(func(_, sum int64) (datum.Datum, error) { return datum.NewInt(sum), nil }), "int2int4_sum(_int8)")
	r.fn(intervalStep(datum.AddInterval, 1), "interval_accum(_interval,interval)")
	r.fn(intervalStep(subInterval, -1), "interval_accum_inv(_interval,interval)")
	r.fn(intervalCombine, "interval_combine(_interval,_interval)")
	r.fn(intervalAverage, "interval_avg(_interval)")
	floatSteps(r)
}

// integerSum is a step of sum(int2) and sum(int4): the first value is the sum so far where that is NULL.
func integerSum(_ *Env, a []datum.Datum) (datum.Datum, error) {
	switch {
	case a[1].IsNull():
		return a[0], nil
	case a[0].IsNull():
		return a[1], nil
	}
	return datum.NewInt(a[0].Int() + a[1].Int()), nil
}

func bigintSum(_ *Env, a []datum.Datum) (datum.Datum, error) {
	switch {
	case a[1].IsNull():
		return a[0], nil
	case a[0].IsNull():
		return datum.NewNumeric(datum.NumericFromInt(a[1].Int())), nil
	}
	sum := new(apd.Decimal)
	return numericResult(sum, addNumeric(sum, a[0].Numeric(), apd.New(a[1].Int(), 0)))
}

// countAndSum reads the state of avg(int4): {count,sum}.
func countAndSum(d datum.Datum) (count, sum int64, err error) {
	e := d.Array().Elems
	if len(e) != 2 || e[0].IsNull() || e[1].IsNull() {
		return 0, 0, sqlstate.New(sqlstate.InternalError, "expected 2-element int8 array")
	}
	return e[0].Int(), e[1].Int(), nil
}

func arrayOfTwo(elem *datum.Type, a, b datum.Datum) datum.Datum {
	return datum.ArrayFrom(elem, []datum.Datum{a, b})
}

func averageStep(sign int64) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		count, sum, err := countAndSum(a[0])
		if err != nil {
			return datum.Null, err
		}
		return arrayOfTwo(datum.Int8, datum.NewInt(count+sign), datum.NewInt(sum+sign*a[1].Int())), nil
	}
}

func averageCombine(_ *Env, a []datum.Datum) (datum.Datum, error) {
	n, x, err := countAndSum(a[0])
	if err != nil {
		return datum.Null, err
	}
	m, y, err := countAndSum(a[1])
	return arrayOfTwo(datum.Int8, datum.NewInt(n+m), datum.NewInt(x+y)), err
}

func averageEnd(end func(count, sum int64) (datum.Datum, error)) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		count, sum, err := countAndSum(a[0])
		if err != nil || count == 0 {
			return datum.Null, err
		}
		return end(count, sum)
	}
}

// sumAndCount reads the state of avg(interval): {sum, an interval of as many microseconds as there were values}.
func sumAndCount(d datum.Datum) (sum datum.IntervalValue, count int64, err error) {
	e := d.Array().Elems
	if len(e) != 2 || e[0].IsNull() || e[1].IsNull() {
		return sum, 0, sqlstate.New(sqlstate.InternalError, "expected 2-element interval array")
	}
	return e[0].Interval(), e[1].Interval().Micros, nil
}

func intervalState(sum datum.IntervalValue, count int64) datum.Datum {
	return arrayOfTwo(datum.Interval, datum.NewInterval(sum), datum.NewInterval(datum.IntervalValue{Micros: count}))
}

func intervalStep(op func(a, b datum.IntervalValue) (datum.IntervalValue, error), sign int64) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		sum, count, err := sumAndCount(a[0])
		if err == nil {
			sum, err = op(sum, a[1].Interval())
		}
		if err != nil {
			return datum.Null, err
		}
		return intervalState(sum, count+sign), nil
	}
}

func subInterval(a, b datum.IntervalValue) (datum.IntervalValue, error) {
	negative, err := datum.NegateInterval(b)
	if err != nil {
		return a, err
	}
	return datum.AddInterval(a, negative)
}

func intervalCombine(_ *Env, a []datum.Datum) (datum.Datum, error) {
	sum, count, err := sumAndCount(a[0])
	if err != nil {
		return datum.Null, err
	}
	other, more, err := sumAndCount(a[1])
	if err == nil {
		sum, err = datum.AddInterval(sum, other)
	}
	if err != nil {
		return datum.Null, err
	}
	return intervalState(sum, count+more), nil
}

func intervalAverage(_ *Env, a []datum.Datum) (datum.Datum, error) {
	sum, count, err := sumAndCount(a[0])
	if err != nil || count == 0 {
		return datum.Null, err
	}
	return intervalResult(divideInterval(sum, float64(count)))
}
