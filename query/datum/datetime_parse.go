package datum

import (
	"strings"
	"time"

	"github.com/seguedb/segue/query/sqlstate"
)

// parseDateTime reads a date, time, timestamp or timestamptz in any of Postgres's usual forms:
// ISO 8601 with or without T, 19990108, 1999-Jan-08, January 8, 1999, 1/8/1999, 1999.008, J2451187,
// 04:05:06.789, 040506, 04:05 PM; a zone as offset, abbreviation or name; BC; and the special words.
// Steps: (1) cut into fields, (2) take each field in turn, (3) put the value together.
func parseDateTime(t *Type, s string, env *Env) (Datum, error) {
	fields, ok := cutFields(s)
	if !ok || len(fields) == 0 {
		return Null, syntaxError(t, s)
	}
	p := dateTimeParser{typ: t, env: env}
	for i := range fields {
		if fault := p.take(fields, i); fault != faultNone {
			return Null, p.explain(fault, s)
		}
	}
	if p.clock && p.nextIsClock {
		return Null, syntaxError(t, s)
	}
	v, fault := p.value()
	if fault != faultNone {
		return Null, p.explain(fault, s)
	}
	return NewInt(v), nil
}

// dateTimeFault is why the input was refused; each has its own SQLSTATE.
type dateTimeFault uint8

const (
	faultNone   dateTimeFault = iota
	faultSyntax               // 22007
	faultField                // 22008, a field out of range
	faultMonth                // 22008, perhaps month and day the other way round
	faultOffset               // 22009
	faultZone                 // 22023
	faultRange                // 22008, the whole value out of range
)

func (p *dateTimeParser) explain(fault dateTimeFault, s string) error {
	switch fault {
	case faultField:
		return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s)
	case faultMonth:
		return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s).
			WithHint("Perhaps you need a different \"datestyle\" setting.")
	case faultOffset:
		return sqlstate.New(sqlstate.InvalidTimeZoneDisplacementValue, "time zone displacement out of range: \"%s\"", s)
	case faultZone:
		return sqlstate.New(sqlstate.InvalidParameterValue, "time zone \"%s\" not recognized", p.badZone)
	case faultRange:
		return sqlstate.New(sqlstate.DatetimeFieldOverflow, "%s out of range: \"%s\"", rangeName(p.typ), s)
	default:
		return syntaxError(p.typ, s)
	}
}

func rangeName(t *Type) string {
	if t == Timestamptz {
		return "timestamp"
	}
	return inputName(t)
}

// dateTimeParser gathers what the fields say.
type dateTimeParser struct {
	typ *Type
	env *Env

	civil             Civil
	day, month, year  bool // which were given
	clock             bool // a time of day was given
	twoDigitYear, bc  bool
	dayOfYear, julian bool // Civil.Day counts from the year's first, or from Julian day 0
	meridiem          byte // 'a' or 'p'
	nextIsClock       bool // after a T

	zoned  bool
	offset int64 // microseconds east, where zone is nil
	zone   *time.Location

	special string
	badZone string
}

// take handles field i.
func (p *dateTimeParser) take(fields []string, i int) dateTimeFault {
	f := fields[i]
	switch c := f[0]; {
	case (c == '+' || c == '-') && isDigit(f[1]):
		return p.takeOffset(f)
	case isDigit(c) || c == '.':
		return p.takeNumber(fields, i)
	case f == "t" && (p.day || p.julian):
		p.nextIsClock = true
		return faultNone
	default:
		return p.takeWord(fields, i)
	}
}

func (p *dateTimeParser) takeOffset(f string) dateTimeFault {
	if p.zoned && p.zone == nil && p.offset != 0 {
		return faultSyntax
	}
	seconds, ok := parseOffset(f)
	if !ok {
		if strings.Trim(f, "+-0123456789:") == "" && len(f) > 1 {
			return faultOffset
		}
		return faultSyntax
	}
	if !p.clock && !p.day { // a zone may follow a date alone: JDBC writes it so
		return faultSyntax
	}
	p.zoned, p.zone, p.offset = true, nil, int64(seconds)*MicrosPerSecond
	return faultNone
}

