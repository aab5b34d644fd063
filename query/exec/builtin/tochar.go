package builtin

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func templates(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return timestampChars(a[0].Int(), nil, a[1].Str())
	}, "to_char(timestamp,text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return timestampChars(a[0].Int(), env.location(), a[1].Str())
	}, "to_char(timestamptz,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intervalChars(a[0].Interval(), a[1].Str())
	}, "to_char(interval,text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(parseByTemplate(a[0].Str(), a[1].Str(), env.location(), false))
	}, "to_timestamp(text,text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(parseByTemplate(a[0].Str(), a[1].Str(), env.location(), true))
	}, "to_date(text,text)")
}

// charSource is a value taken apart for printing. Of an interval, the calendar's fields are counts.
type charSource struct {
	civil      datum.Civil
	days       int64 // from 2000-01-01
	isInterval bool
	zone       string
	offset     int64 // seconds east of Greenwich
	zoned      bool
}

func timestampChars(micros int64, loc *time.Location, template string) (datum.Datum, error) {
	if template == "" || !datum.IsFiniteTimestamp(micros) {
		return datum.Null, nil
	}
	src := charSource{}
	if loc != nil {
		src.zoned = true
		src.zone, _ = datum.ToTime(micros, loc).Zone()
		local := datum.LocalTimestamp(micros, loc)
		src.offset = (local - micros) / datum.MicrosPerSecond
		micros = local
	}
	src.civil, src.days = datum.CivilFromTimestamp(micros), datum.TimestampToDate(micros)
	return textResult(src.write(template))
}

func intervalChars(iv datum.IntervalValue, template string) (datum.Datum, error) {
	if template == "" {
		return datum.Null, nil
	}
	src := charSource{isInterval: true}
	src.civil = datum.Civil{
		Year: int64(iv.Months) / 12, Month: int64(iv.Months) % 12, Day: int64(iv.Days),
		Hour: iv.Micros / datum.MicrosPerHour, Minute: iv.Micros / datum.MicrosPerMinute % 60,
		Second: iv.Micros / datum.MicrosPerSecond % 60, Micro: iv.Micros % datum.MicrosPerSecond,
	}
	return textResult(src.write(template))
}

