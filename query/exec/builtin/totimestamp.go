package builtin

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// templateReader reads a string by a template, as loosely as Postgres does: spaces before fields do not
// matter, any separator stands for any other, and text between fields is skipped unread.
type templateReader struct {
	in, rest string
	fixed    bool
	// extra counts the blanks skipped that the template has not asked for yet.
	extra int

	year, month, day, dayOfYear, julian  int64
	yearDigits                           int
	hour, minute, second, micro, seconds int64
	half                                 bool // the hour is of a 12-hour clock
	afternoon, beforeChrist, inDayOfYear bool
	inJulian, inSeconds                  bool
	zoned                                bool

	century                          int64
	iso, gregorian                   bool // which calendar's fields have been met: they do not mix
	isoWeek, isoDay, isoDayOfYear    int64
	zoneSign, zoneHours, zoneMinutes int64
}

// parseByTemplate is to_timestamp, and to_date where day is wanted.
func parseByTemplate(s, template string, loc *time.Location, day bool) (int64, error) {
	nodes, fixed := parseTemplate(template)
	r := &templateReader{in: s, rest: s, fixed: fixed, month: 1, day: 1, zoneSign: 1}
	for i := 0; i < len(nodes) && r.rest != ""; i++ {
		if err := r.node(nodes, i); err != nil {
			return 0, err
		}
	}
	date, clock, err := r.value()
	switch {
	case err != nil:
		return 0, err
	case day:
		return date, datum.CheckDate(date)
	}
	micros, err := dateAndTime(date, clock)
	switch {
	case err != nil:
		return 0, err
	case r.zoned:
		return micros - r.zoneSign*(r.zoneHours*datum.MicrosPerHour+r.zoneMinutes*datum.MicrosPerMinute), nil
	}
	return datum.ZonedTimestamp(micros, loc)
}

func (r *templateReader) skipBlanks() {
	for r.rest != "" && isBlank(r.rest[0]) {
		r.rest = r.rest[1:]
		r.extra++
	}
}

func (r *templateReader) node(nodes []templateNode, i int) error {
	n := &nodes[i]
	if !r.fixed && (n.field != "" || i == 0) {
		r.skipBlanks()
	}
	switch {
	case n.field != "":
		if err := r.field(n, nextSeparates(nodes, i)); err != nil {
			return err
		}
		if !r.fixed {
			r.extra = 0
			r.skipBlanks()
		}
	case n.separator() || !n.quoted && n.text == " ":
		r.loose()
	default:
		r.skipText(n.text)
	}
	return nil
}

// loose lets one separator or blank of the template match one of the input, or nothing.
func (r *templateReader) loose() {
	if r.fixed {
		r.skipText(" ")
		return
	}
	r.extra--
	if r.rest != "" && (isBlank(r.rest[0]) || isSeparator(r.rest[0])) {
		r.rest = r.rest[1:]
		r.extra++
	}
}

func (r *templateReader) skipText(text string) {
	for range text {
		if !r.fixed && r.extra > 0 {
			r.extra--
			continue
		}
		_, size := utf8.DecodeRuneInString(r.rest)
		r.rest = r.rest[size:]
	}
}

// nextSeparates says whether a number may be as long as it is: what follows in the template is no digit.
func nextSeparates(nodes []templateNode, i int) bool {
	if nodes[i].ordinal != "" || i+1 == len(nodes) {
		return true
	}
	next := &nodes[i+1]
	if next.field != "" {
		return !next.digits()
	}
	return !(len(next.text) == 1 && isASCIIDigit(next.text[0]))
}

func (r *templateReader) field(n *templateNode, open bool) error {
	if !n.digits() {
		return r.word(n)
	}
	if err := r.convention(n.field); err != nil {
		return err
	}
	if n.field == "Y,YYY" {
		return r.millennia()
	}
	width := len(strings.TrimRight(n.field, "0123456789"))
	switch n.field {
	case "DDD", "MS", "IDDD":
		width = 3
	case "US":
		width = 6
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		width = int(n.field[2] - '0')
	case "J":
		width = 10
	case "SSSS", "SSSSS":
		width = 5
	case "TZH", "TZM":
		width = 2
	case "Q", "D", "ID", "W":
		width = 1
	}
	if n.field == "TZH" {
		r.sign()
	}
	v, digits, err := r.integer(n.field, width, open || n.fill)
	if err != nil {
		return err
	}
	r.store(n.field, v, digits)
	if n.ordinal != "" && len(r.rest) >= 2 {
		r.rest = r.rest[2:]
	}
	return nil
}

func (r *templateReader) sign() {
	r.zoned, r.zoneSign = true, 1
	if r.rest != "" && strings.IndexByte("+- ", r.rest[0]) >= 0 {
		if r.rest[0] == '-' {
			r.zoneSign = -1
		}
		r.rest = r.rest[1:]
	}
}

