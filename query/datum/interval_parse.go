package datum

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// parseInterval reads Postgres's forms ("1 year 2 mons -3 days 04:05:06", "@ 1 hour ago"), SQL's
// ("1-2", "3 4:05:06") and ISO 8601's ("P1Y2M3DT4H5M6S", "P0001-02-03T04:05:06").
func parseInterval(s string, typmod int32) (Datum, error) {
	p := intervalParser{fields: fullIntervalRange}
	p.fields, _ = intervalTypmodParts(typmod)
	v := lowerASCII(trimSpace(s))
	var ok bool
	switch {
	case v == "infinity" || v == "+infinity":
		return NewInterval(IntervalInfinity), nil
	case v == "-infinity":
		return NewInterval(IntervalNegInfinity), nil
	case len(v) > maxDateTimeText:
	case strings.HasPrefix(v, "p"):
		ok = p.parseISO(v[1:])
	default:
		ok = p.parseWords(v)
	}
	switch {
	case p.overflow:
		return Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "interval field value out of range: \"%s\"", s)
	case !ok:
		return Null, syntaxError(Interval, s)
	}
	iv, err := p.interval()
	if err != nil {
		return Null, err
	}
	return NewInterval(iv), nil
}

// intervalParser adds up what the fields say.
type intervalParser struct {
	months, days, micros int64
	fields               int64 // of the modifier: says what a bare number counts
	overflow             bool
	// seen are the units that words have counted already: each may be given once.
	seen []intervalUnit
}

func (p *intervalParser) interval() (IntervalValue, error) {
	return MakeInterval(p.months, p.days, p.micros)
}

// intervalUnit is how many of what a unit is.
type intervalUnit struct {
	months, days, micros int64
}

var intervalUnits = map[string]intervalUnit{
	"us": {micros: 1}, "usec": {micros: 1}, "microsecon": {micros: 1}, "microsecond": {micros: 1},
	"ms": {micros: 1000}, "msec": {micros: 1000}, "millisecon": {micros: 1000}, "millisecond": {micros: 1000},
	"s": {micros: MicrosPerSecond}, "sec": {micros: MicrosPerSecond}, "second": {micros: MicrosPerSecond},
	"m": {micros: MicrosPerMinute}, "min": {micros: MicrosPerMinute}, "minute": {micros: MicrosPerMinute},
	"h": {micros: MicrosPerHour}, "hr": {micros: MicrosPerHour}, "hour": {micros: MicrosPerHour},
	"d": {days: 1}, "day": {days: 1},
	"w": {days: 7}, "week": {days: 7},
	"mon": {months: 1}, "month": {months: 1},
	"y": {months: 12}, "yr": {months: 12}, "year": {months: 12},
	"dec": {months: 120}, "decade": {months: 120},
	"c": {months: 1200}, "cent": {months: 1200}, "century": {months: 1200}, "centurie": {months: 1200},
	"mil": {months: 12000}, "millennium": {months: 12000}, "millennia": {months: 12000},
}

func unitNamed(name string) (intervalUnit, bool) {
	u, ok := intervalUnits[name]
	if !ok && len(name) >= 3 {
		u, ok = intervalUnits[strings.TrimSuffix(name, "s")]
	}
	return u, ok
}

// once notes units, unless one was there before.
func (p *intervalParser) once(names ...string) bool {
	for _, name := range names {
		u, ok := unitNamed(name)
		if !ok || slices.Contains(p.seen, u) {
			return false
		}
		p.seen = append(p.seen, u)
	}
	return true
}

// add counts n and a fraction of a unit; a fraction runs over into smaller parts.
func (p *intervalParser) add(whole int64, fraction float64, unit string) bool {
	u, ok := unitNamed(unit)
	if !ok {
		return false
	}
	switch {
	case u.months != 0:
		p.accumulate(&p.months, whole, u.months)
		p.addMonthFraction(fraction*float64(u.months), u.months > 1)
	case u.days != 0:
		p.accumulate(&p.days, whole, u.days)
		p.addDayFraction(fraction * float64(u.days))
	default:
		p.accumulate(&p.micros, whole, u.micros)
		p.accumulate(&p.micros, int64(math.RoundToEven(fraction*float64(u.micros))), 1)
	}
	return true
}

