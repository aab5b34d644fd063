package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// A call of a simple function is expanded where it stands, as Postgres's inline_function and
// inline_set_returning_function do: what the optimizer and the executor see is the body, so that an index serves it and
// a million rows cost what its expression costs. Expanding while binding, and not in a rule of the optimizer, gives the
// body's subqueries their slots and privileges as a view's have theirs.

// expandable says whether a function's body may stand in the place of a call at all.
func (b *binder) expandable(p *catalog.Proc) bool {
	f := p.User
	return f != nil && f.Language == "" && b.rec == nil && p.Kind == 'f' && !b.unexpanded &&
		!f.SecurityDefiner && len(f.Config) == 0 && !b.fn.expanding(p.OID)
}

// soleSelect is the body of a function that is one SELECT; nil for others.
func (b *binder) soleSelect(p *catalog.Proc) *parse.SelectStmt {
	stmts, err := (&functionBinder{proc: p}).statements()
	if err != nil || len(stmts) != 1 {
		return nil
	}
	q, _ := stmts[0].Node.(*parse.SelectStmt)
	return q
}

// path is the search path of a function's body: the session's, or that of a body in SQL's own words.
func (b *binder) bodyPath(p *catalog.Proc) []string {
	if p.User.Body == nil {
		return nil
	}
	return append([]string{}, p.User.Body.Path...)
}

// expandScalar is a call with the function's one expression in its place; nil where the call stays.
func (c *exprContext) expandScalar(call *Call) (Expr, error) {
	p := call.Proc
	if !c.b.expandable(p) || p.RetSet || call.T.Pseudo || call.T.IsRecord() || slices.ContainsFunc(call.Args, unknownRow) {
		return nil, nil
	}
	tree := plainExpr(c.b.soleSelect(p))
	if tree == nil || !c.b.computes(tree) {
		return nil, nil
	}
	frame := frameOf(p, call.Args, c.b.fn)
	var out Expr
	err := c.b.inFrame(frame, c.b.bodyPath(p), func() (err error) {
		if err := c.b.enter(); err != nil {
			return err
		}
		defer c.b.leave()
		ec := &exprContext{b: c.b, scope: &scope{}, clause: "SELECT", noSubqueries: true}
		if out, err = ec.bindTyped(tree); err != nil {
			return err
		}
		d := &functionBinder{cat: c.b.cat, proc: p, ret: call.T}
		from, ok := out.Type(), false
		if out, ok, err = c.b.tryCoerce(out, call.T, -1, assignment, -1); err == nil && !ok {
			err = d.mismatch().WithDetail("Actual return type is %s.", from)
		}
		return err
	})
	if err != nil {
		return nil, atRun(err, p, "during inlining")
	}
	if !fitsCall(p, frame, out) {
		return nil, nil
	}
	return out, nil
}

func unknownRow(e Expr) bool { return e.Type() == datum.Unknown }

// plainExpr is the expression of a SELECT of nothing but one; nil for others.
func plainExpr(q *parse.SelectStmt) parse.Expr {
	if q == nil || len(q.Targets) != 1 || q.From != nil || q.Where != nil || q.GroupBy != nil || q.DistinctOn != nil || q.Having != nil ||
		q.With != nil || q.Op != parse.SetNone || q.Values != nil || q.OrderBy != nil || q.Limit != nil || q.Offset != nil ||
		q.Into != nil || q.Locking != nil || q.Distinct || q.Windows != nil {
		return nil
	}
	e := q.Targets[0].Val
	if _, star := e.(*parse.Star); star {
		return nil
	}
	return e
}

// computes says whether an expression is of one row alone: without subqueries, aggregates, windows and sets.
func (b *binder) computes(e parse.Expr) bool {
	plain := true
	parse.Inspect(e, func(node any) bool {
		switch x := node.(type) {
		case *parse.SubLink, *parse.GroupingFunc:
			plain = false
		case *parse.FuncCall:
			if x.Over != nil || x.Star || x.Distinct || x.WithinGroup || x.Filter != nil {
				plain = false
			}
			for _, p := range b.procsNamed(x.Name) {
				plain = plain && (p.Kind == 'f' || p.Kind == 'p') && !p.RetSet
			}
		}
		return plain
	})
	return plain
}

// fitsCall says whether an expanded body is as good as the call: no less stable and no less strict than the function
// says, and without computing anything twice.
func fitsCall(p *catalog.Proc, f *functionFrame, e Expr) bool {
	if p.Volatile == 'i' && mutable(e) || p.Volatile == 's' && volatileExpr(e) {
		return false
	}
	if p.Strict && !strictExpr(e) {
		return false
	}
	for i, n := range f.used {
		switch {
		case n == 0 && p.Strict:
			return false
		case n > 1 && (volatileExpr(f.args[i]) || !cheap(f.args[i])):
			return false
		}
	}
	return true
}

// volatileExpr says whether an expression may have another value at each evaluation.
func volatileExpr(e Expr) bool {
	return !Walk(e, func(x Expr) bool {
		call, ok := x.(*Call)
		return !ok || call.Proc.Volatile != 'v'
	})
}

// strictExpr says whether an expression is NULL wherever a part of it is (contain_nonstrict_functions).
func strictExpr(e Expr) bool {
	return Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			return x.Proc.Strict
		case *Const, *Param, *Col, *Outer, *Cast:
			return true
		case *Logic:
			return x.Op == Not
		}
		return false
	})
}

// cheap says whether an expression costs no more than ten operators, which is what Postgres computes twice for.
func cheap(e Expr) bool {
	calls := 0
	return Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			calls++
			return x.Proc.Native() && !x.Proc.ReadsFiles() && calls <= 10
		case *Subquery:
			return false
		}
		return true
	})
}

// expandSet is a set-returning function of FROM with its query in its place; nil where the call stays.
func (b *binder) expandSet(call *Call) (Node, error) {
	p := call.Proc
	if !b.expandable(p) || !p.RetSet || p.Strict || p.Volatile == 'v' || p.Ret == datum.Void {
		return nil, nil
	}
	for _, a := range call.Args {
		_, sub := a.(*Subquery)
		if sub || volatileExpr(a) || !subqueryFree(a) {
			return nil, nil
		}
	}
	q := b.soleSelect(p)
	if q == nil || q.Into != nil || len(q.Locking) > 0 || modifiesData(q) {
		return nil, nil
	}
	out := &Plan{}
	err := b.inFrame(frameOf(p, call.Args, b.fn), b.bodyPath(p), func() (err error) {
		node, err := b.queryIn(q, queryEnv{})
		if err != nil {
			return err
		}
		out.Root = b.resolveUnknownOutputs(node)
		out.Columns = out.Root.Columns()
		d := &functionBinder{cat: b.cat, proc: p, ret: call.T, fields: call.T.Fields}
		if !call.T.IsRecord() {
			d.fields = nil
		}
		return d.fit(out)
	})
	if err != nil {
		return nil, atRun(err, p, "during inlining")
	}
	return out.Root, nil
}

func subqueryFree(e Expr) bool {
	return Walk(e, func(x Expr) bool {
		_, sub := x.(*Subquery)
		return !sub
	})
}

func modifiesData(q *parse.SelectStmt) bool {
	if q.With == nil {
		return false
	}
	return slices.ContainsFunc(q.With.CTEs, func(c parse.CTE) bool {
		_, reads := c.Query.(*parse.SelectStmt)
		return !reads
	})
}
