package plan

import (
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// call binds a function, aggregate or set-returning call.
func (c *exprContext) call(x *parse.FuncCall) (Expr, error) {
	if len(x.Args) > 100 {
		return nil, fail(x.Pos(), sqlstate.TooManyArguments, "cannot pass more than 100 arguments to a function")
	}
	switch {
	case x.Over != nil:
		return c.windowFunction(x)
	case x.WithinGroup:
		return c.orderedSet(x)
	case c.isAggregate(x) && !c.plainWindow(x) && !c.plainFunction(x):
		return c.aggregate(x)
	case c.hasKind(x, 'w'):
		return nil, fail(x.Pos(), sqlstate.WrongObjectType, "window function %s requires an OVER clause", x.Name[len(x.Name)-1])
	}
	if x.Star || x.Distinct || x.Filter != nil || len(x.OrderBy) > 0 {
		return nil, c.notAggregate(x)
	}
	if err := namedLast(x); err != nil {
		return nil, err
	}
	args, err := c.bindAll(x.Args)
	if err != nil {
		return nil, err
	}
	x, args = withoutVoid(x, args)
	if err := c.sameModel(x.Args, args, x.Pos()); err != nil {
		return nil, err
	}
	if cast := c.castCall(x, args); cast != nil {
		return c.b.coerce(args[0], cast, -1, explicit, x.Pos())
	}
	p, args, ret, err := c.b.resolveProc(x, args, "f")
	if err != nil {
		return nil, err
	}
	if p.RetSet {
		if err := c.setsAllowed(x); err != nil {
			return nil, err
		}
	}
	spread, err := spreads(x, p, args)
	if err != nil {
		return nil, err
	}
	sql := len(x.Name) == 2 && x.Name[0] == "pg_catalog" && x.ArgNames == nil
	call := &Call{Typed: Typed{ret, -1}, Proc: p, Args: args, SQL: sql, Pos: x.Pos(), Spread: spread}
	if !p.Native() {
		if out, err := c.expandScalar(call); out != nil || err != nil {
			return out, at(err, x.Pos())
		}
	}
	if isCalibrated(p) {
		return c.calibrated(x, call)
	}
	return c.finishCall(call)
}

// withoutVoid leaves out parameters of type void, which is how pgjdbc sends the OUT parameters of {? = call f(?)}
// (ParseFuncOrColumn).
func withoutVoid(x *parse.FuncCall, args []Expr) (*parse.FuncCall, []Expr) {
	void := func(e Expr) bool { p, ok := e.(*Param); return ok && p.T == datum.Void }
	if !slices.ContainsFunc(args, void) {
		return x, args
	}
	bare := *x
	bare.Args, bare.ArgNames = nil, nil
	var kept []Expr
	for i, e := range args {
		if void(e) {
			continue
		}
		kept, bare.Args = append(kept, e), append(bare.Args, x.Args[i])
		if x.ArgNames != nil {
			bare.ArgNames = append(bare.ArgNames, x.ArgNames[i])
		}
	}
	return &bare, kept
}

// spreads says whether a call passes an array for a VARIADIC "any".
func spreads(x *parse.FuncCall, p *catalog.Proc, args []Expr) (bool, error) {
	if !x.Variadic || p.Variadic != datum.Any {
		return false, nil
	}
	if last := len(args) - 1; !args[last].Type().IsArray() {
		return false, fail(exprStart(x.Args[last]), sqlstate.DatatypeMismatch, "VARIADIC argument must be an array")
	}
	return true, nil
}

// namedLast holds a call to the rules of named arguments: after the positional ones, each once.
func namedLast(x *parse.FuncCall) error {
	for i, name := range x.ArgNames {
		named := slices.ContainsFunc(x.ArgNames[:i], func(s string) bool { return s != "" })
		switch {
		case name == "" && named:
			return fail(exprStart(x.Args[i]), sqlstate.SyntaxError, "positional argument cannot follow named argument")
		case name != "" && slices.Contains(x.ArgNames[:i], name):
			return fail(exprStart(x.Args[i]), sqlstate.SyntaxError, "argument name %q used more than once", name)
		}
	}
	return nil
}

// finishCall adds what the types cannot say: embed's dimensions are its model's.
func (c *exprContext) finishCall(call *Call) (Expr, error) {
	if call.Proc.GivesRecord() {
		call.T = datum.RecordOf(outFields(call))
		return call, nil
	}
	if isEmbed(call.Proc) {
		return c.b.finishEmbed(call)
	}
	return call, nil
}

// castCall: text(x), int4(x) and kin are casts when no such function exists, and where they are given a literal whose type
// is not known, or a text that the type is read from, as in Postgres (func_get_detail).
func (c *exprContext) castCall(x *parse.FuncCall, args []Expr) *datum.Type {
	if len(args) != 1 || x.Variadic {
		return nil
	}
	from, procs := args[0].Type(), c.b.procsNamed(x.Name)
	exact := func(p *catalog.Proc) bool { return len(p.Args) == 1 && p.Args[0] == from }
	called := from != datum.Unknown && len(procs) > 0
	if called && (from.Category != 'S' || slices.ContainsFunc(procs, exact)) {
		return nil
	}
	t, err := c.b.findType(x.Name)
	if called && t != nil && (c.b.cat.Snapshot().UserCast(from, t) != nil || catalog.Builtin().FindCast(from, t) != nil) {
		return nil
	}
	if err != nil || t == nil || t.Pseudo || t.IsRecord() || !castPath(c.b.cat.Snapshot(), args[0].Type(), t, explicit) {
		return nil
	}
	if ofUser(t) {
		c.b.notes(castTo{x}, t.OID)
	}
	return t
}

func (c *exprContext) notAggregate(x *parse.FuncCall) error {
	name := x.Name[len(x.Name)-1]
	if len(c.b.procsNamed(x.Name)) == 0 {
		return c.b.noProc(name, nil, x, nil, -1)
	}
	what := "DISTINCT specified, but %s is not an aggregate function"
	switch {
	case x.Star:
		what = "%s(*) specified, but %[1]s is not an aggregate function"
	case x.Filter != nil:
		what = "FILTER specified, but %s is not an aggregate function"
	case len(x.OrderBy) > 0:
		what = "ORDER BY specified, but %s is not an aggregate function"
	}
	return fail(x.Pos(), sqlstate.WrongObjectType, what, name)
}

func (c *exprContext) isAggregate(x *parse.FuncCall) bool {
	for _, p := range c.b.procsNamed(x.Name) {
		if p.Kind == 'a' {
			return true
		}
	}
	return false
}

// aggRef stands for an aggregate's value until the Aggregate node is made.
type aggRef struct {
	Typed
	index int
}

// aggCollector gathers one query level's aggregates.
type aggCollector struct {
	calls []*AggCall
	// first is where the first one written stands.
	first int
	// grouping says that GROUPING stands somewhere, which makes a query grouped too.
	grouping bool
}

func (a *aggCollector) add(call *AggCall) *aggRef {
	for i, have := range a.calls {
		if sameAgg(have, call) {
			return &aggRef{Typed: have.Typed, index: i}
		}
	}
	a.calls = append(a.calls, call)
	return &aggRef{Typed: call.Typed, index: len(a.calls) - 1}
}

func sameAgg(a, b *AggCall) bool {
	if a.Proc != b.Proc || a.Distinct != b.Distinct || len(a.Args) != len(b.Args) ||
		len(a.OrderBy)+len(b.OrderBy) > 0 || (a.Filter == nil) != (b.Filter == nil) {
		return false
	}
	if a.Filter != nil && !equalExpr(a.Filter, b.Filter) {
		return false
	}
	for i := range a.Args {
		if !equalExpr(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}

func (c *exprContext) aggregateAllowed(x *parse.FuncCall) error {
	if c.inAgg {
		return fail(x.Pos(), sqlstate.GroupingError, "aggregate function calls cannot be nested")
	}
	if c.aggs == nil {
		return fail(x.Pos(), sqlstate.GroupingError, "aggregate functions are not allowed in %s", c.clause)
	}
	return nil
}

// insideAggregate is the context of an aggregate's arguments, where an aggregate is allowed.
func (c *exprContext) insideAggregate(x *parse.FuncCall) (*exprContext, error) {
	if err := c.aggregateAllowed(x); err != nil {
		return nil, err
	}
	inner := *c.withoutSets("aggregate function calls cannot contain set-returning function calls")
	inner.inAgg = true
	return &inner, nil
}

func (c *exprContext) aggregate(x *parse.FuncCall) (Expr, error) {
	if of := c.aggregateOwner(x); of != nil {
		return c.outerAggregate(x, of)
	}
	inner, err := c.insideAggregate(x)
	if err != nil {
		return nil, err
	}
	args, err := inner.bindAll(x.Args)
	if err != nil {
		return nil, err
	}
	if err := c.parameterless(x); err != nil {
		return nil, err
	}
	p, args, ret, err := c.b.resolveProc(x, args, "a")
	if err != nil {
		return nil, err
	}
	if p.OrderedSet() != 0 {
		return nil, fail(x.Pos(), sqlstate.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", p.Name)
	}
	call := &AggCall{Typed: Typed{ret, -1}, Proc: p, Args: args, Distinct: x.Distinct}
	if call.Steps, err = c.b.aggregateSteps(p, args); err != nil {
		return nil, at(err, x.Pos())
	}
	if call.Filter, err = inner.filter(x.Filter); err != nil {
		return nil, err
	}
	if call.OrderBy, err = inner.sortKeys(x.OrderBy); err != nil {
		return nil, err
	}
	if err := checkAggregate(call, x); err != nil {
		return nil, err
	}
	if p.Ret.Kind == datum.KindVector && len(args) == 1 {
		call.Mod = args[0].Typmod()
	}
	return c.collect(call, x)
}

// collect notes an aggregate of the query.
func (c *exprContext) collect(call *AggCall, x *parse.FuncCall) (Expr, error) {
	if len(c.aggs.calls) == 0 {
		c.aggs.first = x.Pos()
	}
	return c.aggs.add(call), nil
}

// parameterless refuses count() for count(*).
func (c *exprContext) parameterless(x *parse.FuncCall) error {
	name := x.Name[len(x.Name)-1]
	if len(x.Args) == 0 && !x.Star && c.isAggregate(x) && !c.hasKind(x, 'w') {
		return fail(x.Pos(), sqlstate.WrongObjectType,
			"%s(*) must be used to call a parameterless aggregate function", name)
	}
	return nil
}

// plainWindow tells rank() from rank(…) WITHIN GROUP: some names are both a window function and an aggregate.
func (c *exprContext) plainWindow(x *parse.FuncCall) bool {
	return !x.WithinGroup && c.hasKind(x, 'w')
}

// plainFunction says whether a name that both functions and aggregates have is a function's here.
func (c *exprContext) plainFunction(x *parse.FuncCall) bool {
	if x.Star || x.Distinct || x.Filter != nil || len(x.OrderBy) > 0 || !c.hasKind(x, 'f') {
		return false
	}
	args, ok := c.onTrial(x.Args)
	if !ok {
		return false
	}
	procs := c.b.procsNamed(x.Name)
	cands, _ := procCandidates(procs, x, "fa")
	i := pickOverload(c.b.cat.Snapshot(), cands, typesOf(args))
	return i >= 0 && procs[i].Kind == 'f'
}

// checkAggregate refuses an order that DISTINCT leaves open.
func checkAggregate(call *AggCall, x *parse.FuncCall) error {
	for i, k := range call.OrderBy {
		listed := slices.ContainsFunc(call.Args, func(a Expr) bool { return equalExpr(a, k.Expr) })
		if call.Distinct && !listed {
			return fail(exprStart(x.OrderBy[i].Arg), sqlstate.InvalidColumnReference,
				"in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
		}
	}
	return nil
}

func (c *exprContext) filter(e parse.Expr) (Expr, error) {
	if e == nil {
		return nil, nil
	}
	inner := *c
	inner.clause, inner.aggs, inner.windows, inner.inAgg, inner.inWindow = "FILTER", nil, nil, false, false
	return inner.bindBool(e, "FILTER")
}

// sortKeys binds ORDER BY items that are plain expressions (inside an aggregate).
func (c *exprContext) sortKeys(items []parse.SortBy) ([]SortKey, error) {
	var out []SortKey
	for _, it := range items {
		e, err := c.bindTyped(it.Arg)
		if err != nil {
			return nil, err
		}
		k, err := c.b.sortKey(e, it)
		if err != nil {
			return nil, err
		}
		if k.Expr, err = c.b.hubCorrected(c.scope, e, exprStart(it.Arg)); err != nil {
			return nil, err
		}
		out = append(out, bestFirst(k, e))
	}
	return out, nil
}

// sortKey completes an ORDER BY item. No direction means ascending, except for a bare similarity(…)
// or similarity_pct(…), which means most similar first, with NULLs last (DESIGN.md §1). Best first is bound as ascending by the
// negative, see bestFirst.
func (b *binder) sortKey(e Expr, it parse.SortBy) (SortKey, error) {
	if !datum.Comparable(e.Type()) {
		return SortKey{}, sqlstate.New(sqlstate.UndefinedFunction,
			"could not identify an ordering operator for type %s", e.Type()).
			WithHint("Use an explicit ordering operator or modify the query.").At(exprStart(it.Arg))
	}
	k := SortKey{Expr: e, Desc: it.Dir == parse.SortDesc}
	if it.Dir == parse.SortUsing {
		switch name, t := it.Using[len(it.Using)-1], e.Type(); name {
		case orderName(t, "<"):
		case orderName(t, ">"):
			k.Desc = true
		case "<", ">":
			return k, noOperator(fmt.Sprintf("%s %s %s", t, name, t), it.Pos())
		default:
			return k, fail(it.Pos(), sqlstate.WrongObjectType, "operator %s is not a valid ordering operator", name)
		}
	}
	k.NullsFirst = k.Desc
	if it.Dir == parse.SortDefault && (isSimilarity(e) || isPercent(e)) {
		k.Desc = true
	}
	switch it.Nulls {
	case parse.NullsFirst:
		k.NullsFirst = true
	case parse.NullsLast:
		k.NullsFirst = false
	}
	return k, nil
}

// bestFirst rewrites a descending similarity as ascending by its negative: the same order but for
// the NaN that a zero vector yields, which Postgres holds for the largest number: descending, it would
// stand before the most similar rows. source is the expression that k refers to.
func bestFirst(k SortKey, source Expr) SortKey {
	if k.Desc && (isSimilarity(source) || isPercent(source)) {
		k.Expr, k.Desc = builtinCall("float8um", "-", k.Expr), false
	}
	return k
}

func isSimilarity(e Expr) bool {
	call, ok := e.(*Call)
	return ok && call.Proc.Name == "similarity" && call.Proc.Schema == catalog.PublicOID &&
		len(call.Args) == 2 && call.Args[0].Type().Kind == datum.KindVector
}
