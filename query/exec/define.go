package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// definition is a statement that changes the catalog. The binder has checked it; the relations carry it out.
type definition struct {
	r    *running
	node plan.Node
	done bool
}

func (d *definition) Open(context.Context) error { return nil }
func (d *definition) Close()                     {}

func (d *definition) Next(ctx context.Context) (*datum.Batch, error) {
	if d.done {
		return nil, nil
	}
	d.done = true
	rel := d.r.env.Relations
	switch x := d.node.(type) {
	case *plan.CreateIndex:
		if x.Exists {
			d.r.exists(sqlstate.DuplicateTable, "relation", x.Index.Name)
			return nil, nil
		}
		return nil, rel.CreateIndex(ctx, x)
	case *plan.CreateSchema:
		if x.Exists {
			d.r.exists(sqlstate.DuplicateSchema, "schema", x.Schema.Name)
			return nil, nil
		}
		return nil, rel.CreateSchema(ctx, x)
	case *plan.Drop:
		for _, name := range x.Missing {
			d.r.notice("00000", "%s %q does not exist, skipping", x.Kind, name)
		}
		return nil, rel.Drop(ctx, x)
	case *plan.Truncate:
		return nil, rel.Truncate(ctx, x)
	case *plan.Comment:
		return nil, rel.Comment(ctx, x)
	}
	return nil, sqlstate.New(sqlstate.InternalError, "definition %T is unknown", d.node)
}

func (r *running) notice(code sqlstate.Code, format string, args ...any) {
	if r.env.Session != nil {
		r.env.Session.Notice("NOTICE", sqlstate.New(code, format, args...))
	}
}

func (r *running) exists(code sqlstate.Code, what, name string) {
	r.notice(code, "%s %q already exists, skipping", what, name)
}

// createTable is CREATE TABLE, and CREATE TABLE AS with its query.
type createTable struct {
	*writeStatement
	r      *running
	node   *plan.CreateTable
	source operator // nil without a query
}

func (r *running) createTable(x *plan.CreateTable) (operator, error) {
	w, err := r.writeStatement(nil)
	if err != nil {
		return nil, err
	}
	op := &createTable{writeStatement: w, r: r, node: x}
	w.work = op.run
	if x.Source != nil && !x.Exists {
		if op.source, err = r.build(x.Source); err != nil {
			return nil, err
		}
		w.close = op.source.Close
	}
	return op, nil
}

func (c *createTable) run(ctx context.Context) error {
	if c.node.Exists {
		c.r.exists(sqlstate.DuplicateTable, "relation", c.node.Table.Name)
		return nil
	}
	created, err := c.r.env.Relations.CreateTable(ctx, c.node)
	if err != nil || c.source == nil {
		return err
	}
	table, err := c.r.env.Relations.Table(created)
	if err != nil {
		return err
	}
	if err := c.source.Open(ctx); err != nil {
		return err
	}
	for {
		b, err := c.source.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		if _, err := table.Insert(ctx, b); err != nil {
			return err
		}
		c.count(b.Rows)
	}
}