// integer reads a number of at most width characters, or to its end where open.
func (r *templateReader) integer(field string, width int, open bool) (v int64, digits int, err error) {
	end := 0
	if r.rest != "" && (r.rest[0] == '-' || r.rest[0] == '+') {
		end = 1
	}
	first := end
	for end < len(r.rest) && isASCIIDigit(r.rest[end]) && (open || end < width) {
		end++
	}
	if digits = end - first; digits == 0 {
		shown := r.rest[:min(len(r.rest), width)]
		return 0, 0, sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", shown, field).
			WithDetail("Value must be an integer.")
	}
	if !open && end < width {
		if end == len(r.rest) {
			return 0, 0, sqlstate.New(sqlstate.InvalidDatetimeFormat,
				"source string too short for \"%s\" formatting field", field).
				WithDetail("Field requires %d characters, but only %d remain.", width, end).
				WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
		}
		return 0, 0, sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"",
			r.rest[:min(len(r.rest), width)], field).
			WithDetail("Field requires %d characters, but only %d could be parsed.", width, end).
			WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
	}
	v, err = strconv.ParseInt(r.rest[:end], 10, 32)
	if err != nil {
		return 0, 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", field)
	}
	r.rest = r.rest[end:]
	return v, digits, nil
}

// millennia is Y,YYY.
func (r *templateReader) millennia() error {
	high, low, found := strings.Cut(r.rest, ",")
	h, err := strconv.ParseInt(strings.TrimSpace(high), 10, 32)
	if !found || err != nil || len(low) < 3 {
		return sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid input string for \"Y,YYY\"")
	}
	l, err := strconv.ParseInt(low[:3], 10, 32)
	if err != nil {
		return sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid input string for \"Y,YYY\"")
	}
	r.year, r.yearDigits, r.rest = h*1000+l, 4, low[3:]
	return nil
}

func (r *templateReader) store(field string, v int64, digits int) {
	switch field {
	case "HH24":
		r.hour, r.half = v, false
	case "HH", "HH12":
		r.hour, r.half = v, true
	case "MI":
		r.minute = v
	case "SS":
		r.second = v
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		// A fraction: .5 is half a second whatever the field's width.
		for ; digits < 6; digits++ {
			v *= 10
		}
		for ; digits > 6; digits-- {
			v /= 10
		}
		r.micro = v
	case "SSSS", "SSSSS":
		r.seconds, r.inSeconds = v, true
	case "MM":
		r.month = v
	case "DD":
		r.day = v
	case "DDD":
		r.dayOfYear, r.inDayOfYear = v, true
	case "J":
		r.julian, r.inJulian = v, true
	case "TZH":
		r.zoneHours = v
	case "TZM":
		r.zoned, r.zoneMinutes = true, v
	case "WW":
		r.dayOfYear, r.inDayOfYear = (v-1)*7+1, true
	case "W":
		r.day = (v-1)*7 + 1
	case "CC":
		r.century = v
	case "IW":
		r.isoWeek = v
	case "ID":
		r.isoDay = v
	case "IDDD":
		r.isoDayOfYear = v
	case "IYYY", "IYY", "IY", "I":
		r.year, r.yearDigits = v, digits
		if len(field) == 4 {
			r.yearDigits = 4
		}
	case "YYYY", "YYY", "YY", "Y":
		r.year, r.yearDigits = v, digits
		if len(field) == 4 {
			r.yearDigits = 4 // YYYY means the year as it stands
		}
	}
}

func (r *templateReader) word(n *templateNode) error {
	switch n.field {
	case "TZ", "OF":
		return unsupported("formatting field \"%s\" is only supported in to_char", n.field)
	case "AM", "PM":
		i, err := r.oneOf(cased(n, n.field), []string{"am", "pm"})
		r.afternoon, r.half = i == 1, true
		return err
	case "A.M.", "P.M.":
		i, err := r.oneOf(cased(n, n.field), []string{"a.m.", "p.m."})
		r.afternoon, r.half = i == 1, true
		return err
	case "AD", "BC":
		i, err := r.oneOf(cased(n, n.field), []string{"ad", "bc"})
		r.beforeChrist = i == 1
		return err
	case "A.D.", "B.C.":
		i, err := r.oneOf(cased(n, n.field), []string{"a.d.", "b.c."})
		r.beforeChrist = i == 1
		return err
	case "MONTH", "MON":
		i, err := r.oneOf(cased(n, n.field), monthNames(n.field == "MON"))
		r.month = int64(i) + 1
		return err
	case "DAY", "DY":
		_, err := r.oneOf(cased(n, n.field), dayNames(n.field == "DY"))
		return err
	}
	return unsupported("formatting field \"%s\" is supported in to_char only", n.field)
}

