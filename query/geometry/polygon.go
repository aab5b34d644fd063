package geometry

// Bound is the smallest box around a polygon.
func (p Polygon) Bound() Box { return bound(p) }

// Left is <<, OverLeft &<, Right >>, OverRight &>, Below <<|, OverBelow &<|, Above |>>, OverAbove |&>: to the last bit.
func (p Polygon) Left(q Polygon) bool { return p.Bound().High.X < q.Bound().Low.X }

// OverLeft is &<.
func (p Polygon) OverLeft(q Polygon) bool { return p.Bound().High.X <= q.Bound().High.X }

// Right is >>.
func (p Polygon) Right(q Polygon) bool { return p.Bound().Low.X > q.Bound().High.X }

// OverRight is &>.
func (p Polygon) OverRight(q Polygon) bool { return p.Bound().Low.X >= q.Bound().Low.X }

// Below is <<|.
func (p Polygon) Below(q Polygon) bool { return p.Bound().High.Y < q.Bound().Low.Y }

// OverBelow is &<|.
func (p Polygon) OverBelow(q Polygon) bool { return p.Bound().High.Y <= q.Bound().High.Y }

// Above is |>>.
func (p Polygon) Above(q Polygon) bool { return p.Bound().Low.Y > q.Bound().High.Y }

// OverAbove is |&>.
func (p Polygon) OverAbove(q Polygon) bool { return p.Bound().Low.Y >= q.Bound().Low.Y }

// Same is ~=: the points may begin anywhere, and go either way round.
func (p Polygon) Same(q Polygon) bool {
	n := len(p)
	if n != len(q) {
		return false
	}
	for start := range q {
		for _, step := range []int{1, n - 1} {
			i := 0
			for i < n && p[i].Same(q[(start+i*step)%n]) {
				i++
			}
			if i == n {
				return true
			}
		}
	}
	return false
}

// sides are a polygon's, the one that closes it first.
func (p Polygon) sides() []Lseg { return Path{true, p}.segments() }

// Overlaps is &&.
func (p Polygon) Overlaps(q Polygon) bool {
	if !p.Bound().Overlaps(q.Bound()) {
		return false
	}
	for _, s := range p.sides() {
		for _, t := range q.sides() {
			if s.Intersects(t) {
				return true
			}
		}
	}
	return inside(p[0], q) || inside(q[0], p)
}

// ContainsPoint is @> of a point.
func (p Polygon) ContainsPoint(q Point) bool { return inside(q, p) }

// Contains is @>.
func (p Polygon) Contains(q Polygon) bool {
	if !p.Bound().Contains(q.Bound()) {
		return false
	}
	for _, s := range q.sides() {
		if !p.holds(s, 0) {
			return false
		}
	}
	return true
}

// side is the one that ends in point i.
func (p Polygon) side(i int) Lseg { return Lseg{p[(i+len(p)-1)%len(p)], p[i]} }

// holds says whether a segment lies inside, judged from the polygon's side on that ends in point start: where it is cut,
// its parts must.
func (p Polygon) holds(t Lseg, start int) bool {
	cut, ok := false, true
	for i := start; i < len(p) && ok; i++ {
		s := p.side(i)
		switch {
		case s.Contains(t[0]):
			if s.Contains(t[1]) {
				return true
			}
			ok = p.holdsTouching(t, s, i+1)
		case s.Contains(t[1]):
			ok = p.holdsTouching(Lseg{t[1], t[0]}, s, i+1)
		default:
			if at, meet := t.Intersection(s); meet {
				cut = true
				if ok = p.holds(Lseg{t[0], at}, i+1); ok {
					ok = p.holds(Lseg{t[1], at}, i+1)
				}
			}
		}
	}
	if ok && !cut {
		return inside(t.Center(), p)
	}
	return ok
}

// holdsTouching is holds of a segment whose first end lies on side s: of the part that does not run along it.
func (p Polygon) holdsTouching(t, s Lseg, start int) bool {
	var rest Point
	switch {
	case t[0].Same(s[0]):
		if !t.Contains(s[1]) {
			return true
		}
		rest = s[1]
	case t[0].Same(s[1]):
		if !t.Contains(s[0]) {
			return true
		}
		rest = s[0]
	case t.Contains(s[0]):
		rest = s[0]
	case t.Contains(s[1]):
		rest = s[1]
	default:
		return true
	}
	return p.holds(Lseg{t[1], rest}, start)
}

// Distance is <->.
func (p Polygon) Distance(q Polygon) float64 {
	if p.Overlaps(q) {
		return 0
	}
	d, _ := Path{true, p}.Distance(Path{true, q})
	return d
}

// DistanceToPoint is <-> of a point.
func (p Polygon) DistanceToPoint(q Point) float64 {
	if inside(q, p) {
		return 0
	}
	return Path{true, p}.DistanceToPoint(q)
}

// Circle has the points' mean as its center, and their mean distance from it as its radius.
func (p Polygon) Circle() Circle {
	var c Circle
	n := float64(len(p))
	for _, q := range p {
		c.Center = c.Center.Add(q)
	}
	c.Center = Point{c.Center.X / n, c.Center.Y / n}
	for _, q := range p {
		c.Radius += q.Distance(c.Center)
	}
	c.Radius /= n
	return c
}

// inside says whether a point lies within points or on a side: by how often the sides cross the positive X axis from it.
func inside(p Point, points []Point) bool {
	total := 0
	prev := points[0].Sub(p)
	first := prev
	for i := 1; i <= len(points); i++ {
		at := first
		if i < len(points) {
			at = points[i].Sub(p)
		}
		cross, on := crossesAxis(at, prev)
		if on {
			return true
		}
		total += cross
		prev = at
	}
	return total != 0
}

// crossesAxis is 2 or -2 for a side that crosses the positive X axis, upwards or downwards, 1 or -1 for one that begins or
// ends there; on says that it goes through the origin. lseg_crossing.
func crossesAxis(p, prev Point) (cross int, on bool) {
	if zero(p.Y) {
		return endsOnAxis(p, prev)
	}
	sign := -1
	if gt(p.Y, 0) {
		sign = 1
	}
	switch {
	case zero(prev.Y):
		if lt(prev.X, 0) {
			return 0, false
		}
		return sign, false
	case sign < 0 && lt(prev.Y, 0), sign > 0 && gt(prev.Y, 0):
		return 0, false
	case ge(p.X, 0) && gt(prev.X, 0):
		return 2 * sign, false
	case lt(p.X, 0) && le(prev.X, 0):
		return 0, false
	}
	z := float64((p.X-prev.X)*p.Y) - float64((p.Y-prev.Y)*p.X)
	switch {
	case zero(z):
		return 0, true
	case sign < 0 && lt(z, 0), sign > 0 && gt(z, 0):
		return 0, false
	}
	return 2 * sign, false
}

// endsOnAxis is crossesAxis of a side that ends on the axis.
func endsOnAxis(p, prev Point) (cross int, on bool) {
	switch {
	case zero(p.X):
		return 0, true
	case gt(p.X, 0):
		switch {
		case zero(prev.Y):
			return 0, !gt(prev.X, 0)
		case lt(prev.Y, 0):
			return 1, false
		}
		return -1, false
	case zero(prev.Y):
		return 0, !lt(prev.X, 0)
	}
	return 0, false
}
