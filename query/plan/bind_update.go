package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// targetRows is the input of UPDATE and DELETE: the table's rows in table order, the row identity,
// then what FROM or USING gives, restricted by WHERE.
type targetRows struct {
	node   Node
	scope  *scope // over node's row
	to     *target
	table  *catalog.Table
	alias  string
	access *targetAccess
	// rest is where FROM's columns start in the input.
	rest  int
	mark  int
	where Expr
}

// writePrivileges are what the statements' verbs take.
var writePrivileges = map[string]catalog.Privileges{"update": catalog.PrivUpdate, "delete from": catalog.PrivDelete}

func (b *binder) targetRows(
	r *parse.RangeTable, from []parse.FromItem, where parse.Expr, env queryEnv, verb string,
) (*targetRows, error) {
	to, err := b.target(r, verb)
	if err != nil {
		return nil, err
	}
	t := to.table
	if err := b.reach(t); err != nil {
		return nil, err
	}
	out := &targetRows{to: to, table: t, alias: to.called(r)}
	b.marks++
	out.mark, out.rest = b.marks, len(t.Columns)+1
	scan, err := out.read(b)
	if err != nil {
		return nil, err
	}
	out.scope = to.scope(b, out.alias, 0, env)
	out.access = b.writes(to, writePrivileges[verb])
	out.scope.reads(out.access.named)
	if to.qual != nil {
		out.node = filterNode(out.node, to.qual)
	}
	if len(from) > 0 {
		if err := out.join(b, from, env); err != nil {
			return nil, err
		}
	}
	if cursor, ok := where.(*parse.CurrentOf); ok {
		if scan == nil {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "WHERE CURRENT OF on a view is not implemented")
		}
		scan.CurrentOf = cursor.Cursor
	} else if where != nil {
		ec := &exprContext{b: b, scope: out.scope, clause: "WHERE"}
		cond, err := ec.bindBool(where, "WHERE")
		if err != nil {
			return nil, err
		}
		out.node, out.where = filterNode(out.node, cond), cond
	}
	return out, nil
}

// note tells a recorder of the statement, nil where there is none.
func (r *targetRows) note(rec *recorder, s parse.Stmt) *boundWrite {
	w := rec.write(s)
	if w != nil {
		w.to, w.alias, w.rows, w.where, w.rest = r.to, r.alias, r.scope, r.where, r.rest
	}
	return w
}

// read gives the target's rows: of a table by its scan, of a view with INSTEAD OF triggers by its query. What a view's rows
// are identified by nobody asks.
func (r *targetRows) read(b *binder) (*Scan, error) {
	if r.table.View == nil {
		scan := b.scan(r.table, r.alias)
		scan.RowID, scan.Mark = true, r.mark
		scan.Cols = append(scan.Cols, Column{Name: "rowid", Type: datum.Int8, Typmod: -1})
		r.node = scan
		return scan, nil
	}
	node, _, err := b.expandView(r.table, r.alias, queryEnv{})
	if err != nil {
		return nil, err
	}
	rows := &Project{Input: node, Exprs: append(colsOf(node), &Const{Typed: Typed{datum.Int8, -1}, Value: datum.Null})}
	rows.Cols = append(slices.Clone(node.Columns()), Column{Name: "rowid", Type: datum.Int8, Typmod: -1})
	r.node = rows
	return nil, nil
}

// join adds FROM's items beside the target.
func (r *targetRows) join(b *binder, from []parse.FromItem, env queryEnv) error {
	node, sc, err := b.fromClause(from, env)
	if err != nil {
		return err
	}
	for _, rel := range sc.rels {
		if rel.alias == r.alias {
			return sqlstate.New(sqlstate.DuplicateAlias, "table name %q specified more than once", rel.alias)
		}
	}
	j := &Join{Kind: JoinInner, Left: r.node, Right: node}
	j.Cols = append(slices.Clone(r.node.Columns()), node.Columns()...)
	r.node, r.scope = j, concat(r.scope, sc, r.rest)
	r.scope.parent = env.parent
	return nil
}

