package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// ClusterStmt is CLUSTER. Name is nil for every table that was clustered before; Index is "" for the index by which it was.
type ClusterStmt struct {
	At
	Name    Name
	Index   string
	Options []DefElem
}

func (*ClusterStmt) stmt() {}

func (c *converter) cluster(s *pg.ClusterStmt) Stmt {
	out := &ClusterStmt{At: -1, Index: s.Indexname, Options: c.defElems(s.Params)}
	if s.Relation != nil {
		out.Name = c.relName(s.Relation)
	}
	return out
}
