package datum

import (
	"strconv"
	"time"
)

// Dates and times are written in ISO style whatever DateStyle says: every client reads it.

func appendDate(dst []byte, days int64) []byte {
	switch days {
	case DateInfinity:
		return append(dst, "infinity"...)
	case DateNegInfinity:
		return append(dst, "-infinity"...)
	}
	year, month, day := CivilFromDays(days)
	dst = appendYMD(dst, year, month, day)
	return appendEra(dst, year)
}

func appendYMD(dst []byte, year, month, day int64) []byte {
	if year <= 0 {
		year = 1 - year
	}
	dst = appendPadded(dst, year, 4)
	dst = appendPadded(append(dst, '-'), month, 2)
	return appendPadded(append(dst, '-'), day, 2)
}

func appendEra(dst []byte, year int64) []byte {
	if year <= 0 {
		return append(dst, " BC"...)
	}
	return dst
}

func appendPadded(dst []byte, n int64, width int) []byte {
	for limit := int64(10); width > 1; width, limit = width-1, limit*10 {
		if n < limit {
			for ; width > 1; width-- {
				dst = append(dst, '0')
			}
			break
		}
	}
	return strconv.AppendInt(dst, n, 10)
}

func appendTime(dst []byte, micros int64) []byte { return appendClock(dst, civilFromTime(micros)) }

func appendClock(dst []byte, c Civil) []byte {
	dst = appendPadded(dst, c.Hour, 2)
	dst = appendPadded(append(dst, ':'), c.Minute, 2)
	dst = appendPadded(append(dst, ':'), c.Second, 2)
	return appendFraction(dst, c.Micro)
}

// appendFraction writes microseconds as .ffffff without trailing zeros.
func appendFraction(dst []byte, micro int64) []byte {
	if micro == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(100_000); micro > 0; unit /= 10 {
		dst = append(dst, byte('0'+micro/unit))
		micro %= unit
	}
	return dst
}

func appendTimestamp(dst []byte, micros int64) []byte {
	if special := specialTimestamp(micros); special != "" {
		return append(dst, special...)
	}
	c := CivilFromTimestamp(micros)
	dst = appendYMD(dst, c.Year, c.Month, c.Day)
	dst = appendClock(append(dst, ' '), c)
	return appendEra(dst, c.Year)
}

func specialTimestamp(micros int64) string {
	switch micros {
	case TimestampInfinity:
		return "infinity"
	case TimestampNegInfinity:
		return "-infinity"
	}
	return ""
}

func appendTimestamptz(dst []byte, micros int64, loc *time.Location) []byte {
	if special := specialTimestamp(micros); special != "" {
		return append(dst, special...)
	}
	offset := int64(0)
	if loc != time.UTC {
		offset = offsetAt(micros, loc)
	}
	c := CivilFromTimestamp(micros + offset)
	dst = appendYMD(dst, c.Year, c.Month, c.Day)
	dst = appendClock(append(dst, ' '), c)
	dst = appendOffset(dst, offset/MicrosPerSecond)
	return appendEra(dst, c.Year)
}

// appendOffset writes ±hh, with minutes and seconds only where they are not zero.
func appendOffset(dst []byte, seconds int64) []byte {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	dst = appendPadded(append(dst, sign), seconds/3600, 2)
	if seconds %= 3600; seconds != 0 {
		dst = appendPadded(append(dst, ':'), seconds/60, 2)
	}
	if seconds %= 60; seconds != 0 {
		dst = appendPadded(append(dst, ':'), seconds, 2)
	}
	return dst
}
