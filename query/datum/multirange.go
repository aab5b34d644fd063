package datum

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// MultirangeValue is a list of ranges, in order and apart: none is empty, none overlaps the next or touches it. It is made by
// MakeMultirange. Immutable.
type MultirangeValue struct {
	Type   *Type // the multirange type
	Ranges []*RangeValue
}

// Multirange returns a KindMultirange value; read only.
func (d Datum) Multirange() *MultirangeValue { v, _ := d.v.(*MultirangeValue); return v }

// AsDatum is the multirange as a value.
func (m *MultirangeValue) AsDatum() Datum { return Datum{kind: KindMultirange, v: m} }

// MakeMultirange makes a multirange of ranges in any order, which it does not keep (make_multirange).
func MakeMultirange(t *Type, ranges []*RangeValue) (*MultirangeValue, error) {
	ordered := slices.DeleteFunc(slices.Clone(ranges), func(r *RangeValue) bool { return r.Empty })
	slices.SortFunc(ordered, compareRange)
	m := &MultirangeValue{Type: t}
	for _, r := range ordered {
		last := len(m.Ranges) - 1
		if last < 0 || !m.Ranges[last].Adjacent(r) && m.Ranges[last].Before(r) {
			m.Ranges = append(m.Ranges, r)
			continue
		}
		joined, err := m.Ranges[last].Merge(r)
		if err != nil {
			return nil, err
		}
		m.Ranges[last] = joined
	}
	return m, nil
}

func multirangeDatum(t *Type, ranges []*RangeValue) (Datum, error) {
	m, err := MakeMultirange(t, ranges)
	if err != nil {
		return Null, err
	}
	return m.AsDatum(), nil
}

// consistent says whether the ranges are as MakeMultirange leaves them.
func (m *MultirangeValue) consistent() bool {
	for i, r := range m.Ranges {
		if r.Empty || i > 0 && (!m.Ranges[i-1].Before(r) || m.Ranges[i-1].Adjacent(r)) {
			return false
		}
	}
	return true
}

// Empty says whether there are no ranges.
func (m *MultirangeValue) Empty() bool { return len(m.Ranges) == 0 }

// Span is the smallest range that has all of the ranges in it.
func (m *MultirangeValue) Span() (*RangeValue, error) {
	if m.Empty() {
		return EmptyRange(m.Type.Range), nil
	}
	first := m.Ranges[0]
	return first.Merge(m.Ranges[len(m.Ranges)-1])
}

// compareMultirange goes range by range; of two that begin alike the shorter one is first (multirange_cmp).
func compareMultirange(a, b *MultirangeValue) int {
	for i := range min(len(a.Ranges), len(b.Ranges)) {
		if c := compareRange(a.Ranges[i], b.Ranges[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a.Ranges), len(b.Ranges))
}

func appendMultirange(dst []byte, m *MultirangeValue, env *Env) []byte {
	dst = append(dst, '{')
	for i, r := range m.Ranges {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendRange(dst, r, env)
	}
	return append(dst, '}')
}

// multirangeParser reads "{[1,5),empty,(7,)}" (multirange_in): where each range ends, which its own reader then reads.
type multirangeParser struct {
	whole, rest string
	ranges      []string
}

func (p *multirangeParser) malformed(detail string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed multirange literal: \"%s\"", p.whole).
		WithDetail("%s", detail)
}

func parseMultirange(t *Type, s string, env *Env) (Datum, error) {
	if t.Range == nil {
		return Null, noInput(t)
	}
	p := multirangeParser{whole: s, rest: s}
	if p.next() != '{' {
		return Null, p.malformed("Missing left brace.")
	}
	p.rest = p.rest[1:]
	if err := p.list(t, env); err != nil {
		return Null, err
	}
	ranges := make([]*RangeValue, len(p.ranges))
	for i, text := range p.ranges {
		d, err := parseRange(t.Range, text, env)
		if err != nil {
			return Null, err
		}
		ranges[i] = d.Range()
	}
	return multirangeDatum(t, ranges)
}

// next is the next byte that is no blank, 0 at the end.
func (p *multirangeParser) next() byte {
	if p.rest = strings.TrimLeft(p.rest, " \t\n\v\f\r"); p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// list reads up to the end of the text. A range that cannot be read is found before what is wrong behind it.
func (p *multirangeParser) list(t *Type, env *Env) error {
	for first := true; ; first = false {
		switch c := p.next(); {
		case c == 0:
			return p.unexpectedEnd(t, env)
		case c == '[' || c == '(':
			n := rangeLength(p.rest)
			if n < 0 {
				return p.unexpectedEnd(t, env)
			}
			p.ranges, p.rest = append(p.ranges, p.rest[:n]), p.rest[n:]
		case c == '}' && first:
			return p.end(t, env)
		case hasPrefixFold(p.rest, emptyLiteral):
			p.rest = p.rest[len(emptyLiteral):]
		default:
			return p.fault(t, env, "Expected range start.")
		}
		switch p.next() {
		case 0:
			return p.unexpectedEnd(t, env)
		case '}':
			return p.end(t, env)
		case ',':
			p.rest = p.rest[1:]
		default:
			return p.fault(t, env, "Expected comma or end of multirange.")
		}
	}
}

func (p *multirangeParser) end(t *Type, env *Env) error {
	if trimSpace(p.rest[1:]) != "" {
		return p.fault(t, env, "Junk after closing right brace.")
	}
	return nil
}

func (p *multirangeParser) unexpectedEnd(t *Type, env *Env) error {
	return p.fault(t, env, "Unexpected end of input.")
}

// fault is the error of the first range that cannot be read, or else what is wrong with the list.
func (p *multirangeParser) fault(t *Type, env *Env, detail string) error {
	for _, text := range p.ranges {
		if _, err := parseRange(t.Range, text, env); err != nil {
			return err
		}
	}
	return p.malformed(detail)
}

// rangeLength is how long the range is that a text begins with, -1 where it does not end. The bracket that opens it has
// been looked at, so that what ends it is the first closing one outside of quotes.
func rangeLength(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ']' || c == ')'):
			return i + 1
		}
	}
	return -1
}
