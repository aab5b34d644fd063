package plan

// OneTime divides a condition into what is the same for every row of one run, and so is computed once before it, and the
// rest; each nil for none (the pseudoconstant clauses of Postgres).
func OneTime(cond Expr) (once, rest Expr) {
	if cond == nil {
		return nil, nil
	}
	gates, others := split(conjuncts(cond), oneTime)
	if len(gates) == 0 {
		return nil, cond
	}
	return allOf(gates), allOf(others)
}

func oneTime(c Expr) bool { return freeOfColumns(c) && !volatile(c) }

// gated prints a one-time condition as the node of its own that it is in Postgres.
func (e *explainer) gated(in *printed, once Expr) *printed {
	out := &printed{title: "Result", typ: "Result", cost: in.cost, actual: in.actual, kids: []*printed{in}}
	if len(in.props) > 0 && in.props[0].Name == "Output" {
		out.props = append(out.props, in.props[0])
	}
	if in.actual != nil {
		a := *in.actual
		a.Details, a.Hash = nil, nil
		out.actual = &a
	}
	out.add("One-Time Filter", e.with(nil).condition(once))
	return out
}
