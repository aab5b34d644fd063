package eval

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

func (k *compiler) logic(x *plan.Logic) (compiled, error) {
	if x.Op == plan.Not {
		return k.strict(func(a []node) node { return not{a[0]} }, x.Args...)
	}
	var out compiled
	arms, err := k.arms(&out, x.Args)
	out.node = &junction{arms: arms, decisive: x.Op == plan.Or}
	return out, err
}

// junction is AND or OR. A row is decided by the first operand that has the decisive value (false for
// AND, true for OR); later operands are evaluated for undecided rows only.
type junction struct {
	arms     []arm
	decisive bool
}

func (j *junction) eval(b *datum.Batch) (*datum.Vec, error) {
	n := b.Rows
	out := &datum.Vec{Type: datum.Bool, B: make([]bool, n)}
	for i := range out.B {
		out.B[i] = !j.decisive
	}
	left := remaining{n: n}
	var unknown []bool
	for _, a := range j.arms {
		v, err := a.eval(b, left.rows)
		if err != nil {
			return nil, err
		}
		kept := make([]int, 0, left.count())
		for p := range left.count() {
			row := left.at(p)
			switch {
			case v.IsNull(p):
				if unknown == nil {
					unknown = make([]bool, n)
				}
				unknown[row] = true
			case v.B[p] == j.decisive:
				out.B[row] = j.decisive
				continue
			}
			kept = append(kept, row)
		}
		if left.keep(kept); left.count() == 0 {
			break
		}
	}
	out.Nulls = undecided(unknown, out.B, j.decisive)
	return out, nil
}

// undecided clears the unknowns that a later operand decided.
func undecided(unknown, values []bool, decisive bool) []bool {
	any := false
	for i, u := range unknown {
		unknown[i] = u && values[i] != decisive
		any = any || unknown[i]
	}
	if !any {
		return nil
	}
	return unknown
}

type not struct{ arg node }

func (x not) eval(b *datum.Batch) (*datum.Vec, error) {
	v, err := x.arg.eval(b)
	if err != nil {
		return nil, err
	}
	out := &datum.Vec{Type: datum.Bool, Nulls: v.Nulls, B: make([]bool, b.Rows)}
	for i, t := range v.B {
		out.B[i] = !t
	}
	return out, nil
}
