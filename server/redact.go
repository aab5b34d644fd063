package server

import (
	"regexp"
	"strings"
)

// passwordLiteral is PASSWORD followed by a string literal of any kind: plain, with escapes, Unicode or in dollars.
var passwordLiteral = regexp.MustCompile(`(?is)(\bpassword\s+)(?:[eu]?&?'(?:[^'\\]|\\.|'')*'?|\$(\w*)\$.*)`)

// withoutPasswords takes passwords out of a statement, for those who look at what sessions do: pg_stat_activity shows the
// text to others, and logs keep it.
func withoutPasswords(query string) string {
	if !mentionsPassword(query) {
		return query
	}
	return passwordLiteral.ReplaceAllString(query, "${1}'********'")
}

// mentionsPassword is quick to say no: it looks at every statement.
func mentionsPassword(query string) bool {
	for rest := query; ; {
		i := strings.IndexAny(rest, "pP")
		if i < 0 || len(rest)-i < len("password") {
			return false
		}
		if strings.EqualFold(rest[i:i+len("password")], "password") {
			return true
		}
		rest = rest[i+1:]
	}
}
