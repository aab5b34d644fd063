package datum

import (
	"encoding/binary"
	"math"

	"github.com/seguedb/segue/query/geometry"
	"github.com/seguedb/segue/query/sqlstate"
)

// A geometric value is held as the bytes that it travels in: package geometry encodes and decodes them. None has an order.

// The geometric types.
var (
	Point   = base(600, "point", "point", KindString, 16, 'G', false)
	Lseg    = base(601, "lseg", "lseg", KindString, 32, 'G', false)
	Path    = base(602, "path", "path", KindString, -1, 'G', false)
	Box     = delimited(base(603, "box", "box", KindString, 32, 'G', false), ';')
	Polygon = base(604, "polygon", "polygon", KindString, -1, 'G', false)
	Line    = base(628, "line", "line", KindString, 24, 'G', false)
	Circle  = base(718, "circle", "circle", KindString, 24, 'G', false)

	PointArray   = arrayOf(1017, Point)
	LsegArray    = arrayOf(1018, Lseg)
	PathArray    = arrayOf(1019, Path)
	BoxArray     = delimited(arrayOf(1020, Box), ';')
	PolygonArray = arrayOf(1027, Polygon)
	LineArray    = arrayOf(629, Line)
	CircleArray  = arrayOf(719, Circle)
)

func delimited(t *Type, by byte) *Type {
	t.Delim = by
	return t
}

// IsGeometric says whether values are shapes.
func IsGeometric(t *Type) bool {
	switch t {
	case Point, Lseg, Path, Box, Polygon, Line, Circle:
		return true
	}
	return false
}

// PartOf is the type of what a shape of fixed length is made of, as an array counted from zero: a point's or a line's numbers,
// the points of a box or a segment. It is nil for other types.
func PartOf(t *Type) *Type {
	switch t {
	case Point, Line:
		return Float8
	case Lseg, Box:
		return Point
	}
	return nil
}

// WithPart is a shape with its i-th part replaced; ok is false where there is none. A box's corners are not put in order.
func WithPart(t *Type, shape Datum, i int64, value Datum) (out Datum, ok bool) {
	s, part := shape.Str(), PartOf(t)
	width := int64(part.Len)
	if i < 0 || i >= int64(len(s))/width {
		return Null, false
	}
	raw := value.s
	if part == Float8 {
		raw = string(binary.BigEndian.AppendUint64(nil, math.Float64bits(value.Float())))
	}
	return NewString(s[:i*width] + raw + s[(i+1)*width:]), true
}

// Part is the i-th part of a shape, NULL where there is none.
func Part(t *Type, shape Datum, i int64) Datum {
	s, part := shape.Str(), PartOf(t)
	width := int64(part.Len)
	if i < 0 || i >= int64(len(s))/width {
		return Null
	}
	s = s[i*width : (i+1)*width]
	if part == Float8 {
		return NewFloat(math.Float64frombits(binary.BigEndian.Uint64([]byte(s))))
	}
	return NewString(s)
}

// NewShape holds a shape.
func NewShape(s geometry.Shape) Datum { return NewString(s.Encode()) }

// parseGeometryBinary reads what the wire sends, which is how a shape is held; what cannot be is 22P03.
func parseGeometryBinary(t *Type, b []byte) (Datum, error) {
	s := string(b)
	if t.Len > 0 && len(b) != int(t.Len) {
		return Null, badBinary(t)
	}
	invalid := func(text string) (Datum, error) {
		return Null, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "%s", text)
	}
	switch t {
	case Box:
		given := geometry.DecodeBox(s)
		return NewShape(geometry.NewBox(given.High, given.Low)), nil
	case Line:
		if !geometry.DecodeLine(s).Valid() {
			return invalid("invalid line specification: A and B cannot both be zero")
		}
	case Circle:
		if geometry.DecodeCircle(s).Radius < 0 {
			return invalid(`invalid radius in external "circle" value`)
		}
	case Path, Polygon:
		points := b
		if t == Path && len(b) > 0 {
			points = b[1:]
		}
		if len(points) < 4 {
			return Null, badBinary(t)
		}
		n := int64(int32(binary.BigEndian.Uint32(points)))
		switch {
		case n <= 0 || n >= (math.MaxInt32-16)/16:
			return invalid(`invalid number of points in external "` + t.Name + `" value`)
		case int64(len(points)) != 4+16*n:
			return Null, badBinary(t)
		}
		if t == Path && b[0] > 1 {
			return NewString("\x01" + s[1:]), nil
		}
	}
	return NewString(s), nil
}

// convertGeometry is a cast between geometric types; ok is false where there is none.
func convertGeometry(d Datum, from, to *Type) (out Datum, ok bool, err error) {
	s := d.Str()
	var shape geometry.Shape
	switch [2]*Type{from, to} {
	case [2]*Type{Point, Box}:
		shape = geometry.NewBox(geometry.DecodePoint(s), geometry.DecodePoint(s))
	case [2]*Type{Lseg, Point}:
		shape = geometry.DecodeLseg(s).Center()
	case [2]*Type{Path, Polygon}:
		p := geometry.DecodePath(s)
		if !p.Closed {
			return Null, true, sqlstate.New(sqlstate.InvalidParameterValue, "open path cannot be converted to polygon")
		}
		shape = geometry.Polygon(p.Points)
	case [2]*Type{Box, Point}:
		shape = geometry.DecodeBox(s).Center()
	case [2]*Type{Box, Lseg}:
		shape = geometry.DecodeBox(s).Diagonal()
	case [2]*Type{Box, Polygon}:
		shape = geometry.DecodeBox(s).Polygon()
	case [2]*Type{Box, Circle}:
		shape = geometry.DecodeBox(s).Circle()
	case [2]*Type{Polygon, Point}:
		shape = geometry.DecodePolygon(s).Circle().Center
	case [2]*Type{Polygon, Path}:
		shape = geometry.Path{Closed: true, Points: geometry.DecodePolygon(s)}
	case [2]*Type{Polygon, Box}:
		shape = geometry.DecodePolygon(s).Bound()
	case [2]*Type{Polygon, Circle}:
		shape = geometry.DecodePolygon(s).Circle()
	case [2]*Type{Circle, Point}:
		shape = geometry.DecodeCircle(s).Center
	case [2]*Type{Circle, Box}:
		shape = geometry.DecodeCircle(s).Box()
	case [2]*Type{Circle, Polygon}:
		p, err := CirclePolygon(geometry.DecodeCircle(s), 12)
		return p, true, err
	default:
		return Null, false, nil
	}
	return NewShape(shape), true, nil
}

// CirclePolygon has n points on a circle.
func CirclePolygon(c geometry.Circle, n int64) (Datum, error) {
	switch {
	case math.Abs(c.Radius) <= geometry.Epsilon:
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert circle with radius zero to polygon")
	case n < 2:
		return Null, sqlstate.New(sqlstate.InvalidParameterValue, "must request at least 2 points")
	case n > maxPolygonPoints:
		return Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "too many points requested")
	}
	return NewShape(c.Polygon(int(n))), nil
}

// maxPolygonPoints keeps a polygon below MaxAllocSize.
const maxPolygonPoints = (1<<30 - 40) / 16
