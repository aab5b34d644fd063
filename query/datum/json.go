package datum

import (
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// maxJSONDepth stands for Postgres's stack depth limit, which stops at about as many brackets.
const maxJSONDepth = 6400

// parseJSON checks the syntax; a json value keeps its text, blanks and duplicates included.
func parseJSON(s string) (Datum, error) {
	p := jsonParser{s: s}
	if _, err := p.document(); err != nil {
		return Null, err
	}
	return NewString(s), nil
}

// jsonParser reads one JSON document. With keep it builds the tree, and is as strict as jsonb, which
// cannot hold \u0000 nor numbers beyond numeric.
type jsonParser struct {
	s     string
	at    int
	depth int
	keep  bool
}

func jsonError(detail string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type json").
		WithDetail(detail, args...)
}

// expected complains about the token at hand.
func (p *jsonParser) expected(what string) error {
	if p.at >= len(p.s) {
		return jsonError("The input string ended unexpectedly.")
	}
	token := p.s[p.at:]
	switch n := span(token, isJSONWord); {
	case n > 0:
		token = token[:n]
		if token != "true" && token != "false" && token != "null" && !isJSONNumber(token) {
			return jsonError("Token \"%s\" is invalid.", token)
		}
	case strings.IndexByte("{}[]:,", token[0]) >= 0:
		token = token[:1]
	case token[0] == '"':
		if end := strings.IndexByte(token[1:], '"'); end >= 0 {
			token = token[:end+2]
		}
	default:
		_, size := utf8.DecodeRuneInString(token)
		return jsonError("Token \"%s\" is invalid.", token[:size])
	}
	return jsonError("Expected %s, but found \"%s\".", what, token)
}

func isJSONWord(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-' || c == '+' ||
		c == '.' || c >= utf8.RuneSelf
}

func (p *jsonParser) blanks() {
	p.at += span(p.s[p.at:], func(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' })
}

// next takes c after blanks, if it is next.
func (p *jsonParser) next(c byte) bool {
	p.blanks()
	if p.at < len(p.s) && p.s[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *jsonParser) document() (JSONNode, error) {
	node, err := p.value("JSON value")
	if err != nil {
		return node, err
	}
	if p.blanks(); p.at < len(p.s) {
		return node, p.expected("end of input")
	}
	return node, nil
}

func (p *jsonParser) value(what string) (JSONNode, error) {
	switch {
	case p.next('{'):
		return p.object()
	case p.next('['):
		return p.array()
	case p.at < len(p.s) && p.s[p.at] == '"':
		s, err := p.string()
		return JSONNode{Kind: JSONStringNode, Text: s}, err
	}
	word := p.s[p.at:]
	word = word[:span(word, isJSONWord)]
	switch word {
	case "true", "false":
		p.at += len(word)
		return JSONNode{Kind: JSONBoolNode, Bool: word == "true"}, nil
	case "null":
		p.at += len(word)
		return JSONNode{Kind: JSONNullNode}, nil
	}
	if !isJSONNumber(word) {
		return JSONNode{}, p.expected(what)
	}
	p.at += len(word)
	node := JSONNode{Kind: JSONNumberNode, Text: word}
	if !p.keep {
		return node, nil
	}
	d, err := parseNumeric(word)
	if err != nil {
		return node, err
	}
	node.Number = d.Numeric()
	node.Text = string(appendNumeric(nil, node.Number))
	return node, nil
}

// isJSONNumber checks -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?
func isJSONNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	n := span(s, isDigit)
	if n == 0 || (n > 1 && s[0] == '0') {
		return false
	}
	s = s[n:]
	if strings.HasPrefix(s, ".") {
		if n = span(s[1:], isDigit); n == 0 {
			return false
		}
		s = s[n+1:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if n = span(s, isDigit); n == 0 {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

func (p *jsonParser) enter() error {
	if p.depth++; p.depth > maxJSONDepth {
		return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	return nil
}

func (p *jsonParser) object() (JSONNode, error) {
	node := JSONNode{Kind: JSONObjectNode}
	if err := p.enter(); err != nil {
		return node, err
	}
	for first := true; !p.next('}'); first = false {
		want := "string or \"}\""
		if !first {
			if !p.next(',') {
				return node, p.expected("\",\" or \"}\"")
			}
			want = "string"
		}
		if p.blanks(); p.at >= len(p.s) || p.s[p.at] != '"' {
			return node, p.expected(want)
		}
		key, err := p.string()
		if err != nil {
			return node, err
		}
		if !p.next(':') {
			return node, p.expected("\":\"")
		}
		item, err := p.value("JSON value")
		if err != nil {
			return node, err
		}
		if p.keep {
			node.Keys, node.Items = append(node.Keys, key), append(node.Items, item)
		}
	}
	p.depth--
	return node, nil
}

func (p *jsonParser) array() (JSONNode, error) {
	node := JSONNode{Kind: JSONArrayNode}
	if err := p.enter(); err != nil {
		return node, err
	}
	for first := true; !p.next(']'); first = false {
		want := "array element or \"]\""
		if !first {
			if !p.next(',') {
				return node, p.expected("\",\" or \"]\"")
			}
			want = "JSON value"
		}
		item, err := p.value(want)
		if err != nil {
			return node, err
		}
		if p.keep {
			node.Items = append(node.Items, item)
		}
	}
	p.depth--
	return node, nil
}

// string reads a quoted string; p.at is at the quote.
func (p *jsonParser) string() (string, error) {
	start := p.at + 1
	i := start
	for i < len(p.s) && p.s[i] != '"' && p.s[i] != '\\' && p.s[i] >= ' ' {
		i++
	}
	if i < len(p.s) && p.s[i] == '"' {
		p.at = i + 1
		return p.s[start:i], nil
	}
	out := []byte(p.s[start:i])
	for i < len(p.s) {
		switch c := p.s[i]; {
		case c == '"':
			p.at = i + 1
			return string(out), nil
		case c < ' ':
			return "", jsonError("Character with value 0x%02x must be escaped.", c)
		case c == '\\':
			var err error
			if out, i, err = p.escape(out, i+1); err != nil {
				return "", err
			}
		default:
			out = append(out, c)
			i++
		}
	}
	return "", jsonError("Token \"%s\" is invalid.", p.s[p.at:])
}

// escape reads what follows a backslash, and returns where it ends.
func (p *jsonParser) escape(out []byte, i int) ([]byte, int, error) {
	if i >= len(p.s) {
		return out, i, jsonError("The input string ended unexpectedly.")
	}
	switch c := p.s[i]; c {
	case '"', '\\', '/':
		return append(out, c), i + 1, nil
	case 'b', 'f', 'n', 'r', 't':
		return append(out, "\b\f\n\r\t"[strings.IndexByte("bfnrt", c)]), i + 1, nil
	case 'u':
		return p.unicode(out, i+1)
	}
	_, size := utf8.DecodeRuneInString(p.s[i:])
	return out, i, jsonError("Escape sequence \"\\%s\" is invalid.", p.s[i:i+size])
}

func (p *jsonParser) unicode(out []byte, i int) ([]byte, int, error) {
	r, ok := hexRune(p.s, i)
	if !ok {
		return out, i, jsonError("\"\\u\" must be followed by four hexadecimal digits.")
	}
	i += 4
	switch {
	case r == 0 && p.keep:
		return out, i, sqlstate.New(sqlstate.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail("\\u0000 cannot be converted to text.")
	case r >= 0xdc00 && r <= 0xdfff:
		return out, i, jsonError("Unicode low surrogate must follow a high surrogate.")
	case r >= 0xd800 && r <= 0xdbff:
		low, ok := rune(0), false
		if strings.HasPrefix(p.s[i:], `\u`) {
			low, ok = hexRune(p.s, i+2)
		}
		if !ok || low < 0xdc00 || low > 0xdfff {
			return out, i, jsonError("Unicode low surrogate must follow a high surrogate.")
		}
		i += 6
		r = 0x10000 + (r-0xd800)<<10 + (low - 0xdc00)
	}
	return utf8.AppendRune(out, r), i, nil
}

func hexRune(s string, i int) (rune, bool) {
	if len(s)-i < 4 {
		return 0, false
	}
	r := rune(0)
	for _, c := range []byte(s[i : i+4]) {
		digit, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	return r, true
}

// AppendJSONString writes a string as JSON, escaped where Postgres escapes and no further.
func AppendJSONString(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			dst = append(dst, '\\', "bfnrt"[strings.IndexByte("\b\f\n\r\t", c)])
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(dst, '"')
}

// UnquoteJSON is the characters of a JSON string given with its quotes; 22P05 where text cannot hold them.
func UnquoteJSON(s string) (string, error) {
	p := jsonParser{s: s, keep: true}
	return p.string()
}