func (p *dateTimeParser) takeNumber(fields []string, i int) dateTimeFault {
	f := fields[i]
	switch {
	case strings.IndexByte(f, ':') >= 0:
		return p.takeClock(f)
	case p.nextIsClock:
		p.nextIsClock = false
		return p.takePackedClock(f)
	case strings.ContainsAny(f, "-/") || strings.Count(f, ".") == 2 || strings.IndexFunc(f, isLetter) >= 0:
		return p.takeDate(f)
	case len(strings.SplitN(f, ".", 2)[0]) == 8 && !p.day:
		return p.takePackedDate(f)
	case len(strings.SplitN(f, ".", 2)[0]) == 6 && (p.day || p.typ == Time || p.typ == Timetz):
		return p.takePackedClock(f)
	case len(f) == 6 && !p.day && !p.month:
		return p.takePackedDate("  " + f)
	case strings.IndexByte(f, '.') == 4 && !p.year:
		return p.takeDate(strings.Replace(f, ".", "-", 1)) // 1999.008: year and day of year
	case i+1 < len(fields) && (fields[i+1] == "am" || fields[i+1] == "pm"):
		return p.takeClock(f + ":00")
	default:
		return p.takeLoose(f)
	}
}

// takeLoose reads a number standing alone beside a month's name: a day, or a year.
func (p *dateTimeParser) takeLoose(f string) dateTimeFault {
	n, ok := number(f)
	switch {
	case !ok:
		return faultSyntax
	case len(f) >= 3 && !p.year:
		p.civil.Year, p.year = n, true
	case p.month && !p.day:
		p.civil.Day, p.day = n, true
	case p.month && !p.year:
		p.civil.Year, p.year, p.twoDigitYear = n, true, len(f) <= 2
	case !p.month && p.year && !p.day, !p.month && !p.day:
		p.civil.Day, p.day = n, true // the month's name follows
	default:
		return faultSyntax
	}
	return faultNone
}

// takeClock reads hh:mm[:ss[.ffffff]].
func (p *dateTimeParser) takeClock(f string) dateTimeFault {
	if p.clock {
		return faultSyntax
	}
	p.nextIsClock = false
	parts := strings.SplitN(f, ":", 3)
	for len(parts) < 3 {
		parts = append(parts, "0")
	}
	return p.setClock(parts[0], parts[1], parts[2])
}

// takePackedClock reads hhmmss[.ffffff], hhmm or hh.
func (p *dateTimeParser) takePackedClock(f string) dateTimeFault {
	whole, fraction, _ := strings.Cut(f, ".")
	if p.clock || len(whole) > 6 || len(whole)%2 == 1 || (fraction != "" && len(whole) != 6) {
		return faultSyntax
	}
	whole += "000000"[:6-len(whole)]
	return p.setClock(whole[:2], whole[2:4], whole[4:6]+"."+fraction)
}

func (p *dateTimeParser) setClock(hour, minute, second string) dateTimeFault {
	h, okH := number(hour)
	m, okM := number(minute)
	whole, fraction, _ := strings.Cut(second, ".")
	sec, okS := number(whole)
	micro, okF := parseMicros(fraction)
	if !okH || !okM || !okS || !okF {
		return faultSyntax
	}
	if m > 59 || sec > 60 || h > 24 || (h == 24 && m+sec+micro > 0) {
		return faultField
	}
	p.civil.Hour, p.civil.Minute, p.civil.Second, p.civil.Micro = h, m, sec, micro
	p.clock = true
	return faultNone
}

// parseMicros reads the digits after a point, rounded to microseconds.
func parseMicros(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
	}
	head := (s + "000000")[:6]
	n, _ := number(head)
	if len(s) > 6 && s[6] >= '5' {
		n++
	}
	return n, true
}

// takePackedDate reads yyyymmdd, or yymmdd after two blanks.
func (p *dateTimeParser) takePackedDate(f string) dateTimeFault {
	year, okY := number(strings.TrimSpace(f[:4]))
	month, okM := number(f[4:6])
	day, okD := number(f[6:8])
	if len(f) > 8 || !okY || !okM || !okD || p.month {
		return faultSyntax
	}
	return p.setDate(year, month, day, f[0] == ' ')
}

