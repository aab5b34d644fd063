package plan

import (
	"cmp"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// calibratedColumn is a table's column that a calibration may be of.
type calibratedColumn struct {
	table  catalog.OID
	attNum int16
}

func (k *calibratedColumn) args() []Expr {
	return []Expr{
		&Const{Typed: Typed{datum.Oid, -1}, Value: datum.NewInt(int64(k.table))},
		&Const{Typed: Typed{datum.Int2, -1}, Value: datum.NewInt(int64(k.attNum))},
	}
}

func (k *calibratedColumn) percent(similarity, query Expr, pos int) Expr {
	call := vectorCallOf("similarity_pct", append([]Expr{similarity, query}, k.args()...)...)
	call.Pos = pos
	return call
}

func (k *calibratedColumn) neighbourhood(vector Expr) Expr {
	return vectorCallOf("neighbour_similarity", append([]Expr{vector}, k.args()...)...)
}

// crowding is the neighbourhood, but no less than the column's floor.
func (k *calibratedColumn) crowding(vector Expr) Expr {
	return &MinMax{Typed: Typed{datum.Float8, -1}, Args: []Expr{k.neighbourhood(vector),
		vectorCallOf("neighbour_similarity_floor", k.args()...)}}
}

// vectorCallOf makes a call of a function in public by its arguments' types.
func vectorCallOf(name string, args ...Expr) *Call {
	for _, p := range catalog.Builtin().ProcsNamed(name) {
		same := p.Schema == catalog.PublicOID && len(p.Args) == len(args)
		for i := 0; same && i < len(args); i++ {
			same = p.Args[i] == args[i].Type()
		}
		if same {
			return &Call{Typed: Typed{p.Ret, -1}, Proc: p, Args: args, Pos: -1}
		}
	}
	panic("plan: no function " + name + " of these arguments in proc.tsv")
}

// calibratedColumn finds the stored table's column that an expression is, here or further out; nil for anything else.
func (b *binder) calibratedColumn(s *scope, e Expr) (*calibratedColumn, error) {
	found := s.columnOf(e)
	if found == nil {
		return nil, nil
	}
	t := b.cat.Snapshot().TableByOID(found.table)
	if t == nil || t.Virtual != nil {
		return nil, nil
	}
	if t.Kind() != catalog.KindView || t.View == nil {
		return found, nil
	}
	node, _, err := b.expandView(t, t.Name, queryEnv{})
	if err != nil {
		return nil, err
	}
	return scannedColumn(node, t.Ordinal(found.attNum)), nil
}

// columnOf finds the relation's column that an expression is.
func (s *scope) columnOf(e Expr) *calibratedColumn {
	if s == nil {
		return nil
	}
	for i := range s.cols {
		col := &s.cols[i]
		if col.expr == nil || !equalExpr(col.expr, e) {
			continue
		}
		if at := cmp.Or(col.table, col.source); at != 0 {
			return &calibratedColumn{at, cmp.Or(col.attNum, col.sourceAtt)}
		}
	}
	out, ok := e.(*Outer)
	if !ok {
		return nil
	}
	for p := s.parent; p != nil; p = p.scope.parent {
		if i := slices.Index(p.slots, out.Slot); i >= 0 {
			return p.scope.columnOf(p.args[i])
		}
	}
	return nil
}

// scannedColumn follows a node's column down to its scan.
func scannedColumn(n Node, i int) *calibratedColumn {
	switch x := n.(type) {
	case *Scan:
		if i >= 0 && i < len(x.Ordinals) {
			return &calibratedColumn{x.Table.OID, x.Table.Columns[x.Ordinals[i]].AttNum}
		}
	case *Project:
		if c, ok := x.Exprs[i].(*Col); ok {
			return scannedColumn(x.Input, c.Index)
		}
	case *Filter:
		return scannedColumn(x.Input, i)
	case *Sort:
		return scannedColumn(x.Input, i)
	case *Limit:
		return scannedColumn(x.Input, i)
	case *Join:
		if w := len(x.Left.Columns()); i >= w {
			return scannedColumn(x.Right, i-w)
		}
		return scannedColumn(x.Left, i)
	}
	return nil
}
