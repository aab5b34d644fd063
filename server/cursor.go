package server

import (
	"context"
	"fmt"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// cursor is a portal's place among its rows, as FETCH moves it: PostgreSQL's atStart, atEnd and portalPos. The rows
// behind it are kept where it may go back, in a temporary file what work_mem has no room for.
type cursor struct {
	portal  *Portal
	text    string
	created time.Time
	binary  bool
	hold    bool // WITH HOLD, asked for
	scroll  bool
	held    bool // the transaction that declared it is over: all rows are in kept

	atEnd bool
	pos   int64 // of the current row, from 1; of the last one when atEnd

	kept  *exec.Spool // rows base+1 …; nil before the first
	base  int64
	ended bool // the query has given its last row
}

func errNoCursor(name string) error {
	return sqlstate.New(sqlstate.InvalidCursorName, "cursor %q does not exist", name)
}

// declare is DECLARE.
func (s *Session) declare(ctx context.Context, st *Statement, n *parse.DeclareStmt, params []datum.Datum) error {
	if n.Name == "" {
		return sqlstate.New(sqlstate.InvalidCursorName, "invalid cursor name: must not be empty")
	}
	if !n.Hold && !s.txn.block && !s.several {
		return errNeedsBlock("DECLARE CURSOR")
	}
	if old := s.portals[n.Name]; old != nil {
		return sqlstate.New(sqlstate.DuplicateCursor, "cursor %q already exists", n.Name)
	}
	p, err := s.Open(ctx, st.inner, params)
	if err != nil {
		return err
	}
	p.depth = len(s.txn.savepoints)
	p.cursor = &cursor{
		portal: p, text: st.sql, created: s.statement, binary: n.Binary, hold: n.Hold,
		scroll: n.Scroll || !n.NoScroll && walksBack(st.inner.plan.Root),
	}
	if n.Binary {
		p.formats = []int16{1}
	}
	if err := p.begin(ctx); err != nil { // its snapshot is that of now
		return err
	}
	s.portals[n.Name] = p
	return nil
}

// bindDeclare plans a cursor's query.
func (s *Session) bindDeclare(ctx context.Context, st *Statement, n *parse.DeclareStmt) error {
	if n.Scroll && n.NoScroll {
		return sqlstate.New(sqlstate.InvalidCursorDefinition, "cannot specify both SCROLL and NO SCROLL")
	}
	if n.Insensitive && n.AsensSet {
		return sqlstate.New(sqlstate.InvalidCursorDefinition, "cannot specify both INSENSITIVE and ASENSITIVE")
	}
	q, ok := n.Query.(*parse.SelectStmt)
	if !ok {
		return sqlstate.New(sqlstate.FeatureNotSupported, "DECLARE CURSOR must specify a SELECT")
	}
	if err := refuseCursor(n, q); err != nil {
		return err
	}
	inner := &Statement{sql: st.sql, shown: st.shown, parsed: st.parsed, kind: "select", cursor: true, declared: st.declared}
	inner.parsed.Node = q
	if err := s.bind(ctx, inner); err != nil {
		return err
	}
	st.inner, st.params = inner, inner.params
	return nil
}

// refuseCursor refuses the cursors that cannot be what was asked for.
func refuseCursor(n *parse.DeclareStmt, q *parse.SelectStmt) error {
	if q.With != nil {
		for _, c := range q.With.CTEs {
			if _, reads := c.Query.(*parse.SelectStmt); !reads {
				return sqlstate.New(sqlstate.FeatureNotSupported,
					"DECLARE CURSOR must not contain data-modifying statements in WITH")
			}
		}
	}
	if len(q.Locking) == 0 {
		return nil
	}
	clause := map[string]string{"update": "FOR UPDATE", "no key update": "FOR NO KEY UPDATE", "share": "FOR SHARE",
		"key share": "FOR KEY SHARE"}[q.Locking[0].Strength]
	switch {
	case n.Hold:
		return sqlstate.New(sqlstate.FeatureNotSupported, "DECLARE CURSOR WITH HOLD ... %s is not supported", clause).
			WithDetail("Holdable cursors must be READ ONLY.")
	case n.Scroll:
		return sqlstate.New(sqlstate.FeatureNotSupported, "DECLARE SCROLL CURSOR ... %s is not supported", clause).
			WithDetail("Scrollable cursors must be READ ONLY.")
	case n.Insensitive:
		return sqlstate.New(sqlstate.InvalidCursorDefinition, "DECLARE INSENSITIVE CURSOR ... %s is not valid", clause).
			WithDetail("Insensitive cursors must be READ ONLY.")
	}
	return nil
}

// walksBack says whether a plan is one that PostgreSQL runs backwards without being asked to: a cursor over it that says
// neither SCROLL nor NO SCROLL may go back.
func walksBack(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Scan, *plan.FunctionScan, *plan.Values, *plan.CTEScan, *plan.Sort:
		return true
	case *plan.Filter, *plan.Project, *plan.Limit:
		return walksBack(n.Children()[0])
	}
	return false
}

// cursorOf finds a portal for FETCH, MOVE and WHERE CURRENT OF: a declared cursor, or one that a Bind message made.
func (s *Session) cursorOf(name string) (*cursor, error) {
	p := s.portals[name]
	if p == nil {
		return nil, errNoCursor(name)
	}
	if p.cursor == nil {
		p.cursor = &cursor{portal: p, text: p.statement.sql, created: p.opened, pos: p.given()}
		p.cursor.base, p.cursor.atEnd = p.given(), p.done
	}
	return p.cursor, nil
}

