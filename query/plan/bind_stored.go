package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// checkCondition binds a CHECK's condition over a table's row, or over a domain's VALUE.
func (b *binder) checkCondition(t *catalog.Table, tree parse.Expr) (Expr, error) {
	e, err := b.tableExpr(t, tree, inCheck)
	if err != nil {
		return nil, err
	}
	if _, err := b.toBool(e, "CHECK", exprStart(tree)); err != nil {
		return nil, err
	}
	return e, nil
}

// bindChecks checks and names the CHECK constraints, over all columns.
func (d *tableDefinition) bindChecks() error {
	for _, k := range d.checks {
		e, err := d.b.checkCondition(d.table, k.Expr)
		if err != nil {
			return err
		}
		name := k.Name
		if name == "" {
			name = d.constraintName(soleColumn(d.table, e), "check")
		} else if hasConstraint(d.table, name) {
			return fail(k.Pos(), sqlstate.DuplicateObject, "check constraint %q already exists", name)
		}
		d.table.Checks = append(d.table.Checks, catalog.Check{Name: name, Expr: d.b.storedText(d.table, k.Expr),
			NotValid: k.NotValid && d.table.OID != 0, NoInherit: k.NoInherit})
	}
	return nil
}

// storedText is an expression over a table's row, which was just bound, as the catalog keeps it.
func (b *binder) storedText(t *catalog.Table, e parse.Expr) string {
	return catalog.Unqualified(t, parse.Deparse(withConfigs(b.ids.freeze(e))))
}

// withConfigs says of what type a configuration is that an expression names, as Postgres shows it:
// to_tsvector('english'::regconfig, title).
func withConfigs(e parse.Expr) parse.Expr {
	named := false
	out := parse.Rewrite(e, func(n any) any {
		call, ok := n.(*parse.FuncCall)
		if !ok || len(call.Args) != 2 || call.Name[len(call.Name)-1] != "to_tsvector" {
			return nil
		}
		config, ok := call.Args[0].(*parse.Const)
		if !ok || config.Kind != parse.ConstString {
			return nil
		}
		named = true
		typed := *call
		typed.Args = []parse.Expr{&parse.CastExpr{Arg: config, Type: parse.TypeName{Name: parse.Name{"regconfig"}}}, call.Args[1]}
		return &typed
	})
	if !named {
		return e
	}
	return out
}

// soleColumn is the only column that a check reads, "" when it reads none or several.
func soleColumn(t *catalog.Table, e Expr) string {
	cols := columnsOf(e)
	if len(cols) != 1 {
		return ""
	}
	return t.Columns[cols[0]].Name
}

// columnsOf lists the columns that an expression reads, in order, each once.
func columnsOf(e Expr) []int {
	var out []int
	Walk(e, func(x Expr) bool {
		if c, ok := x.(*Col); ok && !slices.Contains(out, c.Index) {
			out = append(out, c.Index)
		}
		return true
	})
	slices.Sort(out)
	return out
}

// bindGenerated checks the generation expressions: over ordinary columns, immutable, and of the
// column's dimensions where a model fills it.
func (d *tableDefinition) bindGenerated() error {
	for i := range d.table.Columns {
		k, ok := d.generated[i]
		if !ok {
			continue
		}
		e, err := d.b.tableExpr(d.table, k.Expr, inGenerated)
		if err != nil {
			return err
		}
		if err := d.checkGenerated(i, e, k); err != nil {
			return err
		}
		d.table.Columns[i].Generated = d.b.storedText(d.table, k.Expr)
	}
	return nil
}

func (d *tableDefinition) checkGenerated(i int, e Expr, k parse.Constraint) error {
	col := &d.table.Columns[i]
	for _, c := range columnsOf(e) {
		if other := &d.table.Columns[c]; other.Generated != "" {
			return sqlstate.New(sqlstate.InvalidObjectDefinition,
				"cannot use generated column %q in column generation expression", other.Name).
				WithDetail("A generated column cannot reference another generated column.").At(k.Expr.Pos())
		}
	}
	if err := d.b.fitsColumn(e, col, k.Expr.Pos()); err != nil {
		return err
	}
	if mutable(e) || mutableCast(e.Type(), col.Type) {
		return sqlstate.New(sqlstate.InvalidObjectDefinition, "generation expression is not immutable")
	}
	return d.recordModel(col, e, k)
}

// recordModel notes which model fills a vector column, so that spaces never mix.
func (d *tableDefinition) recordModel(col *catalog.Column, e Expr, k parse.Constraint) error {
	call := embedCall(e)
	if call == nil {
		return nil
	}
	model := d.b.cat.DefaultModel()
	if arg := embedModel(call); arg != nil {
		name, ok := arg.(*Const)
		if !ok || name.Value.IsNull() {
			return fail(k.Expr.Pos(), sqlstate.InvalidObjectDefinition,
				"the model of a generated column must be a constant")
		}
		model = name.Value.Str()
	}
	m, err := d.b.cat.Model(model)
	if err != nil {
		return at(err, k.Expr.Pos())
	}
	if err := readsTexts(call, m); err != nil {
		return at(err, k.Expr.Pos())
	}
	dim := m.Dim
	if col.Type == datum.Vector && col.Typmod >= 0 && int(col.Typmod) != dim && e == Expr(call) {
		return sqlstate.New(sqlstate.DataException, "expected %d dimensions, not %d", col.Typmod, dim).
			WithDetail("Column %q is vector(%d), and model %q makes vectors of %d dimensions.", col.Name, col.Typmod,
				m.Name, dim).
			At(k.Expr.Pos())
	}
	col.Model, col.ModelHash = m.Name, m.Fingerprint
	return nil
}

// embedCall finds the call of embed in a generation expression, nil for none.
func embedCall(e Expr) *Call {
	var out *Call
	Walk(e, func(x Expr) bool {
		if call, ok := x.(*Call); ok && isEmbed(call.Proc) {
			out = call
		}
		return out == nil
	})
	return out
}

// mutable says whether an expression may change between calls with the same arguments: its
// functions are not all immutable, or it reads the session.
func mutable(e Expr) bool {
	return !Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			return x.Proc.Volatile == 'i'
		case *Cast:
			return !mutableCast(x.Arg.Type(), x.T)
		case *AnyAll:
			return x.Proc.Volatile == 'i'
		case *SessionValue, *Subquery, *Param:
			return false
		}
		return true
	})
}

// mutableCast: conversions that read TimeZone, DateStyle or the catalog.
func mutableCast(from, to *datum.Type) bool {
	if from == to {
		return false
	}
	if catalogName(from) != catalogName(to) && (from.Category == 'S' || to.Category == 'S') {
		return true
	}
	if dateLike(from) && to.Category == 'S' || from.Category == 'S' && (dateLike(to) || to == datum.Interval) {
		return true
	}
	return from == datum.Timestamptz && dateLike(to) || to == datum.Timestamptz && dateLike(from)
}

func dateLike(t *datum.Type) bool { return t.Category == 'D' }

// catalogName says whether values of the type are names looked up in the catalog.
func catalogName(t *datum.Type) bool {
	switch t {
	case datum.Regclass, datum.Regtype, datum.Regproc, datum.Regprocedure, datum.Regoper, datum.Regoperator, datum.Regrole,
		datum.Regnamespace, datum.Regconfig, datum.Regdictionary, datum.Regcollation:
		return true
	}
	return false
}
