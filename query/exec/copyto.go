package exec

import (
	"context"
	"io"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/copydata"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// copyTo sends its input's rows as COPY data, one Write a row.
type copyTo struct {
	*writeStatement
	r      *running
	node   *plan.CopyTo
	input  operator
	fields []copydata.Field
	buf    []byte
	lead   []byte // goes out before the next write's bytes, and with them
	bytes  int64
	rows   int64
}

func (r *running) copyTo(x *plan.CopyTo) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	w, err := r.writeStatement(nil)
	op := &copyTo{writeStatement: w, r: r, node: x, input: input, fields: make([]copydata.Field, len(x.Input.Columns()))}
	w.work, w.close = op.run, input.Close
	return op, err
}

func (c *copyTo) run(ctx context.Context) error {
	if c.r.env.CopyOut == nil {
		return sqlstate.New(sqlstate.ProtocolViolation, "COPY TO STDOUT has nowhere to write")
	}
	if err := c.input.Open(ctx); err != nil {
		return err
	}
	if err := c.header(); err != nil {
		return err
	}
	for {
		b, err := c.input.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := c.batch(b); err != nil {
			return err
		}
	}
	if c.node.Options.Format == plan.CopyBinary {
		return c.write([]byte(copydata.BinaryTrailer))
	}
	return nil
}

func (c *copyTo) header() error {
	if c.node.Options.Format == plan.CopyBinary {
		c.lead = []byte(copydata.BinaryHeader) // in one message with the first row, as clients expect it
		return nil
	}
	if !c.node.Options.Header {
		return nil
	}
	for i, col := range c.node.Input.Columns() {
		c.fields[i] = copydata.Field{Text: col.Name}
	}
	plain := c.node.Options // FORCE_QUOTE is about values
	plain.ForceQuote = nil
	return c.write(c.line(&plain))
}

func (c *copyTo) batch(b *datum.Batch) error {
	for i := range b.Rows {
		for f, v := range b.Cols {
			if err := c.field(f, v, i); err != nil {
				return err
			}
		}
		if err := c.write(c.line(&c.node.Options)); err != nil {
			return err
		}
		c.rows++
	}
	c.r.affected = c.rows // not what an INSERT … RETURNING beneath affected
	if c.r.env.Progress != nil {
		c.r.env.Progress(CopyProgress{Bytes: c.bytes, Rows: c.rows})
	}
	return nil
}

func (c *copyTo) field(f int, v *datum.Vec, i int) error {
	d := v.Get(i)
	if d.IsNull() {
		c.fields[f] = copydata.Field{Null: true}
		return nil
	}
	t := c.node.Input.Columns()[f].Type
	if c.node.Options.Format != plan.CopyBinary {
		c.fields[f] = copydata.Field{Text: datum.Format(t, d, c.r.exprs.Fn.Datum)}
		return nil
	}
	data, err := datum.SendBinary(nil, t, d, c.r.exprs.Fn.Datum)
	c.fields[f] = copydata.Field{Text: string(data)}
	return err
}

// line is the current fields as one row of the format.
func (c *copyTo) line(o *plan.CopyOptions) []byte {
	switch o.Format {
	case plan.CopyCSV:
		c.buf = copydata.AppendCSV(c.buf[:0], c.fields, o)
	case plan.CopyBinary:
		c.buf = copydata.AppendBinary(c.buf[:0], c.fields)
	default:
		c.buf = copydata.AppendText(c.buf[:0], c.fields, o)
	}
	return c.buf
}

func (c *copyTo) write(p []byte) error {
	if c.lead != nil {
		p = append(c.lead, p...)
		c.lead = nil
	}
	n, err := c.r.env.CopyOut.Write(p)
	c.bytes += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return err
}