func (p *intervalParser) accumulate(total *int64, n, unit int64) {
	sum, ok := mulAdd(n, unit, *total)
	if !ok {
		p.overflow = true
		return
	}
	*total = sum
}

// addMonthFraction turns what is left of months into days of which a month has 30; of a year, whole
// months only.
func (p *intervalParser) addMonthFraction(months float64, ofYears bool) {
	if ofYears {
		p.accumulate(&p.months, int64(math.RoundToEven(months)), 1)
		return
	}
	p.addDayFraction(months * 30)
}

func (p *intervalParser) addDayFraction(days float64) {
	whole := math.Trunc(days)
	p.accumulate(&p.days, int64(whole), 1)
	p.accumulate(&p.micros, int64(math.RoundToEven((days-whole)*float64(MicrosPerDay))), 1)
}

// parseWords reads fields one by one: a number with the unit after it, a clock, years-months.
func (p *intervalParser) parseWords(v string) bool {
	tokens, ok := cutInterval(v)
	ago := false
	if n := len(tokens); n > 0 && tokens[n-1] == "ago" {
		ago, tokens = true, tokens[:n-1]
	}
	if !ok || len(tokens) == 0 {
		return false
	}
	for i := 0; i < len(tokens); i++ {
		token := tokens[i]
		unit := ""
		if i+1 < len(tokens) && isLetter(rune(tokens[i+1][0])) {
			unit = tokens[i+1]
			i++
		}
		if !p.takeToken(token, unit, i+1 < len(tokens)) {
			return false
		}
	}
	if ago {
		p.months, p.days, p.micros = -p.months, -p.days, -p.micros
		p.overflow = p.overflow || p.micros == math.MinInt64
	}
	return true
}

// cutInterval parts signed numbers, clocks and words; "@" means nothing.
func cutInterval(v string) ([]string, bool) {
	var tokens []string
	for v != "" {
		c := v[0]
		n := 0
		switch {
		case isBlank(c) || c == '@':
			v = v[1:]
			continue
		case isLetter(rune(c)):
			n = span(v, func(c byte) bool { return isLetter(rune(c)) })
		default:
			if c == '+' || c == '-' {
				v = string(c) + strings.TrimLeft(v[1:], " ")
				n = 1
			}
			n += span(v[n:], func(c byte) bool { return isDigit(c) || c == ':' || c == '.' || c == '-' })
			if strings.Trim(v[:n], "+-.:") == "" {
				return nil, false
			}
		}
		tokens, v = append(tokens, v[:n]), v[n:]
	}
	return tokens, true
}

func (p *intervalParser) takeToken(token, unit string, more bool) bool {
	negative := token[0] == '-'
	body := strings.TrimLeft(token, "+-")
	if len(token)-len(body) > 1 {
		return false
	}
	switch {
	case strings.IndexByte(body, ':') >= 0:
		return unit == "" && p.once("hour", "minute", "second") && p.takeClock(body, negative)
	case strings.IndexByte(body, '-') >= 0:
		return unit == "" && p.once("year", "month") && p.takeYearMonth(body, negative)
	case unit == "" && more:
		unit = "day" // "3 4:05:06"
	case unit == "":
		unit = p.bareUnit()
	}
	whole, fraction, ok := parseQuantity(body, negative)
	if !ok {
		p.overflow = p.overflow || strings.Trim(body, "0123456789") == ""
		return false
	}
	return p.once(unit) && p.add(whole, fraction, unit)
}

func (p *intervalParser) bareUnit() string {
	switch lastField(p.fields) {
	case maskYear:
		return "year"
	case maskMonth:
		return "month"
	case maskDay:
		return "day"
	case maskHour:
		return "hour"
	case maskMinute:
		return "minute"
	default:
		return "second"
	}
}

