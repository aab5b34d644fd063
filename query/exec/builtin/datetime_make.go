package builtin

import (
	"math"
	"strconv"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func dateTimeMakers(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(makeDate(a[0].Int(), a[1].Int(), a[2].Int()))
	}, "make_date(int4,int4,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(makeTime(a[0].Int(), a[1].Int(), a[2].Float()))
	}, "make_time(int4,int4,float8)")
	r.fn(makeTimestamp, "make_timestamp(int4,int4,int4,int4,int4,float8)")
	r.fn(makeInterval, "make_interval(int4,int4,int4,int4,int4,int4,float8)")
	r.fn(timestampOfEpoch, "to_timestamp(float8)")
}

// makeDate takes negative years for BC; there is no year 0.
func makeDate(year, month, day int64) (int64, error) {
	astronomical := year
	if year < 0 {
		astronomical++
	}
	if year == 0 || month < 1 || month > 12 || day < 1 || day > datum.DaysInMonth(astronomical, month) {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow,
			"date field value out of range: %d-%02d-%02d", year, month, day)
	}
	if year < -4713 || year > 5874897 {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", year, month, day)
	}
	days := datum.DaysFromCivil(astronomical, month, day)
	return days, datum.CheckDate(days)
}

// makeTime lets 60 seconds and 24:00:00 pass.
func makeTime(hour, minute int64, seconds float64) (int64, error) {
	micros := math.RoundToEven(seconds * 1e6)
	total := hour*datum.MicrosPerHour + minute*datum.MicrosPerMinute
	// Written so that NaN fails too.
	ok := hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && micros >= 0 && micros <= 60e6
	if ok {
		total += int64(micros)
	}
	if !ok || total > datum.MicrosPerDay {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%s",
			hour, minute, paddedSeconds(seconds))
	}
	return total, nil
}

func paddedSeconds(seconds float64) string {
	s := strconv.FormatFloat(seconds, 'g', -1, 64)
	if seconds >= 0 && seconds < 10 {
		s = "0" + s
	}
	return s
}

func makeTimestamp(_ *Env, a []datum.Datum) (datum.Datum, error) {
	days, err := makeDate(a[0].Int(), a[1].Int(), a[2].Int())
	if err != nil {
		return datum.Null, err
	}
	time, err := makeTime(a[3].Int(), a[4].Int(), a[5].Float())
	if err != nil {
		return datum.Null, err
	}
	return intResult(dateAndTime(days, time))
}

// makeInterval takes years, months, weeks, days, hours, mins, secs; those left out are 0.
func makeInterval(_ *Env, a []datum.Datum) (datum.Datum, error) {
	part := func(i int) int64 {
		if i < len(a) && !a[i].IsNull() {
			return a[i].Int()
		}
		return 0
	}
	seconds := 0.0
	if len(a) > 6 {
		seconds = a[6].Float()
	}
	if math.IsNaN(seconds) || math.IsInf(seconds, 0) {
		return datum.Null, intervalOutOfRange()
	}
	micros := math.RoundToEven(seconds * 1e6)
	clock := part(4)*datum.MicrosPerHour + part(5)*datum.MicrosPerMinute
	if math.Abs(micros)+math.Abs(float64(clock)) > math.MaxInt64/2 {
		return datum.Null, intervalOutOfRange()
	}
	return intervalResult(datum.MakeInterval(part(0)*12+part(1), part(2)*7+part(3), clock+int64(micros)))
}

// timestampOfEpoch is to_timestamp(seconds since 1970).
func timestampOfEpoch(env *Env, a []datum.Datum) (datum.Datum, error) {
	seconds := a[0].Float()
	switch {
	case math.IsNaN(seconds):
		return datum.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp cannot be NaN")
	case math.IsInf(seconds, 1):
		return datum.NewInt(datum.TimestampInfinity), nil
	case math.IsInf(seconds, -1):
		return datum.NewInt(datum.TimestampNegInfinity), nil
	}
	micros := math.RoundToEven(seconds*1e6) + float64(datum.EpochMicros)
	if math.Abs(micros) > 9.3e18 || datum.CheckTimestamp(int64(micros)) != nil {
		return datum.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range: \"%s\"",
			datum.Format(datum.Float8, a[0], env.Datum))
	}
	whole := math.Floor(seconds)
	exact := int64(whole)*datum.MicrosPerSecond + int64(math.RoundToEven((seconds-whole)*1e6)) + datum.EpochMicros
	return datum.NewInt(exact), nil
}
