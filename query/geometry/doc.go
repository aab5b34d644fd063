// Package geometry computes with PostgreSQL's geometric types: points, line segments, lines, boxes, paths, polygons and
// circles. Coordinates that differ by no more than Epsilon count as equal, so that equality is not transitive and nothing
// here orders; what a test says near that distance is what PostgreSQL 15 says, because the same steps are taken.
//
// Encode and the Decode functions give a shape as the bytes that the wire's binary format has, which is also how datums
// hold it. Text is for package datum.
package geometry

import "math"

// Epsilon is PostgreSQL's EPSILON (utils/geo_decls.h).
const Epsilon = 1e-6

// Point is a place in the plane.
type Point struct{ X, Y float64 }

// Lseg is a line segment, from its first end to its second.
type Lseg [2]Point

// Line is Ax + By + C = 0; A and B are not both zero.
type Line struct{ A, B, C float64 }

// Box has its upper right corner first: NewBox sees to it.
type Box struct{ High, Low Point }

// Path is a row of points, perhaps closed.
type Path struct {
	Closed bool
	Points []Point
}

// Polygon is a closed path and what it surrounds.
type Polygon []Point

// Circle is a center and a radius.
type Circle struct {
	Center Point
	Radius float64
}

func zero(a float64) bool  { return math.Abs(a) <= Epsilon }
func eq(a, b float64) bool { return a == b || math.Abs(a-b) <= Epsilon }
func lt(a, b float64) bool { return a+Epsilon < b }
func le(a, b float64) bool { return a <= b+Epsilon }
func gt(a, b float64) bool { return a > b+Epsilon }
func ge(a, b float64) bool { return a+Epsilon >= b }

// above orders floats with NaN highest, as float8_gt does.
func above(a, b float64) bool { return a > b || a != a && b == b }

func lower(a, b float64) float64 {
	if above(a, b) {
		return b
	}
	return a
}

func higher(a, b float64) float64 {
	if above(b, a) {
		return b
	}
	return a
}

// same is equality that holds of NaN, too.
func same(a, b float64) bool { return a == b || a != a && b != b }

// hypot is C's in the way of pg_hypot, whose last bits differ from math.Hypot's.
func hypot(x, y float64) float64 {
	x, y = math.Abs(x), math.Abs(y)
	switch {
	case math.IsInf(x, 0) || math.IsInf(y, 0):
		return math.Inf(1)
	case x != x || y != y:
		return math.NaN()
	}
	if x < y {
		x, y = y, x
	}
	if y == 0 {
		return x
	}
	r := y / x
	return x * math.Sqrt(1+float64(r*r))
}
