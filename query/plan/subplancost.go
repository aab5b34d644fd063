package plan

import "math"

// similarityCost is that of comparing two texts' trigrams: 10 µs for 60 characters, ten times LIKE (2026-12-01), and a row of
// a scan with LIKE costs 0.0125.
const similarityCost = 40 * cpuOperatorCost

// subplansCost is what the subqueries in an expression cost for one row (cost_subplan in costsize.c): nothing where they
// run once, a look-up where their rows are hashed, else a run, of which EXISTS reads the first row and ANY about half.
// Their plans must have been estimated. The functions of users that are called for the row count for what they say of
// themselves, similarity for what it takes.
func subplansCost(e Expr) (cost float64) {
	Walk(e, func(x Expr) bool {
		switch c, ok := x.(*Call); {
		case !ok:
		case ofTrigramLibrary(c):
			cost += similarityCost
		case !c.Proc.Native() && !freeOfColumns(c):
			cost += c.Proc.User.Cost * cpuOperatorCost
		}
		q, ok := x.(*Subquery)
		if !ok || q.once() {
			return true
		}
		est := q.Plan.Est()
		switch {
		case len(q.Deps) == 0:
			cost += cpuOperatorCost
		case q.Kind == Exists:
			cost += est.Startup + (est.Total-est.Startup)/math.Max(est.Rows, 1)
		case q.Kind == Any || q.Kind == All:
			cost += est.Startup + (est.Total-est.Startup)/2
		default:
			cost += est.Total
		}
		return true
	})
	return cost
}

func subqueriesOf(e Expr) (out []*Subquery) {
	Walk(e, func(x Expr) bool {
		if q, ok := x.(*Subquery); ok {
			out = append(out, q)
		}
		return true
	})
	return out
}

// functionScanRows is how many rows a function in FROM gives: as many as constants say (the support functions of
// generate_series and unnest), or a thousand.
func functionScanRows(c *Call) float64 {
	if !c.Proc.RetSet {
		return 1
	}
	switch {
	case c.Proc.Name == "generate_series" && len(c.Args) >= 2 && integerType(c.Args[0].Type()):
		lo, ok1 := constInt(c.Args[0])
		hi, ok2 := constInt(c.Args[1])
		step, ok3 := int64(1), true
		if len(c.Args) > 2 {
			step, ok3 = constInt(c.Args[2])
		}
		if ok1 && ok2 && ok3 && step != 0 {
			return math.Max(0, math.Floor((float64(hi)-float64(lo)+float64(step))/float64(step)))
		}
	case c.Proc.Name == "unnest" && len(c.Args) == 1:
		switch a := c.Args[0].(type) {
		case *Array:
			return float64(len(a.Elems))
		case *Const:
			if !a.Value.IsNull() && a.T.IsArray() {
				return float64(len(a.Value.Array().Elems))
			}
		}
	}
	return functionRows
}

func constInt(e Expr) (int64, bool) {
	c, ok := e.(*Const)
	if !ok || c.Value.IsNull() || !integerType(c.T) {
		return 0, false
	}
	return c.Value.Int(), true
}
