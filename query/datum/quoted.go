package datum

// untilEnd reads the text of a record's field or a range's bound, which quotes and backslashes protect, up to the first
// unprotected byte that ends it; ok is false where none does.
func untilEnd(s string, ends func(c byte) bool) (text, rest string, ok bool) {
	var out []byte
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case !quoted && ends(c):
			return string(out), s[i:], true
		case c == '\\':
			if i++; i < len(s) {
				out = append(out, s[i])
			}
		case c == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			i++
			out = append(out, '"')
		case c == '"':
			quoted = !quoted
		default:
			out = append(out, c)
		}
	}
	return "", s, false
}
