package builtin

import "strings"

// json and jsonb values are valid text by the time a function sees them, and jsonb's is normalised. So the
// readers (->, json_each, json_array_elements…) cut pieces out of the text, where a tree would be built only to
// be written again; what they cut out of jsonb is jsonb.

// jsonIs says what a value begins with: '{', '[', '"', 't', 'f', 'n', or '0' for a number.
func jsonIs(s string) byte {
	switch i := jsonBlanks(s, 0); {
	case i >= len(s):
		return 'n'
	case s[i] == '-' || isASCIIDigit(s[i]):
		return '0'
	default:
		return s[i]
	}
}

func jsonBlanks(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// jsonEnd is where the value that begins at i ends.
func jsonEnd(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			i = jsonStringEnd(s, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1
			}
		default:
			if depth == 0 {
				if n := strings.IndexAny(s[i:], ",]} \t\n\r"); n >= 0 {
					return i + n
				}
				return len(s)
			}
		}
		i++
	}
	return i
}

func jsonStringEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return i
}

// jsonMembers calls f for each member of an object, its key still quoted, until f returns false.
func jsonMembers(s string, f func(key, value string) bool) {
	i := jsonBlanks(s, 0) + 1
	for {
		i = jsonBlanks(s, i)
		if i >= len(s) || s[i] == '}' {
			return
		}
		if s[i] == ',' {
			i = jsonBlanks(s, i+1)
		}
		end := jsonStringEnd(s, i)
		key := s[i:end]
		i = jsonBlanks(s, jsonBlanks(s, end)+1)
		end = jsonEnd(s, i)
		if !f(key, s[i:end]) {
			return
		}
		i = end
	}
}

// jsonItems calls f for each element of an array until f returns false.
func jsonItems(s string, f func(item string) bool) {
	i := jsonBlanks(s, 0) + 1
	for {
		i = jsonBlanks(s, i)
		if i >= len(s) || s[i] == ']' {
			return
		}
		if s[i] == ',' {
			i = jsonBlanks(s, i+1)
		}
		end := jsonEnd(s, i)
		if !f(s[i:end]) {
			return
		}
		i = end
	}
}

// jsonLength counts the elements of an array.
func jsonLength(s string) (n int) {
	jsonItems(s, func(string) bool { n++; return true })
	return n
}
