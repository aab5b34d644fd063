package catalog

import (
	"strconv"
	"strings"
)

// SplitIdentifiers reads a comma-separated list of identifiers, quoted or folded to lower case.
func SplitIdentifiers(list string) ([]string, error) {
	var out []string
	rest := strings.TrimSpace(list)
	for rest != "" {
		var name string
		if rest[0] == '"' {
			end := closingQuote(rest)
			if end < 0 {
				return nil, strconv.ErrSyntax
			}
			name, rest = strings.ReplaceAll(rest[1:end], `""`, `"`), strings.TrimSpace(rest[end+1:])
		} else {
			end := strings.IndexByte(rest, ',')
			if end < 0 {
				end = len(rest)
			}
			name, rest = strings.ToLower(strings.TrimSpace(rest[:end])), rest[end:]
		}
		out = append(out, name)
		if rest == "" {
			break
		}
		if rest[0] != ',' {
			return nil, strconv.ErrSyntax
		}
		rest = strings.TrimSpace(rest[1:])
	}
	return out, nil
}

// closingQuote finds the end of a quoted identifier that starts at 0, -1 when there is none.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		return i
	}
	return -1
}
