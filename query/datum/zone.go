package datum

import (
	"strings"
	"sync"
	"time"

	"github.com/seguedb/segue/query/sqlstate"
)

// offsetAt is the zone's distance from UTC in microseconds, east positive, at an instant.
func offsetAt(micros int64, loc *time.Location) int64 {
	_, seconds := ToTime(micros, loc).Zone()
	return int64(seconds) * MicrosPerSecond
}

// LocalTimestamp turns a timestamptz into the wall clock's timestamp in loc.
func LocalTimestamp(micros int64, loc *time.Location) int64 {
	if loc == time.UTC || !IsFiniteTimestamp(micros) {
		return micros
	}
	return micros + offsetAt(micros, loc)
}

// ZonedTimestamp turns the wall clock's timestamp in loc into a timestamptz. An hour that occurs
// twice is taken as the second, one that a clock skips as if the clock had not been changed yet:
// Postgres's choices, where time.Date promises none.
func ZonedTimestamp(local int64, loc *time.Location) (int64, error) {
	if loc == time.UTC || !IsFiniteTimestamp(local) {
		return local, nil
	}
	before, after := offsetAt(clampTimestamp(local-MicrosPerDay), loc), offsetAt(clampTimestamp(local+MicrosPerDay), loc)
	micros := local - after
	if before != after && offsetAt(clampTimestamp(micros), loc) != after {
		micros = local - before
	}
	return micros, CheckTimestamp(micros)
}

func clampTimestamp(micros int64) int64 { return min(max(micros, minTimestamp), endTimestamp-1) }

// abbreviations are those of Postgres's default set that are not also names of the zone database.
var abbreviations = map[string]int{
	"z": 0, "zulu": 0, "utc": 0, "ut": 0, "gmt": 0, "wet": 0, "west": 1,
	"bst": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "msd": 4, "sast": 2,
	"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
	"akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "brt": -3, "art": -3, "clt": -4,
	"jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "awst": 8, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "pkt": 5,
}

// zones keeps what LoadLocation found: it parses the zone's file each time.
var zones sync.Map // lower-case name → *time.Location

// LoadZone finds a time zone by name, abbreviation or POSIX offset ("+02", "UTC-3": hours west of
// Greenwich, against all reason, as in Postgres); 22023 if there is none.
func LoadZone(name string) (*time.Location, error) {
	key := strings.ToLower(name)
	if loc, ok := zones.Load(key); ok {
		return loc.(*time.Location), nil
	}
	loc := findZone(name, key)
	if loc == nil {
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "time zone \"%s\" not recognized", name)
	}
	return loc, nil
}

func findZone(name, key string) *time.Location {
	if key == "utc" || key == "gmt" || key == "z" || key == "zulu" {
		return time.UTC
	}
	if key != "" && key != "local" {
		for _, spelling := range []string{name, strings.ToUpper(name), titleZone(key)} {
			if loc, err := time.LoadLocation(spelling); err == nil {
				zones.Store(key, loc)
				return loc
			}
		}
	}
	if hours, ok := abbreviations[key]; ok {
		return time.FixedZone(strings.ToUpper(name), hours*3600)
	}
	return posixZone(name)
}

// titleZone guesses the spelling of a name: america/new_york is America/New_York.
func titleZone(key string) string {
	b := []byte(key)
	for i := range b {
		if (i == 0 || b[i-1] == '/' || b[i-1] == '_' || b[i-1] == '-') && b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// posixZone reads letters followed by an offset whose sign counts westward.
func posixZone(name string) *time.Location {
	label, sign := name, ""
	letters := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-0123456789"
	if quoted, rest, ok := strings.Cut(strings.TrimPrefix(name, "<"), ">"); ok && name[0] == '<' {
		label, sign = quoted, rest
		letters += ":" // <+02:30>-02:30 is how SET TIME ZONE names an offset
	} else if i := strings.IndexAny(name, "+-0123456789"); i >= 0 {
		label, sign = name[:i], name[i:]
	}
	if sign == "" || strings.Trim(label, letters) != "" {
		return nil
	}
	if sign[0] != '+' && sign[0] != '-' {
		sign = "+" + sign
	}
	seconds, ok := parseOffset(sign)
	if !ok {
		return nil
	}
	if label == "" {
		label = name
	}
	return time.FixedZone(label, -seconds)
}

// maxOffset is Postgres's MAX_TZDISP_HOUR: no zone is 16 hours away.
const maxOffset = 16 * 3600

// parseOffset reads ±hh, ±hhmm, ±hh:mm or ±hh:mm:ss as seconds.
func parseOffset(s string) (seconds int, ok bool) {
	if len(s) < 2 || (s[0] != '+' && s[0] != '-') {
		return 0, false
	}
	fields := strings.Split(s[1:], ":")
	if len(fields) == 1 && len(fields[0]) > 2 {
		f := fields[0]
		if len(f) == 3 || len(f) == 5 {
			f = "0" + f
		}
		fields = fields[:0]
		for ; len(f) >= 2; f = f[2:] {
			fields = append(fields, f[:2])
		}
	}
	if len(fields) > 3 {
		return 0, false
	}
	for i, unit := range []int{3600, 60, 1}[:len(fields)] {
		n, digits := number(fields[i])
		if !digits || len(fields[i]) > 2 || (i > 0 && n > 59) {
			return 0, false
		}
		seconds += int(n) * unit
	}
	if seconds >= maxOffset {
		return 0, false
	}
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// number reads an unsigned decimal number of at most nine digits.
func number(s string) (int64, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	n := int64(0)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}
