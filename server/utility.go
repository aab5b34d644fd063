package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
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
		*parse.SetConstraintsStmt:
		return nil, true
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

// vacuum is VACUUM, which seals and merges the vector segments and so drops the versions that nobody can see, and
// ANALYZE.
func (s *Session) vacuum(ctx context.Context, n *parse.VacuumStmt) (string, error) {
	tag := "VACUUM"
	if n.Analyze {
		tag = "ANALYZE"
	}
	if !n.Analyze && (s.txn.block || s.several || s.txn.statements > 0) {
		return "", sqlstate.New(sqlstate.ActiveSQLTransaction, "VACUUM cannot run inside a transaction block")
	}
	for _, o := range n.Options {
		if err := vacuumOption(tag, o); err != nil {
			return "", err
		}
	}
	tables, err := s.tablesToAnalyze(n)
	if err != nil {
		return "", err
	}
	tables = slices.DeleteFunc(tables, func(t *catalog.Table) bool { return s.passOver(t, n.Analyze, len(n.Tables) > 0) })
	if n.Analyze || slices.ContainsFunc(n.Options, isAnalyze) {
		if err := s.analyze(ctx, tables); err != nil {
			return "", err
		}
	}
	if n.Analyze {
		return tag, nil
	}
	for _, t := range tables {
		if t.HasRows() {
			s.engine.db.CountVacuum(t)
		}
	}
	return tag, s.engine.db.Seal(ctx)
}

// isAnalyze recognises VACUUM's option ANALYZE where it is on.
func isAnalyze(o parse.DefElem) bool {
	if o.Name != "analyze" {
		return false
	}
	var word string
	switch v := o.Val.(type) {
	case *parse.Const:
		word = v.Val
	case *parse.ColumnRef:
		word = strings.Join(v.Name, ".")
	}
	on, err := boolean("analyze")(word)
	return err != nil || on == "on"
}

// tablesToAnalyze are those that the statement names, or every stored one.
func (s *Session) tablesToAnalyze(n *parse.VacuumStmt) ([]*catalog.Table, error) {
	var out []*catalog.Table
	for _, r := range n.Tables {
		t, err := s.requireTable(r)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	if len(n.Tables) > 0 {
		return out, nil
	}
	for _, t := range s.Snapshot().Tables() {
		if t.Virtual == nil {
			out = append(out, t)
		}
	}
	return out, nil
}

// analyze samples tables, the transaction's own rows among the others.
func (s *Session) analyze(ctx context.Context, tables []*catalog.Table) error {
	reads, err := s.ensureTransaction().Statement(ctx)
	if err != nil {
		return err
	}
	defer reads.Abort()
	for _, t := range tables {
		if t.Virtual != nil {
			continue
		}
		stats, err := reads.Analyze(ctx, t)
		if err != nil {
			return err
		}
		if err := s.engine.db.SetStatistics(t, stats); err != nil {
			return err
		}
		s.engine.db.CountAnalyze(t)
	}
	return nil
}

// passOver says that VACUUM or ANALYZE leaves a table out, with PostgreSQL's warning: it has no rows, or is another's.
func (s *Session) passOver(t *catalog.Table, analyze, named bool) bool {
	verb, snap := "vacuum", s.Snapshot()
	if analyze {
		verb = "analyze"
	}
	why := ""
	switch system := t.Virtual != nil && t.Kind() == catalog.KindTable; {
	case !system && !t.HasRows():
		if why = "cannot " + verb + " non-tables or special system tables"; !named {
			return true
		}
	case snap.Owns(s.info.Role, catalog.ClassRelation, t.OID), snap.HasRole(s.info.Role, catalog.OwnerOID):
		return false
	case system:
		why = "only superuser or database owner can " + verb + " it"
	default:
		why = "only table or database owner can " + verb + " it"
	}
	s.Notice("WARNING", sqlstate.New(sqlstate.Warning, "skipping \"%s\" --- %s", t.Name, why))
	return true
}

// requireTable looks a table up for VACUUM and ANALYZE.
func (s *Session) requireTable(r *parse.RangeTable) (*catalog.Table, error) {
	snap := s.Snapshot()
	names := append([]string{"pg_catalog"}, s.info.Path()...)
	if len(r.Name) > 1 {
		names = []string{r.Name[len(r.Name)-2]}
	}
	for _, schema := range names {
		if sc := snap.Schema(schema); sc != nil {
			if t := snap.Table(sc.OID, r.Name[len(r.Name)-1]); t != nil {
				return t, nil
			}
		}
	}
	return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", strings.Join(r.Name, ".")).At(r.Pos())
}

// vacuumOption knows PostgreSQL's options. Those about its pages have no meaning here, and may only be turned off.
func vacuumOption(tag string, o parse.DefElem) error {
	switch o.Name {
	case "analyze", "verbose", "freeze":
		return nil
	case "full", "disable_page_skipping", "skip_locked", "index_cleanup", "process_toast", "truncate", "parallel":
		if c, ok := o.Val.(*parse.Const); ok && slices.Contains([]string{"false", "off", "0"}, c.Val) {
			return nil
		}
		return sqlstate.New(sqlstate.FeatureNotSupported, "%s option %q is not supported", tag, o.Name)
	}
	return sqlstate.New(sqlstate.SyntaxError, "unrecognized %s option %q", tag, o.Name).At(o.Pos())
}
