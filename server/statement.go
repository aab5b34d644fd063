package server

import (
	"context"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/wire"
)

// Statement is one prepared statement: its tree, and its plan against the catalog at hand. A plan is
// made again when the catalog or the settings that names depend on have changed since.
type Statement struct {
	Name   string
	sql    string // the text it came in, for positions
	shown  string // the same as pg_stat_activity shows it
	parsed parse.Statement
	empty  bool // a text without a statement

	declared []*datum.Type // as the client gave them; nil entries are inferred
	params   []*datum.Type // resolved
	columns  []plan.Column // of the result; nil when it returns no rows

	plan      *plan.Plan  // nil for what the session carries out itself
	locks     []tableLock // of the plan
	boundFor  planKey
	models    uint64            // the version of the models that the plan was made with, 0 when it has none to do with
	kind      string            // for metrics and pg_stat_activity: select, search, insert, utility…
	allowed   *catalog.Snapshot // the catalog by which allowedTo may run it
	allowedTo catalog.OID

	formats, fieldFormats []int16 // that the result was last wanted in, and that fields were made for
	fields                []wire.Field

	fromSQL  bool       // PREPARE rather than Parse
	cursor   bool       // the query of a cursor
	inner    *Statement // DECLARE's query
	prepared time.Time
	values   []datum.Datum // of the parameters, in a plan for one run
	runs     int64
	planning time.Duration
}

// planKey is what a plan was made for.
type planKey struct {
	catalog    *catalog.Snapshot
	settings   string      // that names and values are read by, and that choose between plans
	role       catalog.OID // names are looked up in the schemas that it may use
	statistics uint64
}

func (s *Session) planKey() planKey {
	return planKey{s.Snapshot(), s.settings.forPlans, s.info.Role, s.engine.db.StatisticsVersion()}
}

// ParameterTypes are the types of $1, $2, …
func (st *Statement) ParameterTypes() []*datum.Type { return st.params }

// Text is the text it was prepared from.
func (st *Statement) Text() string { return st.sql }

// Columns are the result's columns, nil when it returns no rows.
func (st *Statement) Columns() []plan.Column { return st.columns }

// Prepare reads and plans sql, which holds one statement or none. types declares parameters: nil
// entries, and those beyond the list, are inferred. It is not kept under its name; see keep.
func (s *Session) Prepare(ctx context.Context, name, sql string, types []*datum.Type) (*Statement, error) {
	parsed, err := s.engine.trees.Parse(sql)
	if err != nil {
		return nil, err
	}
	if len(parsed) > 1 {
		return nil, sqlstate.New(sqlstate.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	st := &Statement{Name: name, sql: sql, shown: withoutPasswords(sql), declared: types, empty: len(parsed) == 0, kind: "utility"}
	if st.empty {
		return st, nil
	}
	st.parsed = parsed[0]
	if err := s.admit(st.parsed.Node); err != nil {
		return nil, err
	}
	return st, s.bind(ctx, st)
}

// admit refuses what a failed transaction block does not run.
func (s *Session) admit(n parse.Stmt) error {
	if !s.txn.failed {
		return nil
	}
	if t, ok := n.(*parse.TransactionStmt); ok {
		switch t.Kind {
		case parse.TxCommit, parse.TxRollback, parse.TxRollbackTo:
			return nil
		}
	}
	return errAborted()
}

// bind plans the statement, or says what a utility statement returns.
func (s *Session) bind(ctx context.Context, st *Statement) error {
	if d, ok := st.parsed.Node.(*parse.DeclareStmt); ok {
		return st.locate(s.bindDeclare(ctx, st, d))
	}
	if columns, ok := s.utilityColumns(st.parsed.Node); ok {
		st.columns, st.params = columns, st.declared
		return nil
	}
	key, begin := s.planKey(), time.Now()
	s.models = 0
	p, err := s.bindNode(st)
	if err != nil {
		return st.locate(err)
	}
	p = plan.Optimize(s, p)
	columns := p.Columns
	if hidden := len(p.Rows); hidden > 0 {
		columns = columns[:len(columns)-hidden]
	}
	if st.plan != nil && !sameColumns(st.columns, columns) {
		return sqlstate.New(sqlstate.FeatureNotSupported, "cached plan must not change result type").
			From("RevalidateCachedQuery")
	}
	st.plan, st.locks, st.params, st.columns, st.boundFor = p, locksOf(p), p.Params, columns, key
	st.models = s.models
	st.kind, st.planning, st.fields = kindOf(p), time.Since(begin), nil
	return nil
}

func (s *Session) bindNode(st *Statement) (*plan.Plan, error) {
	if q, ok := st.parsed.Node.(*parse.SelectStmt); ok && st.cursor {
		return plan.BindCursor(s, q, st.declared)
	}
	node := st.parsed.Node
	if e, ok := node.(*parse.ExplainStmt); ok {
		if d, ok := e.Query.(*parse.DeclareStmt); ok {
			node = &parse.ExplainStmt{At: e.At, Query: d.Query, Options: e.Options}
		}
	}
	if st.values != nil {
		return plan.BindCustom(s, node, st.declared, st.values)
	}
	return plan.Bind(s, node, st.declared)
}

// refresh plans again where the world has changed since.
func (s *Session) refresh(ctx context.Context, st *Statement) error {
	sameModels := st.models == 0 || st.models == s.engine.embedder.engine.ModelsVersion()
	if st.plan == nil || st.boundFor == s.planKey() && sameModels {
		return nil
	}
	declared := st.declared
	st.declared = st.params // what the client was told holds
	err := s.bind(ctx, st)
	st.declared = declared
	return err
}

// locate turns an error's byte offset into the position that the client shows.
func (st *Statement) locate(err error) error {
	if err != nil && st.sql != "" {
		sqlstate.Locate(err, st.sql[:st.parsed.Offset], st.parsed.Text)
	}
	return err
}

func sameColumns(a, b []plan.Column) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type || a[i].Name != b[i].Name {
			return false
		}
	}
	return true
}

// kindOf names a plan for metrics: a similarity search is told from other queries.
func kindOf(p *plan.Plan) string {
	switch p.Root.(type) {
	case *plan.Insert:
		return "insert"
	case *plan.Update:
		return "update"
	case *plan.Delete:
		return "delete"
	case *plan.CopyFrom, *plan.CopyTo:
		return "copy"
	case *plan.Explain:
		return "explain"
	}
	if p.DDL {
		return "ddl"
	}
	if hasVectorSearch(p.Root) {
		return "search"
	}
	return "select"
}

func hasVectorSearch(n plan.Node) bool {
	if n == nil {
		return false
	}
	if _, ok := n.(*plan.VectorSearch); ok {
		return true
	}
	for _, c := range n.Children() {
		if hasVectorSearch(c) {
			return true
		}
	}
	return false
}

// keep puts a prepared statement under its name; the unnamed one is replaced.
func (s *Session) keep(st *Statement) error {
	if st.Name != "" && s.statements[st.Name] != nil {
		return sqlstate.New(sqlstate.DuplicatePreparedStatement, "prepared statement %q already exists", st.Name)
	}
	st.prepared = s.statement
	s.statements[st.Name] = st
	return nil
}

// preparedStatement finds a statement by name.
func (s *Session) preparedStatement(name string) (*Statement, error) {
	if st := s.statements[name]; st != nil {
		return st, nil
	}
	if name == "" {
		return nil, sqlstate.New(sqlstate.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	}
	return nil, sqlstate.New(sqlstate.InvalidSQLStatementName, "prepared statement %q does not exist", name)
}
