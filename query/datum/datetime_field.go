package datum

import "strings"

// maxDateTimeText is Postgres's MAXDATELEN with room to spare: longer input is no date.
const maxDateTimeText = 256

// cutFields cuts a date or time into fields, lower case but for zones' names: clocks and numbers with their points and
// separators, offsets with their sign, words. Blanks and commas part fields; a sign parts a clock from
// its offset, but joins the parts of a date.
func cutFields(s string) ([]string, bool) {
	if len(s) > maxDateTimeText {
		return nil, false
	}
	written := trimSpace(s)
	s = lowerASCII(written)
	var fields []string
	for s != "" {
		c := s[0]
		n := 0
		switch {
		case isBlank(c) || c == ',':
			s = s[1:]
			continue
		case isDigit(c):
			n = digitField(s)
		case c == '.' && len(s) > 1 && isDigit(s[1]):
			n = 1 + span(s[1:], isDigit)
		case c == '+' || c == '-':
			n = 1 + span(s[1:], func(c byte) bool { return isDigit(c) || c == ':' })
			if n == 1 {
				n = 1 + span(s[1:], isWordByte)
			}
		case isWordByte(c):
			n = wordField(s)
		default:
			return nil, false
		}
		if n == 1 && (c == '+' || c == '-') {
			return nil, false
		}
		field := s[:n]
		if strings.IndexByte(field, '/') >= 0 && !isDigit(c) {
			field = written[len(written)-len(s):][:n]
		}
		fields, s = append(fields, field), s[n:]
	}
	return fields, true
}

// digitField measures a field that starts with a digit.
func digitField(s string) int {
	n := span(s, isDigit)
	if n == len(s) {
		return n
	}
	switch s[n] {
	case ':':
		return n + span(s[n:], func(c byte) bool { return isDigit(c) || c == ':' || c == '.' })
	case '-', '/', '.':
		if s[n] == '-' && n == 6 && dateField(s, n) == n+1+span(s[n+1:], isDigit) {
			break // hhmmss-08, where a year would be followed by month and day
		}
		return dateField(s, n)
	}
	return n
}

// dateField measures a date whose first part ends at n: two more parts, digits or a month's name.
func dateField(s string, n int) int {
	separator := s[n]
	for range 2 {
		if n == len(s) || s[n] != separator {
			break
		}
		part := span(s[n+1:], isDigit)
		if part == 0 && separator != '.' {
			part = span(s[n+1:], func(c byte) bool { return isLetter(rune(c)) })
		}
		if part == 0 {
			break
		}
		n += 1 + part
	}
	return n
}

// wordField measures a word: Jan-08-1999, a zone such as America/New_York or Etc/GMT+5, or plain letters.
func wordField(s string) int {
	n := span(s, func(c byte) bool { return isLetter(rune(c)) })
	if s[0] == 'j' && n == 1 {
		return n + span(s[n:], isDigit)
	}
	if n < len(s) && (s[n] == '/' || s[n] == '_') {
		return span(s, func(c byte) bool { return isWordByte(c) || strings.IndexByte("/+-", c) >= 0 || isDigit(c) })
	}
	if _, ok := monthNamed(s[:n]); ok && n < len(s) && s[n] == '-' {
		return dateField(s, n)
	}
	return n
}

func span(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isWordByte(c byte) bool { return isLetter(rune(c)) || c == '_' }

// lowerASCII changes no lengths, so that positions in its result hold in s.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
