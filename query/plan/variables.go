package plan

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Variables are what names stand for, beside columns, in SQL that is embedded in PL/pgSQL.
type Variables interface {
	// Variable finds a variable or a field of one by its name; nil is neither. It fails where the name is of a record
	// without that field, or without fields yet; column says that a column has the name, and then it does not.
	Variable(name parse.Name, column bool) (*Variable, error)
	// Positional is the variable of $number, nil for none.
	Positional(number int) *Variable
	// Conflict says what a name means that a variable and a column have: "error", "use_variable" or "use_column".
	Conflict() string
}

// Variable is a variable as an expression sees it. Two with the same Number and Field are the same; Field is a record's
// field's place, -1 for all of it or what is no record.
type Variable struct {
	Type          *datum.Type
	Typmod        int32
	Number, Field int
}

// variableFrame makes parameters of a statement's variables.
type variableFrame struct {
	Variables
	b    *binder
	used []Variable
}

// Embedded is a statement of PL/pGSQL, bound. Its parameters are the values of Uses.
type Embedded struct {
	*Plan
	Uses []Variable
	// Expr is there when the statement does no more than compute one expression of its parameters, which are its columns.
	Expr Expr
	// Stable says that Expr has the same value for the same parameters whenever it is computed.
	Stable bool
}

// BindEmbedded binds and optimises a statement of PL/pgSQL. query is a cursor's, whose rows' identities are wanted.
func BindEmbedded(cat Catalog, stmt parse.Stmt, vars Variables, cursor bool) (*Embedded, error) {
	b := &binder{cat: cat}
	if q, ok := stmt.(*parse.SelectStmt); ok && cursor {
		b.cursor = q
	}
	frame := &variableFrame{Variables: vars, b: b}
	b.fn = &functionFrame{vars: frame}
	p, err := bind(b, stmt, nil)
	if err != nil {
		return nil, err
	}
	out := &Embedded{Plan: Optimize(cat, p), Uses: frame.used}
	out.Expr, out.Stable = soleExpr(out.Plan)
	return out, nil
}

// soleExpr is the expression of a plan that does no more than compute it, over columns instead of parameters; nil for
// others.
func soleExpr(p *Plan) (e Expr, stable bool) {
	var exprs []Expr
	if rows, ok := p.Root.(*Values); ok && len(rows.Rows) == 1 {
		exprs = rows.Rows[0]
	}
	if project, ok := p.Root.(*Project); ok {
		rows, ok := project.Input.(*Values)
		if ok && len(rows.Rows) == 1 && len(rows.Rows[0]) == 0 {
			exprs = project.Exprs
		}
	}
	if len(exprs) != 1 || len(p.CTEs) > 0 || p.Slots > 0 || !subqueryFree(exprs[0]) {
		return nil, false
	}
	e = Transform(exprs[0], func(x Expr) Expr {
		if param, ok := x.(*Param); ok {
			return &Col{Typed: param.Typed, Index: param.Index}
		}
		return x
	})
	return e, !mutable(e)
}

// param is a variable as a parameter of the plan.
func (f *variableFrame) param(v *Variable) Expr {
	for i, u := range f.used {
		if u.Number == v.Number && u.Field == v.Field {
			return f.b.params[i]
		}
	}
	p := &Param{Typed: Typed{v.Type, v.Typmod}, Index: len(f.used)}
	f.used, f.b.params = append(f.used, *v), append(f.b.params, p)
	return p
}

func (f *variableFrame) positional(number, pos int) (Expr, error) {
	v := f.Positional(number)
	if v == nil {
		return nil, fail(pos, sqlstate.UndefinedParameter, "there is no parameter $%d", number)
	}
	return f.param(v), nil
}

// named is what a name stands for when column says whether a column has it; nil is nothing.
func (f *variableFrame) named(name parse.Name, pos int, column bool) (Expr, error) {
	if len(name) > 3 || column && f.Conflict() == "use_column" {
		return nil, nil
	}
	v, err := f.Variable(name, column)
	switch {
	case sqlstate.CodeOf(err) == sqlstate.ObjectNotInPrerequisiteState: // of a record that is not assigned
		return nil, err
	case err != nil:
		return nil, at(err, pos)
	case v == nil:
		return nil, nil
	case column && f.Conflict() == "error":
		return nil, sqlstate.New(sqlstate.AmbiguousColumn, "column reference \"%s\" is ambiguous", nameText(name)).
			WithDetail("It could refer to either a PL/pgSQL variable or a table column.").At(pos)
	}
	return f.param(v), nil
}

func nameText(name parse.Name) string {
	out := name[0]
	for _, part := range name[1:] {
		out += "." + part
	}
	return out
}

// variable is the variable that a column's name means, too; nil where the column it is.
func (c *exprContext) variable(x *parse.ColumnRef, column bool) (Expr, error) {
	if c.b.fn == nil || c.b.fn.vars == nil {
		return nil, nil
	}
	return c.b.fn.vars.named(x.Name, x.Pos(), column)
}

// starVariable expands record.*.
func (c *exprContext) starVariable(star *parse.Star) (exprs []Expr, names []string, ok bool, err error) {
	if c.b.fn == nil || c.b.fn.vars == nil || len(star.Name) == 0 {
		return nil, nil, false, nil
	}
	e, err := c.b.fn.vars.named(star.Name, star.Pos(), false)
	if e == nil || err != nil || !e.Type().IsRecord() {
		return nil, nil, false, err
	}
	fields := fieldsOf(e)
	for i, f := range fields {
		exprs, names = append(exprs, fieldAt(e, fields, i)), append(names, f.Name)
	}
	return exprs, names, true, nil
}

// Polymorphic says whether a parameter's type is its argument's.
func Polymorphic(t *datum.Type) bool { return isPolymorphic(t) }

// Assignable says whether PL/pgSQL converts from a type to another by a cast; what it has none for goes through text.
func Assignable(from, to *datum.Type) bool { return castPath(nil, from, to, assignment) }

// spreadStars puts the fields of record.* in the place of that in a list of VALUES.
func (c *exprContext) spreadStars(list []parse.Expr) ([]parse.Expr, error) {
	if c.b.fn == nil || c.b.fn.vars == nil {
		return list, nil
	}
	var out []parse.Expr
	for _, e := range list {
		star, ok := e.(*parse.Star)
		if !ok {
			out = append(out, e)
			continue
		}
		_, names, found, err := c.starVariable(star)
		if err != nil {
			return nil, err
		}
		if !found {
			out = append(out, e)
		}
		for _, n := range names {
			out = append(out, &parse.ColumnRef{At: star.At, Name: append(append(parse.Name{}, star.Name...), n)})
		}
	}
	return out, nil
}
