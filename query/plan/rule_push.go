package plan

// pushPredicates moves conditions towards the tables they restrict, through everything that does not
// change which rows there are. It also turns an outer join into an inner one where a condition
// above it rejects the rows that the join would fill with NULLs.
func (o *optimizer) pushPredicates(n Node) Node { return push(n, nil) }

// push adds conditions over n's row to n, as deep as they may go.
func push(n Node, conds []Expr) Node {
	switch x := n.(type) {
	case *Filter:
		return push(x.Input, append(conjuncts(x.Cond), conds...))
	case *Scan:
		x.Filter = allOf(append(conjuncts(x.Filter), conds...))
		return x
	case *Project:
		down, stay := split(conds, func(c Expr) bool { return pushable(c, x.Exprs) })
		x.Input = push(x.Input, substituteAll(down, x.Exprs))
		return filtered(x, stay)
	case *ProjectSet:
		down, stay := split(conds, func(c Expr) bool { return pushable(c, x.Exprs) })
		x.Input = push(x.Input, substituteAll(down, x.Exprs))
		return filtered(x, stay)
	case *Join:
		return pushJoin(x, conds)
	case *Aggregate:
		down, stay := split(conds, func(c Expr) bool {
			return len(x.Keys) > 0 && x.Sets == nil && !freeOfColumns(c) && within(c, 0, len(x.Keys)) && pushable(c,
				x.Keys)
		})
		x.Input = push(x.Input, substituteAll(down, x.Keys))
		return filtered(x, stay)
	default:
		return pushOrder(n, conds)
	}
}

// pushOrder goes through nodes that keep the row as it is.
func pushOrder(n Node, conds []Expr) Node {
	down, stay := []Expr(nil), conds
	switch x := n.(type) {
	case *Sort:
		if x.TopK == nil {
			down, stay = split(conds, func(c Expr) bool { return !volatile(c) })
		}
		x.Input = push(x.Input, down)
	case *Sample: // a row is chosen by its identity, whatever else is asked of it
		down, stay = split(conds, func(c Expr) bool { return !volatile(c) })
		x.Input = push(x.Input, down)
	case *Dedup:
		down, stay = split(conds, func(c Expr) bool { return !volatile(c) && (x.On == nil || onlyKeys(c, x.On)) })
		x.Input = push(x.Input, down)
	case *Window: // whole partitions may go
		down, stay = split(conds, func(c Expr) bool { return !volatile(c) && !freeOfColumns(c) && onlyKeys(c, x.PartitionBy) })
		x.Input = push(x.Input, down)
	case *SetOp:
		down, stay = split(conds, func(c Expr) bool { return !volatile(c) && !costly(c) })
		x.Left, x.Right = push(x.Left, down), push(x.Right, cloneAll(down))
	default:
		mapInputs(n, func(in Node) Node { return push(in, nil) })
	}
	return filtered(n, stay)
}

// cloneAll copies expressions that go to two places, so that a later in-place change of one leaves the other.
func cloneAll(es []Expr) []Expr {
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = Transform(e, func(x Expr) Expr { return x })
	}
	return out
}

func onlyKeys(c Expr, keys []Expr) bool {
	return Walk(c, func(x Expr) bool {
		col, ok := x.(*Col)
		if !ok {
			return true
		}
		for _, k := range keys {
			if equalExpr(k, col) {
				return true
			}
		}
		return false
	})
}

func split(conds []Expr, down func(Expr) bool) (yes, no []Expr) {
	for _, c := range conds {
		if down(c) {
			yes = append(yes, c)
		} else {
			no = append(no, c)
		}
	}
	return yes, no
}

// pushable says whether a condition may be evaluated before the expressions it reads are projected.
func pushable(c Expr, row []Expr) bool {
	if volatile(c) {
		return false
	}
	return Walk(c, func(x Expr) bool {
		col, ok := x.(*Col)
		return !ok || trivial(row[col.Index]) || !costly(row[col.Index]) && !volatile(row[col.Index])
	})
}

// pushJoin distributes conditions over a join's row, and the join's own, to its sides. What each kind
// allows: a side whose rows the join must keep takes conditions from above but not from ON; the other
// side takes them from ON but not from above.
func pushJoin(j *Join, conds []Expr) Node {
	conds, stay := split(conds, func(c Expr) bool { return !volatile(c) })
	reduceOuter(j, conds)
	width := len(j.Left.Columns())
	isLeft := func(c Expr) bool { return within(c, 0, width) }
	isRight := func(c Expr) bool { return !freeOfColumns(c) && within(c, width, width+len(j.Right.Columns())) }
	on := conjuncts(j.Cond)
	if j.Kind == JoinInner {
		on, conds = append(on, conds...), nil
	}
	var toLeft, toRight, more []Expr
	if j.Kind == JoinInner || j.Kind == JoinSemi || j.Kind == JoinRight {
		more, on = split(on, func(c Expr) bool { return isLeft(c) && !volatile(c) })
		toLeft = append(toLeft, more...)
	}
	if j.Kind != JoinRight && j.Kind != JoinFull {
		more, on = split(on, func(c Expr) bool { return isRight(c) && !volatile(c) })
		toRight = append(toRight, more...)
		more, conds = split(conds, isLeft)
		toLeft = append(toLeft, more...)
	}
	if j.Kind == JoinRight {
		more, conds = split(conds, isRight)
		toRight = append(toRight, more...)
	}
	for i, c := range toRight {
		toRight[i] = shift(c, -width)
	}
	j.Cond = allOf(on)
	j.Left, j.Right = push(j.Left, toLeft), push(j.Right, toRight)
	return filtered(j, append(conds, stay...))
}

// reduceOuter makes an outer join inner on the sides whose NULL-filled rows some condition rejects.
func reduceOuter(j *Join, conds []Expr) {
	width := len(j.Left.Columns())
	rejects := func(left bool) bool {
		for _, c := range conds {
			if rejectsNull(c, func(i int) bool { return (i < width) == left }) {
				return true
			}
		}
		return false
	}
	// keepsLeft: rows of the left side without a match appear, with NULLs on the right.
	keepsLeft := j.Kind == JoinLeft || j.Kind == JoinFull
	keepsRight := j.Kind == JoinRight || j.Kind == JoinFull
	if !keepsLeft && !keepsRight {
		return
	}
	keepsLeft = keepsLeft && !rejects(false)
	keepsRight = keepsRight && !rejects(true)
	switch {
	case keepsLeft && keepsRight:
		j.Kind = JoinFull
	case keepsLeft:
		j.Kind = JoinLeft
	case keepsRight:
		j.Kind = JoinRight
	default:
		j.Kind = JoinInner
	}
}
