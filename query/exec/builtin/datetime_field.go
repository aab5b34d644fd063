package builtin

import (
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
)

// julianOf2000 is the Julian day of 2000-01-01.
const julianOf2000 = 2451545

func dateTimeFields(r *registry) {
	for t, read := range map[*datum.Type]fieldReader{
		datum.Date: dateField, datum.Time: timeField, datum.Timetz: timetzField, datum.Timestamp: timestampField,
		datum.Timestamptz: timestamptzField, datum.Interval: intervalField,
	} {
		r.fn(extract(t, read), key("extract", datum.Text, t))
		r.fn(datePart(t, read), key("date_part", datum.Text, t))
	}
	// date_part of a date is that of its midnight, where extract knows that a date has no hours.
	r.fn(datePart(datum.Timestamp, func(env *Env, unit string, d datum.Datum) (*apd.Decimal, bool) {
		micros, err := datum.DateToTimestamp(d.Int())
		if err != nil {
			return nil, false
		}
		return timestampField(env, unit, datum.NewInt(micros))
	}), "date_part(text,date)")
	truncations(r)
}

// fieldReader returns a unit of a value: nil for NULL, ok false where the type has no such unit.
type fieldReader func(env *Env, unit string, d datum.Datum) (field *apd.Decimal, ok bool)

func readField(env *Env, t *datum.Type, read fieldReader, a []datum.Datum) (*apd.Decimal, error) {
	unit, err := unitOf(a[0].Str(), t)
	if err != nil {
		return nil, err
	}
	field, ok := read(env, unit, a[1])
	if !ok {
		return nil, unitUnsupported(a[0].Str(), t)
	}
	return field, nil
}

func extract(t *datum.Type, read fieldReader) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		field, err := readField(env, t, read, a)
		if err != nil || field == nil {
			return datum.Null, err
		}
		return datum.NewNumeric(field), nil
	}
}

func datePart(t *datum.Type, read fieldReader) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		field, err := readField(env, t, read, a)
		if err != nil || field == nil {
			return datum.Null, err
		}
		return floatResult(datum.NumericToFloat(field))
	}
}

func whole(n int64) (*apd.Decimal, bool) { return apd.New(n, 0), true }

// fixed is n with so many decimal places.
func fixed(n int64, places int32) (*apd.Decimal, bool) { return apd.New(n, -places), true }

// infiniteField is what extract makes of an infinity: growing units are infinite, circular ones NULL.
func infiniteField(unit string, negative bool) *apd.Decimal {
	switch unit {
	case "year", "decade", "century", "millennium", "julian", "isoyear", "epoch":
		return &apd.Decimal{Form: apd.Infinite, Negative: negative}
	}
	return nil
}

func dateField(_ *Env, unit string, d datum.Datum) (*apd.Decimal, bool) {
	days := d.Int()
	year, month, day := datum.CivilFromDays(0)
	if datum.IsFiniteDate(days) {
		year, month, day = datum.CivilFromDays(days)
	}
	field, ok := calendarField(unit, days, year, month, day)
	switch {
	case unit == "epoch":
		field, ok = whole((days - datum.EpochDays) * 86400)
	case unit == "julian":
		field, ok = whole(days + julianOf2000)
	}
	if ok && !datum.IsFiniteDate(days) {
		return infiniteField(unit, days < 0), true
	}
	return field, ok
}

// calendarField is a unit of a date.
func calendarField(unit string, days, year, month, day int64) (*apd.Decimal, bool) {
	switch unit {
	case "day":
		return whole(day)
	case "month":
		return whole(month)
	case "quarter":
		return whole((month-1)/3 + 1)
	case "year":
		return whole(withoutZero(year))
	case "decade":
		return whole(decadeOf(year))
	case "century":
		return whole(ageOfYears(year, 100))
	case "millennium":
		return whole(ageOfYears(year, 1000))
	case "week":
		_, week := isoWeek(days)
		return whole(week)
	case "isoyear":
		isoYear, _ := isoWeek(days)
		return whole(withoutZero(isoYear))
	case "dow":
		return whole(floorMod(days+6, 7)) // 2000-01-01 was a Saturday
	case "isodow":
		return whole(floorMod(days+5, 7) + 1)
	case "doy":
		return whole(days - datum.DaysFromCivil(year, 1, 1) + 1)
	}
	return nil, false
}

func floorMod(a, b int64) int64 {
	if m := a % b; m < 0 {
		return m + b
	}
	return a % b
}

// withoutZero turns an astronomical year into one that has no year 0: 1 BC is -1.
func withoutZero(year int64) int64 {
	if year <= 0 {
		return year - 1
	}
	return year
}

func decadeOf(year int64) int64 { return (year - floorMod(year, 10)) / 10 }

