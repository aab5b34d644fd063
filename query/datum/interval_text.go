package datum

import "strconv"

// clockParts takes an interval's microseconds apart; every part has the sign of the whole.
func clockParts(micros int64) (hours, minutes, seconds, fraction int64) {
	return micros / MicrosPerHour, micros / MicrosPerMinute % 60, micros / MicrosPerSecond % 60, micros % MicrosPerSecond
}

func appendInterval(dst []byte, iv IntervalValue, style string) []byte {
	switch iv {
	case IntervalInfinity:
		return append(dst, "infinity"...)
	case IntervalNegInfinity:
		return append(dst, "-infinity"...)
	}
	switch style {
	case "iso_8601":
		return appendISOInterval(dst, iv)
	case "postgres_verbose":
		return appendVerboseInterval(dst, iv)
	case "sql_standard":
		return appendStandardInterval(dst, iv)
	default:
		return appendPostgresInterval(dst, iv)
	}
}

func abs64(i int64) int64 { return max(i, -i) }

// appendPostgresInterval writes "1 year 2 mons -3 days +04:05:06.7": a plus marks the turn back from
// a negative part.
func appendPostgresInterval(dst []byte, iv IntervalValue) []byte {
	start, negative := len(dst), false
	part := func(n int64, unit string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if negative && n > 0 {
			dst = append(dst, '+')
		}
		dst = strconv.AppendInt(dst, n, 10)
		dst = append(append(dst, ' '), unit...)
		if n != 1 {
			dst = append(dst, 's')
		}
		negative = n < 0
	}
	part(int64(iv.Months/12), "year")
	part(int64(iv.Months%12), "mon")
	part(int64(iv.Days), "day")
	if iv.Micros == 0 && len(dst) > start {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	switch {
	case iv.Micros < 0:
		dst = append(dst, '-')
	case negative:
		dst = append(dst, '+')
	}
	return appendIntervalClock(dst, iv.Micros, 2)
}

// appendIntervalClock writes hh:mm:ss.ffffff without a sign.
func appendIntervalClock(dst []byte, micros int64, hourWidth int) []byte {
	h, m, s, f := clockParts(micros)
	dst = appendPadded(dst, abs64(h), hourWidth)
	dst = appendPadded(append(dst, ':'), abs64(m), 2)
	dst = appendPadded(append(dst, ':'), abs64(s), 2)
	return appendFraction(dst, abs64(f))
}

func appendISOInterval(dst []byte, iv IntervalValue) []byte {
	if iv == (IntervalValue{}) {
		return append(dst, "PT0S"...)
	}
	part := func(n int64, unit byte) {
		if n != 0 {
			dst = append(strconv.AppendInt(dst, n, 10), unit)
		}
	}
	dst = append(dst, 'P')
	part(int64(iv.Months/12), 'Y')
	part(int64(iv.Months%12), 'M')
	part(int64(iv.Days), 'D')
	if iv.Micros == 0 {
		return dst
	}
	h, m, s, f := clockParts(iv.Micros)
	dst = append(dst, 'T')
	part(h, 'H')
	part(m, 'M')
	if s == 0 && f == 0 {
		return dst
	}
	if iv.Micros < 0 {
		dst = append(dst, '-')
	}
	dst = strconv.AppendInt(dst, abs64(s), 10)
	return append(appendFraction(dst, abs64(f)), 'S')
}

// appendVerboseInterval writes "@ 1 year 2 mons 3 hours ago"; the sign of the first part decides "ago".
func appendVerboseInterval(dst []byte, iv IntervalValue) []byte {
	h, m, s, f := clockParts(iv.Micros)
	first, ago := true, false
	part := func(n int64, unit string, fraction int64) {
		if n == 0 && fraction == 0 {
			return
		}
		negative := n < 0 || fraction < 0
		if first {
			first, ago = false, negative
		}
		dst = append(dst, ' ')
		if negative != ago {
			dst = append(dst, '-')
		}
		dst = strconv.AppendInt(dst, abs64(n), 10)
		dst = appendFraction(dst, abs64(fraction))
		dst = append(append(dst, ' '), unit...)
		if n != 1 && n != -1 || fraction != 0 {
			dst = append(dst, 's')
		}
	}
	dst = append(dst, '@')
	part(int64(iv.Months/12), "year", 0)
	part(int64(iv.Months%12), "mon", 0)
	part(int64(iv.Days), "day", 0)
	part(h, "hour", 0)
	part(m, "min", 0)
	part(s, "sec", f)
	if first {
		return append(dst, " 0"...)
	}
	if ago {
		dst = append(dst, " ago"...)
	}
	return dst
}

// appendStandardInterval writes SQL's "1-2", "3 4:05:06" or, when the parts' signs or kinds mix,
// "+1-2 -3 +4:05:06".
func appendStandardInterval(dst []byte, iv IntervalValue) []byte {
	negative := iv.Months < 0 || iv.Days < 0 || iv.Micros < 0
	positive := iv.Months > 0 || iv.Days > 0 || iv.Micros > 0
	months, rest := iv.Months != 0, iv.Days != 0 || iv.Micros != 0
	switch {
	case !months && !rest:
		return append(dst, '0')
	case negative && positive, months && rest:
		dst = appendYearMonth(appendSign(dst, iv.Months < 0), iv.Months)
		dst = append(dst, ' ')
		dst = strconv.AppendInt(appendSign(dst, iv.Days < 0), abs64(int64(iv.Days)), 10)
		dst = append(dst, ' ')
		return appendIntervalClock(appendSign(dst, iv.Micros < 0), iv.Micros, 1)
	}
	if negative {
		dst = append(dst, '-')
	}
	if months {
		return appendYearMonth(dst, iv.Months)
	}
	if iv.Days != 0 {
		dst = append(strconv.AppendInt(dst, abs64(int64(iv.Days)), 10), ' ')
	}
	return appendIntervalClock(dst, iv.Micros, 1)
}

func appendSign(dst []byte, negative bool) []byte {
	if negative {
		return append(dst, '-')
	}
	return append(dst, '+')
}

func appendYearMonth(dst []byte, months int32) []byte {
	m := abs64(int64(months))
	dst = append(strconv.AppendInt(dst, m/12, 10), '-')
	return strconv.AppendInt(dst, m%12, 10)
}
