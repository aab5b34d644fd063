package exec

import (
	"context"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
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
	case *plan.CreateView:
		d.r.tellAll(x.Notices)
		return nil, rel.Define(ctx, x)
	case *plan.ChangeEventTrigger:
		return nil, rel.Define(ctx, x)
	case *plan.ChangeType:
		d.r.tellAll(x.Notices)
		if x.New == nil {
			return nil, nil
		}
		if err := d.r.noViolations(ctx, x.Violations); err != nil {
			return nil, err
		}
		return nil, rel.Define(ctx, x)
	case *plan.ChangeTriggers:
		d.r.tellAll(x.Notices)
		if x.New == nil {
			return nil, nil
		}
		return nil, rel.Define(ctx, x)
	case *plan.ChangeFunction:
		d.r.tellAll(x.Notices)
		for _, n := range x.Warnings {
			d.r.tell(n)
		}
		return nil, rel.Define(ctx, x)
	case *plan.ChangeOperator:
		return nil, d.warned(ctx, x, x.Warnings)
	case *plan.CreateCast:
		return nil, d.warned(ctx, x, x.Warnings)
	case *plan.ChangeSequence:
		d.r.tellAll(x.Notices)
		if x.New == nil {
			return nil, nil
		}
		return nil, rel.Define(ctx, x)
	case *plan.Reindex:
		return nil, d.reindex(ctx, x)
	case *plan.Drop:
		d.r.tellAll(x.Notices)
		return nil, rel.Drop(ctx, x)
	case *plan.Truncate:
		d.r.tellAll(x.Notices)
		return nil, d.truncate(ctx, x)
	case *plan.Comment:
		return nil, rel.Comment(ctx, x)
	case *plan.ChangeAccess:
		if err := rel.ChangeAccess(ctx, x); err != nil {
			return nil, err
		}
		for _, n := range x.Notices {
			d.r.tell(n)
		}
		return nil, nil
	}
	return nil, rel.Define(ctx, d.node)
}

func (d *definition) reindex(ctx context.Context, x *plan.Reindex) error {
	began := time.Now()
	if len(x.Tables) == 1 && len(x.Tables[0].Indexes) == 0 {
		d.r.notice("00000", "table %q has no indexes to reindex", x.Tables[0].Name)
		return nil
	}
	if err := d.r.env.Relations.Define(ctx, x); err != nil || !x.Verbose || d.r.env.Session == nil {
		return err
	}
	for _, t := range x.Tables {
		for i := range t.Indexes {
			if ix := &t.Indexes[i]; !ix.Implicit && (x.Index == 0 || x.Index == ix.OID) {
				d.r.env.Session.Notice("INFO", sqlstate.New("00000", "index %q was reindexed", ix.Name).
					WithDetail("elapsed: %.2f s", time.Since(began).Seconds()))
			}
		}
	}
	return nil
}

// tellAll sends notices that the binder made.
func (r *running) tellAll(notices []*sqlstate.Error) {
	for _, n := range notices {
		if r.env.Session != nil {
			r.env.Session.Notice("NOTICE", n)
		}
	}
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
	n, err := c.r.fill(ctx, created, c.source)
	c.count(int(n))
	return err
}

// fill writes a query's rows into a table that was just made, and counts them.
func (r *running) fill(ctx context.Context, t *catalog.Table, source operator) (n int64, err error) {
	table, err := r.env.Relations.Table(t)
	if err != nil {
		return 0, err
	}
	if err := source.Open(ctx); err != nil {
		return 0, err
	}
	for {
		b, err := source.Next(ctx)
		if err != nil || b == nil {
			return n, err
		}
		if _, err := table.Insert(ctx, b); err != nil {
			return n, err
		}
		n += int64(b.Rows)
	}
}

// refresh is REFRESH MATERIALIZED VIEW.
func (r *running) refresh(x *plan.Refresh) (operator, error) {
	w, err := r.writeStatement(nil)
	if err != nil {
		return nil, err
	}
	var source operator
	if x.Source != nil {
		if source, err = r.build(x.Source); err != nil {
			return nil, err
		}
		w.close = source.Close
	}
	w.work = func(ctx context.Context) error {
		t, err := r.env.Relations.Refresh(ctx, x)
		if err != nil || source == nil {
			return err
		}
		_, err = r.fill(ctx, t, source)
		return err
	}
	return w, nil
}

// noViolations fails where a search finds a row.
func (r *running) noViolations(ctx context.Context, searches []plan.Violations) error {
	for _, v := range searches {
		rows, err := r.Prepare(v.Rows)
		if err != nil {
			return err
		}
		if err := rows.Open(ctx); err != nil {
			return err
		}
		switch found, err := rows.Next(ctx); {
		case err != nil:
			return err
		case found != nil:
			complaint := *v.Err
			return &complaint
		}
	}
	return nil
}

// truncate is TRUNCATE with the triggers around it.
func (d *definition) truncate(ctx context.Context, x *plan.Truncate) error {
	for _, before := range []bool{true, false} {
		for _, t := range x.Tables {
			fires, err := d.r.triggersOf(t)
			if err == nil {
				err = fires.statement(ctx, before, parse.TriggerTruncate, nil)
			}
			if err != nil {
				return err
			}
		}
		if before {
			if err := d.r.env.Relations.Truncate(ctx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// warned gives a definition's warnings and carries it out.
func (d *definition) warned(ctx context.Context, n plan.Node, warnings []plan.Notice) error {
	for _, w := range warnings {
		d.r.tell(w)
	}
	return d.r.env.Relations.Define(ctx, n)
}
