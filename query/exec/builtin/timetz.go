package builtin

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
)

// timesWithZone are the functions of timetz; its comparisons are among all others.
func timesWithZone(r *registry) {
	plus := func(d datum.Datum, iv datum.IntervalValue) datum.Datum {
		micros, east := datum.TimetzParts(d)
		return datum.NewTimetz(floorMod(micros+iv.Micros%datum.MicrosPerDay, datum.MicrosPerDay), east)
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return plus(a[0], a[1].Interval()), nil },
		"timetz_pl_interval(timetz,interval)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return plus(a[1], a[0].Interval()), nil },
		"interval_pl_timetz(interval,timetz)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return plus(a[0], datum.IntervalValue{Micros: -(a[1].Interval().Micros % datum.MicrosPerDay)}), nil
	}, "timetz_mi_interval(timetz,interval)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return intResult(dateAndZonedTime(a[0], a[1])) },
		"datetimetz_pl(date,timetz)", "timestamptz(date,timetz)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return intResult(dateAndZonedTime(a[1], a[0])) },
		"timetzdate_pl(timetz,date)")
	for _, zone := range []*datum.Type{datum.Text, datum.Interval} {
		r.fn(atZone, key("timezone", zone, datum.Timetz))
	}
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		first, err := span(env, datum.Timetz, datum.Timetz, a[0], a[1])
		if err != nil {
			return datum.Null, err
		}
		second, err := span(env, datum.Timetz, datum.Timetz, a[2], a[3])
		return overlap(first, second), err
	}, "overlaps(timetz,timetz,timetz,timetz)")
}

func dateAndZonedTime(date, clock datum.Datum) (int64, error) {
	micros, east := datum.TimetzParts(clock)
	local, err := dateAndTime(date.Int(), micros)
	if err != nil || !datum.IsFiniteTimestamp(local) {
		return local, err
	}
	local -= east * datum.MicrosPerSecond
	return local, datum.CheckTimestamp(local)
}

// atZone shows a time of day on the clock of another zone, by the offset that it has at the transaction's start.
func atZone(env *Env, a []datum.Datum) (datum.Datum, error) {
	loc, err := zoneOf(env, a[0])
	if err != nil {
		return datum.Null, err
	}
	micros, east := datum.TimetzParts(a[1])
	_, seconds := env.txStart().In(loc).Zone()
	there := int64(seconds)
	return datum.NewTimetz(floorMod(micros+(there-east)*datum.MicrosPerSecond, datum.MicrosPerDay), there), nil
}

// timetzField reads a time of day and its zone.
func timetzField(_ *Env, unit string, d datum.Datum) (*apd.Decimal, bool) {
	micros, east := datum.TimetzParts(d)
	switch unit {
	case "epoch":
		return epochOf(micros - east*datum.MicrosPerSecond + datum.EpochMicros), true
	case "timezone":
		return whole(east)
	case "timezone_hour":
		return whole(east / 3600)
	case "timezone_minute":
		return whole(east / 60 % 60)
	}
	return clockField(unit, micros)
}
