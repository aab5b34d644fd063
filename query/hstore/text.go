package hstore

import (
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// Append writes a value as PostgreSQL does: every key and value in quotes.
func (v Value) Append(dst []byte) []byte {
	for i, p := range v {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(appendQuoted(dst, p.Key), "=>"...)
		if p.Null {
			dst = append(dst, "NULL"...)
		} else {
			dst = appendQuoted(dst, p.Value)
		}
	}
	return dst
}

func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	if strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\\') < 0 {
		return append(append(dst, s...), '"')
	}
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// Parse reads the text of a value (parse_hstore): key => value, …, in quotes or not. A last comma is let pass.
func Parse(s string) (Value, error) {
	p := parser{s: s}
	var pairs []Pair
	for {
		key, _, ok, err := p.word('=')
		if err != nil || !ok {
			return Make(pairs), err
		}
		if err := p.arrow(); err != nil {
			return nil, err
		}
		value, quoted, ok, err := p.word(',')
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, endsEarly()
		}
		pair := Pair{Key: key, Value: value}
		if !quoted && strings.EqualFold(value, "null") {
			pair = Pair{Key: key, Null: true}
		}
		pairs = append(pairs, pair)
		if more, err := p.comma(); err != nil || !more {
			return Make(pairs), err
		}
	}
}

// parser reads at a byte; at the end it reads zeros.
type parser struct {
	s  string
	at int
}

func (p *parser) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

func (p *parser) skipBlanks() {
	for blank(p.peek()) {
		p.at++
	}
}

// blank is scanner_isspace, which knows no vertical tab.
func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// word reads a key, which ends before an equals sign, or a value, which ends before a comma: stop. ok is false at the end of
// the text.
func (p *parser) word(stop byte) (word string, quoted, ok bool, err error) {
	p.skipBlanks()
	switch c := p.peek(); {
	case c == 0:
		return "", false, false, nil
	case c == '"':
		p.at++
		word, err = p.quoted()
		return word, true, true, err
	case c == '=' && stop == '=':
		return "", false, false, p.unexpected()
	}
	word, quoted, err = p.bare(stop)
	return word, quoted, true, err
}

// quoted reads on to the closing quote.
func (p *parser) quoted() (string, error) {
	var out []byte
	for {
		c := p.peek()
		p.at++
		switch c {
		case '"':
			return string(out), nil
		case '\\':
			c = p.peek()
			p.at++
		}
		if p.at > len(p.s) {
			return "", endsEarly()
		}
		out = append(out, c)
	}
}

// bare reads a word without quotes. The first character is part of it, whatever it is.
func (p *parser) bare(stop byte) (string, bool, error) {
	var out []byte
	for {
		c := p.peek()
		switch {
		case c == 0, c == stop && len(out) > 0, blank(c):
			return string(out), false, nil
		case c == '\\':
			p.at++
			if c = p.peek(); c == 0 {
				return "", false, endsEarly()
			}
		}
		p.at++
		out = append(out, c)
	}
}

// arrow reads =>, with nothing between.
func (p *parser) arrow() error {
	p.skipBlanks()
	for _, want := range []byte("=>") {
		switch p.peek() {
		case want:
			p.at++
		case 0:
			return endsEarly()
		default:
			return p.unexpected()
		}
	}
	return nil
}

// comma reads what parts two pairs; false is the end.
func (p *parser) comma() (bool, error) {
	p.skipBlanks()
	switch p.peek() {
	case 0:
		return false, nil
	case ',':
		p.at++
		return true, nil
	}
	return false, p.unexpected()
}

// The errors are raised with elog in PostgreSQL, so their SQLSTATE is that of internal ones.

func (p *parser) unexpected() error {
	_, size := utf8.DecodeRuneInString(p.s[p.at:])
	return sqlstate.New(sqlstate.InternalError, "Syntax error near \"%s\" at position %d", p.s[p.at:p.at+size], p.at)
}

func endsEarly() error { return sqlstate.New(sqlstate.InternalError, "Unexpected end of string") }
