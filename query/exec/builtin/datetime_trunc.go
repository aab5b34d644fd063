package builtin

import (
	"strings"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func truncations(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(truncTimestamp(a[0].Str(), a[1].Int(), datum.Timestamp))
	}, "date_trunc(text,timestamp)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(truncZoned(a[0].Str(), a[1].Int(), env.location()))
	}, "date_trunc(text,timestamptz)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		loc, err := datum.LoadZone(a[2].Str())
		if err != nil {
			return datum.Null, err
		}
		return intResult(truncZoned(a[0].Str(), a[1].Int(), loc))
	}, "date_trunc(text,timestamptz,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intervalResult(truncInterval(a[0].Str(), a[1].Interval()))
	}, "date_trunc(text,interval)")
}

func truncZoned(name string, micros int64, loc *time.Location) (int64, error) {
	local, err := truncTimestamp(name, datum.LocalTimestamp(micros, loc), datum.Timestamptz)
	if err != nil {
		return 0, err
	}
	return datum.ZonedTimestamp(local, loc)
}

func truncUnit(name string, t *datum.Type) (string, error) {
	unit, err := unitOf(name, t)
	if err == nil && circular[unit] {
		err = unitUnknown(name, t)
	}
	return unit, err
}

// clockUnits are the lengths of the units below a day.
var clockUnits = map[string]int64{
	"microseconds": 1, "milliseconds": 1000, "second": datum.MicrosPerSecond,
	"minute": datum.MicrosPerMinute, "hour": datum.MicrosPerHour,
}

func truncTimestamp(name string, micros int64, t *datum.Type) (int64, error) {
	if !datum.IsFiniteTimestamp(micros) {
		return micros, nil // whatever the unit is, even none
	}
	unit, err := truncUnit(name, t)
	if err != nil {
		return 0, err
	}
	if length, ok := clockUnits[unit]; ok {
		return micros - floorMod(micros, length), nil
	}
	first, ok := firstDay(unit, datum.TimestampToDate(micros))
	if !ok {
		return 0, unitUnsupported(name, t)
	}
	micros = first * datum.MicrosPerDay
	return micros, datum.CheckTimestamp(micros)
}

// firstDay is the first day of the unit that a day is in.
func firstDay(unit string, day int64) (int64, bool) {
	year, month, _ := datum.CivilFromDays(day)
	switch unit {
	case "day":
		return day, true
	case "week":
		return day - floorMod(day+5, 7), true
	case "month":
		return datum.DaysFromCivil(year, month, 1), true
	case "quarter":
		return datum.DaysFromCivil(year, (month-1)/3*3+1, 1), true
	case "year":
	case "decade":
		year = decadeOf(year) * 10
	case "century":
		year = firstYear(year, 100)
	case "millennium":
		year = firstYear(year, 1000)
	default:
		return 0, false
	}
	return datum.DaysFromCivil(year, 1, 1), true
}

// firstYear is the first year of a century or millennium: 2001 of the 21st.
func firstYear(year, length int64) int64 {
	n := ageOfYears(year, length)
	if n > 0 {
		return (n-1)*length + 1
	}
	return n*length + 1
}

func truncInterval(name string, iv datum.IntervalValue) (datum.IntervalValue, error) {
	unit, err := truncUnit(name, datum.Interval)
	if err != nil {
		return iv, err
	}
	if length, ok := clockUnits[unit]; ok {
		iv.Micros -= iv.Micros % length
		return iv, nil
	}
	iv.Micros = 0
	months := int32(0)
	switch unit {
	case "day":
		return iv, nil
	case "month":
		months = 1
	case "quarter":
		months = 3
	case "year":
		months = 12
	case "decade":
		months = 120
	case "century":
		months = 1200
	case "millennium":
		months = 12000
	case "week":
		return iv, sqlstate.New(sqlstate.FeatureNotSupported, "unit \"%s\" not supported for type interval",
			strings.ToLower(name)).WithDetail("Months usually have fractional weeks.")
	default:
		return iv, unitUnsupported(name, datum.Interval)
	}
	return datum.IntervalValue{Months: iv.Months - iv.Months%months}, nil
}
