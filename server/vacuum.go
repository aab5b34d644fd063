package server

import (
	"context"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// vacuum is VACUUM, which seals and merges the vector segments and so drops the versions that nobody can see, brings what was
// written since into the blocks of inverted indexes, and ANALYZE.
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
	erase := isOn(n.Options, "erase")
	if erase {
		if err := s.mayErase(n, tables); err != nil {
			return "", err
		}
	}
	tables = slices.DeleteFunc(tables, func(t *catalog.Table) bool { return s.passOver(t, n.Analyze, len(n.Tables) > 0) })
	if n.Analyze || isOn(n.Options, "analyze") {
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
	if erase {
		return tag, s.erase(ctx, n, tables)
	}
	if err := s.engine.db.Pack(ctx, tables); err != nil {
		return "", err
	}
	return tag, s.engine.db.Seal(ctx)
}

// isOn says whether one of VACUUM's options is given and on.
func isOn(options []parse.DefElem, name string) bool {
	return slices.ContainsFunc(options, func(o parse.DefElem) bool {
		if o.Name != name {
			return false
		}
		var word string
		switch v := o.Val.(type) {
		case *parse.Const:
			word = v.Val
		case *parse.ColumnRef:
			word = strings.Join(v.Name, ".")
		}
		on, err := boolean(name)(word)
		return err != nil || on == "on"
	})
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

// statementHere begins a statement: in a function, one that sees what the statement around it has done.
func (s *Session) statementHere(ctx context.Context) (*relation.Stmt, error) {
	if s.within == nil {
		return s.ensureTransaction().Statement(ctx)
	}
	nested, err := s.within.Nested(ctx)
	if err != nil {
		return nil, err
	}
	return nested.(*relation.Stmt), nil
}

// analyze samples tables, the transaction's own rows among the others.
func (s *Session) analyze(ctx context.Context, tables []*catalog.Table) error {
	reads, err := s.statementHere(ctx)
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
	case "erase":
		if tag == "VACUUM" {
			return nil
		}
	case "full", "disable_page_skipping", "skip_locked", "index_cleanup", "process_toast", "truncate", "parallel":
		if c, ok := o.Val.(*parse.Const); ok && slices.Contains([]string{"false", "off", "0"}, c.Val) {
			return nil
		}
		return sqlstate.New(sqlstate.FeatureNotSupported, "%s option %q is not supported", tag, o.Name)
	}
	return sqlstate.New(sqlstate.SyntaxError, "unrecognized %s option %q", tag, o.Name).At(o.Pos())
}
