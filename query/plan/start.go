package plan

import "github.com/seguedb/segue/query/parse"

// exprStart is where an expression begins in the statement: Pos of an infix form is its operator's place,
// which errors about the operator want, while errors about the whole expression point at its first token
// (exprLocation in Postgres).
func exprStart(e parse.Expr) int {
	first := e.Pos()
	if left := leftOperand(e); left != nil {
		if at := exprStart(left); at >= 0 && (first < 0 || at < first) {
			return at
		}
	}
	return first
}

// leftOperand is the operand that may stand before an expression's own token.
func leftOperand(e parse.Expr) parse.Expr {
	switch x := e.(type) {
	case *parse.OpExpr:
		return x.Left
	case *parse.BoolExpr:
		return x.Args[0]
	case *parse.CastExpr:
		return x.Arg
	case *parse.CollateExpr:
		return x.Arg
	case *parse.NullTest:
		return x.Arg
	case *parse.BoolTest:
		return x.Arg
	case *parse.InExpr:
		return x.Left
	case *parse.AnyAllExpr:
		return x.Left
	case *parse.BetweenExpr:
		return x.Arg
	case *parse.DistinctExpr:
		return x.Left
	case *parse.SubLink:
		return x.Left
	}
	return nil
}

func exprStarts(es []parse.Expr) []int {
	out := make([]int, len(es))
	for i, e := range es {
		out[i] = exprStart(e)
	}
	return out
}
