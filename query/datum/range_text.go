package datum

import (
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

const emptyLiteral = "empty"

// rangeParser reads a range's text; rest is what is to come.
type rangeParser struct{ whole, rest string }

func (p *rangeParser) malformed(detail string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed range literal: \"%s\"", p.whole).WithDetail("%s", detail)
}

// parseRange reads "[1,5)", "(,\"a,b\"]" or "empty" (range_in).
func parseRange(t *Type, s string, env *Env) (Datum, error) {
	if t.Subtype == nil {
		return Null, noInput(t)
	}
	p := rangeParser{whole: s, rest: strings.TrimLeft(s, " \t\n\v\f\r")}
	if hasPrefixFold(p.rest, emptyLiteral) {
		if trimSpace(p.rest[len(emptyLiteral):]) != "" {
			return Null, p.malformed("Junk after \"empty\" key word.")
		}
		return EmptyRange(t).AsDatum(), nil
	}
	texts, err := p.bounds()
	if err != nil {
		return Null, err
	}
	var ends [2]Datum
	for i, b := range texts.text {
		if texts.none[i] {
			continue
		}
		if ends[i], err = ParseText(t.Subtype, -1, b, env); err != nil {
			return Null, err
		}
	}
	r, err := MakeRange(t, ends[0], ends[1], texts.inc[0], texts.inc[1])
	if err != nil {
		return Null, err
	}
	return r.AsDatum(), nil
}

func noInput(t *Type) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "cannot accept a value of type %s", t.SQL)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// boundTexts are the bounds of a range, the lower one first.
type boundTexts struct {
	text      [2]string
	none, inc [2]bool
}

func (p *rangeParser) bounds() (b boundTexts, err error) {
	switch {
	case strings.HasPrefix(p.rest, "["):
		b.inc[0] = true
	case !strings.HasPrefix(p.rest, "("):
		return b, p.malformed("Missing left parenthesis or bracket.")
	}
	p.rest = p.rest[1:]
	if b.text[0], b.none[0], err = p.bound(); err != nil {
		return b, err
	}
	if p.rest[0] != ',' {
		return b, p.malformed("Missing comma after lower bound.")
	}
	p.rest = p.rest[1:]
	if b.text[1], b.none[1], err = p.bound(); err != nil {
		return b, err
	}
	switch p.rest[0] {
	case ']':
		b.inc[1] = true
	case ',':
		return b, p.malformed("Too many commas.")
	}
	if trimSpace(p.rest[1:]) != "" {
		return b, p.malformed("Junk after right parenthesis or bracket.")
	}
	return b, nil
}

// bound reads up to the comma, parenthesis or bracket behind a bound, which it leaves; nothing at all is no bound.
func (p *rangeParser) bound() (text string, none bool, err error) {
	if p.rest != "" && endsBound(p.rest[0]) {
		return "", true, nil
	}
	text, rest, ok := untilEnd(p.rest, endsBound)
	if !ok {
		return "", false, p.malformed("Unexpected end of input.")
	}
	p.rest = rest
	return text, false, nil
}

func endsBound(c byte) bool { return c == ',' || c == ')' || c == ']' }

// appendRange writes a range as range_out does.
func appendRange(dst []byte, r *RangeValue, env *Env) []byte {
	if r.Empty {
		return append(dst, emptyLiteral...)
	}
	open, closing := byte('('), byte(')')
	if r.LowerInc {
		open = '['
	}
	if r.UpperInc {
		closing = ']'
	}
	dst = appendBound(append(dst, open), r.Type.Subtype, r.Lower, env)
	dst = appendBound(append(dst, ','), r.Type.Subtype, r.Upper, env)
	return append(dst, closing)
}

// appendBound writes a bound, in quotes where the text would mislead.
func appendBound(dst []byte, t *Type, d Datum, env *Env) []byte {
	if d.IsNull() {
		return dst
	}
	s := Format(t, d, env)
	if s != "" && !strings.ContainsAny(s, "\"\\()[], \t\n\r\v\f") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, s[i])
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}
