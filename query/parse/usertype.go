package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// Composite types and domains.
type (
	// CreateTypeStmt is CREATE TYPE … AS (…).
	CreateTypeStmt struct {
		At
		Name    Name
		Columns []ColumnDef
	}
	// CreateDomainStmt is CREATE DOMAIN.
	CreateDomainStmt struct {
		At
		Name        Name
		Type        TypeName
		Collation   Name
		Constraints []Constraint
	}
	// AlterDomainStmt is ALTER DOMAIN, but for what other objects have, too. Which of the fields are set depends on Action.
	AlterDomainStmt struct {
		At
		Name       Name
		Action     DomainAction
		Default    Expr // nil drops it
		Constraint *Constraint
		Sub        string // a constraint's name
		Cascade    bool
		IfExists   bool
	}
	// DomainAction is what ALTER DOMAIN does: AlterDomainStmt.subtype of the grammar.
	DomainAction byte
)

// What ALTER DOMAIN does.
const (
	DomainDefault            DomainAction = 'T'
	DomainDropNotNull        DomainAction = 'N'
	DomainSetNotNull         DomainAction = 'O'
	DomainAddConstraint      DomainAction = 'C'
	DomainDropConstraint     DomainAction = 'X'
	DomainValidateConstraint DomainAction = 'V'
)

func (*CreateTypeStmt) stmt()   {}
func (*CreateDomainStmt) stmt() {}
func (*AlterDomainStmt) stmt()  {}

// createType converts CREATE TYPE … AS (…).
func (c *converter) createType(s *pg.CompositeTypeStmt) Stmt {
	out := &CreateTypeStmt{At: c.at(s.Typevar.GetLocation()), Name: c.relName(s.Typevar)}
	for _, n := range s.Coldeflist {
		out.Columns = append(out.Columns, c.columnDef(n.GetColumnDef()))
	}
	return out
}

// createDomain converts CREATE DOMAIN.
func (c *converter) createDomain(s *pg.CreateDomainStmt) Stmt {
	out := &CreateDomainStmt{At: -1, Name: name(s.Domainname), Type: c.typeName(s.TypeName)}
	if s.CollClause != nil {
		out.Collation = name(s.CollClause.Collname)
	}
	for _, n := range s.Constraints {
		out.Constraints = append(out.Constraints, c.constraint(n.GetConstraint()))
	}
	return out
}

// alterDomain converts ALTER DOMAIN.
func (c *converter) alterDomain(s *pg.AlterDomainStmt) Stmt {
	out := &AlterDomainStmt{At: -1, Name: name(s.TypeName), Action: DomainAction(firstByte(s.Subtype)), Sub: s.Name,
		Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE, IfExists: s.MissingOk}
	switch out.Action {
	case DomainDefault:
		out.Default = c.expr(s.Def)
	case DomainAddConstraint:
		k := c.constraint(s.Def.GetConstraint())
		out.Constraint = &k
	}
	return out
}
