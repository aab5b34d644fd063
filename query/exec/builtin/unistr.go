package builtin

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// unistr turns \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX into characters, and \\ into one backslash.
func unistr(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s := a[0].Str()
	var out []byte
	high := rune(0)
	for s != "" {
		i := strings.IndexByte(s, '\\')
		if i != 0 || strings.HasPrefix(s, `\\`) {
			if high != 0 {
				return datum.Null, badSurrogates()
			}
			switch {
			case i < 0:
				i = len(s)
			case i == 0:
				out, s = append(out, '\\'), s[2:]
				continue
			}
			out, s = append(out, s[:i]...), s[i:]
			continue
		}
		r, size, ok := unicodeEscape(s[1:])
		if !ok {
			return datum.Null, sqlstate.New(sqlstate.SyntaxError, "invalid Unicode escape").
				WithHint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.")
		}
		s = s[1+size:]
		var err error
		if r, high, err = joinSurrogates(r, high); err != nil {
			return datum.Null, err
		}
		if high == 0 {
			out = utf8.AppendRune(out, r)
		}
	}
	if high != 0 {
		return datum.Null, badSurrogates()
	}
	return datum.NewString(string(out)), nil
}

func badSurrogates() error {
	return sqlstate.New(sqlstate.SyntaxError, "invalid Unicode surrogate pair")
}

// joinSurrogates takes a code point after what may be the first of a pair; pending is a first that waits.
func joinSurrogates(r, high rune) (out, pending rune, err error) {
	isHigh, isLow := r >= 0xd800 && r < 0xdc00, r >= 0xdc00 && r < 0xe000
	switch {
	case high != 0 && !isLow, high == 0 && isLow:
		return 0, 0, badSurrogates()
	case high != 0:
		return 0x10000 + (high-0xd800)<<10 + (r - 0xdc00), 0, nil
	case isHigh:
		return 0, r, nil
	case r < 1 || r > utf8.MaxRune:
		return 0, 0, sqlstate.New(sqlstate.InvalidParameterValue, "invalid Unicode code point: %04X", r)
	}
	return r, 0, nil
}

func unicodeEscape(s string) (r rune, size int, ok bool) {
	skip, digits := 0, 4
	switch {
	case strings.HasPrefix(s, "+"):
		skip, digits = 1, 6
	case strings.HasPrefix(s, "u"):
		skip = 1
	case strings.HasPrefix(s, "U"):
		skip, digits = 1, 8
	}
	if len(s) < skip+digits {
		return 0, 0, false
	}
	v, err := strconv.ParseUint(s[skip:skip+digits], 16, 31)
	return rune(v), skip + digits, err == nil
}
