package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// exprContext is where an expression stands: what names mean there and what is allowed.
type exprContext struct {
	b     *binder
	scope *scope
	// clause names the place in errors: "WHERE", "GROUP BY", "DEFAULT expressions".
	clause string
	// aggs collects aggregate calls; nil where they are not allowed.
	aggs *aggCollector
	// windows collects window functions; nil where they are not allowed.
	windows *windowCollector
	// srfs says that set-returning functions are allowed (select lists).
	srfs bool
	// noSets is what to say where they are not, "" for the clause.
	noSets string
	// noSubqueries is set for stored expressions.
	noSubqueries bool
	inAgg        bool
	inWindow     bool
}

// bind looks an expression up. The result may still be of type unknown (a bare string or NULL).
func (c *exprContext) bind(e parse.Expr) (Expr, error) {
	if err := c.b.enter(); err != nil {
		return nil, err
	}
	defer c.b.leave()
	switch x := e.(type) {
	case *parse.Const:
		return constant(x)
	case *parse.ColumnRef:
		return c.column(x)
	case *parse.ParamRef:
		if c.b.fn != nil {
			return c.b.fn.param(x.Number, x.Pos(), c.scope)
		}
		return c.b.param(x.Number, x.Pos())
	case *parse.OpExpr:
		return c.opExpr(x)
	case *parse.BoolExpr:
		return c.boolExpr(x)
	case *parse.FuncCall:
		return c.call(x)
	case *parse.CastExpr:
		return c.cast(x)
	case *parse.CaseExpr:
		return c.caseExpr(x)
	case *parse.SubLink:
		return c.subLink(x)
	case *parse.NullTest:
		return c.nullTest(x)
	case *parse.BoolTest:
		return c.boolTest(x)
	case *parse.InExpr:
		return c.inExpr(x)
	case *parse.AnyAllExpr:
		return c.anyAll(x)
	default:
		return c.bindRare(e)
	}
}

func (c *exprContext) bindRare(e parse.Expr) (Expr, error) {
	switch x := e.(type) {
	case *parse.BetweenExpr:
		return c.between(x)
	case *parse.DistinctExpr:
		return c.distinct(x)
	case *parse.NullIfExpr:
		return c.nullIf(x)
	case *parse.CoalesceExpr:
		return c.coalesce(x)
	case *parse.MinMaxExpr:
		return c.minMax(x)
	case *parse.ArrayExpr:
		return c.array(x, nil)
	case *parse.RowExpr:
		return c.row(x)
	case *parse.Indirection:
		return c.indirection(x)
	case *parse.SQLValue:
		return c.sqlValue(x)
	case *parse.CollateExpr:
		return c.collate(x)
	case *parse.SimilarExpr:
		return c.similar(x)
	case *parse.SetToDefault:
		return nil, fail(x.Pos(), sqlstate.SyntaxError, "DEFAULT is not allowed in this context")
	case *parse.Star:
		if len(x.Name) > 0 {
			return c.starred(x)
		}
		return nil, fail(x.Pos(), sqlstate.SyntaxError, "row expansion via \"*\" is not supported here")
	case *parse.GroupingFunc:
		return c.groupingFunc(x)
	case *parse.StoredExpr:
		var out Expr
		err := c.b.frozen(func() (err error) {
			out, err = c.bind(x.Arg)
			return err
		})
		return out, err
	case *parse.Unsupported:
		return nil, unsupported(x.Pos(), x.What)
	default:
		return nil, fail(e.Pos(), sqlstate.FeatureNotSupported, "this expression is not supported")
	}
}

// bindTyped is bind with a bare string or NULL taken as text.
func (c *exprContext) bindTyped(e parse.Expr) (Expr, error) {
	out, err := c.bind(e)
	if err != nil {
		return nil, err
	}
	return c.b.known(out, exprStart(e))
}

func (b *binder) known(e Expr, pos int) (Expr, error) {
	if e.Type() != datum.Unknown {
		return e, nil
	}
	return b.coerce(e, datum.Text, -1, implicit, pos)
}

func (c *exprContext) bindBool(e parse.Expr, clause string) (Expr, error) {
	out, err := c.bind(e)
	if err != nil {
		return nil, err
	}
	return c.b.toBool(out, clause, exprStart(e))
}

