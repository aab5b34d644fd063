package plan

// Optimize rewrites a bound plan by the rules in order and fills in estimates. The plan is changed in
// place and returned; it means the same as before, and its columns keep their order.
func Optimize(cat Catalog, p *Plan) *Plan {
	return optimizeTraced(cat, p, func(string, Node) {})
}

// optimizeTraced tells trace the root after every rule; tests print what changed.
func optimizeTraced(cat Catalog, p *Plan, trace func(rule string, root Node)) *Plan {
	if p.Root == nil {
		return p
	}
	if r, ok := p.Root.(*RuleSteps); ok {
		for _, s := range r.Steps {
			Optimize(cat, s.Plan)
		}
		return p
	}
	o := &optimizer{cat: cat, plan: p, done: map[Node]Node{}, subplansMade: countSubplans(p)}
	o.inlineCTEs(p)
	trace("inline CTEs", p.Root)
	for _, c := range p.CTEs {
		c.Plan = o.tree(c.Plan, func(string, Node) {})
		o.estimate(c.Plan) // for those who read it
	}
	p.Root = o.tree(p.Root, trace)
	if p.Columns != nil {
		p.Root = named(p.Root, p.Columns)
	}
	o.estimate(p.Root)
	return p
}

// optimizer is the state of one Optimize.
type optimizer struct {
	cat  Catalog
	plan *Plan
	// done remembers the subplans already optimised: copies of an expression share theirs.
	done map[Node]Node
	// subplansMade numbers the subqueries.
	subplansMade int
}

// allows says whether the session lets plans have nodes of a kind: its setting enable_….
func (o *optimizer) allows(kind string) bool {
	v, ok := o.cat.Setting("enable_" + kind)
	return !ok || v != "off"
}

// rule rewrites one tree of nodes, subplans of expressions apart.
type rule struct {
	name  string
	apply func(*optimizer, Node) Node
}

// rules in their order. Each file rule_*.go says what its rule needs of the ones before it.
var rules = []rule{
	{"fold conditions", (*optimizer).foldConditions},
	{"unnest subqueries", (*optimizer).unnest},
	{"merge projections", (*optimizer).mergeProjections},
	{"push predicates", (*optimizer).pushPredicates},
	{"empty relations", (*optimizer).emptyRelations},
	{"constant sort keys", (*optimizer).constantKeys},
	{"vector search", (*optimizer).vectorSearch},
	{"ends of indexes", (*optimizer).endsOfIndexes},
	{"prune columns", (*optimizer).pruneColumns},
	{"choose indexes", (*optimizer).chooseIndexes},
	{"order joins", (*optimizer).orderJoins},
	{"join keys", (*optimizer).joinKeys},
	{"join methods", (*optimizer).joinMethods},
	{"bound sorts", (*optimizer).boundSorts},
	{"group methods", (*optimizer).groupMethods},
	{"drop sorts", (*optimizer).dropSorts},
	{"order conditions", (*optimizer).orderQuals},
	{"prune columns", (*optimizer).pruneColumns},
	{"merge projections again", (*optimizer).mergeProjections},
	{"index only scans", (*optimizer).indexOnly},
}

// tree applies the rules to a tree, then to the subplans that are left in its expressions.
func (o *optimizer) tree(n Node, trace func(rule string, root Node)) Node {
	for _, r := range rules {
		n = r.apply(o, n)
		trace(r.name, n)
	}
	o.subplans(n)
	return n
}

func (o *optimizer) subplans(n Node) {
	for _, q := range Subplans(n) {
		plan, ok := o.done[q.Plan]
		if !ok {
			plan = o.tree(q.Plan, func(string, Node) {})
			o.done[q.Plan], o.done[plan] = plan, plan
		}
		q.Plan = plan
		q.dropUnread()
	}
	for _, c := range n.Children() {
		o.subplans(c)
	}
}

// named makes sure that the root still calls its columns what the statement did.
func named(n Node, want []Column) Node {
	have := n.Columns()
	same := len(have) == len(want)
	for i := 0; same && i < len(want); i++ {
		same = have[i] == want[i]
	}
	if same {
		return n
	}
	if _, ok := n.(*Explain); ok {
		return n
	}
	p := &Project{Input: n, Exprs: colsOf(n)[:len(want)]}
	p.Cols = want
	return p
}
