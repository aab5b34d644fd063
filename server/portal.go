package server

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// Portal is a statement with its parameters, being run: pull its rows with Next until nil, then ask for
// its Tag. It lives until it is closed or its transaction ends.
type Portal struct {
	session   *Session
	statement *Statement
	params    []datum.Datum
	formats   []int16 // of the result columns, for the wire

	// results takes the rows of queries in rules (exec.Env.Results); nil where nobody does.
	results func(columns []plan.Column) (func(*datum.Batch) error, error)

	copyIn  io.Reader
	copyOut io.Writer

	started  bool
	ended    bool // a transaction, by the procedure that it runs
	done     bool
	reads    *relation.Stmt
	env      exec.Env
	query    *exec.Query
	buffered *exec.Spool  // rows of a statement that writes: it has run to its end; nil for none
	sent     int          // of them
	rest     *datum.Batch // what a row limit left of a batch
	tag      string       // of a utility statement
	rows     int64
	earlier  int64 // of rows, how many an earlier Execute sent
	affected int64
	progress *copyEntry
	startAt  time.Time

	opened   time.Time
	depth    int       // of savepoints when it was opened
	cursor   *cursor   // of DECLARE, or made when FETCH finds a portal of the protocol
	fetching *fetching // of a FETCH

	execution *execution // of an EXECUTE
}

// errNoPortal says that a name is not a portal's.
func errNoPortal(name string) error {
	return sqlstate.New(sqlstate.InvalidCursorName, "portal %q does not exist", name)
}

// Open makes a portal of a statement. params holds a value for each of its parameters, of their types.
func (s *Session) Open(ctx context.Context, st *Statement, params []datum.Datum) (*Portal, error) {
	if err := s.admitStatement(st); err != nil {
		return nil, err
	}
	if err := s.refresh(ctx, st); err != nil {
		return nil, err
	}
	if len(params) != len(st.params) {
		return nil, sqlstate.New(sqlstate.ProtocolViolation, "bind message supplies %d parameters, but prepared statement %q requires %d",
			len(params), st.Name, len(st.params))
	}
	return &Portal{session: s, statement: st, params: params, opened: s.statement, depth: len(s.txn.savepoints)}, nil
}

func (s *Session) admitStatement(st *Statement) error {
	if st.empty {
		return nil
	}
	return s.admit(st.parsed.Node)
}

// Columns are the result's columns, nil when the statement returns no rows.
func (p *Portal) Columns() []plan.Column { return p.statement.columns }

// Empty says that the text held no statement.
func (p *Portal) Empty() bool { return p.statement.empty }

// CopyFrom returns the plan of a COPY FROM STDIN, nil for anything else. Its data comes from SetCopyIn.
func (p *Portal) CopyFrom() *plan.CopyFrom {
	if p.statement.plan == nil {
		return nil
	}
	c, _ := p.statement.plan.Root.(*plan.CopyFrom)
	if c == nil || c.Options.Format == plan.CopyAudio {
		return nil
	}
	return c
}

// CopyTo returns the plan of a COPY TO STDOUT, nil for anything else. Its rows go to SetCopyOut.
func (p *Portal) CopyTo() *plan.CopyTo {
	if p.statement.plan == nil {
		return nil
	}
	c, _ := p.statement.plan.Root.(*plan.CopyTo)
	return c
}

// SetCopyIn gives the data of a COPY FROM STDIN, in the encoding that the statement names, or client_encoding.
func (p *Portal) SetCopyIn(r io.Reader) {
	p.copyIn = p.session.copyEncoding(&p.CopyFrom().Options).NewReader(r)
}

// SetCopyOut takes the rows of a COPY TO STDOUT, one Write each, in such an encoding.
func (p *Portal) SetCopyOut(w io.Writer) {
	p.copyOut = p.session.copyEncoding(&p.CopyTo().Options).NewWriter(w)
}