// CurrentRow implements exec.Cursors.
func (s *Session) CurrentRow(name string, t *catalog.Table) (int64, error) {
	p := s.portals[name]
	if p == nil {
		return 0, errNoCursor(name)
	}
	c := p.cursor
	state := func(format string, args ...any) error {
		return sqlstate.New(sqlstate.InvalidCursorState, format, args...)
	}
	if p.statement.plan == nil || p.statement.plan.Tag != "SELECT" {
		return 0, state("cursor %q is not a SELECT query", name)
	}
	if c != nil && c.held {
		return 0, state("cursor %q is held from a previous transaction", name)
	}
	column, locked, found := -1, false, 0
	for _, r := range p.statement.plan.Rows {
		locked = locked || r.Locked
		if r.Table.OID == t.OID {
			column = r.Column
			found++
		}
	}
	switch {
	case found > 1:
		return 0, state("cursor %q has multiple FOR UPDATE/SHARE references to table %q", name, t.Name)
	case found == 0 && locked:
		return 0, state("cursor %q does not have a FOR UPDATE/SHARE reference to table %q", name, t.Name)
	case found == 0:
		return 0, state("cursor %q is not a simply updatable scan of table %q", name, t.Name)
	case c == nil || c.atEnd || c.pos == 0:
		return 0, state("cursor %q is not positioned on a row", name)
	}
	row, err := c.from(c.pos)
	if err != nil {
		return 0, err
	}
	if row == nil || row.Cols[column].IsNull(0) {
		return 0, state("cursor %q is not positioned on a row", name)
	}
	return row.Cols[column].I[0], nil
}

var _ exec.Cursors = (*Session)(nil)

// have counts the rows that are kept.
func (c *cursor) have() int64 {
	if c.kept == nil {
		return 0
	}
	return int64(c.kept.Rows())
}

// from gives rows that are kept, the n-th first; nil where it is not among them.
func (c *cursor) from(n int64) (*datum.Batch, error) {
	if n <= c.base || c.kept == nil {
		return nil, nil
	}
	return c.kept.Chunk(int(n - c.base - 1))
}

// pull reads more rows of the query, up to limit of them where that is not 0; false at its end.
func (c *cursor) pull(ctx context.Context, limit int64) (bool, error) {
	if c.ended || c.held {
		return false, nil
	}
	b, err := c.portal.nextFor(ctx, int(limit))
	if err != nil {
		return false, err
	}
	if b == nil {
		c.ended = true
		return false, nil
	}
	if c.kept == nil {
		c.kept = c.portal.session.spool(b)
	}
	return true, c.kept.Add(b)
}

// forget drops the rows behind a cursor that cannot go back to them.
func (c *cursor) forget() {
	if !c.held && !c.scroll && c.pos >= c.base+c.have() {
		c.base += c.have()
		c.drop()
	}
}

// drop frees what is kept.
func (c *cursor) drop() {
	if c.kept != nil {
		c.kept.Close()
		c.kept = nil
	}
}

// rewind makes rows from the n-th on available again: of a portal whose first rows went to Execute.
func (c *cursor) rewind(ctx context.Context, n int64) error {
	if n > c.base || c.held {
		return nil
	}
	if err := c.portal.restart(ctx); err != nil {
		return err
	}
	c.drop()
	c.base, c.ended = 0, false
	for c.have() < n {
		if more, err := c.pull(ctx, 0); err != nil || !more {
			return err
		}
	}
	return nil
}

// materialise reads every row that a cursor WITH HOLD may still give, at its transaction's commit.
func (c *cursor) materialise(ctx context.Context) error {
	if c.scroll {
		if err := c.rewind(ctx, 1); err != nil {
			return err
		}
	}
	for {
		more, err := c.pull(ctx, 0)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	c.held = true
	c.portal.release()
	return nil
}

// cursorRows are pg_cursors.
func (s *Session) cursorRows(t *catalog.Table) [][]datum.Datum {
	var out [][]datum.Datum
	for name, p := range s.portals {
		c := p.cursor
		if c == nil {
			c = &cursor{portal: p, text: p.statement.sql, created: p.opened}
		}
		out = append(out, asRow(t, map[string]datum.Datum{
			"name": datum.NewString(name), "statement": datum.NewString(c.text), "is_holdable": datum.NewBool(c.hold),
			"is_binary": datum.NewBool(c.binary), "is_scrollable": datum.NewBool(c.scroll), "creation_time": timestamp(c.created),
		}))
	}
	return out
}

// closeCursor is CLOSE; name "" is ALL.
func (s *Session) closeCursor(name string) (string, error) {
	if name == "" {
		for name, p := range s.portals {
			if name != "" { // not the one that runs this
				p.Close()
				delete(s.portals, name)
			}
		}
		return "CLOSE CURSOR ALL", nil
	}
	p := s.portals[name]
	if p == nil {
		return "", errNoCursor(name)
	}
	p.Close()
	delete(s.portals, name)
	return "CLOSE CURSOR", nil
}

// fetchTag is a FETCH's or MOVE's command tag.
func fetchTag(move bool, n int64) string {
	word := "FETCH"
	if move {
		word = "MOVE"
	}
	return fmt.Sprintf("%s %d", word, n)
}
