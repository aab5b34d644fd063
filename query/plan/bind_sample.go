package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// rangeSample binds table TABLESAMPLE method (percentage) REPEATABLE (seed): transformRangeTableSample.
func (b *binder) rangeSample(x *parse.RangeSample, env queryEnv, left *capture) (Node, *scope, error) {
	node, sc, err := b.fromItem(x.Table, env, left)
	if err != nil {
		return nil, nil, err
	}
	scan, ok := node.(*Scan)
	if !ok {
		return nil, nil, fail(x.Table.Pos(), sqlstate.FeatureNotSupported,
			"TABLESAMPLE clause can only be applied to tables and materialized views")
	}
	out := &Sample{Input: scan, Method: x.Method[len(x.Method)-1]}
	switch {
	case !slices.Contains([]string{"bernoulli", "system"}, out.Method):
		return nil, nil, fail(x.Pos(), sqlstate.UndefinedObject, "tablesample method %s does not exist", strings.Join(x.Method, "."))
	case len(x.Args) != 1:
		return nil, nil, fail(x.Pos(), sqlstate.InvalidTablesampleArgument,
			"tablesample method %s requires 1 argument, not %d", out.Method, len(x.Args))
	}
	parent := env.parent
	if left != nil {
		parent = left
	}
	ec := &exprContext{b: b, scope: &scope{parent: parent, ctes: env.ctes}, clause: "FROM"}
	if out.Percent, err = ec.sampleArgument(x.Args[0], datum.Float4); err != nil {
		return nil, nil, err
	}
	if x.Repeatable != nil {
		if out.Seed, err = ec.sampleArgument(x.Repeatable, datum.Float8); err != nil {
			return nil, nil, err
		}
	}
	if !scan.RowID { // FOR UPDATE has asked for it already
		b.marks++ // no star stands for it
		id := Column{Name: "ctid", Type: datum.Int8, Typmod: -1}
		ref := &Col{Typed: Typed{datum.Int8, -1}, Index: len(scan.Cols), Name: id.Name}
		scan.RowID, scan.Cols = true, append(scan.Cols, id)
		sc.cols = append(sc.cols, scopeCol{rel: scan.Alias, expr: ref, hidden: true, mark: b.marks})
	}
	out.RowID = &Col{Typed: Typed{datum.Int8, -1}, Index: len(scan.Cols) - 1, Name: "ctid"}
	out.Cols = scan.Cols
	if b.rec != nil {
		b.rec.samples[x] = out
	}
	return out, sc, nil
}

func (c *exprContext) sampleArgument(x parse.Expr, t *datum.Type) (Expr, error) {
	e, err := c.bind(x)
	if err != nil {
		return nil, err
	}
	return c.b.coerce(e, t, -1, implicit, x.Pos())
}