// Next returns the next rows, valid until the next call, or nil when the statement is finished. A
// statement without rows does its work in the first call.
func (p *Portal) Next(ctx context.Context) (*datum.Batch, error) {
	if p.done {
		return nil, nil
	}
	ctx, cancel := p.session.withTimeout(ctx)
	defer cancel()
	b, err := p.next(ctx)
	if err != nil {
		err = p.statement.locate(timedOut(ctx, err))
		p.Close()
		return nil, err
	}
	if b == nil {
		if err := p.finish(); err != nil {
			return nil, err
		}
		return nil, nil
	}
	p.rows += int64(b.Rows)
	return b, nil
}

func (p *Portal) next(ctx context.Context) (*datum.Batch, error) {
	if err := p.begin(ctx); err != nil {
		return nil, err
	}
	if p.fetching != nil {
		return p.fetchNext(ctx)
	}
	if p.execution != nil {
		return p.execution.next(ctx, p)
	}
	if p.buffered != nil && p.sent < p.buffered.Rows() {
		b, err := p.buffered.Chunk(p.sent)
		if b != nil {
			p.sent += b.Rows
		}
		return b, err
	}
	if p.query == nil {
		return nil, nil
	}
	return p.query.Next(ctx)
}

// begin starts it, once.
func (p *Portal) begin(ctx context.Context) error {
	if p.started {
		return nil
	}
	p.started, p.startAt = true, time.Now()
	return p.start(ctx)
}

// move begins a FETCH, so that what is wrong with it is said before its columns are, and nothing else.
func (p *Portal) move(ctx context.Context) error {
	if _, fetches := p.statement.parsed.Node.(*parse.FetchStmt); !fetches {
		return nil
	}
	ctx, cancel := p.session.withTimeout(ctx)
	defer cancel()
	return p.statement.locate(timedOut(ctx, p.begin(ctx)))
}

// fetchNext gives the next rows of a FETCH, without what a cursor's rows have behind their columns.
func (p *Portal) fetchNext(ctx context.Context) (*datum.Batch, error) {
	b, err := p.fetching.next(ctx)
	if b == nil || err != nil {
		p.tag = fetchTag(false, p.fetching.rows)
		return nil, err
	}
	return &datum.Batch{Rows: b.Rows, Cols: b.Cols[:len(p.statement.columns)]}, nil
}

// nextFor gives a cursor its next rows. Those of a portal of the protocol are shared with Execute, which counts them.
func (p *Portal) nextFor(ctx context.Context, limit int) (*datum.Batch, error) {
	if p.statement.cursor {
		b, err := p.next(ctx)
		return b, p.statement.locate(err)
	}
	return p.take(ctx, limit)
}

// given is how many rows were sent.
func (p *Portal) given() int64 {
	if p.rest != nil {
		return p.rows - int64(p.rest.Rows)
	}
	return p.rows
}

// restart runs a query from its beginning, at its own snapshot.
func (p *Portal) restart(ctx context.Context) error {
	if p.query != nil {
		p.query.Close()
	}
	var err error
	p.query, err = exec.Run(ctx, p.statement.plan, &p.env)
	return err
}

// release lets go of what reading needs; the portal stays.
func (p *Portal) release() {
	if p.query != nil {
		p.query.Close()
		p.query = nil
	}
	if p.reads != nil {
		p.reads.Abort()
		p.reads = nil
	}
}

// start runs what must be run before the first row.
func (p *Portal) start(ctx context.Context) error {
	if p.statement.empty {
		return nil
	}
	if err := p.session.refuseInBlock(p.statement.parsed.Node); err != nil {
		return err
	}
	if p.statement.plan == nil {
		return p.runUtility(ctx)
	}
	if p.statement.plan.Root == nil {
		return nil // bound, and nothing to do: CREATE EXTENSION vector
	}
	s := p.session
	if err := s.refresh(ctx, p.statement); err != nil {
		return err
	}
	if what := p.statement.plan.OutsideBlock; what != "" && (s.txn.block || s.txn.statements > 0) {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "%s cannot run inside a transaction block", what)
	}
	s.ensureTransaction()
	s.txn.statements++
	if err := p.refuseReadOnly(); err != nil {
		return err
	}
	if p.statement.plan.Writes {
		return p.runWrite(ctx)
	}
	return p.open(ctx)
}

