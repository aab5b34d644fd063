package plan

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// The expression forms with their own syntax: CASE, IN, ANY, BETWEEN, COALESCE, arrays, rows….

func (c *exprContext) caseExpr(x *parse.CaseExpr) (Expr, error) {
	c = c.withoutSets("set-returning functions are not allowed in CASE")
	out := &Case{Simple: x.Arg != nil}
	// ELSE comes first: its type leads, as in Postgres.
	var arms []parse.Expr
	if x.Else != nil {
		arms = append(arms, x.Else)
	}
	for _, w := range x.Whens {
		cond, err := c.caseCond(x, w)
		if err != nil {
			return nil, err
		}
		out.Whens = append(out.Whens, When{Cond: cond})
		arms = append(arms, w.Result)
	}
	results, err := c.bindAll(arms)
	if err != nil {
		return nil, err
	}
	t, err := c.b.unify(results, "CASE", exprStarts(arms))
	if err != nil {
		return nil, err
	}
	out.Typed = Typed{t, sameTypmod(results)}
	if x.Else != nil {
		out.Else, results = results[0], results[1:]
	}
	for i := range out.Whens {
		out.Whens[i].Result = results[i]
	}
	return out, nil
}

// caseCond is the arm's condition; CASE arg WHEN v is arg = v. The argument is bound again for each
// arm: it may be evaluated more than once, which only a volatile function would show.
func (c *exprContext) caseCond(x *parse.CaseExpr, w parse.CaseWhen) (Expr, error) {
	if x.Arg == nil {
		return c.bindBool(w.Cond, "CASE/WHEN")
	}
	c.b.copying++
	defer func() { c.b.copying-- }()
	return c.opExpr(&parse.OpExpr{At: parse.At(w.Cond.Pos()), Name: meant("="), Left: x.Arg, Right: w.Cond})
}

func sameTypmod(es []Expr) int32 {
	if len(es) == 0 {
		return -1
	}
	mod := es[0].Typmod()
	for _, e := range es {
		if e.Typmod() != mod {
			return -1
		}
	}
	return mod
}

func (c *exprContext) nullTest(x *parse.NullTest) (Expr, error) {
	arg, err := c.bind(x.Arg)
	if err != nil {
		return nil, err
	}
	if _, param := arg.(*Param); !param { // whose type nothing here tells
		if arg, err = c.b.known(arg, exprStart(x.Arg)); err != nil {
			return nil, err
		}
	}
	return &NullTest{Typed: boolType(), Arg: arg, Not: x.Not}, nil
}

func (c *exprContext) boolTest(x *parse.BoolTest) (Expr, error) {
	clause := map[byte]string{'t': "IS TRUE", 'f': "IS FALSE", 'u': "IS UNKNOWN"}[x.Value]
	if x.Not {
		clause = "IS NOT" + clause[2:]
	}
	arg, err := c.bindBool(x.Arg, clause)
	if err != nil {
		return nil, err
	}
	return &BoolTest{Typed: boolType(), Arg: arg, Value: x.Value, Not: x.Not}, nil
}

// inExpr: a list of one comparable type becomes InList; otherwise a chain of comparisons.
func (c *exprContext) inExpr(x *parse.InExpr) (Expr, error) {
	if row, ok := x.Left.(*parse.RowExpr); ok {
		return c.rowIn(x, row)
	}
	left, err := c.bind(x.Left)
	if err != nil {
		return nil, err
	}
	list, err := c.bindAll(x.List)
	if err != nil {
		return nil, err
	}
	all := append([]Expr{left}, list...)
	if _, err := commonType(c.b.cat.Snapshot(), typesOf(all), "IN", nil); err != nil {
		return c.inChain(x, left, list)
	}
	places := exprStarts(append([]parse.Expr{x.Left}, x.List...))
	if _, err := c.b.unify(all, "IN", places); err != nil {
		return nil, err
	}
	// Equality must exist for the type; finding it reports the right error when it does not.
	if _, err := c.b.operator(meant("="), all[0], all[1], x.Pos()); err != nil {
		return nil, err
	}
	return &InList{Typed: boolType(), Not: x.Not, Left: all[0], List: all[1:]}, nil
}

func (c *exprContext) inChain(x *parse.InExpr, left Expr, list []Expr) (Expr, error) {
	op, join := "=", Or
	if x.Not {
		op, join = "<>", And
	}
	args := make([]Expr, len(list))
	for i, v := range list {
		var err error
		if args[i], err = c.b.operator(meant(op), left, v, x.Pos()); err != nil {
			return nil, err
		}
	}
	return logic(join, args), nil
}