// returningScope is over the written (or deleted) row followed by FROM's columns: the input row
// without the row identity.
func (r *targetRows) returningScope() *scope {
	out := *r.scope
	out.cols = slices.Clone(r.scope.cols)
	for i := range out.cols {
		out.cols[i].expr = Transform(out.cols[i].expr, func(e Expr) Expr {
			if c, ok := e.(*Col); ok && c.Index >= r.rest {
				moved := *c
				moved.Index--
				return &moved
			}
			return e
		})
	}
	return &out
}

func (b *binder) update(s *parse.UpdateStmt) (*Plan, error) {
	if p, err := b.ruled(s); p != nil || err != nil {
		return p, err
	}
	node, err := b.updateNode(s, queryEnv{top: true})
	if err != nil {
		return nil, err
	}
	return writePlan(node, "UPDATE"), nil
}

func (b *binder) updateNode(s *parse.UpdateStmt, env queryEnv) (Node, error) {
	defer b.enterNames(s, append([]parse.FromItem{s.Table}, s.From...))()
	var err error
	if env.ctes, err = b.with(s.With, env); err != nil {
		return nil, err
	}
	env.top = false
	rows, err := b.targetRows(s.Table, s.From, s.Where, env, "update")
	if err != nil {
		return nil, err
	}
	exprs, err := b.writtenRow(rows.to)
	if err != nil {
		return nil, err
	}
	set := &setClause{b: b, to: rows.to, table: rows.table, rows: exprs, scope: rows.scope}
	note := rows.note(b.rec, s)
	set.note = note
	if err := set.bind(s.Set); err != nil {
		return nil, err
	}
	rows.access.updates(set.ordinals)
	defer rows.access.finish()
	node := &Update{Mark: rows.mark, Table: rows.table, Exprs: exprs, Input: rows.node, Changed: set.ordinals}
	node.New = colsOf(rows.node)[:len(rows.table.Columns)]
	for i, ordinal := range set.ordinals {
		node.New[ordinal] = set.values[i]
	}
	node.Recomputed = exprs.dependents(set.ordinals)
	ret := rows.returningScope()
	if node.Returning, node.Cols, err = b.returning(ret, s.Returning); err != nil {
		return nil, err
	}
	note.returns(ret, node.Returning, node.Cols)
	return node, nil
}

// dependents are the generated columns whose inputs are among the changed ones, or that are set to DEFAULT.
func (r *RowExprs) dependents(changed []int) []int {
	var out []int
	for i, g := range r.Generated {
		reads := g != nil && !Walk(g, func(e Expr) bool {
			c, ok := e.(*Col)
			return !ok || !slices.Contains(changed, c.Index)
		})
		if reads || g != nil && slices.Contains(changed, i) {
			out = append(out, i)
		}
	}
	return out
}

func (b *binder) delete(s *parse.DeleteStmt) (*Plan, error) {
	if p, err := b.ruled(s); p != nil || err != nil {
		return p, err
	}
	node, err := b.deleteNode(s, queryEnv{top: true})
	if err != nil {
		return nil, err
	}
	return writePlan(node, "DELETE"), nil
}

func (b *binder) deleteNode(s *parse.DeleteStmt, env queryEnv) (Node, error) {
	defer b.enterNames(s, append([]parse.FromItem{s.Table}, s.Using...))()
	var err error
	if env.ctes, err = b.with(s.With, env); err != nil {
		return nil, err
	}
	env.top = false
	rows, err := b.targetRows(s.Table, s.Using, s.Where, env, "delete from")
	if err != nil {
		return nil, err
	}
	defer rows.access.finish()
	node := &Delete{Mark: rows.mark, Table: rows.table, Input: rows.node}
	ret := rows.returningScope()
	if node.Returning, node.Cols, err = b.returning(ret, s.Returning); err != nil {
		return nil, err
	}
	rows.note(b.rec, s).returns(ret, node.Returning, node.Cols)
	return node, nil
}
