package eval

import (
	"github.com/seguedb/segue/query/datum"
)

// constant is one value for every row. The column of copies is kept and grown as needed.
type constant struct {
	typ   *datum.Type
	value datum.Datum
	full  *datum.Vec
	last  *datum.Vec
}

func (c *constant) eval(b *datum.Batch) (*datum.Vec, error) { return c.column(b.Rows), nil }

func (c *constant) column(n int) *datum.Vec {
	if c.last != nil && c.last.Len() == n {
		return c.last
	}
	if c.full == nil || c.full.Len() < n {
		c.full = datum.Constant(c.typ, c.value, max(n, min(2*n, datum.BatchRows)))
	}
	c.last = c.full.Slice(0, n)
	return c.last
}

func (c *constant) set(d datum.Datum) { c.value, c.full, c.last = d, nil, nil }

// once computes an expression without columns when it is first needed, and again only after an
// outer slot that it reads has changed.
type once struct {
	ctx   *Context
	inner node
	deps  []int
	valid bool
	stamp uint64
	constant
}

func (o *once) eval(b *datum.Batch) (*datum.Vec, error) {
	if stamp := o.ctx.Stamp(o.deps); !o.valid || stamp != o.stamp {
		v, err := o.inner.eval(oneRow)
		if err != nil {
			return nil, Cause(err)
		}
		o.set(v.Get(0))
		o.valid, o.stamp = true, stamp
	}
	return o.column(b.Rows), nil
}

// outer is an outer slot's value.
type outer struct {
	ctx   *Context
	slot  int
	stamp uint64
	constant
}

func (o *outer) eval(b *datum.Batch) (*datum.Vec, error) {
	if s := &o.ctx.slots[o.slot]; s.stamp != o.stamp {
		o.set(s.value)
		o.stamp = s.stamp
	}
	return o.column(b.Rows), nil
}

// column is a column of the input.
type column int

func (c column) eval(b *datum.Batch) (*datum.Vec, error) { return b.Cols[c], nil }