func (p *dateTimeParser) setDate(year, month, day int64, twoDigits bool) dateTimeFault {
	p.civil.Year, p.civil.Month, p.civil.Day = year, month, day
	p.year, p.month, p.day, p.twoDigitYear = true, true, true, twoDigits
	return faultNone
}

// takeDate reads three fields joined by - / or ., or a year and its day.
func (p *dateTimeParser) takeDate(f string) dateTimeFault {
	parts := strings.FieldsFunc(f, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	if p.day || p.year || len(parts) > 3 || len(parts) < 2 || len(parts) != strings.Count(f, "-")+
		strings.Count(f, "/")+strings.Count(f, ".")+1 {
		return faultSyntax
	}
	for i, part := range parts {
		month, ok := monthNamed(part)
		if !ok {
			continue
		}
		p.civil.Month, p.month = month, true
		for _, loose := range append(append([]string{}, parts[:i]...), parts[i+1:]...) {
			if fault := p.takeLoose(loose); fault != faultNone {
				return fault
			}
		}
		return faultNone
	}
	var n [3]int64
	for i, part := range parts {
		var ok bool
		if n[i], ok = number(part); !ok {
			return faultSyntax
		}
	}
	if len(parts) == 2 {
		if len(parts[0]) < 4 || len(parts[1]) != 3 {
			return faultSyntax
		}
		p.dayOfYear = true
		return p.setDate(n[0], 1, n[1], false)
	}
	switch {
	case len(parts[0]) >= 3 || p.env.yearFirst():
		return p.setDate(n[0], n[1], n[2], len(parts[0]) <= 2)
	case p.env.dayFirst():
		return p.setDate(n[2], n[1], n[0], len(parts[2]) <= 2)
	default:
		return p.setDate(n[2], n[0], n[1], len(parts[2]) <= 2)
	}
}

// takeWord reads a month, alone or joined to a day and year, a day of the week, am, pm, ad, bc, a
// special word or a zone.
func (p *dateTimeParser) takeWord(fields []string, i int) dateTimeFault {
	f := fields[i]
	if month, _, joined := strings.Cut(f, "-"); joined {
		if _, ok := monthNamed(month); ok {
			return p.takeDate(f)
		}
	}
	if month, ok := monthNamed(f); ok && !p.month {
		p.civil.Month, p.month = month, true
		return faultNone
	}
	if f[0] == 'j' && len(f) > 1 && !p.day {
		if n, ok := number(f[1:]); ok {
			p.julian, p.day, p.month, p.year, p.civil.Day = true, true, true, true, n
			return faultNone
		}
	}
	switch f {
	case "am", "pm":
		p.meridiem = f[0]
		return faultNone
	case "ad", "bc":
		p.bc = f == "bc"
		return faultNone
	case "now", "today", "tomorrow", "yesterday", "epoch", "infinity", "-infinity", "allballs":
		if p.special != "" || p.year {
			return faultSyntax
		}
		p.special = f
		return faultNone
	case "at", "on":
		return faultNone
	}
	if isWeekday(f) {
		return faultNone
	}
	return p.takeZone(f)
}

func (p *dateTimeParser) takeZone(f string) dateTimeFault {
	if p.zoned {
		return faultSyntax
	}
	if hours, ok := abbreviations[f]; ok {
		p.zoned, p.offset = true, int64(hours)*MicrosPerHour
		return faultNone
	}
	if len(f) < 3 {
		return faultSyntax
	}
	loc, err := LoadZone(f)
	if err != nil {
		if strings.ContainsAny(f, "/_") {
			p.badZone = f
			return faultZone
		}
		return faultSyntax
	}
	p.zoned, p.zone = true, loc
	return faultNone
}

var months = [...]string{"january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december"}

func monthNamed(s string) (int64, bool) {
	for i, name := range months {
		if s == name || s == name[:3] || (s == "sept" && i == 8) {
			return int64(i) + 1, true
		}
	}
	return 0, false
}

func isWeekday(s string) bool {
	switch s {
	case "mon", "monday", "tue", "tues", "tuesday", "wed", "weds", "wednesday", "thu", "thur", "thurs", "thursday",
		"fri", "friday", "sat", "saturday", "sun", "sunday":
		return true
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' }
