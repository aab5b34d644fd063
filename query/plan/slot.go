package plan

// side says over which row an expression of a node is.
type side uint8

const (
	noRow    side = iota // no columns: bounds, counts, VALUES
	inputRow             // the only input, or a join's left one
	rightRow             // a join's right input
	bothRows             // left row ++ right row
	ownRow               // the node's own output row: filters of scans
	otherRow             // a row that only the node knows: RETURNING, ON CONFLICT
)

// exprSlot is one place where an expression stands in a node, to read or to replace it.
type exprSlot struct {
	at   *Expr
	side side
}

// slotList gathers the places that hold an expression.
type slotList []exprSlot

func (s *slotList) one(e *Expr, at side) {
	if *e != nil {
		*s = append(*s, exprSlot{e, at})
	}
}

func (s *slotList) all(es []Expr, at side) {
	for i := range es {
		s.one(&es[i], at)
	}
}

func (s *slotList) keys(keys []SortKey, at side) {
	for i := range keys {
		s.one(&keys[i].Expr, at)
	}
}

// slots lists the expressions of a node. The stored expressions of written rows (RowExprs) are not among
// them: they are over the table's row and no rule touches them.
func slots(n Node) slotList {
	var s slotList
	switch x := n.(type) {
	case *Values:
		for _, r := range x.Rows {
			s.all(r, noRow)
		}
	case *Scan:
		s.one(&x.Filter, ownRow)
		s.index(x.Index)
	case *VectorSearch:
		s.index(x.FilterIndex)
		s.one(&x.Query, noRow)
		s.one(&x.K, noRow)
		s.one(&x.Max, noRow)
		s.one(&x.Filter, ownRow)
	case *FunctionScan:
		for _, c := range x.Calls {
			s.all(c.Args, noRow)
		}
	case *Filter:
		s.one(&x.Cond, inputRow)
	case *Project:
		s.all(x.Exprs, inputRow)
	case *ProjectSet:
		s.all(x.Exprs, inputRow)
	case *Join:
		s.all(x.LeftKeys, inputRow)
		s.all(x.RightKeys, rightRow)
		s.one(&x.Cond, bothRows)
		s.all(x.Args, inputRow)
	default:
		s.rest(n)
	}
	return s
}

func (s *slotList) index(r *IndexRange) {
	if r == nil {
		return
	}
	s.all(r.Eq, noRow)
	s.one(&r.Any, noRow)
	s.one(&r.Lo, noRow)
	s.one(&r.Hi, noRow)
	s.all(r.LoRow, noRow)
	s.all(r.HiRow, noRow)
	s.one(&r.Search, noRow)
}

func (s *slotList) rest(n Node) {
	switch x := n.(type) {
	case *Aggregate:
		s.all(x.Keys, inputRow)
		for _, a := range x.Aggs {
			s.all(a.Args, inputRow)
			s.all(a.Direct, otherRow)
			s.keys(a.OrderBy, inputRow)
			s.one(&a.Filter, inputRow)
		}
	case *Window:
		s.all(x.PartitionBy, inputRow)
		s.keys(x.OrderBy, inputRow)
		for _, c := range x.Calls {
			s.all(c.Args, inputRow)
			s.one(&c.Filter, inputRow)
			s.one(&c.StartOffset, noRow)
			s.one(&c.EndOffset, noRow)
		}
	case *Sample:
		s.one(&x.Percent, noRow)
		s.one(&x.Seed, noRow)
		s.one(&x.RowID, inputRow)
	case *Dedup:
		s.all(x.On, inputRow)
	case *Memoize:
		s.all(x.Keys, noRow)
	case *Sort:
		s.keys(x.Keys, inputRow)
		s.one(&x.TopK, noRow)
		if x.Grow != nil {
			s.one(&x.Grow.Bound, noRow)
			s.one(&x.Grow.Groups, noRow)
		}
	case *Limit:
		s.one(&x.Count, noRow)
		s.one(&x.Offset, noRow)
		s.keys(x.WithTies, inputRow)
	default:
		s.writes(n)
	}
}

func (s *slotList) writes(n Node) {
	switch x := n.(type) {
	case *Insert:
		s.all(x.Returning, otherRow)
		if c := x.Conflict; c != nil {
			s.all(c.Set, otherRow)
			s.one(&c.Where, otherRow)
		}
	case *Update:
		s.all(x.New, inputRow)
		s.all(x.Returning, otherRow)
	case *Delete:
		s.all(x.Returning, otherRow)
	case *MergeRows:
		for i := range x.Actions {
			s.one(&x.Actions[i].Cond, inputRow)
			s.all(x.Actions[i].New, inputRow)
		}
	case *CopyFrom:
		s.one(&x.Where, otherRow)
	}
}

// mapInputs replaces a node's children.
func mapInputs(n Node, f func(Node) Node) {
	switch x := n.(type) {
	case *Filter:
		x.Input = f(x.Input)
	case *Project:
		x.Input = f(x.Input)
	case *ProjectSet:
		x.Input = f(x.Input)
	case *Join:
		x.Left, x.Right = f(x.Left), f(x.Right)
	case *Aggregate:
		x.Input = f(x.Input)
	case *Window:
		x.Input = f(x.Input)
	case *Sample:
		x.Input = f(x.Input)
	case *Dedup:
		x.Input = f(x.Input)
	case *Memoize:
		x.Input = f(x.Input)
	case *Sort:
		x.Input = f(x.Input)
	case *Limit:
		x.Input = f(x.Input)
	case *LockRows:
		x.Input = f(x.Input)
	case *SetOp:
		x.Left, x.Right = f(x.Left), f(x.Right)
	case *RecursiveUnion:
		x.Base, x.Step = f(x.Base), f(x.Step)
	default:
		mapStatementInputs(n, f)
	}
}

func mapStatementInputs(n Node, f func(Node) Node) {
	switch x := n.(type) {
	case *Insert:
		x.Input = f(x.Input)
	case *Update:
		x.Input = f(x.Input)
	case *Delete:
		x.Input = f(x.Input)
	case *MergeRows:
		x.Input = f(x.Input)
	case *CopyTo:
		x.Input = f(x.Input)
	case *CreateTable:
		if x.Source != nil {
			x.Source = f(x.Source)
		}
	case *Refresh:
		if x.Source != nil {
			x.Source = f(x.Source)
		}
	case *Explain:
		if x.Input != nil {
			x.Input = f(x.Input)
		}
	}
}

// Subplans lists the subqueries in a node's own expressions.
func Subplans(n Node) []*Subquery {
	var out []*Subquery
	for _, s := range slots(n) {
		Walk(*s.at, func(e Expr) bool {
			if q, ok := e.(*Subquery); ok {
				out = append(out, q)
			}
			return true
		})
	}
	return out
}

// walkNodes visits n, its inputs and the subplans of its expressions until f returns false.
func walkNodes(n Node, f func(Node) bool) bool {
	if n == nil {
		return true
	}
	if !f(n) {
		return false
	}
	for _, c := range n.Children() {
		if !walkNodes(c, f) {
			return false
		}
	}
	for _, q := range Subplans(n) {
		if !walkNodes(q.Plan, f) {
			return false
		}
	}
	return true
}