func (c *exprContext) rowIn(x *parse.InExpr, row *parse.RowExpr) (Expr, error) {
	var args []Expr
	for _, item := range x.List {
		r, ok := item.(*parse.RowExpr)
		if !ok {
			return nil, unsupported(item.Pos(), "comparing a row with this value")
		}
		e, err := c.rowCompare(&parse.OpExpr{At: x.At, Name: meant("=")}, row, r)
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	out := logic(Or, args)
	if x.Not {
		out = logic(Not, []Expr{out})
	}
	return out, nil
}

func (c *exprContext) anyAll(x *parse.AnyAllExpr) (Expr, error) {
	left, err := c.bind(x.Left)
	if err != nil {
		return nil, err
	}
	right, err := c.bind(x.Right)
	if err != nil {
		return nil, err
	}
	if right.Type() == datum.Unknown {
		elem := left.Type()
		if elem == datum.Unknown {
			elem = datum.Text
		}
		if elem.Array == nil {
			return nil, fail(x.Pos(), sqlstate.UndefinedObject, "could not find array type for data type %s", elem)
		}
		if right, err = c.b.coerce(right, elem.Array, -1, implicit, exprStart(x.Right)); err != nil {
			return nil, err
		}
	}
	right = c.b.undomained(right)
	elem := right.Type().Elem
	if elem == nil {
		return nil, fail(x.Pos(), sqlstate.WrongObjectType, "op ANY/ALL (array) requires array on right side")
	}
	op, err := c.b.findOperator(x.Name, []Expr{left, &Const{Typed: Typed{elem, -1}}}, x.Pos())
	if err != nil {
		return nil, err
	}
	c.b.notesOperator(x, op)
	if op.Result != datum.Bool {
		return nil, fail(x.Pos(), sqlstate.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean")
	}
	if left, err = c.b.coerce(left, concreteOr(op.Left, left.Type()), -1, implicit, x.Pos()); err != nil {
		return nil, err
	}
	if arr := concreteOr(op.Right, elem); arr != elem && arr.Array != nil {
		if right, err = c.b.coerce(right, arr.Array, -1, implicit, x.Pos()); err != nil {
			return nil, err
		}
	}
	out := &AnyAll{Typed: boolType(), Proc: op.Proc, Op: op.Name, All: x.All, Left: left, Right: right}
	if op.User != nil {
		out.Op, out.Operator = orderSymbol(op), op
	}
	return out, nil
}

func concreteOr(t, actual *datum.Type) *datum.Type {
	if isPolymorphic(t) {
		return actual
	}
	return t
}

// between is the comparisons that the grammar of PostgreSQL writes. SYMMETRIC is both orders of the bounds, and not
// their least and greatest, which pass over a NULL.
func (c *exprContext) between(x *parse.BetweenExpr) (Expr, error) {
	c.b.copying++
	defer func() { c.b.copying-- }()
	lo, hi, join, other := ">=", "<=", parse.And, parse.Or
	if x.Not {
		lo, hi, join, other = "<", ">", parse.Or, parse.And
	}
	within := func(from, to parse.Expr) parse.Expr {
		return &parse.BoolExpr{At: x.At, Op: join, Args: []parse.Expr{
			&parse.OpExpr{At: x.At, Name: meant(lo), Left: x.Arg, Right: from},
			&parse.OpExpr{At: x.At, Name: meant(hi), Left: x.Arg, Right: to},
		}}
	}
	if !x.Symmetric {
		return c.bind(within(x.Lo, x.Hi))
	}
	return c.bind(&parse.BoolExpr{At: x.At, Op: other, Args: []parse.Expr{within(x.Lo, x.Hi), within(x.Hi, x.Lo)}})
}

func (c *exprContext) distinct(x *parse.DistinctExpr) (Expr, error) {
	sides := []parse.Expr{x.Left, x.Right}
	pair, err := c.bindAll(sides)
	if err != nil {
		return nil, err
	}
	if _, err := c.b.findOperator(meant("="), pair, x.Pos()); err != nil {
		return nil, err
	}
	if _, err := c.b.unify(pair, "IS DISTINCT FROM", exprStarts(sides)); err != nil {
		return nil, err
	}
	return &Distinct{Typed: boolType(), Left: pair[0], Right: pair[1], Not: x.Not}, nil
}

func (c *exprContext) nullIf(x *parse.NullIfExpr) (Expr, error) {
	left, err := c.bind(x.Left)
	if err != nil {
		return nil, err
	}
	right, err := c.bind(x.Right)
	if err != nil {
		return nil, err
	}
	eq, err := c.b.operator(meant("="), left, right, x.Pos())
	if err != nil {
		return nil, err
	}
	left = eq.(*Call).Args[0] // the value is as = reads it
	return &NullIf{Typed: Typed{left.Type(), left.Typmod()}, Eq: eq, Left: left}, nil
}

func (c *exprContext) coalesce(x *parse.CoalesceExpr) (Expr, error) {
	args, err := c.withoutSets("set-returning functions are not allowed in COALESCE").bindAll(x.Args)
	if err != nil {
		return nil, err
	}
	t, err := c.b.unify(args, "COALESCE", exprStarts(x.Args))
	if err != nil {
		return nil, err
	}
	return &Coalesce{Typed: Typed{t, sameTypmod(args)}, Args: args}, nil
}

func (c *exprContext) minMax(x *parse.MinMaxExpr) (Expr, error) {
	args, err := c.bindAll(x.Args)
	if err != nil {
		return nil, err
	}
	word := "GREATEST"
	if x.Least {
		word = "LEAST"
	}
	t, err := c.b.unify(args, word, exprStarts(x.Args))
	if err != nil {
		return nil, err
	}
	return &MinMax{Typed: Typed{t, -1}, Least: x.Least, Args: args}, nil
}

// array binds ARRAY[…]; want is the array type of a surrounding cast, nil for none. Nested ARRAY[]
// makes a multidimensional array of the same array type.
func (c *exprContext) array(x *parse.ArrayExpr, want *datum.Type) (Expr, error) {
	elems := make([]Expr, len(x.Elems))
	nested := false
	for i, e := range x.Elems {
		var err error
		if inner, ok := e.(*parse.ArrayExpr); ok {
			nested = true
			elems[i], err = c.array(inner, want)
		} else {
			elems[i], err = c.bind(e)
		}
		if err != nil {
			return nil, err
		}
	}
	if want != nil {
		return c.arrayOf(x, elems, want, nested)
	}
	if len(elems) == 0 {
		return nil, sqlstate.New(sqlstate.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(x.Pos())
	}
	t, err := c.b.unify(elems, "ARRAY", exprStarts(x.Elems))
	if err != nil {
		return nil, err
	}
	if t.IsArray() {
		return &Array{Typed: Typed{t, -1}, Elems: elems}, nil
	}
	if t.Array == nil {
		return nil, fail(x.Pos(), sqlstate.UndefinedObject, "could not find array type for data type %s", t)
	}
	return &Array{Typed: Typed{t.Array, -1}, Elems: elems}, nil
}

func (c *exprContext) arrayOf(x *parse.ArrayExpr, elems []Expr, want *datum.Type, nested bool) (Expr, error) {
	t := want.Elem
	if nested {
		t = want
	}
	for i, e := range elems {
		var err error
		if elems[i], err = c.b.coerce(e, t, -1, explicit, x.Elems[i].Pos()); err != nil {
			return nil, err
		}
	}
	return &Array{Typed: Typed{want, -1}, Elems: elems}, nil
}

// sliceAll makes [2] beside a slice [1:2], as SQL has it.
func (s *Subscript) sliceAll(path []parse.Accessor) {
	for i, step := range path {
		if !step.Slice {
			s.Upper[i] = s.Index[i]
			s.Index[i] = &Const{Typed: Typed{datum.Int4, -1}, Value: datum.NewInt(1)}
		}
	}
}

func (c *exprContext) subscript(sub *Subscript, step parse.Accessor, pos int) error {
	sub.Slice = sub.Slice || step.Slice
	for _, bound := range []struct {
		e   parse.Expr
		dst *[]Expr
	}{{step.Index, &sub.Index}, {step.Upper, &sub.Upper}} {
		var out Expr
		if bound.e != nil {
			e, err := c.bind(bound.e)
			if err != nil {
				return err
			}
			var ok bool
			if out, ok, err = c.b.tryCoerce(e, datum.Int4, -1, assignment, exprStart(bound.e)); err != nil {
				return err
			}
			if !ok {
				return fail(exprStart(bound.e), sqlstate.DatatypeMismatch, "array subscript must have type integer")
			}
		}
		*bound.dst = append(*bound.dst, out)
	}
	return nil
}
