package geometry

import (
	"errors"
	"math"
)

// What multiplying and dividing can come to.
var (
	ErrOverflow       = errors.New("value out of range: overflow")
	ErrUnderflow      = errors.New("value out of range: underflow")
	ErrDivisionByZero = errors.New("division by zero")
)

// calc computes as PostgreSQL's float8 operators do; the first error sticks.
type calc struct{ err error }

func (c *calc) check(bad bool, err error) {
	if bad && c.err == nil {
		c.err = err
	}
}

func infinite(f float64) bool { return math.IsInf(f, 0) }

func (c *calc) add(a, b float64) float64 {
	r := a + b
	c.check(infinite(r) && !infinite(a) && !infinite(b), ErrOverflow)
	return r
}

func (c *calc) mul(a, b float64) float64 {
	r := a * b
	c.check(infinite(r) && !infinite(a) && !infinite(b), ErrOverflow)
	c.check(r == 0 && a != 0 && b != 0, ErrUnderflow)
	return r
}

func (c *calc) div(a, b float64) float64 {
	c.check(b == 0 && a == a, ErrDivisionByZero)
	r := a / b
	c.check(infinite(r) && !infinite(a), ErrOverflow)
	c.check(r == 0 && a != 0 && !infinite(b), ErrUnderflow)
	return r
}
