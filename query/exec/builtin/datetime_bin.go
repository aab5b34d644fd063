package builtin

import (
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func dateBins(r *registry) {
	for _, t := range []*datum.Type{datum.Timestamp, datum.Timestamptz} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return intResult(dateBin(a[0].Interval(), a[1].Int(), a[2].Int()))
		}, key("date_bin", datum.Interval, t, t))
	}
	r.fn(makeTimestamptz, "make_timestamptz(int4,int4,int4,int4,int4,float8)",
		"make_timestamptz(int4,int4,int4,int4,int4,float8,text)")
	overlaps(r)
}

// dateBin is the start of the bin that a time is in: bins are as long as stride, and one begins at origin.
func dateBin(stride datum.IntervalValue, t, origin int64) (int64, error) {
	switch {
	case !datum.IsFiniteTimestamp(t):
		return t, nil
	case !datum.IsFiniteTimestamp(origin):
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "origin out of range")
	case stride.Months != 0:
		return 0, unsupported("timestamps cannot be binned into intervals containing months or years")
	}
	length := int64(stride.Days)*datum.MicrosPerDay + stride.Micros
	if length <= 0 {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "stride must be greater than zero")
	}
	distance := t - origin
	if (t < 0) != (origin < 0) && (distance < 0) != (t < 0) {
		return 0, intervalOutOfRange()
	}
	out := t - floorMod(distance, length)
	if out > t {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range")
	}
	return out, datum.CheckTimestamp(out)
}

func makeTimestamptz(env *Env, a []datum.Datum) (datum.Datum, error) {
	d, err := makeTimestamp(env, a[:6])
	if err != nil {
		return datum.Null, err
	}
	loc := env.location()
	if len(a) > 6 {
		if loc, err = zoneOrOffset(a[6].Str()); err != nil {
			return datum.Null, err
		}
	}
	return intResult(datum.ZonedTimestamp(d.Int(), loc))
}

// zoneOrOffset reads a zone's name, or an offset that counts eastward, as in literals and not as in POSIX.
func zoneOrOffset(s string) (*time.Location, error) {
	d, err := datum.ParseText(datum.Timestamptz, -1, "2000-01-01 00:00:00"+s, nil)
	if err != nil || s == "" || s[0] != '+' && s[0] != '-' {
		return datum.LoadZone(s)
	}
	return time.FixedZone(s, int(-(d.Int() / datum.MicrosPerSecond))), nil
}

// overlaps is (a, b) OVERLAPS (c, d), where the second of a pair may be a length.
func overlaps(r *registry) {
	for _, t := range []*datum.Type{datum.Timestamp, datum.Timestamptz, datum.Time} {
		for _, ends := range [][2]*datum.Type{{t, t}, {datum.Interval, t}, {t, datum.Interval}, {datum.Interval, datum.Interval}} {
			r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
				first, err := span(env, t, ends[0], a[0], a[1])
				if err != nil {
					return datum.Null, err
				}
				second, err := span(env, t, ends[1], a[2], a[3])
				if err != nil {
					return datum.Null, err
				}
				return overlap(first, second), nil
			}, key("overlaps", t, ends[0], t, ends[1]))
		}
	}
}

// span is the ends of a period in order, a NULL last.
func span(env *Env, t, endType *datum.Type, start, end datum.Datum) (out [2]datum.Datum, err error) {
	if endType == datum.Interval && !end.IsNull() && !start.IsNull() {
		end, err = endAfter(env, t, start.Int(), end.Interval())
	} else if endType == datum.Interval {
		end = datum.Null
	}
	switch {
	case err != nil:
		return out, err
	case start.IsNull():
		return [2]datum.Datum{end, datum.Null}, nil
	case !end.IsNull() && start.Int() > end.Int():
		return [2]datum.Datum{end, start}, nil
	}
	return [2]datum.Datum{start, end}, nil
}

func endAfter(env *Env, t *datum.Type, start int64, length datum.IntervalValue) (datum.Datum, error) {
	switch t {
	case datum.Time:
		return datum.NewInt(floorMod(start+length.Micros%datum.MicrosPerDay, datum.MicrosPerDay)), nil
	case datum.Timestamptz:
		return intResult(datum.AddToTimestamptz(start, length, env.Datum))
	}
	return intResult(datum.AddToTimestamp(start, length))
}

// overlap follows SQL's definition, in which a period is half open, and a NULL end says nothing unless it need not.
func overlap(a, b [2]datum.Datum) datum.Datum {
	if a[0].IsNull() || b[0].IsNull() {
		return datum.Null
	}
	if a[0].Int() < b[0].Int() {
		a, b = b, a
	}
	switch {
	case a[0].Int() == b[0].Int() && (a[1].IsNull() || b[1].IsNull()):
		return datum.Null
	case a[0].Int() == b[0].Int():
		return datum.NewBool(true)
	case b[1].IsNull():
		return datum.Null
	case a[0].Int() < b[1].Int():
		return datum.NewBool(true)
	case a[1].IsNull():
		return datum.Null
	}
	return datum.NewBool(false)
}
