package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
)

// unitNames lists each unit that extract and date_trunc know, with its other spellings.
var unitNames = map[string]string{
	"microseconds": "microsecond us usec usecs usecond useconds microsecon",
	"milliseconds": "millisecond ms msec msecs msecond mseconds millisecon",
	"second":       "s sec secs seconds",
	"minute":       "m min mins minutes",
	"hour":         "h hr hrs hours",
	"day":          "d days",
	"week":         "w weeks",
	"month":        "mon mons months",
	"quarter":      "qtr",
	"year":         "y yr yrs years",
	"decade":       "dec decs decades",
	"century":      "c cent centuries",
	"millennium":   "mil mils millennia",
	"epoch":        "", "dow": "", "isodow": "", "doy": "", "isoyear": "", "julian": "j jd",
	"timezone": "", "timezone_hour": "timezone_h", "timezone_minute": "timezone_m",
}

var unitSpellings = spellings(unitNames)

func spellings(names map[string]string) map[string]string {
	out := map[string]string{}
	for name, others := range names {
		out[name] = name
		for _, s := range strings.Fields(others) {
			out[s] = name
		}
	}
	return out
}

// circular are the units that are no length of time. Where only lengths make sense they are not known at
// all, rather than unsupported.
var circular = map[string]bool{"epoch": true, "dow": true, "isodow": true, "doy": true, "isoyear": true, "julian": true}

// unitOf finds a unit by any of its spellings.
func unitOf(s string, t *datum.Type) (string, error) {
	name := strings.ToLower(s)
	if unit, ok := unitSpellings[name]; ok {
		return unit, nil
	}
	return "", unitUnknown(s, t)
}

func unitUnknown(s string, t *datum.Type) error {
	return invalidParameter("unit \"%s\" not recognized for type %s", strings.ToLower(s), t.SQL)
}

func unitUnsupported(s string, t *datum.Type) error {
	return unsupported("unit \"%s\" not supported for type %s", strings.ToLower(s), t.SQL)
}
