package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql/run"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// A session is what functions in PL/pgSQL run in: see run.Host.
var _ run.Host = (*Session)(nil)

// programs are functions in PL/pgSQL ready to run, for one state of the catalog and the settings.
type programs struct {
	key  planKey
	list []keptProgram
	// triggers are those of tables, their conditions bound.
	triggers map[*catalog.Table][]plan.BoundTrigger
}

// keptProgram is a function ready for one way of calling it.
type keptProgram struct {
	oid     catalog.OID
	args    []*datum.Type
	ret     *datum.Type
	trigger catalog.OID // whose transition tables it reads, 0 for none
	program *run.Program
}

// Body implements exec.Routines.
func (s *Session) Body(call *plan.Call) (exec.Body, error) {
	if call.Proc.Ret == datum.Trigger || call.Proc.Ret == datum.EventTrigger {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "trigger functions can only be called as triggers")
	}
	return s.program(call, 0)
}

// Trigger implements exec.Routines.
func (s *Session) Trigger(t *catalog.Trigger) (exec.TriggerBody, *plan.Call, error) {
	p := s.Snapshot().ProcByOID(t.Function)
	if p == nil || p.Ret != datum.Trigger {
		return nil, nil, exec.ErrConflict
	}
	if p.User == nil {
		return exec.BuiltinTrigger(p), nil, nil
	}
	call := &plan.Call{Typed: plan.Typed{T: datum.Trigger, Mod: -1}, Proc: p, Pos: -1}
	of := catalog.OID(0)
	if t.OldTable != "" || t.NewTable != "" {
		of = t.OID // other tables have other columns
	}
	program, err := s.program(call, of)
	return program, call, err
}

// EventTrigger implements exec.Routines.
func (s *Session) EventTrigger(t *catalog.EventTrigger) (exec.EventBody, *plan.Call, error) {
	p := s.Snapshot().ProcByOID(t.Function)
	if p == nil || p.Ret != datum.EventTrigger {
		return nil, nil, exec.ErrConflict
	}
	call := &plan.Call{Typed: plan.Typed{T: datum.EventTrigger, Mod: -1}, Proc: p, Pos: -1}
	program, err := s.program(call, 0)
	return program, call, err
}

// Transitions implements run.Host.
func (s *Session) Transitions(list []exec.Transition) (leave func()) {
	outer := s.transitions
	s.transitions = list
	return func() { s.transitions = outer }
}

// Transition implements plan.TransitionCatalog.
func (s *Session) Transition(name string) *plan.Transition {
	for _, t := range s.transitions {
		if t.Name == name {
			return &plan.Transition{Name: name, Table: t.Table, Rows: t.Rows.Rows()}
		}
	}
	return nil
}

// Triggers implements exec.Routines.
func (s *Session) Triggers(t *catalog.Table) ([]plan.BoundTrigger, error) {
	if key := s.planKey(); s.programs.key != key {
		s.programs = programs{key: key}
	}
	if bound, ok := s.programs.triggers[t]; ok {
		return s.firing(bound), nil
	}
	bound, err := plan.BindTriggers(s, t)
	if err != nil {
		return nil, err
	}
	if s.programs.triggers == nil {
		s.programs.triggers = map[*catalog.Table][]plan.BoundTrigger{}
	}
	s.programs.triggers[t] = bound
	return s.firing(bound), nil
}

// firing are those of a table's triggers that fire in the session's role.
func (s *Session) firing(bound []plan.BoundTrigger) []plan.BoundTrigger {
	quiet := func(t plan.BoundTrigger) bool { return !t.FiresIn(s.holder.Replica) }
	if !slices.ContainsFunc(bound, quiet) {
		return bound
	}
	return slices.DeleteFunc(slices.Clone(bound), quiet)
}

// program is a function in PL/pgSQL, read once for a state of the catalog.
func (s *Session) program(call *plan.Call, trigger catalog.OID) (*run.Program, error) {
	if key := s.planKey(); s.programs.key != key {
		s.programs = programs{key: key}
	}
	p := call.Proc
	args := make([]*datum.Type, len(call.Args))
	for i, a := range call.Args {
		args[i] = a.Type()
	}
	for _, k := range s.programs.list {
		if p.OID != 0 && k.oid == p.OID && k.ret == call.T && k.trigger == trigger && slices.Equal(k.args, args) {
			return k.program, nil
		}
	}
	declared := slices.Clone(args) // a polymorphic parameter has its argument's type, any other its own
	for i, t := range p.Args {
		if !plan.Polymorphic(t) && t != datum.Record {
			declared[i] = t
		}
	}
	fn, err := plan.CompileBody(s, p, declared, call.T)
	if err != nil {
		return nil, err
	}
	title := p.Name
	if p.OID != 0 {
		title, _ = catalog.ProcedureName(s.Snapshot(), s.info.Path(), p.OID)
	}
	program := run.NewProgram(s, fn, p, call.T, title)
	if p.OID != 0 {
		if len(s.programs.list) >= maxRoutines {
			s.programs.list = nil
		}
		s.programs.list = append(s.programs.list, keptProgram{p.OID, args, call.T, trigger, program})
	}
	return program, nil
}

