package parse

import "strings"

// QuoteAll quotes every identifier in SQL that the server itself wrote: quote_all_identifiers. Such SQL has its keywords in
// capital letters, and an identifier that is a keyword in quotes already, so that a bare word in small letters is an
// identifier unless it is reserved, or a part of a type's name.
func QuoteAll(sql string) string {
	var b strings.Builder
	for i := 0; i < len(sql); {
		end, word := ownToken(sql, i)
		switch {
		case sql[i] == '\'' && strings.HasPrefix(sql[end:], "::reg"): // the name of an object
			name := strings.ReplaceAll(sql[i+1:end-1], "''", "'")
			b.WriteString(QuoteLiteral(QuoteAll(name)))
		case !word || reservedWords[sql[i:end]]:
			if word {
				end = afterTypeName(sql, i, end)
			}
			b.WriteString(sql[i:end])
		case sql[i:end] == "double" && strings.HasPrefix(sql[end:], " precision"):
			end += len(" precision")
			b.WriteString(sql[i:end])
		default:
			b.WriteString(`"` + sql[i:end] + `"`)
		}
		i = end
	}
	return b.String()
}

// ownToken is where the token at i ends, and whether it is a word in small letters.
func ownToken(s string, i int) (end int, word bool) {
	switch c := s[i]; {
	case c == '"':
		return skipQuoted(s, i), false
	case c == '\'':
		return skipQuoted(s, i), false
	case c == 'E' && i+1 < len(s) && s[i+1] == '\'':
		return skipEscaped(s, i+1), false
	case c == '$':
		return skipDollar(s, i), false
	case isDigit(c):
		return skipNumber(s, i), false
	case strings.HasPrefix(s[i:], "EXTRACT("): // its field is no identifier
		if n := strings.Index(s[i:], " FROM "); n >= 0 {
			return i + n, false
		}
		return len(s), false
	case isWordStart(c):
		end = skipWord(s, i)
		return end, s[i:end] == strings.ToLower(s[i:end])
	}
	return i + 1, false
}

// typeTails follow the first words of types' names, longer ones first.
var typeTails = map[string][]string{
	"character": {" varying"}, "bit": {" varying"},
	"time":      {" without time zone", " with time zone"},
	"timestamp": {" without time zone", " with time zone"},
	"interval": {" year to month", " day to hour", " day to minute", " day to second", " hour to minute", " hour to second",
		" minute to second", " year", " month", " day", " hour", " minute", " second"},
}

// afterTypeName is where a type's name ends whose first word is sql[i:end], with a precision in the middle of it.
func afterTypeName(sql string, i, end int) int {
	at := end
	if strings.HasPrefix(sql[at:], "(") && (sql[i:end] == "time" || sql[i:end] == "timestamp") {
		if n := strings.IndexByte(sql[at:], ')'); n >= 0 {
			at += n + 1
		}
	}
	for _, tail := range typeTails[sql[i:end]] {
		if strings.HasPrefix(sql[at:], tail) && (at+len(tail) == len(sql) || !isWordPart(sql[at+len(tail)])) {
			return at + len(tail)
		}
	}
	return end
}
