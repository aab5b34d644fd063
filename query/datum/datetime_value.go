package datum

import "time"

// value puts the fields together as the type wants them.
func (p *dateTimeParser) value() (int64, dateTimeFault) {
	if fault := p.applyMeridiem(); fault != faultNone {
		return 0, fault
	}
	if p.special != "" {
		return p.specialValue()
	}
	switch p.typ {
	case Time:
		return p.timeValue()
	case Timetz:
		micros, fault := p.timeValue()
		if fault != faultNone {
			return 0, fault
		}
		return p.zonedTime(micros)
	}
	days, fault := p.days()
	if fault != faultNone {
		return 0, fault
	}
	if p.typ == Date {
		if CheckDate(days) != nil {
			return 0, faultRange
		}
		return days, faultNone
	}
	return p.timestampAt(days, p.civil.timeOfDay())
}

func (p *dateTimeParser) applyMeridiem() dateTimeFault {
	if p.meridiem == 0 {
		return faultNone
	}
	if !p.clock {
		return faultSyntax
	}
	if p.civil.Hour > 12 {
		return faultField
	}
	p.civil.Hour %= 12
	if p.meridiem == 'p' {
		p.civil.Hour += 12
	}
	return faultNone
}

func (p *dateTimeParser) timeValue() (int64, dateTimeFault) {
	if !p.clock {
		return 0, faultSyntax
	}
	if p.day {
		if _, fault := p.days(); fault != faultNone {
			return 0, fault
		}
	}
	micros := p.civil.timeOfDay()
	if micros > MicrosPerDay {
		return 0, faultField
	}
	return micros, faultNone
}

// days is the date that was given, after the checks that a calendar makes.
func (p *dateTimeParser) days() (int64, dateTimeFault) {
	if !p.year || !p.month || !p.day {
		return 0, faultSyntax
	}
	if p.julian {
		return p.civil.Day + minDate, faultNone
	}
	year := p.civil.Year
	switch {
	case p.bc && year == 0, !p.bc && year == 0 && !p.twoDigitYear:
		return 0, faultField
	case p.bc:
		year = 1 - year
	case p.twoDigitYear && year < 70:
		year += 2000
	case p.twoDigitYear && year < 100:
		year += 1900
	}
	if p.dayOfYear {
		length := DaysFromCivil(year+1, 1, 1) - DaysFromCivil(year, 1, 1)
		if p.civil.Day < 1 || p.civil.Day > length {
			return 0, faultField
		}
		return DaysFromCivil(year, 1, p.civil.Day), faultNone
	}
	if p.civil.Month < 1 || p.civil.Month > 12 || p.civil.Day < 1 || p.civil.Day > 31 {
		return 0, faultMonth
	}
	if p.civil.Day > DaysInMonth(year, p.civil.Month) {
		return 0, faultField
	}
	if year > 5_874_897 || year < -4713 {
		return 0, faultRange
	}
	return DaysFromCivil(year, p.civil.Month, p.civil.Day), faultNone
}

// timestampAt makes a timestamp, or a timestamptz seen from the zone given or the session's.
func (p *dateTimeParser) timestampAt(days, timeOfDay int64) (int64, dateTimeFault) {
	if days < minDate || days > endTimestamp/MicrosPerDay {
		return 0, faultRange
	}
	micros, err := days*MicrosPerDay+timeOfDay, error(nil)
	switch {
	case p.typ != Timestamptz:
	case p.zoned && p.zone == nil:
		micros -= p.offset
	case p.zoned:
		micros, err = ZonedTimestamp(micros, p.zone)
	default:
		micros, err = ZonedTimestamp(micros, p.env.location())
	}
	if err != nil || CheckTimestamp(micros) != nil {
		return 0, faultRange
	}
	return micros, faultNone
}

func (p *dateTimeParser) specialValue() (int64, dateTimeFault) {
	now := p.env.now().In(p.env.location())
	if p.zone != nil {
		now = now.In(p.zone)
	}
	today := DateFromTime(now)
	switch p.special {
	case "infinity", "-infinity":
		return p.infinity()
	case "allballs":
		switch p.typ {
		case Time:
			return 0, faultNone
		case Timetz:
			return NewTimetz(0, 0).Int(), faultNone
		}
		return 0, faultSyntax
	case "epoch":
		return p.epoch()
	case "now":
		return p.nowValue(now, today)
	case "tomorrow":
		today++
	case "yesterday":
		today--
	}
	switch p.typ {
	case Date:
		return today, faultNone
	case Time, Timetz:
		return 0, faultSyntax
	default:
		return p.timestampAt(today, p.civil.timeOfDay())
	}
}

func (p *dateTimeParser) infinity() (int64, dateTimeFault) {
	switch {
	case p.typ == Time, p.typ == Timetz:
		return 0, faultSyntax
	case p.typ == Date && p.special == "infinity":
		return DateInfinity, faultNone
	case p.typ == Date:
		return DateNegInfinity, faultNone
	case p.special == "infinity":
		return TimestampInfinity, faultNone
	default:
		return TimestampNegInfinity, faultNone
	}
}

func (p *dateTimeParser) epoch() (int64, dateTimeFault) {
	switch p.typ {
	case Date:
		return EpochDays, faultNone
	case Time, Timetz:
		return 0, faultSyntax
	default:
		return EpochMicros, faultNone
	}
}

func (p *dateTimeParser) nowValue(now time.Time, today int64) (int64, dateTimeFault) {
	instant := TimestampFromTime(now)
	local := LocalTimestamp(instant, now.Location())
	switch p.typ {
	case Date:
		return today, faultNone
	case Time:
		return floorMod(local, MicrosPerDay), faultNone
	case Timetz:
		return NewTimetz(floorMod(local, MicrosPerDay), (local-instant)/MicrosPerSecond).Int(), faultNone
	case Timestamp:
		return local, faultNone
	default:
		return instant, faultNone
	}
}