// parseQuantity reads a number in two pieces, both with its sign.
func parseQuantity(body string, negative bool) (whole int64, fraction float64, ok bool) {
	head, tail, point := strings.Cut(body, ".")
	if head == "" && tail == "" {
		return 0, 0, false
	}
	if head != "" {
		var err error
		if whole, err = strconv.ParseInt(head, 10, 64); err != nil {
			return 0, 0, false
		}
	}
	if point && tail != "" {
		if strings.Trim(tail, "0123456789") != "" {
			return 0, 0, false
		}
		fraction, _ = strconv.ParseFloat("0."+tail, 64)
	}
	if negative {
		return -whole, -fraction, true
	}
	return whole, fraction, true
}

// takeClock reads h:mm, h:mm:ss.f, or, where the modifier says MINUTE TO SECOND, m:ss.
func (p *intervalParser) takeClock(body string, negative bool) bool {
	parts := strings.Split(body, ":")
	if len(parts) == 2 && (p.fields == maskMinute|maskSecond || strings.Contains(parts[1], ".")) {
		parts = []string{"0", parts[0], parts[1]}
	}
	if len(parts) == 2 {
		parts = append(parts, "0")
	}
	if len(parts) != 3 {
		return false
	}
	seconds, fraction, _ := strings.Cut(parts[2], ".")
	h, err := strconv.ParseInt(parts[0], 10, 64)
	m, okM := number(parts[1])
	s, okS := number(seconds)
	f, okF := parseMicros(fraction)
	if err != nil || !okM || !okS || !okF || h < 0 {
		return false
	}
	if m > 59 || s > 60 {
		p.overflow = true
		return false
	}
	sign := int64(1)
	if negative {
		sign = -1
	}
	p.accumulate(&p.micros, sign*h, MicrosPerHour)
	p.accumulate(&p.micros, sign*(m*MicrosPerMinute+s*MicrosPerSecond+f), 1)
	return true
}

func (p *intervalParser) takeYearMonth(body string, negative bool) bool {
	years, months, _ := strings.Cut(body, "-")
	y, okY := number(years)
	m, okM := number(months)
	if !okY || !okM {
		return false
	}
	if m > 11 {
		p.overflow = true
		return false
	}
	total := y*12 + m
	if negative {
		total = -total
	}
	p.accumulate(&p.months, total, 1)
	return true
}

// parseISO reads what follows the P: designators, or the alternative format of dates and clocks.
func (p *intervalParser) parseISO(v string) bool {
	date, clock, timed := strings.Cut(v, "t")
	if v == "" || (timed && clock == "") {
		return false
	}
	if strings.Count(date, "-") == 2 && !strings.ContainsAny(date, "ymwd") {
		return p.parseISOAlternative(date, clock, timed)
	}
	if !p.takeDesignators(date, map[byte]string{'y': "year", 'm': "month", 'w': "week", 'd': "day"}) {
		return false
	}
	if strings.IndexByte(clock, ':') >= 0 {
		return p.takeClock(strings.TrimLeft(clock, "+-"), clock[0] == '-')
	}
	return p.takeDesignators(clock, map[byte]string{'h': "hour", 'm': "minute", 's': "second"})
}

func (p *intervalParser) takeDesignators(v string, units map[byte]string) bool {
	for v != "" {
		n := span(v, func(c byte) bool { return isDigit(c) || strings.IndexByte("+-.", c) >= 0 })
		if n == 0 || n == len(v) {
			return false
		}
		body := strings.TrimLeft(v[:n], "+-")
		whole, fraction, ok := parseQuantity(body, v[0] == '-')
		unit, known := units[v[n]]
		if !ok || !known || n-len(body) > 1 || !p.add(whole, fraction, unit) {
			return false
		}
		v = v[n+1:]
	}
	return true
}

func (p *intervalParser) parseISOAlternative(date, clock string, timed bool) bool {
	parts := strings.Split(date, "-")
	if len(parts) != 3 {
		return false
	}
	y, okY := number(parts[0])
	m, okM := number(parts[1])
	d, okD := number(parts[2])
	if !okY || !okM || !okD {
		return false
	}
	p.accumulate(&p.months, y*12+m, 1)
	p.accumulate(&p.days, d, 1)
	return !timed || p.takeClock(clock, false)
}
