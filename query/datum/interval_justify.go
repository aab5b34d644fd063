package datum

import "math"

// JustifyHours turns every 24 hours into a day, and gives both parts one sign.
func JustifyHours(iv IntervalValue) (IntervalValue, error) {
	if !iv.IsFinite() {
		return iv, nil
	}
	days := int64(iv.Days) + iv.Micros/MicrosPerDay
	days, micros := oneSign(days, iv.Micros%MicrosPerDay, MicrosPerDay)
	return MakeInterval(int64(iv.Months), days, micros)
}

// JustifyDays turns every 30 days into a month, and gives both parts one sign.
func JustifyDays(iv IntervalValue) (IntervalValue, error) {
	if !iv.IsFinite() {
		return iv, nil
	}
	months := int64(iv.Months) + int64(iv.Days/30)
	months, days := oneSign(months, int64(iv.Days%30), 30)
	return MakeInterval(months, days, iv.Micros)
}

// JustifyInterval does both, so that all three parts have one sign.
func JustifyInterval(iv IntervalValue) (IntervalValue, error) {
	if !iv.IsFinite() {
		return iv, nil
	}
	days, micros := int64(iv.Days)+iv.Micros/MicrosPerDay, iv.Micros%MicrosPerDay
	months, days := int64(iv.Months)+days/30, days%30
	if months > 0 && (days < 0 || days == 0 && micros < 0) {
		months, days = months-1, days+30
	} else if months < 0 && (days > 0 || days == 0 && micros > 0) {
		months, days = months+1, days-30
	}
	days, micros = oneSign(days, micros, MicrosPerDay)
	return MakeInterval(months, days, micros)
}

// oneSign moves one unit between two parts whose signs differ.
func oneSign(whole, part, unit int64) (int64, int64) {
	switch {
	case whole > 0 && part < 0:
		return whole - 1, part + unit
	case whole < 0 && part > 0:
		return whole + 1, part - unit
	}
	return whole, part
}

// MultiplyInterval scales each part; what is left of a month becomes days of which it has 30, what is
// left of a day becomes time.
func MultiplyInterval(iv IntervalValue, factor float64) (IntervalValue, error) {
	if factor != factor || math.IsInf(factor, 0) || !iv.IsFinite() {
		return multiplyInfinite(iv, factor)
	}
	months := float64(iv.Months) * factor
	days := float64(iv.Days) * factor
	micros := float64(iv.Micros) * factor
	wholeMonths := math.Trunc(months)
	// The fraction is rounded to microseconds at each step, or 0.1 × 3 months would not be 9 days.
	monthDays := roundToMicros((months - wholeMonths) * 30)
	wholeDays := math.Trunc(days) + math.Trunc(monthDays)
	left := roundToMicros(days - math.Trunc(days) + monthDays - math.Trunc(monthDays))
	if math.Abs(left) >= 1 {
		wholeDays, left = wholeDays+math.Trunc(left), left-math.Trunc(left)
	}
	micros = math.RoundToEven(micros + left*float64(MicrosPerDay))
	if math.Abs(wholeMonths) > math.MaxInt32 || math.Abs(wholeDays) > math.MaxInt32 || math.Abs(micros) >= math.MaxInt64 {
		return IntervalValue{}, intervalOutOfRange()
	}
	return MakeInterval(int64(wholeMonths), int64(wholeDays), int64(micros))
}

func roundToMicros(f float64) float64 { return math.RoundToEven(f*1e6) / 1e6 }

func multiplyInfinite(iv IntervalValue, factor float64) (IntervalValue, error) {
	direction := factor
	if !iv.IsFinite() && iv == IntervalNegInfinity {
		direction = -factor
	} else if iv.IsFinite() {
		direction *= float64(compareInterval(iv, IntervalValue{}))
	}
	switch {
	case direction > 0:
		return IntervalInfinity, nil
	case direction < 0:
		return IntervalNegInfinity, nil
	default: // NaN, or zero times infinity
		return IntervalValue{}, intervalOutOfRange()
	}
}

// SubtractTimestamps is the time between two timestamps in days and hours, never months.
func SubtractTimestamps(a, b int64) (IntervalValue, error) {
	if !IsFiniteTimestamp(a) || !IsFiniteTimestamp(b) {
		switch {
		case a == b:
			return IntervalValue{}, intervalOutOfRange()
		case a == TimestampInfinity || b == TimestampNegInfinity:
			return IntervalInfinity, nil
		default:
			return IntervalNegInfinity, nil
		}
	}
	difference, ok := addInt64(a, -b)
	if !ok {
		return IntervalValue{}, intervalOutOfRange()
	}
	return JustifyHours(IntervalValue{Micros: difference})
}
