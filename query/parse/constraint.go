package parse

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/seguedb/segue/query/sqlstate"
)

// constraintKinds maps the grammar's kinds to ours.
var constraintKinds = map[pg.ConstrType]ConstraintKind{
	pg.ConstrType_CONSTR_NULL:      ConNull,
	pg.ConstrType_CONSTR_NOTNULL:   ConNotNull,
	pg.ConstrType_CONSTR_DEFAULT:   ConDefault,
	pg.ConstrType_CONSTR_IDENTITY:  ConIdentity,
	pg.ConstrType_CONSTR_GENERATED: ConGenerated,
	pg.ConstrType_CONSTR_CHECK:     ConCheck,
	pg.ConstrType_CONSTR_PRIMARY:   ConPrimary,
	pg.ConstrType_CONSTR_UNIQUE:    ConUnique,
	pg.ConstrType_CONSTR_EXCLUSION: ConExclusion,
	pg.ConstrType_CONSTR_FOREIGN:   ConForeign,
}

// constraint converts a column or table constraint.
func (c *converter) constraint(k *pg.Constraint) Constraint {
	kind, known := constraintKinds[k.Contype]
	out := Constraint{
		At:                c.at(k.Location),
		Kind:              kind,
		Name:              k.Conname,
		Expr:              c.expr(k.RawExpr),
		Columns:           strs(k.Keys),
		NullsNotDistinct:  k.NullsNotDistinct,
		Deferrable:        k.Deferrable,
		InitiallyDeferred: k.Initdeferred,
		NoInherit:         k.IsNoInherit,
		NotValid:          k.SkipValidation,
	}
	c.refuseIf(!known, out.At, "this kind of constraint")
	switch kind {
	case ConIdentity:
		out.IdentityAlways = k.GeneratedWhen == "a"
		out.Options = c.defElems(k.Options)
	case ConForeign:
		c.foreignKey(&out, k)
	default:
		out.Options = c.defElems(k.Options)
	}
	out.Include, out.Index = strs(k.Including), k.Indexname
	c.refuseIf(k.Indexspace != "", out.At, "USING INDEX TABLESPACE")
	for _, n := range k.Exclusions {
		pair := n.GetList().GetItems()
		out.Excluded = append(out.Excluded, ExcludedKey{Key: c.indexElem(pair[0].GetIndexElem(), out.At),
			Operator: name(pair[1].GetList().GetItems())})
	}
	out.Method = k.AccessMethod
	if kind == ConExclusion {
		out.Where = c.expr(k.WhereClause)
	}
	return out
}

// foreignKey fills in what a foreign key alone has.
func (c *converter) foreignKey(out *Constraint, k *pg.Constraint) {
	out.Columns = strs(k.FkAttrs)
	out.RefTable = c.relName(k.Pktable)
	out.RefColumns = strs(k.PkAttrs)
	out.OnDelete = firstByte(k.FkDelAction)
	out.OnUpdate = firstByte(k.FkUpdAction)
	out.MatchType = firstByte(k.FkMatchtype)
	out.DeleteColumns = strs(k.FkDelSetCols)
}

// firstByte is the letter that a char field of the grammar holds, 0 for none.
func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// constraintAttr applies DEFERRABLE and its kin to the constraint written before it, with the errors
// of Postgres's transformConstraintAttrs: column constraints arrive with their attributes apart.
func (c *converter) constraintAttr(before []Constraint, k *pg.Constraint) {
	var last *Constraint
	if n := len(before); n > 0 {
		switch before[n-1].Kind {
		case ConPrimary, ConUnique, ConExclusion, ConForeign:
			last = &before[n-1]
		}
	}
	word := map[pg.ConstrType]string{
		pg.ConstrType_CONSTR_ATTR_DEFERRABLE:     "DEFERRABLE",
		pg.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE: "NOT DEFERRABLE",
		pg.ConstrType_CONSTR_ATTR_DEFERRED:       "INITIALLY DEFERRED",
		pg.ConstrType_CONSTR_ATTR_IMMEDIATE:      "INITIALLY IMMEDIATE",
	}[k.Contype]
	if last == nil {
		c.fail(c.at(k.Location), sqlstate.New(sqlstate.SyntaxError, "misplaced %s clause", word))
		return
	}
	switch k.Contype {
	case pg.ConstrType_CONSTR_ATTR_DEFERRABLE:
		last.Deferrable = true
	case pg.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE:
		last.Deferrable = false
		if last.InitiallyDeferred {
			c.failDeferred(k)
		}
	case pg.ConstrType_CONSTR_ATTR_DEFERRED:
		last.Deferrable, last.InitiallyDeferred = true, true
	case pg.ConstrType_CONSTR_ATTR_IMMEDIATE:
		last.InitiallyDeferred = false
	}
}

// failDeferred is the contradiction NOT DEFERRABLE INITIALLY DEFERRED.
func (c *converter) failDeferred(k *pg.Constraint) {
	c.fail(c.at(k.Location), sqlstate.New(sqlstate.SyntaxError,
		"constraint declared INITIALLY DEFERRED must be DEFERRABLE"))
}
