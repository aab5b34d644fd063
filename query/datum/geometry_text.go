package datum

import (
	"regexp"
	"strings"

	"github.com/seguedb/segue/query/geometry"
	"github.com/seguedb/segue/query/sqlstate"
)

// shapeReader reads numbers and brackets; the first error sticks. Postgres takes brackets in many ways, and so do we.
type shapeReader struct {
	t    *Type
	text string // the whole
	s    string // what is left
	err  error
}

func (r *shapeReader) fail() {
	if r.err == nil {
		r.err = syntaxError(r.t, r.text)
	}
	r.s = ""
}

func (r *shapeReader) skip() { r.s = strings.TrimLeft(r.s, " \t\n\v\f\r") }

// take reads a character, if it is there.
func (r *shapeReader) take(c byte) bool {
	if r.s == "" || r.s[0] != c {
		return false
	}
	r.s = r.s[1:]
	return true
}

func (r *shapeReader) want(c byte) {
	if !r.take(c) {
		r.fail()
	}
}

var shapeNumber = regexp.MustCompile(`(?i)^[+-]?(nan|infinity|inf|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)`)

func (r *shapeReader) number() float64 {
	r.skip()
	found := shapeNumber.FindString(r.s)
	if found == "" {
		r.fail()
		return 0
	}
	r.s = r.s[len(found):]
	r.skip()
	d, err := parseFloat(Float8, found)
	if err != nil {
		if r.err == nil {
			r.err = err
		}
		return 0
	}
	return d.Float()
}

// pair reads (x,y) or x,y.
func (r *shapeReader) pair() geometry.Point {
	r.skip()
	bracket := r.take('(')
	x := r.number()
	r.want(',')
	p := geometry.Point{X: x, Y: r.number()}
	if bracket {
		r.want(')')
		r.skip()
	}
	return p
}

// points reads n of them in brackets or without; open ones are for paths, lines and segments.
func (r *shapeReader) points(n int, mayOpen bool) (points []geometry.Point, open bool) {
	depth := 0
	r.skip()
	switch {
	case strings.HasPrefix(r.s, "["):
		if !mayOpen {
			r.fail()
			return nil, false
		}
		open, depth, r.s = true, 1, r.s[1:]
	case strings.HasPrefix(r.s, "("):
		inner := strings.TrimLeft(r.s[1:], " \t\n\v\f\r")
		if strings.HasPrefix(inner, "(") || strings.LastIndexByte(r.s, '(') == 0 {
			depth, r.s = 1, inner
		}
	}
	for range n {
		points = append(points, r.pair())
		r.take(',')
		if r.err != nil {
			return nil, false
		}
	}
	for ; depth > 0; depth-- {
		if !r.take(')') && !(open && depth == 1 && r.take(']')) {
			r.fail()
		}
		r.skip()
	}
	return points, open
}

// end is the value, if nothing is left.
func (r *shapeReader) end(s geometry.Shape) (Datum, error) {
	if r.s != "" {
		r.fail()
	}
	if r.err != nil {
		return Null, r.err
	}
	return NewShape(s), nil
}

func parseGeometry(t *Type, s string) (Datum, error) {
	r := &shapeReader{t: t, text: s, s: s}
	switch t {
	case Point:
		return r.end(r.pair())
	case Line:
		return r.line()
	case Circle:
		return r.circle()
	case Path:
		return r.path()
	}
	n := 2
	if t == Polygon {
		n = r.count()
	}
	points, _ := r.points(n, t == Lseg)
	if r.err != nil {
		return Null, r.err
	}
	switch t {
	case Lseg:
		return r.end(geometry.Lseg{points[0], points[1]})
	case Box:
		return r.end(geometry.NewBox(points[0], points[1]))
	}
	return r.end(geometry.Polygon(points))
}

// count is how many points there are, by their commas.
func (r *shapeReader) count() int {
	commas := strings.Count(r.s, ",")
	if commas%2 == 0 {
		r.fail()
		return 0
	}
	return (commas + 1) / 2
}

func (r *shapeReader) path() (Datum, error) {
	n := r.count()
	r.skip()
	outer := strings.HasPrefix(r.s, "(") && strings.LastIndexByte(r.s, '(') == 0
	if outer {
		r.s = r.s[1:]
	}
	points, open := r.points(n, true)
	if outer {
		r.want(')')
		r.skip()
	}
	return r.end(geometry.Path{Closed: !open, Points: points})
}

// line reads {A,B,C}, or two points on it.
func (r *shapeReader) line() (Datum, error) {
	r.skip()
	if r.take('{') {
		var l geometry.Line
		l.A = r.number()
		r.want(',')
		l.B = r.number()
		r.want(',')
		l.C = r.number()
		r.want('}')
		r.skip()
		if r.err == nil && r.s == "" && !l.Valid() {
			return Null, lineError("A and B cannot both be zero")
		}
		return r.end(l)
	}
	points, _ := r.points(2, true)
	switch {
	case r.err != nil:
		return Null, r.err
	case r.s == "" && points[0].Same(points[1]):
		return Null, lineError("must be two distinct points")
	}
	return r.end(geometry.LineThrough(points[0], points[1]))
}

func lineError(why string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid line specification: %s", why)
}

// circle reads <(x,y),r>, ((x,y),r), (x,y),r or x,y,r.
func (r *shapeReader) circle() (Datum, error) {
	r.skip()
	angle, bracket := r.take('<'), false
	if !angle && strings.HasPrefix(r.s, "(") {
		if inner := strings.TrimLeft(r.s[1:], " \t\n\v\f\r"); strings.HasPrefix(inner, "(") {
			bracket, r.s = true, inner
		}
	}
	c := geometry.Circle{Center: r.pair()}
	r.take(',')
	c.Radius = r.number()
	if c.Radius < 0 {
		r.fail()
	}
	if bracket || angle {
		if !r.take(')') && !(r.take('>')) {
			r.fail()
		}
		r.skip()
	}
	return r.end(c)
}

// appendGeometry writes a shape in its usual brackets.
func appendGeometry(dst []byte, t *Type, s string, env *Env) []byte {
	digits := env.extraFloatDigits()
	point := func(p geometry.Point) {
		dst = append(appendFloat(append(dst, '('), Float8, p.X, digits), ',')
		dst = append(appendFloat(dst, Float8, p.Y, digits), ')')
	}
	points := func(before, after string, list ...geometry.Point) {
		dst = append(dst, before...)
		for i, p := range list {
			if i > 0 {
				dst = append(dst, ',')
			}
			point(p)
		}
		dst = append(dst, after...)
	}
	switch t {
	case Point:
		point(geometry.DecodePoint(s))
	case Lseg:
		l := geometry.DecodeLseg(s)
		points("[", "]", l[0], l[1])
	case Box:
		b := geometry.DecodeBox(s)
		points("", "", b.High, b.Low)
	case Path:
		p := geometry.DecodePath(s)
		if p.Closed {
			points("(", ")", p.Points...)
		} else {
			points("[", "]", p.Points...)
		}
	case Polygon:
		points("(", ")", geometry.DecodePolygon(s)...)
	case Circle:
		c := geometry.DecodeCircle(s)
		points("<", ",", c.Center)
		dst = append(appendFloat(dst, Float8, c.Radius, digits), '>')
	case Line:
		l := geometry.DecodeLine(s)
		dst = append(appendFloat(append(dst, '{'), Float8, l.A, digits), ',')
		dst = append(appendFloat(dst, Float8, l.B, digits), ',')
		dst = append(appendFloat(dst, Float8, l.C, digits), '}')
	}
	return dst
}
