package builtin

import (
	"math"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Arithmetic of dates, times, timestamps and intervals. Dates count days and timestamps microseconds
// from 2000; the ends of their ranges are the infinities, which absorb what is added to them.

func dateTimes(r *registry) {
	dates(r)
	timestamps(r)
	timesOfDay(r)
	intervals(r)
	timeZones(r)
	dateTimeFields(r)
	dateTimeMakers(r)
	timesWithZone(r)
}

// addInterval moves a value of a date or time type by an interval.
type addInterval func(env *Env, v int64, iv datum.IntervalValue) (int64, error)

func plusInterval(add addInterval, at int) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(add(env, a[1-at].Int(), a[at].Interval()))
	}
}

func minusInterval(add addInterval) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		iv, err := datum.NegateInterval(a[1].Interval())
		if err != nil {
			return datum.Null, err
		}
		return intResult(add(env, a[0].Int(), iv))
	}
}

func dates(r *registry) {
	r.fn(intsToInt(addDays), "date_pli(date,int4)")
	r.fn(intsToInt(func(a, b int64) (int64, error) { return addDays(b, a) }), "integer_pl_date(int4,date)")
	r.fn(intsToInt(func(a, b int64) (int64, error) { return addDays(a, -b) }), "date_mii(date,int4)")
	r.fn(intsToInt(func(a, b int64) (int64, error) {
		if !datum.IsFiniteDate(a) || !datum.IsFiniteDate(b) {
			return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "cannot subtract infinite dates")
		}
		return a - b, nil
	}), "date_mi(date,date)")
	r.fn(intsToInt(dateAndTime), "datetime_pl(date,time)", "timestamp(date,time)")
	r.fn(intsToInt(func(a, b int64) (int64, error) { return dateAndTime(b, a) }), "timedate_pl(time,date)")
	add := func(_ *Env, days int64, iv datum.IntervalValue) (int64, error) {
		micros, err := datum.DateToTimestamp(days)
		if err != nil {
			return 0, err
		}
		return datum.AddToTimestamp(micros, iv)
	}
	r.fn(plusInterval(add, 1), "date_pl_interval(date,interval)")
	r.fn(plusInterval(add, 0), "interval_pl_date(interval,date)")
	r.fn(minusInterval(add), "date_mi_interval(date,interval)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(datum.IsFiniteDate(a[0].Int())), nil
	}, "isfinite(date)")
}

func addDays(date, days int64) (int64, error) {
	if !datum.IsFiniteDate(date) {
		return date, nil
	}
	sum := date + days
	if !datum.IsFiniteDate(sum) {
		sum = math.MaxInt64 // a finite sum must not turn into infinity
	}
	return sum, datum.CheckDate(sum)
}

func dateAndTime(date, time int64) (int64, error) {
	micros, err := datum.DateToTimestamp(date)
	if err != nil || !datum.IsFiniteTimestamp(micros) {
		return micros, err
	}
	return micros + time, datum.CheckTimestamp(micros + time)
}

func timestamps(r *registry) {
	plain := func(_ *Env, v int64, iv datum.IntervalValue) (int64, error) { return datum.AddToTimestamp(v, iv) }
	zoned := func(env *Env, v int64, iv datum.IntervalValue) (int64, error) {
		return datum.AddToTimestamptz(v, iv, env.Datum)
	}
	for t, add := range map[*datum.Type]addInterval{datum.Timestamp: plain, datum.Timestamptz: zoned} {
		r.fn(plusInterval(add, 1), key(t.Name+"_pl_interval", t, datum.Interval))
		r.fn(plusInterval(add, 0), key("interval_pl_"+t.Name, datum.Interval, t))
		r.fn(minusInterval(add), key(t.Name+"_mi_interval", t, datum.Interval))
		r.fn(subtractTimestamps, key(t.Name+"_mi", t, t))
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewBool(datum.IsFiniteTimestamp(a[0].Int())), nil
		}, key("isfinite", t))
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return ageResult(a[0].Int(), a[1].Int()) },
		"age(timestamp,timestamp)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		loc := env.location()
		return ageResult(datum.LocalTimestamp(a[0].Int(), loc), datum.LocalTimestamp(a[1].Int(), loc))
	}, "age(timestamptz,timestamptz)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return ageResult(env.today(), a[0].Int())
	}, "age(timestamp)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return ageResult(env.today(), datum.LocalTimestamp(a[0].Int(), env.location()))
	}, "age(timestamptz)")
	r.sets["generate_series(timestamp,timestamp,interval)"] = timestampSeries(plain)
	r.sets["generate_series(timestamptz,timestamptz,interval)"] = timestampSeries(zoned)
}

