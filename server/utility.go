package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// Statements that the session carries out itself: they change it, not the data.

// utilityColumns says whether the session runs a statement itself, and which columns that returns.
func (s *Session) utilityColumns(n parse.Stmt) ([]plan.Column, bool) {
	switch n := n.(type) {
	case *parse.TransactionStmt, *parse.SetStmt, *parse.DiscardStmt, *parse.DeallocateStmt, *parse.VacuumStmt, *parse.PrepareStmt,
		*parse.CloseStmt, *parse.UnlistenStmt, *parse.ListenStmt, *parse.NotifyStmt, *parse.CheckpointStmt, *parse.LockStmt,
		*parse.SetConstraintsStmt, *parse.AlterSystemStmt:
		return nil, true
	case *parse.CreateSchemaStmt:
		return nil, len(n.Elements) > 0
	case *parse.ShowStmt:
		return showColumns(n.Name), true
	case *parse.FetchStmt:
		if p := s.portals[n.Name]; p != nil && !n.Move {
			return p.statement.columns, true
		}
		return nil, true
	case *parse.ExecuteStmt:
		if st := s.statements[n.Name]; st != nil {
			return st.columns, true
		}
		return nil, true
	case *parse.ExplainStmt:
		if e, _ := executeInside(n); e != nil {
			return explainColumns(n), true
		}
	case *parse.CreateTableAsStmt:
		if e, _ := executeInside(n); e != nil {
			return nil, true
		}
	}
	return nil, false
}

func textColumn(name string) plan.Column {
	return plan.Column{Name: name, Type: datum.Text, Typmod: -1}
}

func showColumns(name string) []plan.Column {
	if strings.EqualFold(name, "all") {
		return []plan.Column{textColumn("name"), textColumn("setting"), textColumn("description")}
	}
	if d := settingsByName[strings.ToLower(name)]; d != nil {
		name = d.name
	}
	return []plan.Column{textColumn(name)}
}

// runUtility carries the statement out and sets the portal's tag and rows.
func (p *Portal) runUtility(ctx context.Context) (err error) {
	s := p.session
	switch n := p.statement.parsed.Node.(type) {
	case *parse.TransactionStmt:
		p.tag, err = s.transactionStatement(ctx, n)
	case *parse.SetStmt:
		p.tag, err = s.setStatement(n)
	case *parse.AlterSystemStmt:
		p.tag, err = "ALTER SYSTEM", s.alterSystem(n)
	case *parse.SetConstraintsStmt:
		p.tag, err = "SET CONSTRAINTS", s.setConstraints(ctx, n)
	case *parse.ShowStmt:
		p.tag = "SHOW"
		err = p.show(n.Name)
	case *parse.PrepareStmt:
		p.tag, err = "PREPARE", s.prepareStatement(ctx, n, p.statement)
	case *parse.ExecuteStmt:
		err = p.executePrepared(ctx, n)
	case *parse.ExplainStmt, *parse.CreateTableAsStmt:
		e, around := executeInside(n)
		err = p.executeAs(ctx, e, around)
	case *parse.DeallocateStmt:
		p.tag, err = s.deallocate(n.Name)
	case *parse.DiscardStmt:
		p.tag, err = s.discard(ctx, n.Target)
	case *parse.CloseStmt:
		p.tag, err = s.closeCursor(n.Name)
	case *parse.DeclareStmt:
		p.tag, err = "DECLARE CURSOR", s.declare(ctx, p.statement, n, p.params)
	case *parse.FetchStmt:
		err = p.fetch(ctx, n)
	case *parse.UnlistenStmt:
		p.tag = "UNLISTEN"
		s.unlisten(n.Channel)
	case *parse.CheckpointStmt:
		p.tag, err = "CHECKPOINT", s.engine.db.Checkpoint()
	case *parse.ListenStmt:
		p.tag, err = "LISTEN", s.listenTo(n.Channel)
	case *parse.NotifyStmt:
		p.tag, err = "NOTIFY", s.Notify(n.Channel, n.Payload)
	case *parse.LockStmt:
		p.tag, err = "LOCK TABLE", s.lockStatement(ctx, n)
	case *parse.VacuumStmt:
		p.tag, err = s.vacuum(ctx, n)
	case *parse.CreateSchemaStmt:
		p.tag, err = "CREATE SCHEMA", p.createSchema(ctx, n)
	}
	return err
}

// fetch is FETCH and MOVE. The rows of a FETCH go out as they come.
func (p *Portal) fetch(ctx context.Context, n *parse.FetchStmt) error {
	f, err := p.session.fetch(ctx, n)
	if err != nil {
		return err
	}
	if !n.Move {
		p.fetching = f
		return nil
	}
	for {
		if b, err := f.next(ctx); err != nil || b == nil {
			p.tag = fetchTag(true, f.rows)
			return err
		}
	}
}

// show is SHOW.
func (p *Portal) show(name string) error {
	rows := datum.NewBatch(columnTypes(p.statement.columns), 1)
	if strings.EqualFold(name, "all") {
		sorted := slices.SortedFunc(slices.Values(allSettings), func(a, b setting) int {
			return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
		})
		for _, d := range sorted {
			v, _ := p.session.showSetting(d.name)
			rows.AppendRow([]datum.Datum{datum.NewString(d.name), datum.NewString(v), datum.NewString(d.about)})
		}
		return p.buffer(rows)
	}
	v, ok := p.session.showSetting(name)
	if !ok {
		return unrecognised(name)
	}
	rows.AppendRow([]datum.Datum{datum.NewString(v)})
	return p.buffer(rows)
}

func columnTypes(columns []plan.Column) []*datum.Type {
	types := make([]*datum.Type, len(columns))
	for i, c := range columns {
		types[i] = c.Type
	}
	return types
}

// discard is DISCARD. Plans are made again by themselves, and there are no temporary tables.
func (s *Session) discard(ctx context.Context, target string) (string, error) {
	if target == "temp" || target == "temporary" {
		return "DISCARD TEMP", s.discardTemp(ctx)
	}
	if target == "sequences" {
		s.sequences = relation.SequenceUse{}
	}
	if target != "all" {
		return "DISCARD " + strings.ToUpper(target), nil
	}
	if s.txn.block || s.several {
		return "", sqlstate.New(sqlstate.ActiveSQLTransaction, "DISCARD ALL cannot run inside a transaction block")
	}
	if _, err := s.closeCursor(""); err != nil {
		return "", err
	}
	for name := range s.statements {
		delete(s.statements, name)
	}
	s.resetAll()
	s.holder.UnlockAdvisory()
	s.unlisten("")
	s.sequences = relation.SequenceUse{}
	return "DISCARD ALL", s.dropTemp(ctx)
}
