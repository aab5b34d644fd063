package plan

// inlineCTEs puts a WITH query that is read once, in place, so that the other rules see through it; a
// MATERIALIZED or volatile one stays a fence, as in Postgres.
func (o *optimizer) inlineCTEs(p *Plan) {
	var left []*CTE
	for i := len(p.CTEs) - 1; i >= 0; i-- { // later ones may read earlier ones
		c := p.CTEs[i]
		readers := o.readers(p, c)
		if readers == 0 && !c.Modifies {
			continue // and so never run
		}
		if c.Materialized || c.Modifies || c.Recursive || volatilePlan(c.Plan) || readers != 1 {
			left = append([]*CTE{c}, left...)
			continue
		}
		p.Root = replaceCTE(p.Root, c)
		for _, other := range p.CTEs {
			if other != c {
				other.Plan = replaceCTE(other.Plan, c)
			}
		}
	}
	p.CTEs = left
}

func (o *optimizer) readers(p *Plan, c *CTE) int {
	count := 0
	visit := func(n Node) bool {
		if s, ok := n.(*CTEScan); ok && s.CTE == c {
			count++
		}
		return true
	}
	walkNodes(p.Root, visit)
	for _, other := range p.CTEs {
		walkNodes(other.Plan, visit)
	}
	return count
}

func replaceCTE(n Node, c *CTE) Node {
	if s, ok := n.(*CTEScan); ok && s.CTE == c {
		return c.Plan
	}
	mapInputs(n, func(in Node) Node { return replaceCTE(in, c) })
	for _, q := range Subplans(n) {
		q.Plan = replaceCTE(q.Plan, c)
	}
	return n
}