func monthNames(short bool) []string {
	out := make([]string, 12)
	for i := range out {
		out[i] = strings.ToLower(time.Month(i + 1).String())
		if short {
			out[i] = out[i][:3]
		}
	}
	return out
}

func dayNames(short bool) []string {
	out := make([]string, 7)
	for i := range out {
		out[i] = strings.ToLower(time.Weekday(i).String())
		if short {
			out[i] = out[i][:3]
		}
	}
	return out
}

// oneOf reads one of the words, in whatever case.
func (r *templateReader) oneOf(field string, words []string) (int, error) {
	for i, w := range words {
		if len(r.rest) >= len(w) && strings.EqualFold(r.rest[:len(w)], w) {
			r.rest = r.rest[len(w):]
			return i, nil
		}
	}
	shown, _, _ := strings.Cut(r.rest, " ")
	return 0, sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", shown, field).
		WithDetail("The given value did not match any of the allowed values for this field.")
}

func (r *templateReader) outOfRange() error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", r.in)
}

func (r *templateReader) value() (date, clock int64, err error) {
	if clock, err = r.clock(); err != nil {
		return 0, 0, err
	}
	if r.inJulian {
		return r.julian - julianOf2000, clock, nil
	}
	year := r.fullYear()
	if r.iso {
		return r.isoDate(year), clock, nil
	}
	if r.inDayOfYear {
		length := datum.DaysFromCivil(year+1, 1, 1) - datum.DaysFromCivil(year, 1, 1)
		if r.dayOfYear < 1 || r.dayOfYear > length {
			return 0, 0, r.outOfRange()
		}
		return datum.DaysFromCivil(year, 1, 1) + r.dayOfYear - 1, clock, nil
	}
	if r.month < 1 || r.month > 12 || r.day < 1 || r.day > datum.DaysInMonth(year, r.month) {
		return 0, 0, r.outOfRange()
	}
	return datum.DaysFromCivil(year, r.month, r.day), clock, nil
}

// convention holds a template to one calendar: Gregorian dates, or ISO 8601's weeks.
func (r *templateReader) convention(field string) error {
	switch field {
	case "IYYY", "IYY", "IY", "I", "IW", "ID", "IDDD":
		r.iso = true
	case "Y,YYY", "YYYY", "YYY", "YY", "Y", "MM", "DD", "DDD", "D", "WW", "W", "CC", "Q":
		r.gregorian = true
	}
	if r.iso && r.gregorian {
		return sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid combination of date conventions").
			WithHint("Do not mix Gregorian and ISO week date conventions in a formatting template.")
	}
	return nil
}

// isoDate is a day of an ISO year: by its number, or by week and day of the week.
func (r *templateReader) isoDate(year int64) int64 {
	start := isoYearStart(year)
	if r.isoDayOfYear > 0 {
		return start + r.isoDayOfYear - 1
	}
	return start + 7*(max(r.isoWeek, 1)-1) + max(r.isoDay, 1) - 1
}

func (r *templateReader) clock() (int64, error) {
	if r.inSeconds {
		r.hour, r.minute, r.second, r.half = r.seconds/3600, r.seconds/60%60, r.seconds%60, false
	}
	if r.half {
		if r.hour < 0 || r.hour > 12 {
			return 0, sqlstate.New(sqlstate.InvalidDatetimeFormat, "hour \"%d\" is invalid for the 12-hour clock", r.hour).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		if r.hour %= 12; r.afternoon {
			r.hour += 12
		}
	}
	if r.hour < 0 || r.hour > 23 || r.minute < 0 || r.minute > 59 || r.second < 0 || r.second > 59 {
		return 0, r.outOfRange()
	}
	return r.hour*datum.MicrosPerHour + r.minute*datum.MicrosPerMinute + r.second*datum.MicrosPerSecond + r.micro, nil
}

// fullYear completes a year of fewer than four digits towards 2020, and counts BC from 1.
func (r *templateReader) fullYear() int64 {
	year := r.year
	if r.century != 0 && r.yearDigits <= 2 {
		if year += (r.century - 1) * 100; r.yearDigits == 0 {
			year = (r.century-1)*100 + 1
		}
		return year
	}
	if r.yearDigits > 0 && r.yearDigits < 4 && year >= 0 {
		switch {
		case year < 70:
			year += 2000
		case year < 100:
			year += 1900
		case year < 520:
			year += 2000
		case year < 1000:
			year += 1000
		}
	}
	switch {
	case r.beforeChrist && year > 0:
		return 1 - year
	case year < 0:
		return year + 1
	}
	return year
}
