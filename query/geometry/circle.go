package geometry

import (
	"math"

	"github.com/seguedb/segue/query/libm"
)

// Same is ~=.
func (c Circle) Same(d Circle) bool {
	return (c.Radius != c.Radius && d.Radius != d.Radius || eq(c.Radius, d.Radius)) && c.Center.Same(d.Center)
}

// Overlaps is &&.
func (c Circle) Overlaps(d Circle) bool { return le(c.Center.Distance(d.Center), c.Radius+d.Radius) }

func (c Circle) right() float64 { return c.Center.X + c.Radius }
func (c Circle) left() float64  { return c.Center.X - c.Radius }
func (c Circle) top() float64   { return c.Center.Y + c.Radius }
func (c Circle) foot() float64  { return c.Center.Y - c.Radius }

// Left is <<, OverLeft &<, Right >>, OverRight &>, Below <<|, OverBelow &<|, Above |>>, OverAbove |&>.
func (c Circle) Left(d Circle) bool { return lt(c.right(), d.left()) }

// OverLeft is &<.
func (c Circle) OverLeft(d Circle) bool { return le(c.right(), d.right()) }

// Right is >>.
func (c Circle) Right(d Circle) bool { return gt(c.left(), d.right()) }

// OverRight is &>.
func (c Circle) OverRight(d Circle) bool { return ge(c.left(), d.left()) }

// Below is <<|.
func (c Circle) Below(d Circle) bool { return lt(c.top(), d.foot()) }

// OverBelow is &<|.
func (c Circle) OverBelow(d Circle) bool { return le(c.top(), d.top()) }

// Above is |>>.
func (c Circle) Above(d Circle) bool { return gt(c.foot(), d.top()) }

// OverAbove is |&>.
func (c Circle) OverAbove(d Circle) bool { return ge(c.foot(), d.foot()) }

// Contains is @>.
func (c Circle) Contains(d Circle) bool { return le(c.Center.Distance(d.Center), c.Radius-d.Radius) }

// ContainsPoint is @> of a point: to the last bit.
func (c Circle) ContainsPoint(p Point) bool { return c.Center.Distance(p) <= c.Radius }

// Distance is <->: nothing where they overlap.
func (c Circle) Distance(d Circle) float64 {
	return positive(c.Center.Distance(d.Center) - (c.Radius + d.Radius))
}

// DistanceToPoint is <-> of a point.
func (c Circle) DistanceToPoint(p Point) float64 { return positive(p.Distance(c.Center) - c.Radius) }

// DistanceToPolygon is <-> of a polygon.
func (c Circle) DistanceToPolygon(p Polygon) float64 {
	return positive(p.DistanceToPoint(c.Center) - c.Radius)
}

func positive(d float64) float64 {
	if d < 0 {
		return 0
	}
	return d
}

// Scale multiplies as complex numbers are.
func (c Circle) Scale(p Point) (Circle, error) {
	center, err := c.Center.Mul(p)
	k := calc{err}
	return Circle{center, k.mul(c.Radius, hypot(p.X, p.Y))}, k.err
}

// Unscale divides.
func (c Circle) Unscale(p Point) (Circle, error) {
	center, err := c.Center.Div(p)
	k := calc{err}
	return Circle{center, k.div(c.Radius, hypot(p.X, p.Y))}, k.err
}

// Box is the box inside of the circle.
func (c Circle) Box() Box {
	d := c.Radius / math.Sqrt2
	return Box{High: Point{c.Center.X + d, c.Center.Y + d}, Low: Point{c.Center.X - d, c.Center.Y - d}}
}

// Polygon has n points on the circle.
func (c Circle) Polygon(n int) Polygon {
	out := make(Polygon, n)
	step := 2 * math.Pi / float64(n)
	for i := range out {
		angle := step * float64(i)
		out[i] = Point{c.Center.X - float64(c.Radius*libm.Cos(angle)), c.Center.Y + float64(c.Radius*libm.Sin(angle))}
	}
	return out
}
