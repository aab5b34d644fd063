package plan

// EachNode calls f for every node of a plan: those of its CTEs, then from the root down with the subqueries of each
// node's expressions.
func EachNode(p *Plan, f func(Node)) {
	for _, c := range p.CTEs {
		eachNode(c.Plan, f)
	}
	eachNode(p.Root, f)
}

func eachNode(n Node, f func(Node)) {
	if n == nil {
		return
	}
	f(n)
	for _, q := range Subplans(n) {
		eachNode(q.Plan, f)
	}
	for _, c := range n.Children() {
		eachNode(c, f)
	}
}
