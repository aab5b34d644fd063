package geometry

import "math"

// Length is how long a segment is.
func (s Lseg) Length() float64 { return s[0].Distance(s[1]) }

// Center is the middle of a segment.
func (s Lseg) Center() Point { return middle(s[0], s[1]) }

func (s Lseg) slope() float64              { return s[0].Slope(s[1]) }
func (s Lseg) perpendicularSlope() float64 { return s[0].perpendicularSlope(s[1]) }

// Parallel is ?||.
func (s Lseg) Parallel(t Lseg) bool { return eq(s.slope(), t.slope()) }

// Perpendicular is ?-|.
func (s Lseg) Perpendicular(t Lseg) bool { return eq(s.slope(), t.perpendicularSlope()) }

// Vertical is ?|.
func (s Lseg) Vertical() bool { return s[0].Vertical(s[1]) }

// Horizontal is ?-.
func (s Lseg) Horizontal() bool { return s[0].Horizontal(s[1]) }

// Same is =.
func (s Lseg) Same(t Lseg) bool { return s[0].Same(t[0]) && s[1].Same(t[1]) }

// Contains is @> of a point.
func (s Lseg) Contains(p Point) bool {
	return eq(p.Distance(s[0])+p.Distance(s[1]), s[0].Distance(s[1]))
}

// Intersection is #.
func (s Lseg) Intersection(t Lseg) (Point, bool) {
	p, ok := s.meets(LineAt(t[0], t.slope()))
	if !ok || !t.Contains(p) {
		return Point{}, false
	}
	return p, true
}

// meets is where a segment meets a line. An end of the segment is given as it is.
func (s Lseg) meets(l Line) (Point, bool) {
	p, ok := LineAt(s[0], s.slope()).Intersection(l)
	switch {
	case !ok || !s.Contains(p):
		return Point{}, false
	case s[0].Same(p):
		return s[0], true
	case s[1].Same(p):
		return s[1], true
	}
	return p, true
}

// Intersects is ?#.
func (s Lseg) Intersects(t Lseg) bool {
	_, ok := s.Intersection(t)
	return ok
}

// IntersectsLine is ?# with a line.
func (s Lseg) IntersectsLine(l Line) bool {
	_, ok := s.meets(l)
	return ok
}

// ClosestToLine is the point of the segment nearest to a line, and how far that is.
func (s Lseg) ClosestToLine(l Line) (Point, float64) {
	if p, ok := s.meets(l); ok {
		return p, 0
	}
	_, d0 := l.Closest(s[0])
	_, d1 := l.Closest(s[1])
	if above(d1, d0) {
		return s[0], d0
	}
	return s[1], d1
}

// Closest is the point of the segment nearest to p, and how far that is.
func (s Lseg) Closest(p Point) (Point, float64) {
	q, _ := s.ClosestToLine(LineAt(p, s.perpendicularSlope()))
	return q, q.Distance(p)
}

// ClosestTo is the point of s nearest to another segment, and how far that is.
func (s Lseg) ClosestTo(to Lseg) (Point, float64) {
	if p, ok := s.Intersection(to); ok {
		return p, 0
	}
	best, d := s.Closest(to[0])
	if p, n := s.Closest(to[1]); above(d, n) {
		best, d = p, n
	}
	for _, end := range s {
		if _, n := to.Closest(end); above(d, n) {
			best, d = end, n
		}
	}
	return best, d
}

// Distance is <->.
func (s Lseg) Distance(t Lseg) float64 {
	_, d := s.ClosestTo(t)
	return d
}

// CloseTo is ##: the point of t nearest to s. Parallel segments have none.
func (s Lseg) CloseTo(t Lseg) (Point, bool) {
	if s.slope() == t.slope() {
		return Point{}, false
	}
	p, d := t.ClosestTo(s)
	return p, !math.IsNaN(d)
}

// CloseToLseg is ## of a line and a segment: the point of the segment.
func (l Line) CloseToLseg(s Lseg) (Point, bool) {
	if s.slope() == l.slope() {
		return Point{}, false
	}
	p, d := s.ClosestToLine(l)
	return p, !math.IsNaN(d)
}

// OnLine is <@ of a segment and a line.
func (s Lseg) OnLine(l Line) bool { return l.Contains(s[0]) && l.Contains(s[1]) }
