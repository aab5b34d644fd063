package jsonpath

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// tokenKind is the class of a token.
type tokenKind byte

const (
	tokenEnd      tokenKind = iota
	tokenMark               // punctuation and operators
	tokenWord               // a bare word, keywords among them
	tokenString             // "quoted"
	tokenVariable           // $name
	tokenInt
	tokenNumber
)

type token struct {
	kind tokenKind
	text string // decoded
	raw  string // as it stands, for messages
}

// is says whether the token is a mark or operator.
func (t token) is(mark string) bool { return t.kind == tokenMark && t.text == mark }

// keyword says whether the token is that word; keywords are read in any case, the literals in small letters.
func (t token) keyword(word string) bool {
	if t.kind != tokenWord {
		return false
	}
	if word == "null" || word == "true" || word == "false" {
		return t.text == word
	}
	return strings.EqualFold(t.text, word)
}

// lexer cuts text into tokens.
type lexer struct {
	text string
	at   int
}

const special = "?%$.[]{}()|&!=<>@#,*:-+/"

func isBlank(c byte) bool { return strings.IndexByte(" \t\n\r\f", c) >= 0 }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func syntaxError(message, near string) error {
	if near == "" {
		return sqlstate.New(sqlstate.SyntaxError, "%s at end of jsonpath input", message)
	}
	return sqlstate.New(sqlstate.SyntaxError, "%s at or near \"%s\" of jsonpath input", message, near)
}

func (l *lexer) next() (token, error) {
	if err := l.blanks(); err != nil {
		return token{}, err
	}
	if l.at >= len(l.text) {
		return token{}, nil
	}
	rest := l.text[l.at:]
	switch c := rest[0]; {
	case c == '"':
		return l.quoted(tokenString, 0)
	case isDigit(c), c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return l.number()
	case c == '$' && len(rest) > 1 && rest[1] == '"':
		return l.quoted(tokenVariable, 1)
	case c == '$' && len(rest) > 1 && startsWord(rest[1:]):
		l.at++
		t, err := l.word()
		t.kind, t.raw = tokenVariable, "$"+t.text
		return t, err
	case strings.IndexByte(special, c) >= 0:
		return l.mark(), nil
	}
	return l.word()
}

func startsWord(s string) bool {
	return strings.IndexByte(special, s[0]) < 0 && !isBlank(s[0]) && s[0] != '"'
}

