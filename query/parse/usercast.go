package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// Casts that users make.
type (
	// CreateCastStmt is CREATE CAST. Context is 'i' AS IMPLICIT, 'a' AS ASSIGNMENT, 'e' for neither. InOut is WITH INOUT;
	// without it a nil Func is WITHOUT FUNCTION.
	CreateCastStmt struct {
		At
		From, To *TypeName
		Func     *GrantObject
		InOut    bool
		Context  byte
	}
	// DropCastStmt is DROP CAST.
	DropCastStmt struct {
		At
		From, To          *TypeName
		IfExists, Cascade bool
	}
)

func (*CreateCastStmt) stmt() {}
func (*DropCastStmt) stmt()   {}

func (c *converter) createCast(s *pg.CreateCastStmt) Stmt {
	from, to := c.typeName(s.Sourcetype), c.typeName(s.Targettype)
	out := &CreateCastStmt{At: -1, From: &from, To: &to, InOut: s.Inout, Context: 'e'}
	switch s.Context {
	case pg.CoercionContext_COERCION_IMPLICIT:
		out.Context = 'i'
	case pg.CoercionContext_COERCION_ASSIGNMENT:
		out.Context = 'a'
	}
	if s.Func != nil {
		f := c.withArgs(s.Func)
		out.Func = &f
	}
	return out
}

// castTypes are the two types that name a cast; nils for another object.
func (c *converter) castTypes(n *pg.Node) (from, to *TypeName) {
	items := n.GetList().GetItems()
	if len(items) != 2 || items[0].GetTypeName() == nil || items[1].GetTypeName() == nil {
		return nil, nil
	}
	x, y := c.typeName(items[0].GetTypeName()), c.typeName(items[1].GetTypeName())
	return &x, &y
}
