package geometry

import "math"

func (p Point) hasNaN() bool { return p.X != p.X || p.Y != p.Y }

// Same is ~=.
func (p Point) Same(q Point) bool {
	if p.hasNaN() || q.hasNaN() {
		return same(p.X, q.X) && same(p.Y, q.Y)
	}
	return eq(p.X, q.X) && eq(p.Y, q.Y)
}

// Left, Right, Above and Below are << >> |>> <<|.
func (p Point) Left(q Point) bool { return lt(p.X, q.X) }

// Right is >>.
func (p Point) Right(q Point) bool { return gt(p.X, q.X) }

// Above is |>>.
func (p Point) Above(q Point) bool { return gt(p.Y, q.Y) }

// Below is <<|.
func (p Point) Below(q Point) bool { return lt(p.Y, q.Y) }

// Vertical is ?|, and Horizontal ?-.
func (p Point) Vertical(q Point) bool { return eq(p.X, q.X) }

// Horizontal is ?-.
func (p Point) Horizontal(q Point) bool { return eq(p.Y, q.Y) }

// Add moves p by q; Sub moves it back.
func (p Point) Add(q Point) Point { return Point{p.X + q.X, p.Y + q.Y} }

// Sub is the way from q to p.
func (p Point) Sub(q Point) Point { return Point{p.X - q.X, p.Y - q.Y} }

// Mul is that of complex numbers: it turns and scales.
func (p Point) Mul(q Point) (Point, error) {
	var c calc
	out := Point{c.add(c.mul(p.X, q.X), -c.mul(p.Y, q.Y)), c.add(c.mul(p.X, q.Y), c.mul(p.Y, q.X))}
	return out, c.err
}

// Div is that of complex numbers.
func (p Point) Div(q Point) (Point, error) {
	var c calc
	d := c.add(c.mul(q.X, q.X), c.mul(q.Y, q.Y))
	out := Point{c.div(c.add(c.mul(p.X, q.X), c.mul(p.Y, q.Y)), d), c.div(c.add(c.mul(p.Y, q.X), -c.mul(p.X, q.Y)), d)}
	return out, c.err
}

// Distance is <->.
func (p Point) Distance(q Point) float64 { return hypot(p.X-q.X, p.Y-q.Y) }

// Slope is that of the line through both: infinite when it is vertical.
func (p Point) Slope(q Point) float64 {
	switch {
	case eq(p.X, q.X):
		return math.Inf(1)
	case eq(p.Y, q.Y):
		return 0
	}
	return (p.Y - q.Y) / (p.X - q.X)
}

// perpendicularSlope is that of a line across the one through both.
func (p Point) perpendicularSlope(q Point) float64 {
	switch {
	case eq(p.X, q.X):
		return 0
	case eq(p.Y, q.Y):
		return math.Inf(1)
	}
	return (p.X - q.X) / (q.Y - p.Y)
}

// middle is halfway between two points.
func middle(p, q Point) Point { return Point{(p.X + q.X) / 2, (p.Y + q.Y) / 2} }
