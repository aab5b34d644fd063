package eval

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// caseExpr is CASE: conds[i] decides for results[i]; els may be nil.
type caseExpr struct {
	typ            *datum.Type
	conds, results []arm
	els            *arm
}

func (k *compiler) caseExpr(x *plan.Case) (compiled, error) {
	var out compiled
	conds, results := make([]plan.Expr, len(x.Whens)), make([]plan.Expr, len(x.Whens))
	for i, w := range x.Whens {
		conds[i], results[i] = w.Cond, w.Result
	}
	n := &caseExpr{typ: x.T}
	var err error
	if n.conds, err = k.arms(&out, conds); err != nil {
		return out, err
	}
	if n.results, err = k.arms(&out, results); err != nil {
		return out, err
	}
	if x.Else != nil {
		els, err := k.arms(&out, []plan.Expr{x.Else})
		if err != nil {
			return out, err
		}
		n.els = &els[0]
	}
	out.node = n
	return out, nil
}

func (x *caseExpr) eval(b *datum.Batch) (*datum.Vec, error) {
	out := newMosaic(x.typ, b.Rows)
	left := remaining{n: b.Rows}
	for i, cond := range x.conds {
		v, err := cond.eval(b, left.rows)
		if err != nil {
			return nil, err
		}
		var taken, kept []int
		for p := range left.count() {
			if !v.IsNull(p) && v.B[p] {
				taken = append(taken, left.at(p))
			} else {
				kept = append(kept, left.at(p))
			}
		}
		if err := out.fill(x.results[i], b, taken); err != nil {
			return nil, err
		}
		if left.keep(kept); left.count() == 0 {
			return out.vec(), nil
		}
	}
	if x.els != nil {
		rows := make([]int, left.count())
		for p := range rows {
			rows[p] = left.at(p)
		}
		if err := out.fill(*x.els, b, rows); err != nil {
			return nil, err
		}
	}
	return out.vec(), nil
}

// fill evaluates an arm for some rows and puts its values in their places.
func (m *mosaic) fill(a arm, b *datum.Batch, rows []int) error {
	if len(rows) == 0 {
		return nil
	}
	narrowed := rows
	if len(rows) == b.Rows {
		narrowed = nil
	}
	v, err := a.eval(b, narrowed)
	if err != nil {
		return err
	}
	for p, row := range rows {
		m.set(row, v, p)
	}
	return nil
}

// coalesce takes each row's first value that is not NULL.
type coalesce struct {
	typ  *datum.Type
	arms []arm
}

func (k *compiler) coalesce(x *plan.Coalesce) (compiled, error) {
	var out compiled
	arms, err := k.arms(&out, x.Args)
	out.node = &coalesce{x.T, arms}
	return out, err
}

func (x *coalesce) eval(b *datum.Batch) (*datum.Vec, error) {
	out := newMosaic(x.typ, b.Rows)
	left := remaining{n: b.Rows}
	for i, a := range x.arms {
		v, err := a.eval(b, left.rows)
		if err != nil {
			return nil, err
		}
		if i == 0 && v.Nulls == nil {
			return v, nil
		}
		var kept []int
		for p := range left.count() {
			if row := left.at(p); v.IsNull(p) {
				kept = append(kept, row)
			} else {
				out.set(row, v, p)
			}
		}
		if left.keep(kept); left.count() == 0 {
			break
		}
	}
	return out.vec(), nil
}