func (p *Portal) refuseReadOnly() error {
	if !p.session.txn.readOnly {
		return nil
	}
	what := ""
	if p.statement.plan.Writes {
		what = p.statement.plan.Tag
	}
	plan.EachNode(p.statement.plan, func(n plan.Node) {
		if l, ok := n.(*plan.LockRows); ok && what == "" && len(l.Marks) > 0 {
			what = "SELECT " + l.Marks[0].Strength.String()
		}
	})
	if what == "" {
		return nil
	}
	return sqlstate.New(sqlstate.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", what)
}

// open starts the plan at a statement's snapshot.
func (p *Portal) open(ctx context.Context) error {
	s := p.session
	reads, err := p.snapshot(ctx)
	if err != nil {
		return err
	}
	p.reads = reads
	if err := s.authorise(p.statement, reads.Catalog()); err != nil {
		return err
	}
	p.env = exec.Env{
		Relations: reads, Embedder: s.engine.embedder, Session: s, Routines: s, Params: p.params,
		CopyIn: p.copyIn, CopyOut: p.copyOut, WorkMemBytes: s.settings.workMemBytes, Temp: s.tempSpace(),
		Planning: p.statement.planning, Results: p.results,
	}
	p.mayEndTransaction()
	if c, ok := p.statement.plan.Root.(*plan.CopyFrom); ok {
		p.progress = s.engine.copies.begin(s.info.PID, c)
		p.env.Progress = p.progress.update
	}
	p.query, err = exec.Run(ctx, p.statement.plan, &p.env)
	return err
}

// snapshot begins a statement at whose snapshot the plan holds. Where a definition has changed since the plan was made it is
// made again: an index that it uses may be gone.
func (p *Portal) snapshot(ctx context.Context) (*relation.Stmt, error) {
	p.session.txn.tx.Role = p.session.info.Role
	for {
		if err := p.session.lockTables(ctx, p.statement); err != nil {
			return nil, err
		}
		reads, err := p.session.txn.tx.Statement(ctx)
		if err != nil || reads.Catalog() == p.statement.boundFor.catalog {
			return reads, err
		}
		reads.Abort()
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if err := p.session.refresh(ctx, p.statement); err != nil {
			return nil, err
		}
	}
}

// conflictRetries bounds how often READ COMMITTED runs a statement again on a fresh snapshot. Each try
// fails only when another transaction made progress, so the bound is for the pathological.
const conflictRetries = 1000

// runWrite runs a statement that writes to its end, so that its effect is whole before the first row
// goes out. At READ COMMITTED a row changed underneath starts it again on a new snapshot.
func (p *Portal) runWrite(ctx context.Context) error {
	for try := 0; ; try++ {
		err := p.open(ctx)
		if err == nil {
			err = p.drain(ctx)
		}
		if err == nil {
			p.affected = p.query.RowsAffected()
			p.query.Close()
			p.query = nil
			reads := p.reads
			p.reads = nil
			return reads.Finish()
		}
		p.abandon()
		if !errors.Is(err, exec.ErrConflict) {
			return err
		}
		if isolationOf(p.session.txn.isolation) == relation.RepeatableRead || p.copyIn != nil || p.ended || try == conflictRetries {
			return sqlstate.Wrap(err, sqlstate.SerializationFailure, "could not serialize access due to concurrent update")
		}
	}
}

// drain runs the query to its end, keeping its rows: RETURNING.
func (p *Portal) drain(ctx context.Context) error {
	for {
		b, err := p.query.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		if err := p.buffer(b); err != nil {
			return err
		}
	}
}

// abandon drops what a failed run has written.
func (p *Portal) abandon() {
	if p.query != nil {
		p.query.Close()
		p.query = nil
	}
	if p.reads != nil {
		p.reads.Abort()
		p.reads = nil
	}
	p.unbuffer()
	p.endProgress()
}

// finish ends a statement that ran to its end.
func (p *Portal) finish() error {
	p.done = true
	p.unbuffer()
	p.endProgress()
	if p.query != nil {
		p.affected = p.query.RowsAffected()
		p.query.Close()
		p.query = nil
	}
	var err error
	if p.reads != nil {
		err = p.reads.Finish()
		p.reads = nil
	}
	p.session.engine.metrics.observe(p.statement.kind, time.Since(p.startAt), p.rows)
	return err
}

func (p *Portal) endProgress() {
	if p.progress != nil {
		p.session.engine.copies.end(p.progress)
		p.progress = nil
	}
}

// Close ends the portal, wherever it is. Closing twice is no error.
func (p *Portal) Close() {
	if p.cursor != nil {
		p.cursor.drop()
	}
	if p.done {
		return
	}
	p.done = true
	if p.execution != nil {
		p.execution.inner.Close()
	}
	p.abandon()
}

// Rows is how many rows the statement affected, or returned when it only reads.
func (p *Portal) Rows() int64 {
	if p.statement.plan != nil && (p.statement.plan.Writes || p.CopyTo() != nil) {
		return p.affected
	}
	return p.rows
}

// Tag is the command tag, once Next has returned nil.
func (p *Portal) Tag() string {
	if p.statement.plan == nil {
		return p.tag
	}
	tag := p.statement.plan.Tag
	switch tag {
	case "INSERT":
		return "INSERT 0 " + strconv.FormatInt(p.Rows(), 10)
	case "SELECT":
		if n := p.Rows() - p.earlier; n != 1 {
			return "SELECT " + strconv.FormatInt(n, 10)
		}
		return "SELECT 1"
	case "UPDATE", "DELETE", "MERGE", "COPY":
		return tag + " " + strconv.FormatInt(p.Rows(), 10)
	}
	return tag
}

// resume notes that another Execute begins: a SELECT's tag counts the rows of the last one.
func (p *Portal) resume() {
	p.earlier = p.rows
	if p.rest != nil {
		p.earlier -= int64(p.rest.Rows)
	}
}

// take returns at most limit rows of the next batch, keeping the rest; 0 is no limit.
func (p *Portal) take(ctx context.Context, limit int) (*datum.Batch, error) {
	if p.statement.cursor {
		return p.cursor.take(ctx, limit)
	}
	b := p.rest
	p.rest = nil
	if b == nil {
		var err error
		if b, err = p.Next(ctx); b == nil || err != nil {
			return nil, err
		}
	}
	if limit > 0 && b.Rows > limit {
		p.rest = b.Slice(limit, b.Rows)
		b = b.Slice(0, limit)
	}
	return b, nil
}

// closePortals closes those that a transaction's end, or that of its savepoints from depth on, takes with it.
func (s *Session) closePortals(depth int) {
	for name, p := range s.portals {
		if held := p.cursor != nil && p.cursor.held; held || p.depth < depth || p == s.ending {
			continue
		}
		p.Close()
		delete(s.portals, name)
	}
}

// holdCursors reads the rows of the cursors that outlive the transaction.
func (s *Session) holdCursors(ctx context.Context) error {
	for _, p := range s.portals {
		if c := p.cursor; c != nil && c.hold && !c.held {
			if err := c.materialise(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// timedOut names statement_timeout where it is the reason.
func timedOut(ctx context.Context, err error) error {
	if context.Cause(ctx) == errStatementTimeout {
		return sqlstate.Wrap(err, sqlstate.QueryCanceled, "canceling statement due to statement timeout")
	}
	return err
}
