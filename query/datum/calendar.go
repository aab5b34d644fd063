package datum

import (
	"math"
	"time"

	"github.com/seguedb/segue/query/sqlstate"
)

// Dates count days, and timestamps microseconds, from 2000-01-01. The ends of int32 and int64 stand
// for ±infinity. Years are astronomical: year 0 is 1 BC.
const (
	TimestampInfinity    int64 = math.MaxInt64
	TimestampNegInfinity int64 = math.MinInt64
	DateInfinity         int64 = math.MaxInt32
	DateNegInfinity      int64 = math.MinInt32

	MicrosPerSecond int64 = 1_000_000
	MicrosPerMinute       = 60 * MicrosPerSecond
	MicrosPerHour         = 60 * MicrosPerMinute
	MicrosPerDay          = 24 * MicrosPerHour

	// EpochDays is 1970-01-01 in days from 2000-01-01; EpochMicros the same in microseconds.
	EpochDays   int64 = -10957
	EpochMicros       = EpochDays * MicrosPerDay

	// Postgres's bounds: Julian day 0, the year 5874898, the year 294277; the upper ones are excluded.
	minDate      int64 = -2451545
	endDate      int64 = 2145031949
	minTimestamp       = minDate * MicrosPerDay
	endTimestamp int64 = 9223371331200000000
)

// daysFrom0000 is 2000-01-01 in days from 0000-03-01, where the arithmetic is simplest: a year that
// starts in March has its leap day at its end.
const daysFrom0000 = 730425

// DaysFromCivil returns the date of a calendar day. Month and day may be out of their ranges, which
// carries into the year and month.
func DaysFromCivil(year, month, day int64) int64 {
	month += 9 // March is 0
	year += floorDiv(month, 12) - 1
	month = floorMod(month, 12)
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	dayOfYear := (153*month+2)/5 + day - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - daysFrom0000
}

// CivilFromDays is the inverse of DaysFromCivil.
func CivilFromDays(days int64) (year, month, day int64) {
	days += daysFrom0000
	era := floorDiv(days, 146097)
	dayOfEra := days - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	month = (5*dayOfYear + 2) / 153
	day = dayOfYear - (153*month+2)/5 + 1
	year = yearOfEra + era*400
	if month += 3; month > 12 {
		month, year = month-12, year+1
	}
	return year, month, day
}

// DaysInMonth is the length of a month.
func DaysInMonth(year, month int64) int64 {
	return DaysFromCivil(year, month+1, 1) - DaysFromCivil(year, month, 1)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// Civil is a timestamp taken apart.
type Civil struct {
	Year, Month, Day     int64
	Hour, Minute, Second int64
	Micro                int64
}

// CivilFromTimestamp takes a finite timestamp apart.
func CivilFromTimestamp(micros int64) Civil {
	days := floorDiv(micros, MicrosPerDay)
	c := civilFromTime(micros - days*MicrosPerDay)
	c.Year, c.Month, c.Day = CivilFromDays(days)
	return c
}

func civilFromTime(micros int64) Civil {
	return Civil{
		Hour:   micros / MicrosPerHour,
		Minute: micros / MicrosPerMinute % 60,
		Second: micros / MicrosPerSecond % 60,
		Micro:  micros % MicrosPerSecond,
	}
}

// Timestamp puts a timestamp together; 22008 if it is out of range.
func (c Civil) Timestamp() (int64, error) {
	days := DaysFromCivil(c.Year, c.Month, c.Day)
	if days < minDate || days > endTimestamp/MicrosPerDay {
		return 0, timestampOutOfRange()
	}
	micros := days*MicrosPerDay + c.timeOfDay()
	return micros, CheckTimestamp(micros)
}

func (c Civil) timeOfDay() int64 {
	return c.Hour*MicrosPerHour + c.Minute*MicrosPerMinute + c.Second*MicrosPerSecond + c.Micro
}

func timestampOutOfRange() error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range")
}

// CheckTimestamp returns 22008 for a timestamp beyond Postgres's range; infinities pass.
func CheckTimestamp(micros int64) error {
	if IsFiniteTimestamp(micros) && (micros < minTimestamp || micros >= endTimestamp) {
		return timestampOutOfRange()
	}
	return nil
}

// CheckDate returns 22008 for a date beyond Postgres's range; infinities pass.
func CheckDate(days int64) error {
	if IsFiniteDate(days) && (days < minDate || days >= endDate) {
		return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date out of range")
	}
	return nil
}

// IsFiniteTimestamp is false for the infinities.
func IsFiniteTimestamp(micros int64) bool {
	return micros != TimestampInfinity && micros != TimestampNegInfinity
}

// IsFiniteDate is false for the infinities.
func IsFiniteDate(days int64) bool { return days != DateInfinity && days != DateNegInfinity }

// TimestampFromTime returns the timestamptz of an instant, cut to microseconds.
func TimestampFromTime(t time.Time) int64 {
	return (t.Unix()+EpochDays*86400)*MicrosPerSecond + int64(t.Nanosecond())/1000
}

// ToTime returns the instant of a finite timestamptz, in loc.
func ToTime(micros int64, loc *time.Location) time.Time {
	seconds := floorDiv(micros, MicrosPerSecond)
	return time.Unix(seconds-EpochDays*86400, (micros-seconds*MicrosPerSecond)*1000).In(loc)
}

// DateFromTime returns the calendar day of t where t is.
func DateFromTime(t time.Time) int64 {
	year, month, day := t.Date()
	return DaysFromCivil(int64(year), int64(month), int64(day))
}

// DateToTimestamp returns the midnight that starts the day; 22008 for a date no timestamp reaches.
func DateToTimestamp(days int64) (int64, error) {
	switch {
	case days == DateInfinity:
		return TimestampInfinity, nil
	case days == DateNegInfinity:
		return TimestampNegInfinity, nil
	case days >= endTimestamp/MicrosPerDay:
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	return days * MicrosPerDay, nil
}

// TimestampToDate returns the day a timestamp is in.
func TimestampToDate(micros int64) int64 {
	switch micros {
	case TimestampInfinity:
		return DateInfinity
	case TimestampNegInfinity:
		return DateNegInfinity
	}
	return floorDiv(micros, MicrosPerDay)
}

// checkDateTimeRange makes a date or time value that came from outside; other types pass.
func checkDateTimeRange(t *Type, i int64) (Datum, error) {
	var err error
	switch t {
	case Date:
		err = CheckDate(i)
	case Timestamp, Timestamptz:
		err = CheckTimestamp(i)
	case Time:
		if i < 0 || i > MicrosPerDay {
			err = sqlstate.New(sqlstate.DatetimeFieldOverflow, "time out of range")
		}
	}
	return NewInt(i), err
}
