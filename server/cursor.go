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
// behind it are kept where it may go back, up to work_mem; a cursor that goes back further runs its query again, at its
// own snapshot.
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

	kept  []*datum.Batch // rows base+1 …
	base  int64
	have  int64 // rows in kept
	ended bool  // the query has given its last row
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
	row := c.at(c.pos)
	if row == nil || row.Cols[column].IsNull(0) {
		return 0, state("cursor %q is not positioned on a row", name)
	}
	return row.Cols[column].I[0], nil
}

var _ exec.Cursors = (*Session)(nil)

// at returns a row that is kept, nil for another.
func (c *cursor) at(n int64) *datum.Batch {
	n -= c.base + 1
	if n < 0 {
		return nil
	}
	for _, b := range c.kept {
		if n < int64(b.Rows) {
			return b.Slice(int(n), int(n)+1)
		}
		n -= int64(b.Rows)
	}
	return nil
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
	c.kept = append(c.kept, cloneBatch(b))
	c.have += int64(b.Rows)
	return true, nil
}

// forget drops rows that cannot be asked for, or that work_mem has no room for.
func (c *cursor) forget() {
	if c.held {
		return
	}
	size := int64(0)
	for _, b := range c.kept {
		size += exec.BatchBytes(b)
	}
	for len(c.kept) > 1 && c.base+int64(c.kept[0].Rows) < c.pos && (!c.scroll || size > c.portal.session.settings.workMemBytes) {
		size -= exec.BatchBytes(c.kept[0])
		c.base += int64(c.kept[0].Rows)
		c.have -= int64(c.kept[0].Rows)
		c.kept = c.kept[1:]
	}
}

// rewind makes rows from the n-th on available again.
func (c *cursor) rewind(ctx context.Context, n int64) error {
	if n > c.base || c.held {
		return nil
	}
	if err := c.portal.restart(ctx); err != nil {
		return err
	}
	c.kept, c.base, c.have, c.ended = nil, 0, 0, false
	for c.base+c.have < n {
		if more, err := c.pull(ctx, 0); err != nil || !more {
			return err
		}
		for len(c.kept) > 1 && c.base+int64(c.kept[0].Rows) < n {
			c.base += int64(c.kept[0].Rows)
			c.have -= int64(c.kept[0].Rows)
			c.kept = c.kept[1:]
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
	limit := c.portal.session.settings.workMemBytes
	size := int64(0)
	for _, b := range c.kept {
		size += exec.BatchBytes(b)
	}
	for {
		more, err := c.pull(ctx, 0)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if size += exec.BatchBytes(c.kept[len(c.kept)-1]); size > limit {
			return sqlstate.New(sqlstate.OutOfMemory, "out of memory").
				WithDetail("The rows of a cursor WITH HOLD are kept in memory, which work_mem (%d kB) bounds.", limit>>10)
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
