package geometry

import "math"

// NewBox is the box with two opposite corners.
func NewBox(p, q Point) Box {
	b := Box{High: q, Low: p}
	if above(p.X, q.X) {
		b.High.X, b.Low.X = p.X, q.X
	}
	if above(p.Y, q.Y) {
		b.High.Y, b.Low.Y = p.Y, q.Y
	}
	return b
}

// Same is ~=.
func (b Box) Same(c Box) bool { return b.High.Same(c.High) && b.Low.Same(c.Low) }

// Overlaps is &&.
func (b Box) Overlaps(c Box) bool {
	return le(b.Low.X, c.High.X) && le(c.Low.X, b.High.X) && le(b.Low.Y, c.High.Y) && le(c.Low.Y, b.High.Y)
}

// Left is <<, OverLeft &<, Right >>, OverRight &>, Below <<|, OverBelow &<|, Above |>>, OverAbove |&>.
func (b Box) Left(c Box) bool { return lt(b.High.X, c.Low.X) }

// OverLeft is &<.
func (b Box) OverLeft(c Box) bool { return le(b.High.X, c.High.X) }

// Right is >>.
func (b Box) Right(c Box) bool { return gt(b.Low.X, c.High.X) }

// OverRight is &>.
func (b Box) OverRight(c Box) bool { return ge(b.Low.X, c.Low.X) }

// Below is <<|.
func (b Box) Below(c Box) bool { return lt(b.High.Y, c.Low.Y) }

// OverBelow is &<|.
func (b Box) OverBelow(c Box) bool { return le(b.High.Y, c.High.Y) }

// Above is |>>.
func (b Box) Above(c Box) bool { return gt(b.Low.Y, c.High.Y) }

// OverAbove is |&>.
func (b Box) OverAbove(c Box) bool { return ge(b.Low.Y, c.Low.Y) }

// BelowOrTouching is <^, AboveOrTouching >^.
func (b Box) BelowOrTouching(c Box) bool { return le(b.High.Y, c.Low.Y) }

// AboveOrTouching is >^.
func (b Box) AboveOrTouching(c Box) bool { return ge(b.Low.Y, c.High.Y) }

// Contains is @>.
func (b Box) Contains(c Box) bool {
	return ge(b.High.X, c.High.X) && le(b.Low.X, c.Low.X) && ge(b.High.Y, c.High.Y) && le(b.Low.Y, c.Low.Y)
}

// ContainsPoint is @> of a point: to the last bit.
func (b Box) ContainsPoint(p Point) bool {
	return b.High.X >= p.X && b.Low.X <= p.X && b.High.Y >= p.Y && b.Low.Y <= p.Y
}

// Width, Height and Area measure a box.
func (b Box) Width() float64 { return b.High.X - b.Low.X }

// Height is from its lower to its upper side.
func (b Box) Height() float64 { return b.High.Y - b.Low.Y }

// Area is width times height.
func (b Box) Area() float64 { return b.Width() * b.Height() }

// Center is the middle of a box.
func (b Box) Center() Point { return middle(b.High, b.Low) }

// Distance is <->: between the centers.
func (b Box) Distance(c Box) float64 { return b.Center().Distance(c.Center()) }

// Intersection is #.
func (b Box) Intersection(c Box) (Box, bool) {
	return Box{High: Point{lower(b.High.X, c.High.X), lower(b.High.Y, c.High.Y)},
		Low: Point{higher(b.Low.X, c.Low.X), higher(b.Low.Y, c.Low.Y)}}, b.Overlaps(c)
}

// Bound is the smallest box around two.
func (b Box) Bound(c Box) Box {
	return Box{High: Point{higher(b.High.X, c.High.X), higher(b.High.Y, c.High.Y)},
		Low: Point{lower(b.Low.X, c.Low.X), lower(b.Low.Y, c.Low.Y)}}
}

// sides are left, top, bottom and right, each from a corner that stays.
func (b Box) sides() [4]Lseg {
	upperLeft, lowerRight := Point{b.Low.X, b.High.Y}, Point{b.High.X, b.Low.Y}
	return [4]Lseg{{b.Low, upperLeft}, {b.High, upperLeft}, {b.Low, lowerRight}, {b.High, lowerRight}}
}

// Closest is the point of the box nearest to p, and how far that is.
func (b Box) Closest(p Point) (Point, float64) {
	if b.ContainsPoint(p) {
		return p, 0
	}
	return b.nearest(func(side Lseg) (Point, float64) { return side.Closest(p) })
}

// nearest is the nearest of what closest says of the sides.
func (b Box) nearest(closest func(side Lseg) (Point, float64)) (Point, float64) {
	sides := b.sides()
	best, d := closest(sides[0])
	for _, side := range sides[1:] {
		if q, n := closest(side); above(d, n) {
			best, d = q, n
		}
	}
	return best, d
}

// meets is a point that a segment shares with the box.
func (b Box) meets(s Lseg) (Point, bool) {
	if !b.Overlaps(NewBox(s[0], s[1])) {
		return Point{}, false
	}
	p, _ := s.Closest(b.Center())
	if b.ContainsPoint(s[0]) || b.ContainsPoint(s[1]) {
		return p, true
	}
	for _, side := range b.sides() {
		if side.Intersects(s) {
			return p, true
		}
	}
	return Point{}, false
}

// IntersectsLseg is ?# of a segment.
func (b Box) IntersectsLseg(s Lseg) bool {
	_, ok := b.meets(s)
	return ok
}

// IntersectsLine is ?# of a line.
func (b Box) IntersectsLine(l Line) bool {
	for _, side := range b.sides() {
		if side.IntersectsLine(l) {
			return true
		}
	}
	return false
}

// ClosestToLseg is the point of the box nearest to a segment, and how far that is.
func (b Box) ClosestToLseg(s Lseg) (Point, float64) {
	if p, ok := b.meets(s); ok {
		return p, 0
	}
	return b.nearest(func(side Lseg) (Point, float64) { return side.ClosestTo(s) })
}

// ContainsLseg is @> of a segment.
func (b Box) ContainsLseg(s Lseg) bool { return b.ContainsPoint(s[0]) && b.ContainsPoint(s[1]) }

// Polygon is the box's corners.
func (b Box) Polygon() Polygon {
	return Polygon{b.Low, {b.Low.X, b.High.Y}, b.High, {b.High.X, b.Low.Y}}
}

// Circle goes through the box's corners.
func (b Box) Circle() Circle {
	c := b.Center()
	return Circle{c, c.Distance(b.High)}
}

// Diagonal goes from the upper right corner to the lower left one.
func (b Box) Diagonal() Lseg { return Lseg{b.High, b.Low} }

// Area is that of a circle.
func (c Circle) Area() float64 { return c.Radius * c.Radius * math.Pi }