func (c *exprContext) bindAll(es []parse.Expr) ([]Expr, error) {
	out := make([]Expr, len(es))
	for i, e := range es {
		var err error
		if out[i], err = c.bind(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func constant(x *parse.Const) (Expr, error) {
	mk := func(t *datum.Type, d datum.Datum) (Expr, error) { return &Const{Typed: Typed{t, -1}, Value: d}, nil }
	switch x.Kind {
	case parse.ConstNull:
		return mk(datum.Unknown, datum.Null)
	case parse.ConstBool:
		return mk(datum.Bool, datum.NewBool(x.Val == "true"))
	case parse.ConstString:
		return &Const{Typed: Typed{datum.Unknown, -1}, Value: datum.NewString(x.Val), at: x.Pos() + 1}, nil
	case parse.ConstInt:
		d, err := datum.ParseText(datum.Int4, -1, x.Val, nil)
		if err != nil {
			return nil, at(err, x.Pos())
		}
		return mk(datum.Int4, d)
	case parse.ConstFloat:
		return numberConstant(x)
	case parse.ConstHex:
		d, err := datum.ParseText(datum.Bit, -1, "x"+x.Val, nil)
		if err != nil {
			return nil, at(err, x.Pos())
		}
		return mk(datum.Bit, d)
	default:
		d, err := datum.ParseText(datum.Bit, -1, "b"+x.Val, nil)
		if err != nil {
			return nil, at(err, x.Pos())
		}
		return mk(datum.Bit, d)
	}
}

// numberConstant: a literal too large for int4 is int8 when it fits, else numeric. The smallest int4 comes
// this way too, since the parser folds its sign in.
func numberConstant(x *parse.Const) (Expr, error) {
	if !strings.ContainsAny(x.Val, ".eExXoObB") {
		for _, t := range []*datum.Type{datum.Int4, datum.Int8} {
			if d, err := datum.ParseText(t, -1, x.Val, nil); err == nil {
				return &Const{Typed: Typed{t, -1}, Value: d}, nil
			}
		}
	}
	d, err := datum.ParseText(datum.Numeric, -1, x.Val, nil)
	if err != nil {
		return nil, at(err, x.Pos())
	}
	return &Const{Typed: Typed{datum.Numeric, -1}, Value: d}, nil
}

func (c *exprContext) column(x *parse.ColumnRef) (Expr, error) {
	e, found, err := c.scope.resolve(c.b, x.Name, x.Pos())
	if found != nil && found.numbered && c.b.rec != nil {
		c.b.rec.refs[x] = *found
	}
	if sqlstate.CodeOf(err) == sqlstate.UndefinedColumn {
		if call, _ := c.functionOfRow(x); call != nil {
			return call, nil
		}
	}
	if err != nil || e != nil {
		if v, verr := c.variable(x, err == nil); v != nil || verr != nil {
			return v, verr
		}
		if col, ok := e.(*Col); ok {
			placed := *col
			placed.at = x.Pos() + 1
			return &placed, nil
		}
		return e, err
	}
	if row, err := c.wholeRow(x.Name, x.Pos()); row != nil || err != nil {
		if v, verr := c.variable(x, true); err == nil && (v != nil || verr != nil) {
			return v, verr
		}
		return row, err
	}
	if arg, err := c.b.fn.named(x.Name, x.Pos(), c.scope); arg != nil || err != nil {
		return arg, err
	}
	_, _, err = c.b.columnRef(c.scope, x.Name, x.Pos())
	return nil, err
}

func (c *exprContext) opExpr(x *parse.OpExpr) (Expr, error) {
	if row, ok := x.Left.(*parse.RowExpr); ok {
		if right, ok := x.Right.(*parse.RowExpr); ok {
			return c.rowCompare(x, row, right)
		}
		if q, ok := x.Right.(*parse.SubLink); ok && q.Kind == parse.SubScalar {
			return c.subLink(&parse.SubLink{At: x.At, Kind: parse.SubRowCompare, Left: row, Op: x.Name, Query: q.Query})
		}
	}
	var left Expr
	var err error
	if x.Left != nil {
		if left, err = c.bind(x.Left); err != nil {
			return nil, err
		}
	}
	right, err := c.bind(x.Right)
	if err != nil {
		return nil, err
	}
	if folded := negatedConstant(x, right); folded != nil {
		return folded, nil
	}
	args := []Expr{left, right}
	if err := c.sameModel([]parse.Expr{x.Left, x.Right}, args, x.Pos()); err != nil {
		return nil, err
	}
	e, err := c.b.operator(x.Name, args[0], args[1], x.Pos())
	if call, ok := e.(*Call); ok && call.Operator != nil {
		c.b.notesOperator(x, call.Operator)
	}
	return e, err
}

// negatedConstant folds -literal so that -9223372036854775808 is an int8.
func negatedConstant(x *parse.OpExpr, right Expr) Expr {
	k, ok := right.(*Const)
	lit, isLit := x.Right.(*parse.Const)
	if !ok || !isLit || x.Left != nil || x.Name[len(x.Name)-1] != "-" || lit.Kind == parse.ConstString ||
		k.Value.IsNull() {
		return nil
	}
	for _, t := range []*datum.Type{datum.Int4, datum.Int8, datum.Numeric} {
		if strings.ContainsAny(lit.Val, ".eE") && t != datum.Numeric {
			continue
		}
		if d, err := datum.ParseText(t, -1, "-"+lit.Val, nil); err == nil {
			return &Const{Typed: Typed{t, -1}, Value: d}
		}
	}
	return nil
}

// rowCompare spells (a, b) = (c, d) and <> out; the orderings expand lexicographically.
func (c *exprContext) rowCompare(x *parse.OpExpr, l, r *parse.RowExpr) (Expr, error) {
	c.b.copying++
	defer func() { c.b.copying-- }()
	if len(l.Fields) != len(r.Fields) {
		return nil, fail(x.Pos(), sqlstate.SyntaxError, "unequal number of entries in row expressions")
	}
	op := x.Name[len(x.Name)-1]
	pairs := make([]Expr, len(l.Fields))
	for i := range l.Fields {
		name := x.Name
		if len(name) == 1 {
			name = meant(op)
		}
		e, err := c.opExpr(&parse.OpExpr{At: x.At, Name: name, Left: l.Fields[i], Right: r.Fields[i]})
		if err != nil {
			return nil, err
		}
		if e.Type() != datum.Bool {
			return nil, fail(x.Pos(), sqlstate.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", e.Type())
		}
		pairs[i] = e
	}
	if !slices.Contains(rowOperators, op) {
		return nil, notRowOperator(op, x.Pos())
	}
	switch op {
	case "=":
		return logic(And, pairs), nil
	case "<>", "!=":
		return logic(Or, pairs), nil
	}
	return c.rowOrder(x, op, l, r, pairs)
}

// rowOrder: (a, b) < (c, d) is a < c OR (a = c AND b < d).
func (c *exprContext) rowOrder(x *parse.OpExpr, op string, l, r *parse.RowExpr, pairs []Expr) (Expr, error) {
	strict := parse.Name{strings.TrimSuffix(op, "=")}
	out := pairs[len(pairs)-1]
	for i := len(pairs) - 2; i >= 0; i-- {
		less, err := c.opExpr(&parse.OpExpr{At: x.At, Name: strict, Left: l.Fields[i], Right: r.Fields[i]})
		if err != nil {
			return nil, err
		}
		same, err := c.opExpr(&parse.OpExpr{At: x.At, Name: meant("="), Left: l.Fields[i], Right: r.Fields[i]})
		if err != nil {
			return nil, err
		}
		out = logic(Or, []Expr{less, logic(And, []Expr{same, out})})
	}
	return out, nil
}

func logic(op LogicOp, args []Expr) Expr {
	if len(args) == 1 && op != Not {
		return args[0]
	}
	return &Logic{Typed: boolType(), Op: op, Args: args}
}

func (c *exprContext) boolExpr(x *parse.BoolExpr) (Expr, error) {
	op, word := And, "AND"
	switch x.Op {
	case parse.Or:
		op, word = Or, "OR"
	case parse.Not:
		op, word = Not, "NOT"
	}
	args := make([]Expr, len(x.Args))
	for i, a := range x.Args {
		var err error
		if args[i], err = c.bindBool(a, word); err != nil {
			return nil, err
		}
	}
	return logic(op, args), nil
}

func (c *exprContext) cast(x *parse.CastExpr) (Expr, error) {
	t, mod, err := c.b.typeName(&x.Type)
	if err != nil {
		return nil, err
	}
	if arr, ok := x.Arg.(*parse.ArrayExpr); ok && t.IsArray() {
		return c.array(arr, t)
	}
	arg, err := c.bind(x.Arg)
	if err != nil {
		return nil, err
	}
	return c.b.coerce(arg, t, mod, explicit, castPos(x))
}

// castPos points at the string of 'x'::type, as Postgres does, and at the cast otherwise.
func castPos(x *parse.CastExpr) int {
	if k, ok := x.Arg.(*parse.Const); ok && k.Kind == parse.ConstString && k.Pos() >= 0 {
		return k.Pos()
	}
	return x.Pos()
}

func (c *exprContext) collate(x *parse.CollateExpr) (Expr, error) {
	name := x.Name[len(x.Name)-1]
	known := slices.Contains([]string{"C", "POSIX", "default", "ucs_basic"}, name)
	if !known || len(x.Name) > 1 && x.Name[0] != "pg_catalog" {
		return nil, fail(x.Pos(), sqlstate.UndefinedObject, "collation %q for encoding \"UTF8\" does not exist",
			strings.Join(x.Name, "."))
	}
	arg, err := c.bindTyped(x.Arg)
	if err != nil {
		return nil, err
	}
	if t := arg.Type(); t.Category != 'S' && t.Category != 'Z' {
		return nil, fail(x.Pos(), sqlstate.DatatypeMismatch, "collations are not supported by type %s", t)
	}
	return arg, nil
}

// sessionPrecision is the modifier of CURRENT_TIMESTAMP(3) and its kin; more than six digits there are not.
func sessionPrecision(x *parse.SQLValue) int32 {
	if x.Precision < 0 {
		return -1
	}
	return min(int32(x.Precision), 6)
}

func (c *exprContext) sqlValue(x *parse.SQLValue) (Expr, error) {
	t := datum.Name
	switch x.Name {
	case "current_timestamp":
		t = datum.Timestamptz
	case "localtimestamp":
		t = datum.Timestamp
	case "current_date":
		t = datum.Date
	case "localtime":
		t = datum.Time
	case "current_time":
		t = datum.Timetz
	}
	return &SessionValue{Typed: Typed{t, sessionPrecision(x)}, Name: x.Name}, nil
}
