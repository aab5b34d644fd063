package plan

import (
	"errors"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// rangeFunction binds functions in FROM; they always see the items before them.
func (b *binder) rangeFunction(x *parse.RangeFunction, env queryEnv, left *capture) (Node, *scope, error) {
	parent := env.parent
	if left != nil {
		parent = left
	}
	ec := &exprContext{b: b, scope: &scope{parent: parent, ctes: env.ctes}, clause: "functions in FROM", srfs: true}
	if err := onlyColumnDefinitions(x); err != nil {
		return nil, nil, err
	}
	funcs, defs := spreadUnnest(x)
	name := figureName(funcs[0])
	if node, ok, err := ec.valueInFrom(x, funcs, aliasName(x.Alias, name)); err != nil {
		return nil, nil, err
	} else if ok {
		return b.aliased(node, x.Alias, name, env, x.Pos())
	}
	node := &FunctionScan{Ordinality: x.Ordinality}
	if len(funcs) == 1 && !x.Ordinality && len(x.ColDefs) == 0 {
		segments, err := ec.segmentScan(funcs[0])
		if err != nil {
			return nil, nil, err
		}
		if segments != nil {
			segments.Cols = functionColumns(segments.Calls[0], "")
			node, funcs = segments, nil
		}
	}
	for i, f := range funcs {
		call, err := ec.fromCall(f)
		if err != nil {
			return nil, nil, err
		}
		if err := b.columnDefinitions(call, defs[i]); err != nil {
			return nil, nil, err
		}
		if len(funcs) == 1 && !x.Ordinality && !call.Proc.Native() {
			if out, err := b.expandSet(call); out != nil || err != nil {
				return b.expandedSet(out, functionColumns(call, functionColumn(x, funcs, call)), x, name, env, at(err, call.Pos))
			}
		}
		node.Calls = append(node.Calls, call)
		node.Cols = append(node.Cols, functionColumns(call, functionColumn(x, funcs, call))...)
	}
	if x.Ordinality {
		node.Cols = append(node.Cols, Column{Name: "ordinality", Type: datum.Int8, Typmod: -1})
	}
	node.Alias = aliasName(x.Alias, name)
	if b.rec != nil {
		b.rec.functions[x] = node
	}
	n, sc, err := b.aliased(node, x.Alias, name, env, x.Pos())
	if err == nil {
		sc.rels[0].scalar = len(node.Calls) == 1 && !x.Ordinality && !node.Calls[0].T.IsRecord()
	}
	return n, sc, err
}

// expandedSet names the columns of a function's query as those of the function.
func (b *binder) expandedSet(out Node, cols []Column, x *parse.RangeFunction, name string, env queryEnv, err error) (Node, *scope, error) {
	if err != nil {
		return nil, nil, err
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return b.aliased(project(out, colsOf(out), names), x.Alias, name, env, x.Pos())
}

// spreadUnnest gives the functions and the column definitions of each. unnest(a, b) becomes the two functions side by
// side that it stands for.
func spreadUnnest(x *parse.RangeFunction) (out []parse.Expr, defs [][]parse.ColumnDef) {
	for i, f := range x.Funcs {
		own := x.ColDefs
		if x.Defs != nil {
			own = x.Defs[i]
		}
		call, ok := f.(*parse.FuncCall)
		if !ok || len(call.Args) < 2 || call.Name[len(call.Name)-1] != "unnest" {
			out, defs = append(out, f), append(defs, own)
			continue
		}
		for _, a := range call.Args {
			one := *call
			one.Args = []parse.Expr{a}
			out, defs = append(out, &one), append(defs, own)
		}
	}
	return out, defs
}

// onlyColumnDefinitions holds the list behind the alias to what it may be of, as transformRangeFunction does.
func onlyColumnDefinitions(x *parse.RangeFunction) error {
	if len(x.ColDefs) == 0 {
		return nil
	}
	at := x.ColDefs[0].Pos()
	switch {
	case len(x.Defs) > 0 && len(x.Funcs) == 1:
		return fail(at, sqlstate.SyntaxError, "multiple column definition lists are not allowed for the same function")
	case len(x.Funcs) > 1:
		return sqlstate.New(sqlstate.SyntaxError, "ROWS FROM() with multiple functions cannot have a column definition list").
			WithHint("Put a separate column definition list for each function inside ROWS FROM().").At(at)
	case x.Ordinality:
		return sqlstate.New(sqlstate.SyntaxError, "WITH ORDINALITY cannot be used with a column definition list").
			WithHint("Put the column definition list inside ROWS FROM().").At(at)
	}
	return nil
}

// functionColumn is the name of the column of a function that gives one: the only one's is that of the alias.
func functionColumn(x *parse.RangeFunction, funcs []parse.Expr, call *Call) string {
	if call.Proc.ResultName != "" {
		return call.Proc.ResultName
	}
	if len(funcs) == 1 {
		return aliasName(x.Alias, call.Proc.Name)
	}
	return call.Proc.Name
}

// valueInFrom binds what may stand in FROM like a function and is none, such as CURRENT_DATE and COALESCE: one row of it.
func (c *exprContext) valueInFrom(x *parse.RangeFunction, funcs []parse.Expr, name string) (Node, bool, error) {
	if _, isCall := funcs[0].(*parse.FuncCall); isCall || len(funcs) > 1 {
		return nil, false, nil
	}
	e, err := c.bindTyped(funcs[0])
	if err != nil {
		return nil, false, err
	}
	switch _, isCall := e.(*Call); {
	case isCall:
		return nil, false, nil
	case c.b.rec != nil:
		return nil, false, unsupported(x.Pos(), "this expression in the FROM of a view")
	case len(x.ColDefs) > 0:
		return nil, false, onlyRecords(x.ColDefs)
	}
	node := &Values{Rows: [][]Expr{{e}}}
	node.Cols = []Column{{Name: name, Type: e.Type(), Typmod: e.Typmod()}}
	if x.Ordinality {
		node.Rows[0] = append(node.Rows[0], &Const{Typed: Typed{datum.Int8, -1}, Value: datum.NewInt(1)})
		node.Cols = append(node.Cols, Column{Name: "ordinality", Type: datum.Int8, Typmod: -1})
	}
	return node, true, nil
}

// columnDefinitions holds AS (name type, …) to functions that need it.
func (b *binder) columnDefinitions(call *Call, defs []parse.ColumnDef) error {
	shapeless := (call.Proc.Ret == datum.Record || call.T == datum.Record) && len(call.Proc.OutTypes) == 0
	switch {
	case shapeless && len(defs) == 0:
		return fail(call.Pos, sqlstate.SyntaxError, "a column definition list is required for functions returning \"record\"")
	case shapeless:
		return b.shape(call, defs)
	case len(defs) > 0 && call.T.IsComposite():
		return fail(defs[0].Pos(), sqlstate.SyntaxError,
			"a column definition list is redundant for a function returning a named composite type")
	case len(defs) > 0 && len(call.Proc.OutTypes) > 0:
		return fail(defs[0].Pos(), sqlstate.SyntaxError,
			"a column definition list is redundant for a function with OUT parameters")
	case len(defs) > 0:
		return onlyRecords(defs)
	}
	return nil
}

// shape gives the rows of a function returning record the columns of AS (name type, …).
func (b *binder) shape(call *Call, defs []parse.ColumnDef) error {
	proc := *call.Proc
	var fields []datum.Field
	for i := range defs {
		d := &defs[i]
		t, mod, err := b.typeName(&d.Type)
		if err != nil {
			return err
		}
		fields = append(fields, datum.Field{Name: d.Name, Type: t, Typmod: mod})
		proc.OutNames, proc.OutTypes = append(proc.OutNames, d.Name), append(proc.OutTypes, t)
	}
	proc.Ret = datum.Record
	call.Proc, call.T = &proc, datum.RecordOf(fields)
	return nil
}

func onlyRecords(defs []parse.ColumnDef) error {
	return fail(defs[0].Pos(), sqlstate.SyntaxError,
		"a column definition list is only allowed for functions returning \"record\"")
}

// fromCall binds one function of FROM.
func (c *exprContext) fromCall(f parse.Expr) (*Call, error) {
	fc, ok := f.(*parse.FuncCall)
	if !ok || fc.Over != nil || fc.WithinGroup || c.isAggregate(fc) {
		e, err := c.bindTyped(f)
		if err != nil {
			return nil, err
		}
		if call, ok := e.(*Call); ok {
			return call, nil
		}
		return nil, unsupported(f.Pos(), "this expression in FROM")
	}
	args, err := c.withoutSets("set-returning functions must appear at top level of FROM").bindAll(fc.Args)
	if err != nil {
		return nil, topLevel(err)
	}
	fc, args = withoutVoid(fc, args)
	p, args, ret, err := c.b.resolveProc(fc, args, "f")
	if err != nil {
		return nil, err
	}
	call := &Call{Typed: Typed{ret, -1}, Proc: p, Args: args, Pos: fc.Pos()}
	_, err = c.finishCall(call)
	return call, err
}

// topLevel drops the hint of a set below the top: FROM is where the hint sends others.
func topLevel(err error) error {
	var e *sqlstate.Error
	if errors.As(err, &e) && e.Code == sqlstate.FeatureNotSupported {
		e.Hint = ""
	}
	return err
}

// functionColumns: a row's columns, else one column, which the only OUT parameter names before any alias.
func functionColumns(call *Call, name string) []Column {
	if !call.SpreadsInFrom() {
		if len(call.Proc.OutNames) == 1 {
			name = call.Proc.OutNames[0]
		}
		return []Column{{Name: name, Type: call.T, Typmod: call.Mod}}
	}
	var out []Column
	for _, f := range call.T.Fields {
		out = append(out, Column{Name: f.Name, Type: f.Type, Typmod: f.Typmod})
	}
	return out
}

// SpreadsInFrom says whether the call's value is a row whose fields are columns in FROM.
func (c *Call) SpreadsInFrom() bool { return c.Proc.GivesRecord() || c.T.IsComposite() }
