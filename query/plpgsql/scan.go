package plpgsql

import (
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

type tokenKind uint8

const (
	tokEnd    tokenKind = iota
	tokWord             // folded to lower case
	tokQuoted           // "Word"
	tokString           // text is what it stands for
	tokNumber
	tokParam
	tokOther // an operator or a single character
)

// token is a piece of the source.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// is says whether the token is a keyword or an operator.
func (t token) is(text string) bool {
	return (t.kind == tokWord || t.kind == tokOther) && t.text == text
}

// scanner cuts the source as PostgreSQL's lexer does.
type scanner struct {
	src string
	at  int
	out []token
}

func scan(src string) ([]token, error) {
	s := &scanner{src: src}
	for {
		if err := s.skipBlank(); err != nil {
			return nil, err
		}
		if s.at >= len(src) {
			s.out = append(s.out, token{kind: tokEnd, start: len(src), end: len(src)})
			return s.out, nil
		}
		start := s.at
		t, err := s.next()
		if err != nil {
			return nil, err
		}
		t.start, t.end = start, s.at
		s.out = append(s.out, t)
	}
}

func (s *scanner) skipBlank() error {
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
			s.at++
		case strings.HasPrefix(s.src[s.at:], "--"):
			for s.at < len(s.src) && s.src[s.at] != '\n' {
				s.at++
			}
		case strings.HasPrefix(s.src[s.at:], "/*"):
			if err := s.skipComment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// skipComment passes a comment, which may have others inside.
func (s *scanner) skipComment() error {
	start, depth := s.at, 0
	for s.at < len(s.src) {
		switch rest := s.src[s.at:]; {
		case strings.HasPrefix(rest, "/*"):
			depth++
			s.at += 2
		case strings.HasPrefix(rest, "*/"):
			depth--
			s.at += 2
			if depth == 0 {
				return nil
			}
		default:
			s.at++
		}
	}
	return s.unterminated("/* comment", start)
}

func (s *scanner) unterminated(what string, start int) error {
	return sqlstate.New(sqlstate.SyntaxError, "unterminated %s at or near \"%s\"", what, s.src[start:]).At(start)
}

func (s *scanner) next() (token, error) {
	c := s.src[s.at]
	switch {
	case c == '\'':
		return s.quote(s.at, false)
	case c == '"':
		return s.quotedIdent()
	case c == '$':
		return s.dollar()
	case isDigit(c) || c == '.' && s.at+1 < len(s.src) && isDigit(s.src[s.at+1]):
		return s.number(), nil
	case isWordStart(c):
		return s.word()
	}
	return s.operator(), nil
}

func isDigit(c byte) bool     { return c >= '0' && c <= '9' }
func isWordStart(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }
func isWordPart(c byte) bool  { return isWordStart(c) || isDigit(c) || c == '$' }

// word reads a word, or a string with a letter before it.
func (s *scanner) word() (token, error) {
	start := s.at
	if s.at+1 < len(s.src) && s.src[s.at+1] == '\'' && strings.IndexByte("eEbBxXnN", s.src[s.at]) >= 0 {
		s.at++
		return s.quote(start, s.src[start]|0x20 == 'e')
	}
	for s.at < len(s.src) && isWordPart(s.src[s.at]) {
		s.at++
	}
	return token{kind: tokWord, text: foldCase(s.src[start:s.at])}, nil
}

// foldCase lowers ASCII letters alone, as the grammar does in UTF-8.
func foldCase(word string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, word)
}

// quote reads a string in single quotes.
func (s *scanner) quote(start int, escapes bool) (token, error) {
	var b strings.Builder
	for s.at++; s.at < len(s.src); s.at++ {
		c := s.src[s.at]
		switch {
		case c == '\'' && s.at+1 < len(s.src) && s.src[s.at+1] == '\'':
			s.at++
			b.WriteByte(c)
		case c == '\'':
			s.at++
			return token{kind: tokString, text: b.String()}, nil
		case c == '\\' && escapes && s.at+1 < len(s.src):
			s.at++
			b.WriteByte(unescaped(s.src[s.at]))
		default:
			b.WriteByte(c)
		}
	}
	return token{}, s.unterminated("quoted string", start)
}

func unescaped(c byte) byte {
	if i := strings.IndexByte("bfnrt", c); i >= 0 {
		return "\b\f\n\r\t"[i]
	}
	return c
}

func (s *scanner) quotedIdent() (token, error) {
	start := s.at
	var b strings.Builder
	for s.at++; s.at < len(s.src); s.at++ {
		c := s.src[s.at]
		if c == '"' {
			if s.at+1 >= len(s.src) || s.src[s.at+1] != '"' {
				s.at++
				if b.Len() == 0 {
					return token{}, sqlstate.New(sqlstate.SyntaxError, "zero-length delimited identifier at or near \"\"\"\"").At(start)
				}
				return token{kind: tokQuoted, text: b.String()}, nil
			}
			s.at++
		}
		b.WriteByte(c)
	}
	return token{}, s.unterminated("quoted identifier", start)
}

// dollar reads $1 or $tag$text$tag$.
func (s *scanner) dollar() (token, error) {
	start := s.at
	end := start + 1
	for end < len(s.src) && isDigit(s.src[end]) {
		end++
	}
	if end > start+1 {
		s.at = end
		return token{kind: tokParam, text: s.src[start+1 : end]}, nil
	}
	for end < len(s.src) && isWordPart(s.src[end]) && s.src[end] != '$' {
		end++
	}
	if end >= len(s.src) || s.src[end] != '$' {
		s.at++
		return token{kind: tokOther, text: "$"}, nil
	}
	tag := s.src[start : end+1]
	length := strings.Index(s.src[end+1:], tag)
	if length < 0 {
		return token{}, s.unterminated("dollar-quoted string", start)
	}
	s.at = end + 1 + length + len(tag)
	return token{kind: tokString, text: s.src[end+1 : end+1+length]}, nil
}

// number reads a number, which two dots end: 1..10.
func (s *scanner) number() token {
	start := s.at
	digits := func() {
		for s.at < len(s.src) && isDigit(s.src[s.at]) {
			s.at++
		}
	}
	digits()
	if s.at < len(s.src) && s.src[s.at] == '.' && !strings.HasPrefix(s.src[s.at:], "..") {
		s.at++
		digits()
	}
	if s.at < len(s.src) && s.src[s.at]|0x20 == 'e' {
		end := s.at + 1
		if end < len(s.src) && (s.src[end] == '+' || s.src[end] == '-') {
			end++
		}
		if end < len(s.src) && isDigit(s.src[end]) {
			s.at = end
			digits()
		}
	}
	return token{kind: tokNumber, text: s.src[start:s.at]}
}

const operatorChars = "+-*/<>=~!@#%^&|`?"

// operator reads an operator, or one character. A comment ends an operator.
func (s *scanner) operator() token {
	start := s.at
	for _, two := range []string{":=", "..", "::"} {
		if strings.HasPrefix(s.src[s.at:], two) {
			s.at += 2
			return token{kind: tokOther, text: two}
		}
	}
	for s.at < len(s.src) && strings.IndexByte(operatorChars, s.src[s.at]) >= 0 {
		if rest := s.src[s.at:]; s.at > start && (strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*")) {
			break
		}
		s.at++
	}
	if s.at == start {
		s.at++
	}
	op := s.src[start:s.at]
	for len(op) > 1 && strings.HasSuffix(op, "-") && !strings.ContainsAny(op, "~!@#%^&|`?") || len(op) > 1 &&
		strings.HasSuffix(op, "+") && !strings.ContainsAny(op, "~!@#%^&|`?") {
		op = op[:len(op)-1]
	}
	s.at = start + len(op)
	return token{kind: tokOther, text: op}
}