// today is the session's midnight.
func (e *Env) today() int64 {
	return datum.DateFromTime(e.txStart().In(e.location())) * datum.MicrosPerDay
}

// subtractTimestamps gives days and hours, never months.
func subtractTimestamps(_ *Env, a []datum.Datum) (datum.Datum, error) {
	x, y := a[0].Int(), a[1].Int()
	if !datum.IsFiniteTimestamp(x) || !datum.IsFiniteTimestamp(y) {
		return datum.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	micros, ok := subInt(x, y)
	if !ok {
		return datum.Null, intervalOutOfRange()
	}
	return intervalResult(justifyHours(datum.IntervalValue{Micros: micros}))
}

func intervalOutOfRange() error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "interval out of range")
}

func ageResult(x, y int64) (datum.Datum, error) {
	if !datum.IsFiniteTimestamp(x) || !datum.IsFiniteTimestamp(y) {
		return datum.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range")
	}
	return intervalResult(age(x, y))
}

// age is x - y as a calendar tells it: years, months and days. Days are borrowed from the month in which
// the earlier of the two lies.
func age(x, y int64) (datum.IntervalValue, error) {
	if x < y {
		iv, err := age(y, x)
		if err != nil {
			return iv, err
		}
		return datum.NegateInterval(iv)
	}
	late, early := datum.CivilFromTimestamp(x), datum.CivilFromTimestamp(y)
	months := (late.Year-early.Year)*12 + late.Month - early.Month
	days := late.Day - early.Day
	micros := timeOfDay(late) - timeOfDay(early)
	if micros < 0 {
		micros += datum.MicrosPerDay
		days--
	}
	if days < 0 {
		days += datum.DaysInMonth(early.Year, early.Month)
		months--
	}
	return datum.MakeInterval(months, days, micros)
}

func timeOfDay(c datum.Civil) int64 {
	return c.Hour*datum.MicrosPerHour + c.Minute*datum.MicrosPerMinute + c.Second*datum.MicrosPerSecond + c.Micro
}

func timestampSeries(add addInterval) SetFunc {
	return func(env *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
		at, last, step := a[0].Int(), a[1].Int(), a[2].Interval()
		sign := datum.Compare(datum.Interval, a[2], datum.NewInterval(datum.IntervalValue{}))
		if sign == 0 {
			return invalidParameter("step size cannot equal zero")
		}
		for sign > 0 && at <= last || sign < 0 && at >= last {
			if err := emit([]datum.Datum{datum.NewInt(at)}); err != nil {
				return err
			}
			next, err := add(env, at, step)
			if err != nil {
				return err
			}
			if next == at {
				return nil // an infinity goes nowhere
			}
			at = next
		}
		return nil
	}
}

func timesOfDay(r *registry) {
	add := func(_ *Env, v int64, iv datum.IntervalValue) (int64, error) {
		sum := (v + iv.Micros%datum.MicrosPerDay) % datum.MicrosPerDay
		if sum < 0 {
			sum += datum.MicrosPerDay
		}
		return sum, nil
	}
	r.fn(plusInterval(add, 1), "time_pl_interval(time,interval)")
	r.fn(plusInterval(add, 0), "interval_pl_time(interval,time)")
	r.fn(minusInterval(add), "time_mi_interval(time,interval)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInterval(datum.IntervalValue{Micros: a[0].Int() - a[1].Int()}), nil
	}, "time_mi_time(time,time)")
}

func timeZones(r *registry) {
	for _, zone := range []*datum.Type{datum.Text, datum.Interval} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			loc, err := zoneOf(env, a[0])
			if err != nil {
				return datum.Null, err
			}
			return datum.NewInt(datum.LocalTimestamp(a[1].Int(), loc)), nil
		}, key("timezone", zone, datum.Timestamptz))
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			loc, err := zoneOf(env, a[0])
			if err != nil {
				return datum.Null, err
			}
			return intResult(datum.ZonedTimestamp(a[1].Int(), loc))
		}, key("timezone", zone, datum.Timestamp))
	}
}
