package server

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/wire"
)

// handler opens a session for each connection.
type handler struct{ engine *Engine }

// NewSession implements wire.Handler, for a client that Authenticate has let in. The database is the one there is.
func (h handler) NewSession(_ context.Context, startup wire.Startup, conn *wire.Conn) (wire.Session, error) {
	if startup.Database != DatabaseName && startup.Database != startup.User {
		return nil, &wire.Error{Severity: wire.SeverityFatal, Code: string(sqlstate.InvalidCatalogName),
			Message: "database \"" + startup.Database + "\" does not exist", Hint: "The database is called segue."}
	}
	role := loginRole(h.engine.db.Catalog(), startup.User)
	if role == nil {
		return nil, fatalError(sqlstate.InvalidAuthorizationSpecification, "role \""+startup.User+"\" does not exist")
	}
	if err := h.engine.admitRole(role); err != nil {
		return nil, err
	}
	w := &wireSession{conn: conn}
	w.Session = h.engine.NewSession(SessionOptions{
		User: role.Name, ApplicationName: startup.ApplicationName, PID: int32(conn.PID()), Addr: startup.Addr,
		Local: startup.Local, TLS: startup.TLS, Notify: w.sendNotice,
	})
	w.Session.conn = conn
	conn.SetCharset(clientCharset{w.Session})
	if err := w.startupSettings(startup.Params); err != nil {
		w.Close()
		e := wireError(asSQL(err))
		e.Severity = wire.SeverityFatal
		return nil, e
	}
	return w, nil
}

// wireSession speaks the protocol for a Session: messages to calls, batches to DataRows.
type wireSession struct {
	*Session
	conn   *wire.Conn
	unsent error       // a notice that the client's encoding has no characters for fails its statement
	idle   *time.Timer // ends the connection when its client is silent for too long; nil without a limit
}

// Close ends the session.
func (w *wireSession) Close() {
	w.busy()
	w.Session.Close()
}

// Working notes the statement that the client sends.
func (w *wireSession) Working(query string) { w.working(withoutPasswords(query)) }

func (w *wireSession) working(shown string) {
	w.busy()
	if w.listener != nil {
		w.listener.setOpen(false)
	}
	w.Session.working(shown)
}

// busy says that the client is not idle.
func (w *wireSession) busy() {
	if w.idle != nil {
		w.idle.Stop()
		w.idle = nil
	}
}

// watchIdle starts the time that the client may be silent for: idle_session_timeout, or in a transaction block
// idle_in_transaction_session_timeout.
func (w *wireSession) watchIdle() {
	w.busy()
	limit, cause := w.settings.idleTimeout, errIdleSession
	if w.txStatus() != 'I' {
		limit, cause = w.settings.idleInTransaction, errIdleInTransaction
	}
	if limit > 0 {
		w.idle = time.AfterFunc(limit, func() { w.conn.End(cause) })
	}
}

var (
	errIdleSession = &wire.Error{Severity: wire.SeverityFatal, Code: string(sqlstate.IdleSessionTimeout),
		Message: "terminating connection due to idle-session timeout"}
	errIdleInTransaction = &wire.Error{Severity: wire.SeverityFatal, Code: string(sqlstate.IdleInTransactionSessionTimeout),
		Message: "terminating connection due to idle-in-transaction timeout"}
)

// sendNotice drops what a lost connection cannot take: the loss shows in the next write. What the client's encoding lacks
// is the statement's error.
func (w *wireSession) sendNotice(severity string, e *sqlstate.Error) {
	notice := wireError(e)
	notice.Severity = severity
	if err := w.conn.Notice(notice); err != nil && !errors.Is(err, wire.ErrClientGone) {
		w.unsent = err
	}
}

