package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// createView converts CREATE VIEW.
func (c *converter) createView(s *pg.ViewStmt) Stmt {
	out := &CreateViewStmt{
		At:          c.at(s.View.GetLocation()),
		Name:        c.relName(s.View),
		Cols:        strs(s.Aliases),
		Persistence: persistence(s.View),
		Replace:     s.Replace,
		Query:       c.stmt(s.Query),
		Options:     c.defElems(s.Options),
	}
	switch s.WithCheckOption {
	case pg.ViewCheckOption_LOCAL_CHECK_OPTION:
		out.Check = "local"
	case pg.ViewCheckOption_CASCADED_CHECK_OPTION:
		out.Check = "cascaded"
	}
	return out
}

// refresh converts REFRESH MATERIALIZED VIEW.
func (c *converter) refresh(s *pg.RefreshMatViewStmt) Stmt {
	return &RefreshStmt{At: c.at(s.Relation.GetLocation()), Name: c.relName(s.Relation), Concurrently: s.Concurrent,
		WithNoData: s.SkipData}
}

// createSequence converts CREATE SEQUENCE.
func (c *converter) createSequence(s *pg.CreateSeqStmt) Stmt {
	return &CreateSequenceStmt{At: c.at(s.Sequence.GetLocation()), Name: c.relName(s.Sequence),
		Persistence: persistence(s.Sequence), IfNotExists: s.IfNotExists, Options: c.defElems(s.Options)}
}

// alterSequence converts ALTER SEQUENCE.
func (c *converter) alterSequence(s *pg.AlterSeqStmt) Stmt {
	return &AlterSequenceStmt{At: c.at(s.Sequence.GetLocation()), Name: c.relName(s.Sequence), IfExists: s.MissingOk,
		Options: c.defElems(s.Options)}
}
