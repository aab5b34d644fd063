package plan

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Set-returning functions in expressions. Those whose arguments hold none are run side by side, a ProjectSet; then
// those around them over its rows, and so on outwards (split_pathtarget_at_srfs of PostgreSQL).

func isSRF(e Expr) bool {
	call, ok := e.(*Call)
	return ok && call.Proc.RetSet
}

func hasSRF(e Expr) bool {
	return !Walk(e, func(x Expr) bool { return !isSRF(x) })
}

// flatSets says whether sets stand only at the top of expressions: a ProjectSet can then compute the list as it is.
func flatSets(es []Expr) bool {
	for _, e := range es {
		if call, ok := e.(*Call); ok && call.Proc.RetSet {
			if slices.ContainsFunc(call.Args, hasSRF) {
				return false
			}
		} else if hasSRF(e) {
			return false
		}
	}
	return true
}

// expandSets runs the set-returning functions of expressions over n's row below them, until there are none left.
func expandSets(n Node, exprs slotList) Node {
	for {
		var calls []*Call
		for _, s := range exprs {
			Walk(*s.at, func(x Expr) bool {
				if call, ok := x.(*Call); ok && innermostSet(call) && !slices.ContainsFunc(calls, call.sameSet) {
					calls = append(calls, call)
				}
				return true
			})
		}
		if len(calls) == 0 {
			return n
		}
		width := len(n.Columns())
		set := &ProjectSet{Input: n, Exprs: colsOf(n)}
		set.Cols = slices.Clone(n.Columns())
		for _, c := range calls {
			set.Exprs = append(set.Exprs, c)
			set.Cols = append(set.Cols, Column{Name: c.Proc.Name, Type: c.T, Typmod: c.Mod})
		}
		for _, s := range exprs {
			*s.at = Transform(*s.at, func(x Expr) Expr {
				if call, ok := x.(*Call); ok {
					if i := slices.IndexFunc(calls, call.sameSet); i >= 0 {
						return &Col{Typed: call.Typed, Index: width + i, Name: call.Proc.Name}
					}
				}
				return x
			})
		}
		n = set
	}
}

func innermostSet(c *Call) bool { return c.Proc.RetSet && !slices.ContainsFunc(c.Args, hasSRF) }

// sameSet says whether two calls may share their rows: a volatile one is written but once.
func (c *Call) sameSet(o *Call) bool {
	return c.Proc == o.Proc && equalExpr(c, o) && (c.Pos == o.Pos || !volatile(c))
}

// expandKeys runs the set-returning functions that are grouped by, below the grouping.
func (c *selectCore) expandKeys() {
	for i, key := range c.keys {
		if !hasSRF(key) {
			continue
		}
		c.node = expandSets(c.node, slotList{{&c.keys[i], inputRow}})
		if _, plain := c.keys[i].(*Col); !plain {
			exprs, names := append(colsOf(c.node), c.keys[i]), append(namesOf(c.node), unnamed)
			c.keys[i] = &Col{Typed: Typed{key.Type(), key.Typmod()}, Index: len(exprs) - 1, Name: unnamed}
			c.node = project(c.node, exprs, names)
		}
		for _, s := range c.aboveGroups() {
			*s.at = replaceTop(*s.at, key, c.keys[i])
		}
	}
}

// replaceTop replaces what equals from, outermost first.
func replaceTop(e, from, to Expr) Expr {
	if e == nil || equalExpr(e, from) {
		if e == nil {
			return nil
		}
		return to
	}
	return mapChildren(e, func(x Expr) Expr { return replaceTop(x, from, to) })
}

// withoutSets is the context of expressions in which sets are refused by an error of their own.
func (c *exprContext) withoutSets(message string) *exprContext {
	inner := *c
	inner.srfs, inner.noSets = false, message
	return &inner
}

func (c *exprContext) setsAllowed(x *parse.FuncCall) error {
	switch {
	case c.srfs:
		return nil
	case c.noSets != "":
		return sqlstate.New(sqlstate.FeatureNotSupported, "%s", c.noSets).
			WithHint("You might be able to move the set-returning function into a LATERAL FROM item.").At(x.Pos())
	}
	return fail(x.Pos(), sqlstate.FeatureNotSupported, "set-returning functions are not allowed in %s", c.clause)
}

// outFields are the fields of a function's record, its polymorphic ones resolved by the call's arguments.
func outFields(c *Call) []datum.Field {
	stand, _ := deduce(c.Proc.Args, typesOf(c.Args))
	out := make([]datum.Field, len(c.Proc.OutTypes))
	for i, t := range c.Proc.OutTypes {
		out[i] = datum.Field{Name: c.Proc.OutNames[i], Type: stand.actualOr(t), Typmod: -1}
	}
	return out
}