// startupSettings applies the startup packet's parameters, and the -c options in "options".
func (w *wireSession) startupSettings(params map[string]string) error {
	for name, value := range params {
		switch name {
		case "user", "database", "application_name", "replication":
			continue
		case "options":
			for name, value := range parseOptions(value) {
				if err := w.startupSetting(name, value); err != nil {
					return err
				}
			}
			continue
		}
		if err := w.startupSetting(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (w *wireSession) startupSetting(name, value string) error {
	key := strings.ToLower(name)
	value, err := checkSetting(key, value, w.settings.presetOf(key))
	if err != nil {
		return err
	}
	w.settings.atStart[key] = value
	w.restoreSettings(w.settings.values)
	return nil
}

// Query runs the statements of a simple query, with one implicit transaction around them.
func (w *wireSession) Query(ctx context.Context, sql string, out *wire.ResultWriter) error {
	shown := withoutPasswords(sql)
	w.working(shown)
	defer w.Resting()
	parsed, err := w.engine.trees.Parse(sql)
	if err != nil {
		return toWire(err)
	}
	if len(parsed) == 0 {
		return out.EmptyQuery()
	}
	w.several = len(parsed) > 1
	defer func() { w.several = false }()
	for i := range parsed {
		st := &Statement{sql: sql, shown: shown, parsed: parsed[i], kind: "utility"}
		if err := w.queryOne(ctx, st, i == len(parsed)-1, out); err != nil {
			return toWire(st.locate(err))
		}
	}
	return nil
}

// queryOne runs one statement of a simple query. The last one commits before its CommandComplete: what the
// client was told is done, is durable.
func (w *wireSession) queryOne(ctx context.Context, st *Statement, last bool, out *wire.ResultWriter) error {
	if err := w.admit(st.parsed.Node); err != nil {
		return err
	}
	if err := w.bind(ctx, st); err != nil {
		return err
	}
	if len(st.params) > 0 {
		return sqlstate.New(sqlstate.UndefinedParameter, "there is no parameter $1")
	}
	p, err := w.Open(ctx, st, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.move(ctx); err != nil {
		return err
	}
	if st.columns != nil && p.CopyTo() == nil {
		p.formats = w.fetchFormats(st.parsed.Node)
		if err := out.RowDescription(w.fields(st.columns, p.formats)); err != nil {
			return err
		}
	}
	p.results = w.results(out)
	if _, err := w.run(ctx, p, 0, out); err != nil {
		return err
	}
	if last {
		if err := w.endImplicit(ctx); err != nil {
			return err
		}
	}
	return out.CommandComplete(p.Tag())
}

// fetchFormats are binary for a FETCH from a BINARY cursor, text otherwise.
func (w *wireSession) fetchFormats(n parse.Stmt) []int16 {
	if f, ok := n.(*parse.FetchStmt); ok {
		if p := w.portals[f.Name]; p != nil && p.cursor != nil && p.cursor.binary {
			return []int16{wire.FormatBinary}
		}
	}
	return nil
}

// run sends a portal's rows, up to limit of them (0: all), and says whether it ran to its end.
func (w *wireSession) run(ctx context.Context, p *Portal, limit int, out *wire.ResultWriter) (done bool, err error) {
	endCopy, err := w.connectCopy(p, out)
	if err != nil {
		return false, err
	}
	for sent := 0; ; {
		left := 0
		if limit > 0 {
			if left = limit - sent; left == 0 {
				return false, nil
			}
		}
		b, err := p.take(ctx, left)
		if err == nil && w.unsent != nil {
			err, w.unsent = w.unsent, nil
		}
		if err != nil {
			return false, err
		}
		if b == nil {
			return true, endCopy()
		}
		if err := w.send(p, b, out); err != nil {
			return false, err
		}
		sent += b.Rows
	}
}

// connectCopy starts the COPY sub-protocol where the statement is one.
func (w *wireSession) connectCopy(p *Portal, out *wire.ResultWriter) (end func() error, err error) {
	end = func() error { return nil }
	if c := p.CopyFrom(); c != nil && !p.started {
		format := copyFormat(c.Options.Format)
		r, err := out.CopyIn(byte(format), slices.Repeat([]int16{format}, len(c.Ordinals)))
		if err != nil {
			return nil, err
		}
		p.SetCopyIn(r)
	}
	if c := p.CopyTo(); c != nil && !p.started {
		format := copyFormat(c.Options.Format)
		cw, err := out.CopyOut(byte(format), slices.Repeat([]int16{format}, len(c.Input.Columns())))
		if err != nil {
			return nil, err
		}
		p.SetCopyOut(cw)
		end = cw.Close
	}
	return end, nil
}

func copyFormat(f plan.CopyFormat) int16 {
	if f == plan.CopyBinary {
		return wire.FormatBinary
	}
	return wire.FormatText
}

// send writes a batch as DataRows.
func (w *wireSession) send(p *Portal, b *datum.Batch, out *wire.ResultWriter) error {
	return w.sendRows(p.statement.columns, p.formats, b, out)
}

// results sends the rows of queries in rules, which only a simple query has shown to it.
func (w *wireSession) results(out *wire.ResultWriter) func([]plan.Column) (func(*datum.Batch) error, error) {
	return func(columns []plan.Column) (func(*datum.Batch) error, error) {
		if err := out.RowDescription(w.fields(columns, nil)); err != nil {
			return nil, err
		}
		return func(b *datum.Batch) error { return w.sendRows(columns, nil, b, out) }, nil
	}
}

func (w *wireSession) sendRows(columns []plan.Column, formats []int16, b *datum.Batch, out *wire.ResultWriter) error {
	env := w.DatumEnv()
	for row := range b.Rows {
		out.BeginRow(len(columns))
		for i, col := range b.Cols[:len(columns)] {
			if col.IsNull(row) {
				out.Null()
				continue
			}
			if formatAt(formats, i) == wire.FormatText {
				if err := out.EndText(datum.AppendText(out.BeginValue(), col.Type, col.Get(row), env)); err != nil {
					return err
				}
				continue
			}
			buf, err := datum.SendBinary(out.BeginValue(), col.Type, col.Get(row), env)
			if err != nil {
				return err
			}
			out.EndValue(buf)
		}
		if err := out.EndRow(); err != nil {
			return err
		}
	}
	return nil
}

// formatAt reads a protocol's list of formats: none is all text, one is for all.
func formatAt(formats []int16, i int) int16 {
	switch {
	case len(formats) == 0:
		return wire.FormatText
	case len(formats) == 1:
		return formats[0]
	}
	return formats[i]
}

// fields describes columns to a client.
func (w *wireSession) fields(columns []plan.Column, formats []int16) []wire.Field {
	if columns == nil {
		return nil
	}
	out := make([]wire.Field, len(columns))
	for i, c := range columns {
		out[i] = wire.Field{
			Name: c.Name, TableOID: uint32(c.Table), TableColumn: c.AttNum, TypeOID: uint32(c.Type.OID),
			TypeSize: c.Type.Len, TypeModifier: c.Typmod, Format: formatAt(formats, i),
		}
		if c.Type == datum.Unknown {
			out[i].TypeOID, out[i].TypeSize = uint32(datum.Text.OID), -1
		}
	}
	return out
}

// Parse implements wire.Session.
func (w *wireSession) Parse(ctx context.Context, name, sql string, oids []uint32) error {
	w.Working(sql)
	types := make([]*datum.Type, len(oids))
	for i, oid := range oids {
		if oid == 0 {
			continue
		}
		if types[i] = w.Snapshot().TypeByOID(datum.OID(oid)); types[i] == nil {
			return toWire(sqlstate.New(sqlstate.UndefinedObject, "type with OID %d does not exist", oid))
		}
	}
	st, err := w.Prepare(ctx, name, sql, types)
	if err != nil {
		return toWire(err)
	}
	return toWire(w.keep(st))
}

// Bind implements wire.Session.
func (w *wireSession) Bind(ctx context.Context, args *wire.BindArgs) error {
	st, err := w.preparedStatement(args.Statement)
	if err != nil {
		return toWire(err)
	}
	w.working(st.shown)
	if args.Portal != "" && w.portals[args.Portal] != nil {
		return toWire(sqlstate.New(sqlstate.DuplicateCursor, "portal %q already exists", args.Portal))
	}
	if err := w.admitStatement(st); err != nil {
		return toWire(err)
	}
	if err := w.refresh(ctx, st); err != nil {
		return toWire(err)
	}
	params, err := w.parameters(st, args)
	if err != nil {
		return toWire(err)
	}
	p, err := w.Open(ctx, st, params)
	if err != nil {
		return toWire(err)
	}
	if err := knownFormats(args.ParameterFormats, args.ResultFormats); err != nil {
		return toWire(err)
	}
	if n := len(args.ResultFormats); n > 1 && n != len(st.columns) {
		return toWire(sqlstate.New(sqlstate.ProtocolViolation,
			"bind message has %d result formats but query has %d columns", n, len(st.columns)))
	}
	p.formats = st.formatsOf(args.ResultFormats)
	if old := w.portals[args.Portal]; old != nil {
		old.Close()
	}
	w.portals[args.Portal] = p
	return nil
}

// knownFormats refuses format codes that are neither text nor binary.
func knownFormats(lists ...[]int16) error {
	for _, formats := range lists {
		for _, f := range formats {
			if f != wire.FormatText && f != wire.FormatBinary {
				return sqlstate.New(sqlstate.InvalidParameterValue, "unsupported format code: %d", f)
			}
		}
	}
	return nil
}

// parameters reads a Bind message's values.
func (w *wireSession) parameters(st *Statement, args *wire.BindArgs) ([]datum.Datum, error) {
	if n := len(args.ParameterFormats); n > 1 && n != len(args.Parameters) {
		return nil, sqlstate.New(sqlstate.ProtocolViolation,
			"bind message has %d parameter formats but %d parameters", n, len(args.Parameters))
	}
	if len(args.Parameters) != len(st.params) {
		return nil, sqlstate.New(sqlstate.ProtocolViolation,
			"bind message supplies %d parameters, but prepared statement %q requires %d", len(args.Parameters), st.Name, len(st.params))
	}
	out := make([]datum.Datum, len(args.Parameters))
	for i, raw := range args.Parameters {
		var err error
		switch {
		case raw == nil:
			err = datum.CheckDomains(st.params[i], datum.Null, w.DatumEnv())
		case formatAt(args.ParameterFormats, i) == wire.FormatBinary:
			out[i], err = datum.ReceiveBinary(st.params[i], -1, raw, w.DatumEnv())
		default:
			var text string
			if text, err = w.settings.encoding.Decode(string(raw)); err == nil {
				out[i], err = datum.ParseText(st.params[i], -1, text, w.DatumEnv())
			}
		}
		if err != nil {
			return nil, parameterError(err, i)
		}
	}
	return out, nil
}

// parameterError says which parameter an error is about.
func parameterError(err error, i int) error {
	e := asSQL(err)
	if e.Where == "" {
		e.Where = "parameter $" + strconv.Itoa(i+1)
	}
	return e
}

// DescribeStatement implements wire.Session.
func (w *wireSession) DescribeStatement(ctx context.Context, name string) ([]uint32, []wire.Field, error) {
	st, err := w.preparedStatement(name)
	if err != nil {
		return nil, nil, toWire(err)
	}
	if err := w.admitStatement(st); err != nil {
		return nil, nil, toWire(err)
	}
	if err := w.refresh(ctx, st); err != nil {
		return nil, nil, toWire(err)
	}
	oids := make([]uint32, len(st.params))
	for i, t := range st.params {
		if t != nil {
			oids[i] = uint32(t.OID)
		}
	}
	return oids, w.describe(st, nil), nil
}

// DescribePortal implements wire.Session.
func (w *wireSession) DescribePortal(_ context.Context, name string) ([]wire.Field, error) {
	p := w.portals[name]
	if p == nil {
		return nil, toWire(errNoPortal(name))
	}
	return w.describe(p.statement, p.formats), nil
}

// describe gives a statement's result columns; a COPY has none in the sense of Describe.
func (w *wireSession) describe(st *Statement, formats []int16) []wire.Field {
	if st.plan != nil {
		if _, copying := st.plan.Root.(*plan.CopyTo); copying {
			return nil
		}
	}
	if st.fields == nil || !slices.Equal(st.fieldFormats, formats) {
		st.fields, st.fieldFormats = w.fields(st.columns, formats), formats
	}
	return st.fields
}

// formatsOf keeps the formats that a client wants a result in: mostly the same as the last time.
func (st *Statement) formatsOf(formats []int16) []int16 {
	if !slices.Equal(st.formats, formats) {
		st.formats = slices.Clone(formats)
	}
	return st.formats
}

// Execute implements wire.Session.
func (w *wireSession) Execute(ctx context.Context, name string, maxRows int, out *wire.ResultWriter) error {
	p := w.portals[name]
	if p == nil {
		return toWire(errNoPortal(name))
	}
	w.working(p.statement.shown)
	if p.Empty() {
		return out.EmptyQuery()
	}
	if err := w.admitStatement(p.statement); err != nil {
		return toWire(err)
	}
	p.resume()
	done, err := w.run(ctx, p, maxRows, out)
	if err != nil {
		return toWire(err)
	}
	if !done {
		return out.PortalSuspended()
	}
	return out.CommandComplete(p.Tag())
}

// CloseStatement implements wire.Session.
func (w *wireSession) CloseStatement(name string) error {
	delete(w.statements, name)
	return nil
}

// ClosePortal implements wire.Session.
func (w *wireSession) ClosePortal(name string) error {
	if p := w.portals[name]; p != nil {
		p.Close()
		delete(w.portals, name)
	}
	return nil
}

// Sync implements wire.Session.
func (w *wireSession) Sync(ctx context.Context) error {
	defer w.Resting()
	return toWire(w.endImplicit(ctx))
}

// Fail implements wire.Session. Outside a block everything since the last Sync is undone at once.
func (w *wireSession) Fail(err *wire.Error) { _ = w.Session.Fail(err) }

// TxStatus implements wire.Session. It is asked when the client's turn comes.
func (w *wireSession) TxStatus() byte {
	w.watchIdle()
	return w.txStatus()
}

// ReportParameters implements wire.Session.
func (w *wireSession) ReportParameters(report func(name, value string)) {
	if l := w.listener; l != nil {
		l.setOpen(w.txStatus() == 'I')
		_ = l.send() // a lost client shows in the next write
	}
	w.reportParameters(report)
}
