package geometry

import "math"

// segments are a path's, the one that closes it first.
func (p Path) segments() []Lseg {
	out := make([]Lseg, 0, len(p.Points))
	for i, q := range p.Points {
		switch {
		case i > 0:
			out = append(out, Lseg{p.Points[i-1], q})
		case p.Closed:
			out = append(out, Lseg{p.Points[len(p.Points)-1], q})
		}
	}
	return out
}

// Area is that of a closed path.
func (p Path) Area() float64 {
	area := 0.0
	for i, q := range p.Points {
		r := p.Points[(i+1)%len(p.Points)]
		area += float64(q.X * r.Y)
		area -= float64(q.Y * r.X)
	}
	return math.Abs(area) / 2
}

// Length is that of all segments.
func (p Path) Length() float64 {
	d := 0.0
	for _, s := range p.segments() {
		d += s.Length()
	}
	return d
}

// Distance is <->; a single point that is not closed has none.
func (p Path) Distance(q Path) (float64, bool) {
	best, any := 0.0, false
	for _, s := range p.segments() {
		for _, t := range q.segments() {
			if d := s.Distance(t); !any || above(best, d) {
				best, any = d, true
			}
		}
	}
	return best, any
}

// DistanceToPoint is <-> of a point.
func (p Path) DistanceToPoint(q Point) float64 {
	best := 0.0
	for i, s := range p.segments() {
		if _, d := s.Closest(q); i == 0 || above(best, d) {
			best = d
		}
	}
	return best
}

// Intersects is ?#.
func (p Path) Intersects(q Path) bool {
	if !bound(p.Points).Overlaps(bound(q.Points)) {
		return false
	}
	for _, s := range p.segments() {
		for _, t := range q.segments() {
			if s.Intersects(t) {
				return true
			}
		}
	}
	return false
}

// Contains is @> of a point: on an open path, or inside of a closed one.
func (p Path) Contains(q Point) bool {
	if p.Closed {
		return inside(q, p.Points)
	}
	for _, s := range p.segments() {
		if s.Contains(q) {
			return true
		}
	}
	return false
}

// Each changes every point.
func (p Path) Each(change func(Point) (Point, error)) (Path, error) {
	out := Path{p.Closed, make([]Point, len(p.Points))}
	for i, q := range p.Points {
		var err error
		if out.Points[i], err = change(q); err != nil {
			return out, err
		}
	}
	return out, nil
}

// bound is the smallest box around points.
func bound(points []Point) Box {
	b := Box{points[0], points[0]}
	for _, p := range points[1:] {
		b = b.Bound(Box{p, p})
	}
	return b
}
