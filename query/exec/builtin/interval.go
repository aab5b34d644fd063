package builtin

import (
	"math"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func intervals(r *registry) {
	iv := datum.Interval
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intervalResult(datum.AddInterval(a[0].Interval(), a[1].Interval()))
	}, key("interval_pl", iv, iv))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		negative, err := datum.NegateInterval(a[1].Interval())
		if err != nil {
			return datum.Null, err
		}
		return intervalResult(datum.AddInterval(a[0].Interval(), negative))
	}, key("interval_mi", iv, iv))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intervalResult(datum.NegateInterval(a[0].Interval()))
	}, key("interval_um", iv))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intervalResult(scaleInterval(a[0].Interval(), a[1].Float()))
	}, key("interval_mul", iv, datum.Float8))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intervalResult(scaleInterval(a[1].Interval(), a[0].Float()))
	}, key("mul_d_interval", datum.Float8, iv))
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if a[1].Float() == 0 {
			return datum.Null, divisionByZero()
		}
		return intervalResult(divideInterval(a[0].Interval(), a[1].Float()))
	}, key("interval_div", iv, datum.Float8))
	for name, f := range map[string]func(datum.IntervalValue) (datum.IntervalValue, error){
		"justify_hours": justifyHours, "justify_days": justifyDays, "justify_interval": justifyInterval,
	} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return intervalResult(f(a[0].Interval())) }, key(name, iv))
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[0].Interval().IsFinite()), nil
	}, key("isfinite", iv))
}

func scaleInterval(iv datum.IntervalValue, f float64) (datum.IntervalValue, error) {
	return spread(iv, func(x float64) float64 { return x * f })
}

// divideInterval divides each part: multiplying by 1/f would round twice.
func divideInterval(iv datum.IntervalValue, f float64) (datum.IntervalValue, error) {
	return spread(iv, func(x float64) float64 { return x / f })
}

// roundMicros removes the noise below a microsecond that floating point leaves in a number of seconds or days.
func roundMicros(x float64) float64 { return math.RoundToEven(x*1e6) / 1e6 }

// spread scales the parts and lets fractions fall to the next smaller one: a month is 30 days, a day
// 24 hours. Nothing is carried upwards.
func spread(iv datum.IntervalValue, scale func(float64) float64) (datum.IntervalValue, error) {
	const secondsPerDay = 86400
	months, days := scale(float64(iv.Months)), scale(float64(iv.Days))
	wholeMonths, wholeDays := math.Trunc(months), math.Trunc(days)
	monthDays := roundMicros((months - wholeMonths) * 30)
	seconds := roundMicros((days - wholeDays + monthDays - math.Trunc(monthDays)) * secondsPerDay)
	if math.Abs(seconds) >= secondsPerDay {
		carried := math.Trunc(seconds / secondsPerDay)
		wholeDays += carried
		seconds -= carried * secondsPerDay
	}
	wholeDays += math.Trunc(monthDays)
	micros := math.RoundToEven(scale(float64(iv.Micros)) + seconds*1e6)
	// Written so that NaN fails too.
	calendar := max(math.Abs(wholeMonths), math.Abs(wholeDays))
	if !(calendar <= math.MaxInt32 && math.Abs(micros) < math.MaxInt64) {
		return datum.IntervalValue{}, intervalOutOfRange()
	}
	return datum.MakeInterval(int64(wholeMonths), int64(wholeDays), int64(micros))
}

func justifyHours(iv datum.IntervalValue) (datum.IntervalValue, error) {
	days, micros := int64(iv.Days)+iv.Micros/datum.MicrosPerDay, iv.Micros%datum.MicrosPerDay
	switch {
	case days > 0 && micros < 0:
		days, micros = days-1, micros+datum.MicrosPerDay
	case days < 0 && micros > 0:
		days, micros = days+1, micros-datum.MicrosPerDay
	}
	return datum.MakeInterval(int64(iv.Months), days, micros)
}

func justifyDays(iv datum.IntervalValue) (datum.IntervalValue, error) {
	months, days := int64(iv.Months)+int64(iv.Days)/30, int64(iv.Days)%30
	switch {
	case months > 0 && days < 0:
		months, days = months-1, days+30
	case months < 0 && days > 0:
		months, days = months+1, days-30
	}
	return datum.MakeInterval(months, days, iv.Micros)
}

// justifyInterval gives all parts one sign.
func justifyInterval(iv datum.IntervalValue) (datum.IntervalValue, error) {
	days, micros := int64(iv.Days)+iv.Micros/datum.MicrosPerDay, iv.Micros%datum.MicrosPerDay
	months := int64(iv.Months) + days/30
	days %= 30
	switch {
	case months > 0 && (days < 0 || days == 0 && micros < 0):
		months, days = months-1, days+30
	case months < 0 && (days > 0 || days == 0 && micros > 0):
		months, days = months+1, days-30
	}
	switch {
	case days > 0 && micros < 0:
		days, micros = days-1, micros+datum.MicrosPerDay
	case days < 0 && micros > 0:
		days, micros = days+1, micros-datum.MicrosPerDay
	}
	return datum.MakeInterval(months, days, micros)
}

// zoneOf is the zone that AT TIME ZONE names, or an offset east of Greenwich.
func zoneOf(env *Env, d datum.Datum) (*time.Location, error) {
	if d.Kind() == datum.KindString {
		return datum.LoadZone(d.Str())
	}
	iv := d.Interval()
	if iv.Months != 0 || iv.Days != 0 {
		return nil, sqlstate.New(sqlstate.InvalidParameterValue,
			"interval time zone \"%s\" must not include months or days", datum.Format(datum.Interval, d, env.Datum))
	}
	return time.FixedZone("", int(iv.Micros/datum.MicrosPerSecond)), nil
}
