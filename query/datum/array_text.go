package datum

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// parseArray reads "{1,2,NULL}", nested braces, quoted elements and "[2:3]={…}" bounds; int2vector
// and oidvector are numbers parted by blanks.
func parseArray(t *Type, typmod int32, s string, env *Env) (Datum, error) {
	switch {
	case t.Elem == nil || t.Elem == t:
		return Null, noInput(t)
	case t == Int2Vector || t == OidVector:
		return parseBlankVector(t, s)
	}
	p := arrayParser{typ: t, typmod: typmod, env: env, whole: s, rest: s}
	return p.parse()
}

func parseBlankVector(t *Type, s string) (Datum, error) {
	fields := strings.Fields(s)
	elems := make([]Datum, len(fields))
	for i, f := range fields {
		d, err := parseInteger(t.Elem, f)
		if err != nil {
			return Null, err
		}
		elems[i] = d
	}
	return blankVector(t.Elem, elems), nil
}

// blankVector makes an int2vector or oidvector, which count from 0.
func blankVector(elem *Type, elems []Datum) Datum {
	a := &ArrayValue{Elem: elem, Elems: elems}
	if len(elems) > 0 {
		a.Dims, a.Lower = []int{len(elems)}, []int{0}
	}
	return NewArray(a)
}

type arrayParser struct {
	typ    *Type
	typmod int32
	env    *Env
	whole  string
	rest   string

	out   ArrayValue
	depth int // of braces, once the first element was seen
}

func (p *arrayParser) malformed(detail string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed array literal: \"%s\"", p.whole).
		WithDetail(detail, args...)
}

func (p *arrayParser) parse() (Datum, error) {
	p.out.Elem = p.typ.Elem
	lower, dims, err := p.bounds()
	if err != nil {
		return Null, err
	}
	if !p.next('{') {
		return Null, p.malformed("Array value must start with \"{\" or dimension information.")
	}
	if err := p.braces(0); err != nil {
		return Null, err
	}
	if trimSpace(p.rest) != "" {
		return Null, p.malformed("Junk after closing right brace.")
	}
	if len(p.out.Elems) == 0 {
		if dims != nil {
			return Null, p.malformed("Specified array dimensions do not match array contents.")
		}
		p.out.Dims = nil
		return NewArray(&p.out), nil
	}
	if dims == nil {
		for range p.out.Dims {
			p.out.Lower = append(p.out.Lower, 1)
		}
		return NewArray(&p.out), nil
	}
	if len(dims) != len(p.out.Dims) {
		return Null, p.malformed("Specified array dimensions do not match array contents.")
	}
	for i := range dims {
		if dims[i] != p.out.Dims[i] {
			return Null, p.malformed("Specified array dimensions do not match array contents.")
		}
	}
	p.out.Lower = lower
	return NewArray(&p.out), nil
}

// bounds reads "[1:2][0:3]=", or nothing.
func (p *arrayParser) bounds() (lower, dims []int, err error) {
	for p.next('[') {
		if len(dims) == maxArrayDims {
			return nil, nil, tooManyDims(len(dims) + 1)
		}
		inside, after, ok := strings.Cut(p.rest, "]")
		if !ok {
			return nil, nil, p.malformed("Missing \"]\" after array dimensions.")
		}
		p.rest = after
		first, last, ranged := strings.Cut(inside, ":")
		if !ranged {
			first, last = "1", inside
		}
		lo, errLo := strconv.ParseInt(trimSpace(first), 10, 32)
		hi, errHi := strconv.ParseInt(trimSpace(last), 10, 32)
		switch {
		case errLo != nil || errHi != nil:
			return nil, nil, p.malformed("\"[\" must introduce explicitly-specified array dimensions.")
		case hi < lo:
			return nil, nil, sqlstate.New(sqlstate.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		lower, dims = append(lower, int(lo)), append(dims, int(hi-lo+1))
	}
	if dims != nil && !p.next('=') {
		return nil, nil, p.malformed("Missing \"=\" after array dimensions.")
	}
	return lower, dims, nil
}

func tooManyDims(n int) error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded,
		"number of array dimensions (%d) exceeds the maximum allowed (%d)", n, maxArrayDims)
}

