package server

import (
	"math"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// maxInt is the largest value of an integer parameter.
const maxInt = math.MaxInt32

// settingUnits are the units that values may be given in, by the parameter's own.
var settingUnits = map[string]struct {
	size map[string]float64
	hint string
}{
	"ms": {map[string]float64{"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000},
		"Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."},
	"s": {map[string]float64{"us": 1e-6, "ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400},
		"Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."},
	"8kB": {map[string]float64{"B": 1. / 8192, "kB": 1. / 8, "MB": 1 << 7, "GB": 1 << 17, "TB": 1 << 27},
		"Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."},
	"kB": {map[string]float64{"B": 1. / 1024, "kB": 1, "MB": 1 << 10, "GB": 1 << 20, "TB": 1 << 30},
		"Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."},
}

// ranged reads an integer parameter as Postgres's parse_int does, into its own unit ("" for none), and holds it to a range.
func ranged(name, unit string, low, high int64) func(string) (string, error) {
	return func(v string) (string, error) {
		n, hint, ok := parseInteger(v, unit)
		if !ok {
			err := sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", name, v)
			if hint != "" {
				err = err.WithHint("%s", hint)
			}
			return "", err
		}
		if n < low || n > high {
			shown := strconv.FormatInt(n, 10)
			if unit != "" {
				shown += " " + unit
			}
			return "", sqlstate.New(sqlstate.InvalidParameterValue, "%s is outside the valid range for parameter %q (%d .. %d)",
				shown, name, low, high)
		}
		return strconv.FormatInt(n, 10), nil
	}
}

func parseInteger(v, unit string) (n int64, hint string, ok bool) {
	v = strings.TrimSpace(v)
	digits := strings.TrimRight(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, "", false
	}
	if word := strings.TrimSpace(v[len(digits):]); word != "" {
		units := settingUnits[unit]
		size, known := units.size[word]
		if !known {
			return 0, units.hint, false
		}
		f *= size
	}
	f = math.RoundToEven(f)
	if f > maxInt || f < math.MinInt32 {
		return 0, "Value exceeds integer range.", false
	}
	return int64(f), "", true
}

// customName says whether a name may be that of a parameter of nobody's: simple identifiers with dots between them.
func customName(name string) bool {
	for _, part := range strings.Split(name, ".") {
		for i, r := range part {
			letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80
			if !letter && (i == 0 || r != '$' && (r < '0' || r > '9')) {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return true
}
