package plan

// mergeProjections puts a projection of a projection into one, drops projections that change
// nothing, and computes constant rows in place.
func (o *optimizer) mergeProjections(n Node) Node {
	mapInputs(n, o.mergeProjections)
	p, ok := n.(*Project)
	if !ok {
		return n
	}
	switch in := p.Input.(type) {
	case *Project:
		if mergeable(p.Exprs, in.Exprs) {
			p.Exprs, p.Input = substituteAll(p.Exprs, in.Exprs), in.Input
			return o.mergeProjections(p)
		}
	case *Values:
		if len(in.Rows) == 1 && mergeable(p.Exprs, in.Rows[0]) {
			v := &Values{Rows: [][]Expr{substituteAll(p.Exprs, in.Rows[0])}}
			v.Cols = p.Cols
			return v
		}
	}
	if identity(p) {
		return p.Input
	}
	return p
}

func substituteAll(es, row []Expr) []Expr {
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = substitute(e, row)
	}
	return out
}

// mergeable says whether expressions may take the place of references to them: each volatile or
// costly one must be read exactly once, and not from inside a CASE or a subplan's arguments, where it
// might run more or less often than before.
func mergeable(outer, inner []Expr) bool {
	uses := make([]int, len(inner))
	direct := make([]int, len(inner))
	for _, e := range outer {
		if c, ok := e.(*Col); ok {
			direct[c.Index]++
		}
		Walk(e, func(x Expr) bool {
			if c, ok := x.(*Col); ok {
				uses[c.Index]++
			}
			return true
		})
	}
	for i, e := range inner {
		switch {
		case trivial(e):
		case volatile(e):
			if uses[i] != 1 || direct[i] != 1 {
				return false
			}
		case costly(e) && uses[i] > 1, isSRF(e):
			return false
		}
	}
	return true
}

// identity says whether a projection passes its input's row on as it is, names included.
func identity(p *Project) bool {
	in := p.Input.Columns()
	if len(in) != len(p.Exprs) {
		return false
	}
	for i, e := range p.Exprs {
		c, ok := e.(*Col)
		if !ok || c.Index != i || in[i].Name != p.Cols[i].Name || in[i].Type != p.Cols[i].Type {
			return false
		}
	}
	return true
}
