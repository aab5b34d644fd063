package plan

// emptyRelations makes a Values without rows of what can have none, as a condition that is never true leaves it: a scan, a
// join with an empty side, what is made of these (dummy relations in relnode.c). It wants predicates pushed.
func (o *optimizer) emptyRelations(n Node) Node {
	mapInputs(n, o.emptyRelations)
	empty := false
	switch x := n.(type) {
	case *Scan:
		empty = x.Mark == 0 && !x.RowID && neverTrue(x.Filter)
	case *Filter:
		empty = neverTrue(x.Cond) || isEmpty(x.Input)
	case *Join:
		switch x.Kind {
		case JoinInner, JoinSemi:
			empty = neverTrue(x.Cond) || isEmpty(x.Left) || isEmpty(x.Right)
		case JoinLeft, JoinAnti:
			empty = isEmpty(x.Left)
		case JoinRight:
			empty = isEmpty(x.Right)
		case JoinFull:
			empty = isEmpty(x.Left) && isEmpty(x.Right)
		}
	case *Aggregate:
		empty = len(x.Keys) > 0 && x.Sets == nil && isEmpty(x.Input)
	case *Project, *ProjectSet, *Sort, *Limit, *Dedup, *Window:
		empty = isEmpty(n.Children()[0])
	}
	if !empty {
		return n
	}
	out := &Values{}
	out.Cols = n.Columns()
	return out
}

func isEmpty(n Node) bool {
	v, ok := n.(*Values)
	return ok && len(v.Rows) == 0
}

func neverTrue(cond Expr) bool {
	for _, c := range conjuncts(cond) {
		if v, null, known := boolConst(c); known && (null || !v) {
			return true
		}
	}
	return false
}