func (l *lexer) blanks() error {
	for l.at < len(l.text) {
		switch rest := l.text[l.at:]; {
		case isBlank(rest[0]):
			l.at++
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return syntaxError("unexpected end of comment", "")
			}
			l.at += end + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) mark() token {
	rest := l.text[l.at:]
	mark := rest[:1]
	for _, m := range []string{"&&", "||", "==", "!=", "<>", "<=", ">=", "**"} {
		if strings.HasPrefix(rest, m) {
			mark = m
			break
		}
	}
	l.at += len(mark)
	t := token{kind: tokenMark, text: mark, raw: mark}
	if mark == "<>" {
		t.text = "!="
	}
	return t
}

// number reads 1, 1.5, .5, 1. and 1e5; what follows must not be part of a word.
func (l *lexer) number() (token, error) {
	start := l.at
	t := token{kind: tokenInt}
	zero := l.text[l.at] == '0'
	l.digits()
	if zero && l.at-start > 1 {
		l.at = start + 1
	}
	if l.at < len(l.text) && l.text[l.at] == '.' {
		t.kind = tokenNumber
		l.at++
		l.digits()
	}
	if l.at < len(l.text) && l.text[l.at]|0x20 == 'e' {
		exponent := l.at + 1
		if exponent < len(l.text) && (l.text[exponent] == '+' || l.text[exponent] == '-') {
			exponent++
		}
		if exponent < len(l.text) && isDigit(l.text[exponent]) {
			t.kind = tokenNumber
			l.at = exponent
			l.digits()
		}
	}
	t.text = l.text[start:l.at]
	if l.at < len(l.text) && startsWord(l.text[l.at:]) {
		_, size := utf8.DecodeRuneInString(l.text[l.at:])
		return t, syntaxError("trailing junk after numeric literal", l.text[start:l.at+size])
	}
	t.raw = t.text
	return t, nil
}

func (l *lexer) digits() {
	for l.at < len(l.text) && isDigit(l.text[l.at]) {
		l.at++
	}
}

func (l *lexer) quoted(kind tokenKind, skip int) (token, error) {
	start := l.at
	l.at += skip + 1
	var out []byte
	for l.at < len(l.text) {
		switch c := l.text[l.at]; c {
		case '"':
			l.at++
			return token{kind, string(out), l.text[start:l.at]}, nil
		case '\\':
			var err error
			if out, err = l.escape(out); err != nil {
				return token{}, err
			}
		default:
			out = append(out, c)
			l.at++
		}
	}
	return token{}, syntaxError("unexpected end of quoted string", "")
}

func (l *lexer) word() (token, error) {
	var out []byte
	for l.at < len(l.text) && startsWord(l.text[l.at:]) {
		if l.text[l.at] == '\\' {
			var err error
			if out, err = l.escape(out); err != nil {
				return token{}, err
			}
			continue
		}
		out = append(out, l.text[l.at])
		l.at++
	}
	// Postgres's scanner has gone past a word when the grammar stumbles over it: what it shows is the blank there.
	raw := ""
	if l.at < len(l.text) && isBlank(l.text[l.at]) {
		raw = l.text[l.at : l.at+1]
	}
	return token{tokenWord, string(out), raw}, nil
}

// escape reads a backslash and what it escapes, by JavaScript's rules.
func (l *lexer) escape(out []byte) ([]byte, error) {
	rest := l.text[l.at+1:]
	if rest == "" {
		return out, syntaxError("unexpected end after backslash", "")
	}
	switch c := rest[0]; c {
	case 'b', 'f', 'n', 'r', 't', 'v':
		l.at += 2
		return append(out, "\b\f\n\r\t\v"[strings.IndexByte("bfnrtv", c)]), nil
	case 'x':
		return l.hex(out, rest[1:], 2, "invalid hexadecimal character sequence")
	case 'u':
		return l.unicode(out, rest[1:])
	}
	_, size := utf8.DecodeRuneInString(rest)
	l.at += 1 + size
	return append(out, rest[:size]...), nil
}

func (l *lexer) hex(out []byte, rest string, n int, complaint string) ([]byte, error) {
	if len(rest) < n {
		return out, syntaxError(complaint, l.text[l.at:])
	}
	v, err := strconv.ParseUint(rest[:n], 16, 32)
	if err != nil {
		return out, syntaxError(complaint, l.text[l.at:l.at+2])
	}
	l.at += 2 + n
	return l.character(out, rune(v))
}

func (l *lexer) unicode(out []byte, rest string) ([]byte, error) {
	const complaint = "invalid Unicode escape sequence"
	if strings.HasPrefix(rest, "{") {
		end := strings.IndexByte(rest, '}')
		if end < 2 || end > 7 {
			return out, syntaxError(complaint, l.text[l.at:l.at+2])
		}
		v, err := strconv.ParseUint(rest[1:end], 16, 32)
		if err != nil {
			return out, syntaxError(complaint, l.text[l.at:l.at+2])
		}
		l.at += 3 + end
		return l.character(out, rune(v))
	}
	if len(rest) >= 10 && rest[4:6] == `\u` {
		high, err := strconv.ParseUint(rest[:4], 16, 32)
		low, err2 := strconv.ParseUint(rest[6:10], 16, 32)
		if err == nil && err2 == nil && high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000 {
			l.at += 12
			return utf8.AppendRune(out, 0x10000+rune(high-0xd800)<<10+rune(low-0xdc00)), nil
		}
	}
	return l.hex(out, rest, 4, complaint)
}

func (l *lexer) character(out []byte, r rune) ([]byte, error) {
	switch {
	case r == 0:
		return out, sqlstate.New(sqlstate.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail("\\u0000 cannot be converted to text.")
	case r >= 0xd800 && r < 0xdc00:
		return out, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type jsonpath").
			WithDetail("Unicode high surrogate must not follow a high surrogate.")
	case r >= 0xdc00 && r < 0xe000:
		return out, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type jsonpath").
			WithDetail("Unicode low surrogate must follow a high surrogate.")
	}
	return utf8.AppendRune(out, r), nil
}
