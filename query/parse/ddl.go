package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// createTable converts CREATE TABLE. Clauses that the tree has no place for are named in
// Unsupported, the first of them.
func (c *converter) createTable(s *pg.CreateStmt) Stmt {
	out := &CreateTableStmt{
		At:          c.at(s.Relation.GetLocation()),
		Name:        c.relName(s.Relation),
		Persistence: persistence(s.Relation),
		IfNotExists: s.IfNotExists,
		Options:     c.defElems(s.Options),
		OnCommit:    onCommit(s.Oncommit),
		Unsupported: tableClause(s),
	}
	for _, n := range s.TableElts {
		switch n := n.Node.(type) {
		case *pg.Node_ColumnDef:
			out.Columns = append(out.Columns, c.columnDef(n.ColumnDef))
		case *pg.Node_Constraint:
			out.Constraints = append(out.Constraints, c.constraint(n.Constraint))
		case *pg.Node_TableLikeClause:
			l := n.TableLikeClause
			out.Likes = append(out.Likes, TableLike{At: c.at(l.Relation.GetLocation()), Table: c.relName(l.Relation),
				Options: LikeOption(l.Options), Before: len(out.Columns)})
		default:
			out.Unsupported = nodeTitle(n) + " in CREATE TABLE"
		}
	}
	return out
}

// tableClause names the first clause of CREATE TABLE that the tree has no place for.
func tableClause(s *pg.CreateStmt) string {
	switch {
	case s.Partbound != nil:
		return "PARTITION OF"
	case len(s.InhRelations) > 0:
		return "INHERITS"
	case s.Partspec != nil:
		return "PARTITION BY"
	case s.OfTypename != nil:
		return "CREATE TABLE OF a type"
	case s.Tablespacename != "":
		return "TABLESPACE"
	case s.AccessMethod != "":
		return "a table access method"
	}
	return ""
}

// onCommit is what a commit does to a temporary table: 'd' deletes its rows, 'D' drops it, 0 neither.
func onCommit(a pg.OnCommitAction) byte {
	switch a {
	case pg.OnCommitAction_ONCOMMIT_DELETE_ROWS:
		return 'd'
	case pg.OnCommitAction_ONCOMMIT_DROP:
		return 'D'
	}
	return 0
}

// persistence is p, t or u.
func persistence(v *pg.RangeVar) byte {
	if p := v.GetRelpersistence(); p != "" {
		return p[0]
	}
	return 'p'
}

// columnDef converts a column of CREATE TABLE or of a function's column definition list.
func (c *converter) columnDef(d *pg.ColumnDef) ColumnDef {
	out := ColumnDef{At: c.at(d.Location), Name: d.Colname, Type: c.typeName(d.TypeName)}
	if d.CollClause != nil {
		out.Collation = name(d.CollClause.Collname)
	}
	c.refuseIf(d.Compression != "", out.At, "COMPRESSION of a column")
	c.refuseIf(d.StorageName != "", out.At, "STORAGE of a column")
	c.refuseIf(len(d.Fdwoptions) > 0, out.At, "OPTIONS of a column")
	not := false // NOT DEFERRABLE was said of the constraint before
	for _, n := range d.Constraints {
		k := n.GetConstraint()
		if not && k.Contype == pg.ConstrType_CONSTR_ATTR_DEFERRED {
			c.failDeferred(k)
		}
		not = k.Contype == pg.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE
		if k.Contype >= pg.ConstrType_CONSTR_ATTR_DEFERRABLE {
			c.constraintAttr(out.Constraints, k)
			continue
		}
		out.Constraints = append(out.Constraints, c.constraint(k))
	}
	return out
}

// createTableAs converts CREATE TABLE … AS and CREATE MATERIALIZED VIEW.
func (c *converter) createTableAs(s *pg.CreateTableAsStmt) Stmt {
	into := s.Into
	at := c.at(into.GetRel().GetLocation())
	c.refuseIf(into.AccessMethod != "", at, "a table access method")
	c.refuseIf(len(into.Options) > 0, at, "storage parameters of CREATE TABLE AS")
	c.refuseIf(into.TableSpaceName != "", at, "TABLESPACE")
	return &CreateTableAsStmt{
		At:           at,
		Name:         c.relName(into.Rel),
		Cols:         strs(into.ColNames),
		Persistence:  persistence(into.Rel),
		OnCommit:     onCommit(into.OnCommit),
		IfNotExists:  s.IfNotExists,
		Materialized: s.Objtype == pg.ObjectType_OBJECT_MATVIEW,
		Query:        c.stmt(s.Query),
		WithNoData:   into.SkipData,
	}
}

// createIndex converts CREATE INDEX.
func (c *converter) createIndex(s *pg.IndexStmt) Stmt {
	out := &CreateIndexStmt{
		At:               c.at(s.Relation.GetLocation()),
		Name:             s.Idxname,
		Table:            c.rangeTable(s.Relation),
		Method:           s.AccessMethod,
		Unique:           s.Unique,
		IfNotExists:      s.IfNotExists,
		Concurrently:     s.Concurrent,
		Options:          c.defElems(s.Options),
		Where:            c.expr(s.WhereClause),
		NullsNotDistinct: s.NullsNotDistinct,
	}
	c.refuseIf(s.TableSpace != "", out.At, "TABLESPACE")
	for _, n := range s.IndexParams {
		out.Elems = append(out.Elems, c.indexElem(n.GetIndexElem(), out.At))
	}
	for _, n := range s.IndexIncludingParams {
		e := n.GetIndexElem()
		c.refuseIf(e.Name == "", out.At, "an expression in INCLUDE")
		out.Include = append(out.Include, e.Name)
	}
	return out
}

// indexElem converts one key; at is where to point when the key itself has no place.
func (c *converter) indexElem(e *pg.IndexElem, at At) IndexElem {
	out := IndexElem{At: -1, Column: e.Name, Expr: c.expr(e.Expr), OpClass: name(e.Opclass), ClassOptions: c.defElems(e.Opclassopts),
		Dir: sortDir(e.Ordering), Nulls: nullsOrder(e.NullsOrdering)}
	if out.Expr != nil {
		out.At = posOf(out.Expr)
	}
	c.refuseIf(len(e.Collation) > 0, at, "COLLATE in an index")
	return out
}

// createSchema converts CREATE SCHEMA.
func (c *converter) createSchema(s *pg.CreateSchemaStmt) Stmt {
	out := &CreateSchemaStmt{At: -1, Name: s.Schemaname, IfNotExists: s.IfNotExists, Owner: c.optionalRole(s.Authrole)}
	for _, n := range s.SchemaElts {
		out.Elements = append(out.Elements, c.stmt(n))
	}
	return out
}
