package parse

import "strings"

// The functions here find where the tokens of SQL text end, by the rules of Postgres's scan.l, for
// depth.go. They judge nothing: text that the real scanner refuses may be cut anywhere.

// isSpace says whether b is white space to the scanner.
func isSpace(b byte) bool {
	return b == ' ' || b >= '\t' && b <= '\r'
}

// isDigit says whether b is a decimal digit.
func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// isWordStart says whether an identifier or a keyword can start with b.
func isWordStart(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b >= 0x80
}

// isWordPart says whether an identifier can go on with b.
func isWordPart(b byte) bool { return isWordStart(b) || isDigit(b) || b == '$' }

// isOperator says whether b is one of scan.l's op_chars.
func isOperator(b byte) bool { return strings.IndexByte("~!@#^&|`?+-*/%<>=", b) >= 0 }

// skipLineComment returns where the -- comment at i ends.
func skipLineComment(s string, i int) int {
	if n := strings.IndexAny(s[i:], "\r\n"); n >= 0 {
		return i + n
	}
	return len(s)
}

// skipBlockComment returns where the comment at i ends; comments nest.
func skipBlockComment(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(s[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(s)
}

// skipQuoted returns where the string or quoted identifier at i ends; a doubled quote stays inside.
func skipQuoted(s string, i int) int {
	quote := s[i]
	for i++; i < len(s); i++ {
		n := strings.IndexByte(s[i:], quote)
		if n < 0 {
			return len(s)
		}
		i += n + 1
		if i >= len(s) || s[i] != quote {
			return i
		}
	}
	return len(s)
}

// skipEscaped returns where the E'…' string whose quote is at i ends.
func skipEscaped(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\'':
			if i+1 >= len(s) || s[i+1] != '\'' {
				return i + 1
			}
			i++
		}
	}
	return len(s)
}

// skipDollar returns where the $tag$…$tag$ string at i ends, or i+1 when there is none.
func skipDollar(s string, i int) int {
	end := i + 1
	if end < len(s) && isWordStart(s[end]) {
		for end < len(s) && isWordPart(s[end]) && s[end] != '$' {
			end++
		}
	}
	if end >= len(s) || s[end] != '$' {
		return i + 1
	}
	tag := s[i : end+1]
	if n := strings.Index(s[end+1:], tag); n >= 0 {
		return end + 1 + n + len(tag)
	}
	return len(s)
}

// skipWord returns where the word at i ends.
func skipWord(s string, i int) int {
	for i < len(s) && isWordPart(s[i]) {
		i++
	}
	return i
}

// skipNumber returns where the number at i ends, with whatever letters hang on it.
func skipNumber(s string, i int) int {
	for i < len(s) && (isWordPart(s[i]) || s[i] == '.') {
		i++
	}
	return i
}

// skipOperator returns where the run of operator characters at i ends, and how many operators the
// scanner can make of it: a run without one of ~!@#^&|`?% gives up its trailing signs one by one.
func skipOperator(s string, i int) (end, operators int) {
	start, special := i, false
	for i < len(s) && isOperator(s[i]) {
		if i > start && (strings.HasPrefix(s[i:], "--") || strings.HasPrefix(s[i:], "/*")) {
			break
		}
		special = special || strings.IndexByte("~!@#^&|`?%", s[i]) >= 0
		i++
	}
	if special {
		return i, 1
	}
	return i, i - start
}