// next takes c after blanks, if it is next.
func (p *arrayParser) next(c byte) bool {
	p.rest = strings.TrimLeft(p.rest, " \t\n\v\f\r")
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// braces reads the items after an opening brace at a level, and the closing brace.
func (p *arrayParser) braces(level int) error {
	if level == maxArrayDims {
		return tooManyDims(level + 1)
	}
	if level > 0 && p.depth > 0 && level >= p.depth {
		return p.mismatched()
	}
	count := 0
	for !p.next('}') {
		if count > 0 && !p.next(p.typ.Delim) {
			return p.unexpected()
		}
		var err error
		if p.next('{') {
			err = p.braces(level + 1)
		} else {
			err = p.element(level)
		}
		if err != nil {
			return err
		}
		count++
	}
	return p.close(level, count)
}

// close checks that every group at a level has as many items as the first one had.
func (p *arrayParser) close(level, count int) error {
	for len(p.out.Dims) <= level {
		p.out.Dims = append(p.out.Dims, -1)
	}
	if p.out.Dims[level] >= 0 && p.out.Dims[level] != count {
		return p.mismatched()
	}
	p.out.Dims[level] = count
	return nil
}

func (p *arrayParser) mismatched() error {
	return p.malformed("Multidimensional arrays must have sub-arrays with matching dimensions.")
}

func (p *arrayParser) unexpected() error {
	if p.rest == "" {
		return p.malformed("Unexpected end of input.")
	}
	if p.rest[0] == '"' || p.rest[0] != '{' && p.rest[0] != '}' && p.rest[0] != p.typ.Delim {
		return p.malformed("Incorrectly quoted array element.")
	}
	return p.malformed("Unexpected \"%c\" character.", p.rest[0])
}

func (p *arrayParser) element(level int) error {
	if p.depth == 0 {
		p.depth = level + 1
	}
	if p.depth != level+1 || len(p.out.Dims) > p.depth { // beside an element, or a group of none
		return p.mismatched()
	}
	text, quoted, err := p.elementText()
	if err != nil {
		return err
	}
	if !quoted && strings.EqualFold(text, "null") {
		p.out.Elems = append(p.out.Elems, Null)
		return nil
	}
	d, err := ParseText(p.typ.Elem, p.typmod, text, p.env)
	if err != nil {
		return err
	}
	p.out.Elems = append(p.out.Elems, d)
	return nil
}

// elementText reads one element up to the delimiter or brace that ends it. Blanks around an unquoted
// element are not part of it.
func (p *arrayParser) elementText() (text string, quoted bool, err error) {
	if p.rest == "" {
		return "", false, p.malformed("Unexpected end of input.")
	}
	if p.rest[0] == '"' {
		return p.quotedText()
	}
	plain := span(p.rest, func(c byte) bool { return c != p.typ.Delim && strings.IndexByte("{}\"\\", c) < 0 })
	if text = strings.TrimRight(p.rest[:plain], " \t\n\v\f\r"); text != "" && plain < len(p.rest) &&
		(p.rest[plain] == p.typ.Delim || p.rest[plain] == '}') {
		p.rest = p.rest[plain:]
		return text, false, nil
	}
	return p.escapedText()
}

// escapedText is elementText for an element with backslashes in it, or with something wrong.
func (p *arrayParser) escapedText() (text string, quoted bool, err error) {
	var b strings.Builder
	kept := 0 // bytes that trimming must not touch
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == p.typ.Delim || c == '}':
			text = b.String()
			text = text[:kept] + strings.TrimRight(text[kept:], " \t\n\v\f\r")
			if p.rest = p.rest[i:]; text == "" {
				return "", false, p.malformed("Unexpected \"%c\" character.", c)
			}
			return text, kept > 0, nil
		case c == '{':
			return "", false, p.malformed("Unexpected \"%c\" character.", c)
		case c == '"':
			return "", false, p.malformed("Incorrectly quoted array element.")
		case c == '\\':
			if i++; i == len(p.rest) {
				return "", false, p.malformed("Unexpected end of input.")
			}
			b.WriteByte(p.rest[i])
			kept = b.Len()
		default:
			b.WriteByte(c)
		}
	}
	return "", false, p.malformed("Unexpected end of input.")
}

func (p *arrayParser) quotedText() (string, bool, error) {
	var b []byte
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '"':
			p.rest = p.rest[i+1:]
			return string(b), true, nil
		case '\\':
			if i++; i == len(p.rest) {
				return "", false, p.malformed("Unexpected end of input.")
			}
		}
		b = append(b, p.rest[i])
	}
	return "", false, p.malformed("Unexpected end of input.")
}

func appendArray(dst []byte, t *Type, a *ArrayValue, env *Env) []byte {
	if t == Int2Vector || t == OidVector {
		for i, e := range a.Elems {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = strconv.AppendInt(dst, e.Int(), 10)
		}
		return dst
	}
	if len(a.Elems) == 0 {
		return append(dst, "{}"...)
	}
	dst = appendBounds(dst, a)
	dst, _ = appendBraces(dst, a, a.Dims, a.Elems, env)
	return dst
}

// appendBounds writes the bounds of an array that does not count from 1.
func appendBounds(dst []byte, a *ArrayValue) []byte {
	needed := false
	for _, lower := range a.Lower {
		needed = needed || lower != 1
	}
	if !needed {
		return dst
	}
	for i, lower := range a.Lower {
		dst = strconv.AppendInt(append(dst, '['), int64(lower), 10)
		dst = strconv.AppendInt(append(dst, ':'), int64(lower+a.Dims[i]-1), 10)
		dst = append(dst, ']')
	}
	return append(dst, '=')
}

func appendBraces(dst []byte, a *ArrayValue, dims []int, elems []Datum, env *Env) ([]byte, []Datum) {
	dst = append(dst, '{')
	for i := range dims[0] {
		if i > 0 {
			dst = append(dst, a.Elem.Delim)
		}
		if len(dims) > 1 {
			dst, elems = appendBraces(dst, a, dims[1:], elems, env)
			continue
		}
		dst = appendElement(dst, a.Elem, elems[0], env)
		elems = elems[1:]
	}
	return append(dst, '}'), elems
}

func appendElement(dst []byte, t *Type, d Datum, env *Env) []byte {
	if d.IsNull() {
		return append(dst, "NULL"...)
	}
	at := len(dst)
	dst = AppendText(dst, t, d, env)
	switch t.Kind {
	case KindBool, KindFloat, KindNumeric:
		return dst
	}
	if text := dst[at:]; needsQuotes(text, t.Delim) {
		return appendQuoted(dst[:at], string(text))
	}
	return dst
}

func needsQuotes(text []byte, delim byte) bool {
	if len(text) == 0 || len(text) == 4 && strings.EqualFold(string(text), "null") {
		return true
	}
	for _, c := range text {
		if c == '"' || c == '\\' || c == '{' || c == '}' || c == delim || isBlank(c) {
			return true
		}
	}
	return false
}

func appendQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}
