package catalog

import (
	"strings"

	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// quoteName writes a name, qualified unless schema is "".
func quoteName(schema, name string) string {
	if schema == "" {
		return parse.QuoteIdent(name)
	}
	return parse.QuoteIdent(schema) + "." + parse.QuoteIdent(name)
}

// SplitName reads a possibly qualified name as reg* input takes it: public.tracks, "My Table". Parts
// without quotes are folded to lower case.
func SplitName(s string) ([]string, error) {
	invalid := sqlstate.New(sqlstate.InvalidName, "invalid name syntax")
	var parts []string
	rest := strings.TrimSpace(s)
	for {
		part, after, ok := cutIdent(rest)
		if !ok {
			return nil, invalid
		}
		parts = append(parts, part)
		after = strings.TrimSpace(after)
		if after == "" {
			return parts, nil
		}
		if after[0] != '.' {
			return nil, invalid
		}
		rest = strings.TrimSpace(after[1:])
	}
}

// cutIdent takes one identifier off the front of s.
func cutIdent(s string) (ident, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		return cutQuoted(s)
	}
	end := strings.IndexAny(s, ". \t\n\r\f\v\"")
	if end < 0 {
		end = len(s)
	}
	return strings.ToLower(s[:end]), s[end:], end > 0
}

func cutQuoted(s string) (ident, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '"':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '"':
			b.WriteByte('"')
			i++
		default:
			return b.String(), s[i+1:], b.Len() > 0
		}
	}
	return "", "", false
}

// unqualify takes a name apart: the schema it says, "" for none. A database name in front is let
// through when it is a third part; whether it is this one the caller cannot know.
func unqualify(parts []string) (schema, name string, err error) {
	switch len(parts) {
	case 1:
		return "", parts[0], nil
	case 2, 3:
		return parts[len(parts)-2], parts[len(parts)-1], nil
	}
	return "", "", sqlstate.New(sqlstate.SyntaxError, "improper relation name (too many dotted names): %s",
		strings.Join(parts, "."))
}
