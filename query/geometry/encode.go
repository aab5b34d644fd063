package geometry

import (
	"encoding/binary"
	"math"
)

// Shape is any of the types.
type Shape interface {
	// Encode gives the bytes of the wire's binary format.
	Encode() string
}

func floats(values ...float64) string {
	out := make([]byte, 0, 8*len(values))
	for _, v := range values {
		out = binary.BigEndian.AppendUint64(out, math.Float64bits(v))
	}
	return string(out)
}

func float(s string, i int) float64 {
	return math.Float64frombits(binary.BigEndian.Uint64([]byte(s[8*i : 8*i+8])))
}

func point(s string, i int) Point { return Point{float(s, 2*i), float(s, 2*i+1)} }

// encodePoints writes a count and the points.
func encodePoints(points []Point) string {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(points)))
	for _, p := range points {
		out = append(out, floats(p.X, p.Y)...)
	}
	return string(out)
}

func decodePoints(s string) []Point {
	out := make([]Point, len(s[4:])/16)
	for i := range out {
		out[i] = point(s[4:], i)
	}
	return out
}

// Encode implements Shape.
func (p Point) Encode() string { return floats(p.X, p.Y) }

// Encode implements Shape.
func (s Lseg) Encode() string { return floats(s[0].X, s[0].Y, s[1].X, s[1].Y) }

// Encode implements Shape.
func (l Line) Encode() string { return floats(l.A, l.B, l.C) }

// Encode implements Shape.
func (b Box) Encode() string { return floats(b.High.X, b.High.Y, b.Low.X, b.Low.Y) }

// Encode implements Shape.
func (c Circle) Encode() string { return floats(c.Center.X, c.Center.Y, c.Radius) }

// Encode implements Shape.
func (p Polygon) Encode() string { return encodePoints(p) }

// Encode implements Shape.
func (p Path) Encode() string {
	if p.Closed {
		return "\x01" + encodePoints(p.Points)
	}
	return "\x00" + encodePoints(p.Points)
}

// DecodePoint and the others read what Encode wrote, and nothing else.
func DecodePoint(s string) Point { return point(s, 0) }

// DecodeLseg reads a segment.
func DecodeLseg(s string) Lseg { return Lseg{point(s, 0), point(s, 1)} }

// DecodeLine reads a line.
func DecodeLine(s string) Line { return Line{float(s, 0), float(s, 1), float(s, 2)} }

// DecodeBox reads a box.
func DecodeBox(s string) Box { return Box{point(s, 0), point(s, 1)} }

// DecodeCircle reads a circle.
func DecodeCircle(s string) Circle { return Circle{point(s, 0), float(s, 2)} }

// DecodePolygon reads a polygon.
func DecodePolygon(s string) Polygon { return decodePoints(s) }

// DecodePath reads a path.
func DecodePath(s string) Path { return Path{s[0] == 1, decodePoints(s[1:])} }
