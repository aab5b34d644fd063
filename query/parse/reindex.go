package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// ReindexStmt is REINDEX. Kind is "index", "table", "schema", "system" or "database"; Name has one part for the last three.
type ReindexStmt struct {
	At
	Kind    string
	Name    Name
	Options []DefElem
}

func (*ReindexStmt) stmt() {}

func (c *converter) reindex(s *pg.ReindexStmt) Stmt {
	out := &ReindexStmt{At: -1, Name: Name{s.Name}, Options: c.defElems(s.Params), Kind: map[pg.ReindexObjectType]string{
		pg.ReindexObjectType_REINDEX_OBJECT_INDEX: "index", pg.ReindexObjectType_REINDEX_OBJECT_TABLE: "table",
		pg.ReindexObjectType_REINDEX_OBJECT_SCHEMA: "schema", pg.ReindexObjectType_REINDEX_OBJECT_SYSTEM: "system",
		pg.ReindexObjectType_REINDEX_OBJECT_DATABASE: "database"}[s.Kind]}
	if s.Relation != nil {
		out.Name = c.relName(s.Relation)
	}
	return out
}