// ageOfYears is the century (or millennium) a year is in: 1 to 100 are the first, 100 BC to 1 BC the
// first before it.
func ageOfYears(year, length int64) int64 {
	if year > 0 {
		return (year + length - 1) / length
	}
	return -((length - year) / length)
}

// isoWeek is the ISO 8601 year and week of a day: a week belongs to the year of its Thursday.
func isoWeek(days int64) (year, week int64) {
	thursday := days - floorMod(days+5, 7) + 3
	year, _, _ = datum.CivilFromDays(thursday)
	return year, (thursday-datum.DaysFromCivil(year, 1, 1))/7 + 1
}

// clockField is a unit of a time of day, or of an interval's time.
func clockField(unit string, micros int64) (*apd.Decimal, bool) {
	switch unit {
	case "microseconds":
		return whole(micros % datum.MicrosPerMinute)
	case "milliseconds":
		return fixed(micros%datum.MicrosPerMinute, 3)
	case "second":
		return fixed(micros%datum.MicrosPerMinute, 6)
	case "minute":
		return whole(micros / datum.MicrosPerMinute % 60)
	case "hour":
		return whole(micros / datum.MicrosPerHour)
	}
	return nil, false
}

func timeField(_ *Env, unit string, d datum.Datum) (*apd.Decimal, bool) {
	if unit == "epoch" {
		return fixed(d.Int(), 6)
	}
	return clockField(unit, d.Int())
}

func timestampField(_ *Env, unit string, d datum.Datum) (*apd.Decimal, bool) {
	return instantField(unit, d.Int(), d.Int())
}

// instantField is a unit of a timestamp as a clock shows it, or of the instant it stands for.
func instantField(unit string, local, instant int64) (*apd.Decimal, bool) {
	finite := datum.IsFiniteTimestamp(local)
	shown := local
	if !finite {
		shown = 0
	}
	days := datum.TimestampToDate(shown)
	year, month, day := datum.CivilFromDays(days)
	micros := shown - days*datum.MicrosPerDay
	field, ok := calendarField(unit, days, year, month, day)
	if !ok {
		field, ok = clockField(unit, micros)
	}
	switch unit {
	case "epoch":
		field, ok = epochOf(instant), true
	case "julian":
		field, ok = julianOf(days, micros), true
	}
	if !finite && (ok || strings.HasPrefix(unit, "timezone")) {
		return infiniteField(unit, local < 0), true
	}
	return field, ok
}

// epochOf may leave 64 bits: the last timestamps are 30 years further from 1970 than from 2000.
func epochOf(micros int64) *apd.Decimal {
	d := new(apd.Decimal)
	if err := subNumeric(d, apd.New(micros, -6), apd.New(datum.EpochMicros, -6)); err != nil {
		return nil
	}
	return d
}

func julianOf(days, micros int64) *apd.Decimal {
	part, d := new(apd.Decimal), new(apd.Decimal)
	if divNumeric(part, apd.New(micros, 0), apd.New(datum.MicrosPerDay, 0)) != nil ||
		addNumeric(d, apd.New(days+julianOf2000, 0), part) != nil {
		return nil
	}
	return d
}

func timestamptzField(env *Env, unit string, d datum.Datum) (*apd.Decimal, bool) {
	micros := d.Int()
	if !datum.IsFiniteTimestamp(micros) {
		switch unit {
		case "timezone", "timezone_hour", "timezone_minute":
			return nil, true
		}
		return instantField(unit, micros, micros)
	}
	local := datum.LocalTimestamp(micros, env.location())
	seconds := (local - micros) / datum.MicrosPerSecond
	switch unit {
	case "timezone":
		return whole(seconds)
	case "timezone_hour":
		return whole(seconds / 3600)
	case "timezone_minute":
		return whole(seconds / 60 % 60)
	}
	return instantField(unit, local, micros)
}

func intervalField(_ *Env, unit string, d datum.Datum) (*apd.Decimal, bool) {
	iv := d.Interval()
	years, months := int64(iv.Months)/12, int64(iv.Months)%12
	switch unit {
	case "day":
		return whole(int64(iv.Days))
	case "month":
		return whole(months)
	case "quarter":
		return whole(months/3 + 1)
	case "year":
		return whole(years)
	case "decade":
		return whole(years / 10)
	case "century":
		return whole(years / 100)
	case "millennium":
		return whole(years / 1000)
	case "epoch":
		return intervalEpoch(iv), true
	}
	return clockField(unit, iv.Micros)
}

// intervalEpoch counts a year as 365.25 days and a month beyond years as 30.
func intervalEpoch(iv datum.IntervalValue) *apd.Decimal {
	hours := int64(iv.Months)/12*8766 + (int64(iv.Months)%12*30+int64(iv.Days))*24
	seconds, d := apd.New(hours*3600, 0), new(apd.Decimal)
	if addNumeric(d, seconds, apd.New(iv.Micros, -6)) != nil {
		return nil
	}
	return d
}
