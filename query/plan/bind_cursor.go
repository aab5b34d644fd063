package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// CursorRow is a table that a cursor's rows come from: WHERE CURRENT OF finds the row's identity in Column.
type CursorRow struct {
	Table  *catalog.Table
	Column int
	Locked bool // by a locking clause
}

// BindCursor is Bind for the query of a cursor. Where its rows are rows of tables that UPDATE and DELETE could find
// again, their identities are hidden columns of the result.
func BindCursor(cat Catalog, query *parse.SelectStmt, paramTypes []*datum.Type) (*Plan, error) {
	return bind(&binder{cat: cat, cursor: query}, query, paramTypes)
}

// simple says that every row of the query is one row of its only table, as it is there.
func (c *selectCore) simple() bool {
	s := c.s
	if len(s.From) != 1 || s.Distinct || len(s.DistinctOn) > 0 || len(s.GroupBy) > 0 || s.Having != nil || len(s.OrderBy) > 0 ||
		len(c.aggs.calls) > 0 || len(c.windows.uses) > 0 {
		return false
	}
	_, ok := s.From[0].(*parse.RangeTable)
	return ok
}

// cursorMarks marks the table of a cursor without a locking clause.
func (c *selectCore) cursorMarks() {
	if c.b.cursor != c.s || len(c.s.Locking) > 0 || !c.simple() {
		return
	}
	for _, col := range c.scope.cols {
		if rel := c.scope.relNamed(parse.Name{col.rel}); col.mark > 0 && rel != nil {
			c.mark(rowMark{RowMark: RowMark{Mark: col.mark, Table: rel.table}, expr: col.expr})
		}
	}
}

// cursorRows leaves the identities behind the select list.
func (c *selectCore) cursorRows(n Node) Node {
	cols, names := colsOf(n)[:c.width:c.width], c.names[:c.width:c.width]
	for _, m := range c.marks {
		c.b.rows = append(c.b.rows, CursorRow{Table: m.Table, Column: len(cols), Locked: len(c.s.Locking) > 0})
		cols, names = append(cols, colsOf(n)[m.Column]), append(names, "ctid")
	}
	return project(n, cols, names)
}
