package geometry

import "math"

// LineAt is the line through a point with a slope.
func LineAt(p Point, slope float64) Line {
	switch {
	case math.IsInf(slope, 0):
		return Line{-1, 0, p.X}
	case slope == 0:
		return Line{0, -1, p.Y}
	}
	c := p.Y - float64(slope*p.X)
	if c == 0 {
		c = 0 // not -0
	}
	return Line{slope, -1, c}
}

// LineThrough is the line through two points, which must differ.
func LineThrough(p, q Point) Line { return LineAt(p, p.Slope(q)) }

// Valid says whether A and B are not both zero.
func (l Line) Valid() bool { return !zero(l.A) || !zero(l.B) }

func (l Line) slope() float64 {
	switch {
	case zero(l.A):
		return 0
	case zero(l.B):
		return math.Inf(1)
	}
	return l.A / -l.B
}

func (l Line) perpendicularSlope() float64 {
	switch {
	case zero(l.A):
		return math.Inf(1)
	case zero(l.B):
		return 0
	}
	return l.B / l.A
}

// Intersection is #; parallel lines have none.
func (l Line) Intersection(m Line) (Point, bool) {
	switch {
	case !zero(l.B):
		if eq(m.A, l.A*(m.B/l.B)) {
			return Point{}, false
		}
		return crossing(l, m), true
	case !zero(m.B):
		if eq(l.A, m.A*(l.B/m.B)) {
			return Point{}, false
		}
		return crossing(m, l), true
	}
	return Point{}, false
}

// crossing is where l, which is not vertical, meets m.
func crossing(l, m Line) Point {
	x := (float64(l.B*m.C) - float64(m.B*l.C)) / (float64(l.A*m.B) - float64(m.A*l.B))
	y := -(float64(l.A*x) + l.C) / l.B
	if x == 0 {
		x = 0 // not -0
	}
	if y == 0 {
		y = 0
	}
	return Point{x, y}
}

// Parallel is ?||.
func (l Line) Parallel(m Line) bool {
	_, meet := l.Intersection(m)
	return !meet
}

// Perpendicular is ?-|.
func (l Line) Perpendicular(m Line) bool {
	switch {
	case zero(l.A):
		return zero(m.B)
	case zero(m.A):
		return zero(l.B)
	case zero(l.B):
		return zero(m.A)
	case zero(m.B):
		return zero(l.A)
	}
	return eq((l.A*m.A)/(l.B*m.B), -1)
}

// Vertical is ?|, Horizontal ?-.
func (l Line) Vertical() bool { return zero(l.B) }

// Horizontal is ?-.
func (l Line) Horizontal() bool { return zero(l.A) }

func (l Line) hasNaN() bool { return l.A != l.A || l.B != l.B || l.C != l.C }

// Same is =: one line may be written in many ways.
func (l Line) Same(m Line) bool {
	if l.hasNaN() || m.hasNaN() {
		return same(l.A, m.A) && same(l.B, m.B) && same(l.C, m.C)
	}
	ratio := 1.0
	switch {
	case !zero(m.A):
		ratio = l.A / m.A
	case !zero(m.B):
		ratio = l.B / m.B
	case !zero(m.C):
		ratio = l.C / m.C
	}
	return eq(l.A, ratio*m.A) && eq(l.B, ratio*m.B) && eq(l.C, ratio*m.C)
}

// Distance is <->, which is nothing unless they are parallel.
func (l Line) Distance(m Line) float64 {
	if !l.Parallel(m) {
		return 0
	}
	ratio := 1.0
	switch {
	case !zero(l.A) && l.A == l.A && !zero(m.A) && m.A == m.A:
		ratio = l.A / m.A
	case !zero(l.B) && l.B == l.B && !zero(m.B) && m.B == m.B:
		ratio = l.B / m.B
	}
	return math.Abs(l.C-float64(ratio*m.C)) / hypot(l.A, l.B)
}

// Contains is @> of a point.
func (l Line) Contains(p Point) bool { return zero(float64(l.A*p.X) + float64(l.B*p.Y) + l.C) }

// Closest is the point of the line nearest to p, and how far that is; NaN where there is none.
func (l Line) Closest(p Point) (Point, float64) {
	q, ok := LineAt(p, l.perpendicularSlope()).Intersection(l)
	if !ok {
		return p, math.NaN()
	}
	return q, q.Distance(p)
}
