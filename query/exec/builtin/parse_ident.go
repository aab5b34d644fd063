package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// parseIdent splits a qualified name at its dots, folding what is not quoted.
func parseIdent(_ *Env, a []datum.Datum) (datum.Datum, error) {
	whole, strict := a[0].Str(), a[1].Bool()
	bad := func(detail string, args ...any) (datum.Datum, error) {
		e := sqlstate.New(sqlstate.InvalidParameterValue, "string is not a valid identifier: \"%s\"", whole)
		if detail != "" {
			e = e.WithDetail(detail, args...)
		}
		return datum.Null, e
	}
	var parts []string
	s := strings.TrimLeft(whole, identBlanks)
	for afterDot := false; ; afterDot = true {
		part, rest, quoted, detail := cutIdent(s)
		switch {
		case detail != "":
			return bad("%s", detail)
		case part == "" && !quoted:
			switch {
			case strings.HasPrefix(rest, "."):
				return bad("No valid identifier before \".\".")
			case afterDot:
				return bad("No valid identifier after \".\".")
			}
			return bad("")
		}
		parts, s = append(parts, part), strings.TrimLeft(rest, identBlanks)
		if strings.HasPrefix(s, ".") {
			s = strings.TrimLeft(s[1:], identBlanks)
			continue
		}
		if s != "" && strict {
			return bad("")
		}
		return textArray(parts), nil
	}
}

const identBlanks = " \t\n\r\f\v"

// cutIdent takes one identifier from the front of s, quoted or folded.
func cutIdent(s string) (part, rest string, quoted bool, detail string) {
	if strings.HasPrefix(s, `"`) {
		var out strings.Builder
		for i := 1; i < len(s); i++ {
			if s[i] != '"' {
				out.WriteByte(s[i])
				continue
			}
			if i+1 < len(s) && s[i+1] == '"' {
				out.WriteByte('"')
				i++
				continue
			}
			if out.Len() == 0 {
				return "", s, true, "Quoted identifier must not be empty."
			}
			return out.String(), s[i+1:], true, ""
		}
		return "", s, true, "String has unclosed double quotes."
	}
	i := 0
	for i < len(s) && (isIdentStart(s[i]) || i > 0 && (isASCIIDigit(s[i]) || s[i] == '$')) {
		i++
	}
	return foldIdent(s[:i]), s[i:], false, ""
}

func isIdentStart(c byte) bool { return isASCIILetter(c) || c == '_' || c >= utf8.RuneSelf }

// foldIdent lowers the ASCII letters, as the scanner does.
func foldIdent(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
