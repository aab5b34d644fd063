package plan

// disabledCost is what a node costs more whose kind the session has turned off: it is chosen where there is no other
// (disable_cost in costsize.c).
const disabledCost = 1e10

// penalize adds disabledCost to a node that the session's settings enable_… turn off.
func (o *optimizer) penalize(n Node, e *Estimate) {
	kind := ""
	switch x := n.(type) {
	case *Scan:
		kind = scanKind(x)
	case *Sort:
		if kind = "sort"; x.Presorted > 0 {
			kind = "incremental_sort"
		}
	case *Memoize:
		kind = "memoize"
	case *Aggregate:
		if len(x.Keys) > 0 && !x.Sorted {
			kind = "hashagg"
		}
	case *Dedup:
		if !x.Ordered {
			kind = "hashagg"
		}
	case *SetOp:
		if x.Op != Union || !x.All {
			kind = "hashagg"
		}
	case *Join:
		kind = map[JoinAlgo]string{NestedLoop: "nestloop", Hash: "hashjoin", Merge: "mergejoin"}[x.Algo]
	}
	if kind != "" && !o.allows(kind) {
		e.Startup += disabledCost
		e.Total += disabledCost
	}
}

func scanKind(x *Scan) string {
	switch r := x.Index; {
	case r == nil:
		return "seqscan"
	case r.Search != nil:
		return "bitmapscan"
	}
	return "indexscan"
}