func (s *charSource) write(template string) (string, error) {
	nodes, _ := parseTemplate(template)
	var out strings.Builder
	for i := range nodes {
		n := &nodes[i]
		if n.field == "" {
			out.WriteString(n.text)
			continue
		}
		text, err := s.field(n)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

func (s *charSource) field(n *templateNode) (string, error) {
	if n.digits() {
		v, width := s.number(n.field)
		return numberText(n, v, width), nil
	}
	if s.isInterval {
		switch n.field {
		case "AM", "PM", "A.M.", "P.M.", "RM":
		default:
			return "", sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid format specification for an interval value").
				WithHint("Intervals are not tied to specific calendar dates.")
		}
	}
	return s.word(n), nil
}

// numberText pads with zeros, unless FM, and adds the ordinal's letters.
func numberText(n *templateNode, v int64, width int) string {
	if n.fill || width == 0 {
		return strconv.FormatInt(v, 10) + ordinalOf(n, v)
	}
	if n.field == "TZH" {
		return fmt.Sprintf("%+03d", v)
	}
	if v < 0 {
		width++
	}
	if n.field == "Y,YYY" {
		return fmt.Sprintf("%d,%03d", v/1000, v%1000) + ordinalOf(n, v)
	}
	return fmt.Sprintf("%0*d", width, v) + ordinalOf(n, v)
}

func ordinalOf(n *templateNode, v int64) string {
	if n.ordinal == "" {
		return ""
	}
	suffix := "th"
	if tens := v % 100 / 10; tens != 1 {
		switch v % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	if n.ordinal == "TH" {
		return strings.ToUpper(suffix)
	}
	return suffix
}

// number is the value of a numeric field and how many digits it has at least.
func (s *charSource) number(field string) (int64, int) {
	c := &s.civil
	switch field {
	case "HH24":
		return c.Hour, 2
	case "HH", "HH12":
		if c.Hour%12 == 0 {
			return 12, 2
		}
		return c.Hour % 12, 2
	case "MI":
		return c.Minute, 2
	case "SS":
		return c.Second, 2
	case "MS", "FF3":
		return c.Micro / 1000, 3
	case "US", "FF6":
		return c.Micro, 6
	case "FF1", "FF2", "FF4", "FF5":
		digits := int(field[2] - '0')
		v := c.Micro
		for i := digits; i < 6; i++ {
			v /= 10
		}
		return v, digits
	case "SSSS", "SSSSS":
		return c.Hour*3600 + c.Minute*60 + c.Second, 0
	case "TZH":
		return s.offset / 3600, 2
	case "TZM":
		return max(s.offset, -s.offset) / 60 % 60, 2
	case "MM":
		return c.Month, 2
	case "DD":
		return c.Day, 2
	}
	return s.calendarNumber(field)
}

func (s *charSource) calendarNumber(field string) (int64, int) {
	c := &s.civil
	isoYear, isoWeekNumber := isoWeek(s.days)
	dayOfYear := s.days - datum.DaysFromCivil(c.Year, 1, 1) + 1
	if s.isInterval {
		dayOfYear = c.Year*360 + c.Month*30 + c.Day
	}
	switch field {
	case "DDD":
		return dayOfYear, 3
	case "IDDD":
		return s.days - isoYearStart(isoYear) + 1, 3
	case "D":
		return floorMod(s.days+6, 7) + 1, 1
	case "ID":
		return floorMod(s.days+5, 7) + 1, 1
	case "WW":
		return (dayOfYear-1)/7 + 1, 2
	case "W":
		return (c.Day-1)/7 + 1, 1
	case "IW":
		return isoWeekNumber, 2
	case "Q":
		return (c.Month-1)/3 + 1, 1
	case "J":
		return s.days + julianOf2000, 0
	case "CC":
		if s.isInterval {
			return c.Year / 100, 2
		}
		return ageOfYears(c.Year, 100), 2
	}
	year := c.Year
	if field[0] == 'I' {
		year = isoYear
	}
	if !s.isInterval && year <= 0 {
		year = 1 - year // BC says which side
	}
	digits := strings.Count(field, "Y")
	if field[0] == 'I' {
		digits++
	}
	for _, limit := range []struct {
		digits int
		modulo int64
	}{{1, 10}, {2, 100}, {3, 1000}} {
		if digits == limit.digits {
			year %= limit.modulo
		}
	}
	return year, digits
}

// isoYearStart is the Monday of week 1.
func isoYearStart(year int64) int64 {
	fourth := datum.DaysFromCivil(year, 1, 4)
	return fourth - floorMod(fourth+5, 7)
}

var romanMonths = []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}

// word is the text of a field that is not a number; names are padded to the longest, unless FM.
func (s *charSource) word(n *templateNode) string {
	c := &s.civil
	switch n.field {
	case "AM", "PM":
		return cased(n, meridiem(c.Hour))
	case "A.M.", "P.M.":
		return cased(n, meridiem(c.Hour)[:1]+".M.")
	case "AD", "BC":
		return cased(n, era(c.Year))
	case "A.D.", "B.C.":
		e := era(c.Year)
		return cased(n, e[:1]+"."+e[1:]+".")
	case "MONTH":
		return padded(n, time.Month(c.Month).String(), 9)
	case "MON":
		return cased(n, time.Month(c.Month).String()[:3])
	case "DAY":
		return padded(n, time.Weekday(floorMod(s.days+6, 7)).String(), 9)
	case "DY":
		return cased(n, time.Weekday(floorMod(s.days+6, 7)).String()[:3])
	case "RM":
		if c.Month == 0 {
			return ""
		}
		return padded(n, romanMonths[floorMod(c.Month-1, 12)], 4)
	case "TZ":
		return cased(n, s.zone)
	}
	return s.offsetText() // OF
}

func (s *charSource) offsetText() string {
	if !s.zoned {
		return "+00"
	}
	sign, seconds := '+', s.offset
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	if minutes := seconds / 60 % 60; minutes != 0 {
		return fmt.Sprintf("%c%02d:%02d", sign, seconds/3600, minutes)
	}
	return fmt.Sprintf("%c%02d", sign, seconds/3600)
}

func meridiem(hour int64) string {
	if hour%24 >= 12 {
		return "PM"
	}
	return "AM"
}

func era(year int64) string {
	if year <= 0 {
		return "BC"
	}
	return "AD"
}

func cased(n *templateNode, s string) string {
	switch n.letters {
	case upperCase:
		return strings.ToUpper(s)
	case lowerCase:
		return strings.ToLower(s)
	}
	return s[:min(len(s), 1)] + strings.ToLower(s[min(len(s), 1):])
}

func padded(n *templateNode, s string, width int) string {
	if !n.fill {
		s = fmt.Sprintf("%-*s", width, s)
	}
	return cased(n, s)
}
