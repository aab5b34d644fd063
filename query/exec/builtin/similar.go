package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

const (
	invalidUseOfEscapeCharacter  sqlstate.Code = "2200C"
	regexpMetaOutsideOfSimilarTo string        = ".^$\\"
)

// similarPattern splits an SQL regular expression (SIMILAR TO, substring … similar) at its separators,
// escape + double quote, and translates the parts to Go's syntax.
func similarPattern(pattern, escape string) ([]string, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return nil, sqlstate.New(sqlstate.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	parts := []string{""}
	var out strings.Builder
	inClass := false
	for i, size := 0, 0; i < len(pattern); i += size {
		_, size = utf8.DecodeRuneInString(pattern[i:])
		c := pattern[i : i+size]
		switch {
		case escape != "" && c == escape:
			if i += size; i == len(pattern) {
				return nil, sqlstate.New(sqlstate.InvalidEscapeSequence, "invalid escape sequence")
			}
			_, size = utf8.DecodeRuneInString(pattern[i:])
			if c = pattern[i : i+size]; c == `"` {
				parts[len(parts)-1] = out.String()
				parts = append(parts, "")
				out.Reset()
				continue
			}
			out.WriteString(quoteRegexp(c))
		case inClass:
			inClass = c != "]"
			out.WriteString(strings.ReplaceAll(c, `\`, `\\`))
		case c == "%":
			out.WriteString(".*")
		case c == "_":
			out.WriteString(".")
		case strings.Contains(regexpMetaOutsideOfSimilarTo, c):
			out.WriteString(`\` + c)
		case c == "(":
			out.WriteString("(?:")
		default:
			inClass = c == "["
			out.WriteString(c)
		}
	}
	parts[len(parts)-1] = out.String()
	return parts, nil
}

// substringSimilar is substring(s similar pattern escape e): what the middle of three parts matches, or
// the whole where the pattern has one part. The first part takes as little as it can.
func substringSimilar(_ *Env, a []datum.Datum) (datum.Datum, error) {
	parts, err := similarPattern(a[1].Str(), a[2].Str())
	if err != nil {
		return datum.Null, err
	}
	text := `(?s)\A(?:` + parts[0] + `)\z`
	switch len(parts) {
	case 1:
	case 3:
		text = `(?s)\A(?:` + strings.ReplaceAll(parts[0], ".*", ".*?") + `)(` + parts[1] + `)(?:` + parts[2] + `)\z`
	default:
		return datum.Null, sqlstate.New(invalidUseOfEscapeCharacter,
			"SQL regular expression may not contain more than two escape-double-quote separators")
	}
	re, err := compileGo(text)
	if err != nil {
		return datum.Null, err
	}
	m := re.FindStringSubmatchIndex(a[0].Str())
	if m == nil {
		return datum.Null, nil
	}
	return groupsOf(a[0].Str(), m).Array().Elems[0], nil
}

// similarToEscape is what SIMILAR TO matches with: the SQL regular expression as one of Postgres's own. An escaped
// character stays escaped, so that \d and its kin work.
func similarToEscape(_ *Env, a []datum.Datum) (datum.Datum, error) {
	if a[0].IsNull() {
		return datum.Null, nil
	}
	escape := `\`
	if len(a) > 1 && !a[1].IsNull() {
		escape = a[1].Str()
	}
	if utf8.RuneCountInString(escape) > 1 {
		return datum.Null, sqlstate.New(sqlstate.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	out := strings.Builder{}
	out.WriteString("^(?:")
	escaped, inClass, quotes := false, false, 0
	for _, r := range a[0].Str() {
		c := string(r)
		switch {
		case escaped && c == `"` && !inClass:
			if quotes == 2 {
				return datum.Null, sqlstate.New(invalidUseOfEscapeCharacter,
					"SQL regular expression may not contain more than two escape-double-quote separators")
			}
			out.WriteString([...]string{"){1,1}?(", "){1,1}(?:"}[quotes])
			quotes++
			escaped = false
		case escaped:
			out.WriteString(`\` + c)
			escaped = false
		case escape != "" && c == escape:
			escaped = true
		default:
			inClass = writeSimilar(&out, c, inClass)
		}
	}
	out.WriteString(")$")
	return datum.NewString(out.String()), nil
}

// writeSimilar writes a character that nothing escapes, and says whether a bracket is open after it.
func writeSimilar(out *strings.Builder, c string, inClass bool) bool {
	switch {
	case inClass:
		out.WriteString(strings.ReplaceAll(c, `\`, `\\`))
		return c != "]"
	case c == "%":
		out.WriteString(".*")
	case c == "_":
		out.WriteString(".")
	case c == "(":
		out.WriteString("(?:")
	case strings.Contains(regexpMetaOutsideOfSimilarTo, c):
		out.WriteString(`\` + c)
	default:
		out.WriteString(c)
	}
	return c == "["
}