// PlanKey implements run.Host.
func (s *Session) PlanKey() any {
	if key := s.planKey(); s.boxedKey == nil || key != s.unboxedKey {
		s.boxedKey, s.unboxedKey = key, key
	}
	return s.boxedKey
}

// Within implements run.Host.
func (s *Session) Within(relations exec.Relations) (leave func()) {
	outer := s.within
	s.within, _ = relations.(*relation.Stmt)
	return func() { s.within = outer }
}

// Allow implements run.Host.
func (s *Session) Allow(p *plan.Plan) error {
	return plan.CheckAccess(s.Snapshot(), s.info.Role, p.Access)
}

// Restarts implements run.Host.
func (s *Session) Restarts() bool { return isolationOf(s.txn.isolation) == relation.ReadCommitted }

// Settings implements run.Host.
func (s *Session) Settings() (undo func()) {
	before := s.settings.values
	return func() { s.restoreSettings(before) }
}

// Utility implements run.Host.
func (s *Session) Utility(ctx context.Context, parsed parse.Statement) error {
	switch n := parsed.Node.(type) {
	case *parse.SetStmt, *parse.NotifyStmt, *parse.ListenStmt, *parse.UnlistenStmt, *parse.LockStmt, *parse.SetConstraintsStmt,
		*parse.CheckpointStmt, *parse.DeallocateStmt, *parse.PrepareStmt:
		p := &Portal{session: s, statement: &Statement{parsed: parsed, kind: "utility"}, opened: s.statement}
		return p.runUtility(ctx)
	case *parse.DiscardStmt:
		if strings.EqualFold(n.Target, "all") {
			return sqlstate.New(sqlstate.ActiveSQLTransaction, "DISCARD ALL cannot be executed from a function")
		}
		_, err := s.discard(ctx, n.Target)
		return err
	case *parse.VacuumStmt:
		if n.Analyze {
			_, err := s.vacuum(ctx, n)
			return err
		}
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "VACUUM cannot be executed from a function")
	default:
		word, _, _ := strings.Cut(strings.TrimSpace(parsed.Text), " ")
		return sqlstate.New(sqlstate.FeatureNotSupported, "%s in a function is not supported",
			strings.ToUpper(strings.TrimRight(word, ";")))
	}
}

// OpenCursor implements run.Host. The rows are all there: the cursor is one that has read its query to the end.
func (s *Session) OpenCursor(name string, p *plan.Plan, text string, rows *exec.Spool, scroll bool) (string, error) {
	for name == "" {
		s.unnamed++
		if n := fmt.Sprintf("<unnamed portal %d>", s.unnamed); s.portals[n] == nil {
			name = n
		}
	}
	if s.portals[name] != nil {
		return "", sqlstate.New(sqlstate.DuplicateCursor, "cursor \"%s\" already in use", name)
	}
	st := &Statement{sql: text, shown: text, kind: "select", cursor: true, plan: p, columns: p.Columns[:len(p.Columns)-len(p.Rows)]}
	portal := &Portal{session: s, statement: st, started: true, opened: s.statement, depth: len(s.txn.savepoints)}
	portal.cursor = &cursor{portal: portal, text: text, created: s.statement, scroll: scroll, kept: rows, ended: true}
	s.portals[name] = portal
	return name, nil
}

// FetchCursor implements run.Host.
func (s *Session) FetchCursor(ctx context.Context, n *parse.FetchStmt) (columns []plan.Column, row []datum.Datum, moved int64, err error) {
	f, err := s.fetch(ctx, n)
	if err != nil {
		return nil, nil, 0, err
	}
	columns = s.portals[n.Name].statement.columns
	for {
		b, err := f.next(ctx)
		if err != nil {
			return nil, nil, 0, err
		}
		if b == nil {
			return columns, row, f.rows, nil
		}
		row = make([]datum.Datum, len(columns))
		for i := range columns {
			row[i] = b.Cols[i].Get(b.Rows - 1)
		}
	}
}

// PinCursor implements run.Host.
func (s *Session) PinCursor(name string) {
	if p := s.portals[name]; p != nil {
		p.cursor.held = true
	}
}

// CloseCursor implements run.Host.
func (s *Session) CloseCursor(name string) error {
	_, err := s.closeCursor(name)
	return err
}
