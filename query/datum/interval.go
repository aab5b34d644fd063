package datum

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/seguedb/segue/query/sqlstate"
)

// The infinite intervals of PostgreSQL 17: every part at its end.
var (
	IntervalInfinity    = IntervalValue{math.MaxInt32, math.MaxInt32, math.MaxInt64}
	IntervalNegInfinity = IntervalValue{math.MinInt32, math.MinInt32, math.MinInt64}
)

// IsFinite is false for the infinities.
func (iv IntervalValue) IsFinite() bool { return iv != IntervalInfinity && iv != IntervalNegInfinity }

// normalized is what intervals are compared by: a month counts as 30 days, a day as 24 hours.
// Microseconds are in [0, MicrosPerDay), so that days decide first. The infinities are at the ends.
func (iv IntervalValue) normalized() (days, micros int64) {
	switch iv {
	case IntervalInfinity:
		return math.MaxInt64, 0
	case IntervalNegInfinity:
		return math.MinInt64, 0
	}
	carried := floorDiv(iv.Micros, MicrosPerDay)
	return int64(iv.Months)*30 + int64(iv.Days) + carried, iv.Micros - carried*MicrosPerDay
}

// intervalFromNormalized makes an interval that compares equal to the one normalized.
func intervalFromNormalized(days, micros int64) IntervalValue {
	switch days {
	case math.MaxInt64:
		return IntervalInfinity
	case math.MinInt64:
		return IntervalNegInfinity
	}
	months := min(max(days/30, math.MinInt32), math.MaxInt32)
	days -= months * 30
	whole := min(max(days, math.MinInt32), math.MaxInt32)
	return IntervalValue{Months: int32(months), Days: int32(whole), Micros: micros + (days-whole)*MicrosPerDay}
}

func compareInterval(a, b IntervalValue) int {
	aDays, aMicros := a.normalized()
	bDays, bMicros := b.normalized()
	if c := cmp.Compare(aDays, bDays); c != 0 {
		return c
	}
	return cmp.Compare(aMicros, bMicros)
}

func intervalOutOfRange() error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "interval out of range")
}

// MakeInterval puts an interval together from wider numbers; 22008 if a part does not fit.
func MakeInterval(months, days, micros int64) (IntervalValue, error) {
	if int64(int32(months)) != months || int64(int32(days)) != days {
		return IntervalValue{}, intervalOutOfRange()
	}
	return IntervalValue{Months: int32(months), Days: int32(days), Micros: micros}, nil
}

// AddInterval adds two intervals, part by part.
func AddInterval(a, b IntervalValue) (IntervalValue, error) {
	switch {
	case a.IsFinite() && b.IsFinite():
	case !a.IsFinite() && (b.IsFinite() || a == b):
		return a, nil
	case a.IsFinite():
		return b, nil
	default:
		return IntervalValue{}, intervalOutOfRange()
	}
	micros, ok := addInt64(a.Micros, b.Micros)
	if !ok {
		return IntervalValue{}, intervalOutOfRange()
	}
	return MakeInterval(int64(a.Months)+int64(b.Months), int64(a.Days)+int64(b.Days), micros)
}

// NegateInterval changes the sign of every part.
func NegateInterval(iv IntervalValue) (IntervalValue, error) {
	switch {
	case iv == IntervalInfinity:
		return IntervalNegInfinity, nil
	case iv == IntervalNegInfinity:
		return IntervalInfinity, nil
	case iv.Micros == math.MinInt64:
		return IntervalValue{}, intervalOutOfRange()
	}
	return MakeInterval(-int64(iv.Months), -int64(iv.Days), -iv.Micros)
}

// AddToTimestamp moves a timestamp by an interval: first the months, kept within the month's length,
// then the days, then the time.
func AddToTimestamp(micros int64, iv IntervalValue) (int64, error) {
	return addCalendar(micros, iv, func(c int64) (int64, error) { return c, nil }, func(c int64) int64 { return c })
}

// addCalendar adds months and days on the wall clock that toLocal shows, and the rest in real time.
func addCalendar(
	micros int64, iv IntervalValue, toInstant func(int64) (int64, error), toLocal func(int64) int64,
) (int64, error) {
	if !iv.IsFinite() {
		return addInfinity(micros, iv)
	}
	if !IsFiniteTimestamp(micros) {
		return micros, nil
	}
	var err error
	if iv.Months != 0 || iv.Days != 0 {
		c := CivilFromTimestamp(toLocal(micros))
		month := c.Year*12 + c.Month - 1 + int64(iv.Months)
		c.Year, c.Month = floorDiv(month, 12), floorMod(month, 12)+1
		c.Day = min(c.Day, DaysInMonth(c.Year, c.Month)) + int64(iv.Days)
		if micros, err = c.Timestamp(); err != nil {
			return 0, err
		}
		if micros, err = toInstant(micros); err != nil {
			return 0, err
		}
	}
	sum, ok := addInt64(micros, iv.Micros)
	if !ok {
		return 0, timestampOutOfRange()
	}
	return sum, CheckTimestamp(sum)
}

func addInfinity(micros int64, iv IntervalValue) (int64, error) {
	end := TimestampInfinity
	if iv == IntervalNegInfinity {
		end = TimestampNegInfinity
	}
	if !IsFiniteTimestamp(micros) && micros != end {
		return 0, timestampOutOfRange()
	}
	return end, nil
}

// AddToTimestamptz moves an instant by an interval, months and days on env's wall clock: a day later
// is the same hour even across a change of the clocks.
func AddToTimestamptz(micros int64, iv IntervalValue, env *Env) (int64, error) {
	loc := env.location()
	return addCalendar(micros, iv,
		func(c int64) (int64, error) { return ZonedTimestamp(c, loc) },
		func(c int64) int64 { return LocalTimestamp(c, loc) })
}

func addInt64(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}

// mulAdd returns a·b + c, and false where it overflows.
func mulAdd(a, b, c int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(max(a, -a)), uint64(max(b, -b)))
	if hi != 0 || lo > math.MaxInt64 || a == math.MinInt64 || b == math.MinInt64 {
		return 0, false
	}
	product := int64(lo)
	if (a < 0) != (b < 0) {
		product = -product
	}
	return addInt64(product, c)
}

func parseIntervalBinary(b []byte) (Datum, error) {
	if len(b) != 16 {
		return Null, badBinary(Interval)
	}
	return NewInterval(IntervalValue{
		Micros: int64(binary.BigEndian.Uint64(b)),
		Days:   int32(binary.BigEndian.Uint32(b[8:])),
		Months: int32(binary.BigEndian.Uint32(b[12:])),
	}), nil
}

func appendIntervalBinary(dst []byte, iv IntervalValue) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(iv.Micros))
	dst = binary.BigEndian.AppendUint32(dst, uint32(iv.Days))
	return binary.BigEndian.AppendUint32(dst, uint32(iv.Months))
}
