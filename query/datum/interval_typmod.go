package datum

import (
	"strconv"

	"github.com/seguedb/segue/query/sqlstate"
)

// The fields of an interval's modifier are bits 1<<n, as the grammar writes them (Postgres's
// INTERVAL_MASK of MONTH, YEAR, DAY, HOUR, MINUTE, SECOND).
const (
	maskMonth  = 1 << 1
	maskYear   = 1 << 2
	maskDay    = 1 << 3
	maskHour   = 1 << 10
	maskMinute = 1 << 11
	maskSecond = 1 << 12

	fullIntervalRange     = 0x7fff
	fullIntervalPrecision = 0xffff
)

var intervalRanges = map[int64]string{
	maskYear: "year", maskMonth: "month", maskDay: "day", maskHour: "hour", maskMinute: "minute", maskSecond: "second",
	maskYear | maskMonth: "year to month", maskDay | maskHour: "day to hour",
	maskDay | maskHour | maskMinute:              "day to minute",
	maskDay | maskHour | maskMinute | maskSecond: "day to second",
	maskHour | maskMinute:                        "hour to minute",
	maskHour | maskMinute | maskSecond:           "hour to second",
	maskMinute | maskSecond:                      "minute to second",
	fullIntervalRange:                            "",
}

// parseIntervalTypmod takes the fields, and the places of a second if they are limited.
func parseIntervalTypmod(mods []int64) (int32, error) {
	if _, ok := intervalRanges[mods[0]]; !ok || len(mods) > 2 {
		return -1, invalidTypmod("INTERVAL ")
	}
	precision := int64(fullIntervalPrecision)
	if len(mods) == 2 {
		if mods[1] < 0 {
			return -1, sqlstate.New(sqlstate.InvalidParameterValue,
				"INTERVAL(%d) precision must not be negative", mods[1])
		}
		precision = min(mods[1], maxTimePrecision)
	}
	if mods[0] == fullIntervalRange && precision == fullIntervalPrecision {
		return -1, nil
	}
	return int32(mods[0]<<16 | precision), nil
}

func intervalTypmodParts(typmod int32) (fields int64, precision int32) {
	if typmod < 0 {
		return fullIntervalRange, fullIntervalPrecision
	}
	return int64(typmod>>16) & fullIntervalRange, typmod & fullIntervalPrecision
}

func formatIntervalTypmod(typmod int32) string {
	fields, precision := intervalTypmodParts(typmod)
	s := "interval"
	if name := intervalRanges[fields]; name != "" {
		s += " " + name
	}
	if precision != fullIntervalPrecision {
		s += "(" + strconv.Itoa(int(precision)) + ")"
	}
	return s
}

// applyIntervalTypmod drops what is below the last field, and rounds the seconds.
func applyIntervalTypmod(typmod int32, iv IntervalValue) (IntervalValue, error) {
	if !iv.IsFinite() {
		return iv, nil
	}
	fields, precision := intervalTypmodParts(typmod)
	switch lastField(fields) {
	case maskYear:
		iv.Months, iv.Days, iv.Micros = iv.Months/12*12, 0, 0
	case maskMonth:
		iv.Days, iv.Micros = 0, 0
	case maskDay:
		iv.Micros = 0
	case maskHour:
		iv.Micros -= iv.Micros % MicrosPerHour
	case maskMinute:
		iv.Micros -= iv.Micros % MicrosPerMinute
	}
	if precision < maxTimePrecision {
		iv.Micros = roundMicros(Time, iv.Micros, precision)
	}
	return iv, nil
}

// lastField is the least significant field of a modifier, which a bare number counts.
func lastField(fields int64) int64 {
	if fields == fullIntervalRange {
		return maskSecond
	}
	for _, mask := range []int64{maskSecond, maskMinute, maskHour, maskDay, maskMonth, maskYear} {
		if fields&mask != 0 {
			return mask
		}
	}
	return maskSecond
}
