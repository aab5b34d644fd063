package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// What depends on a column's calibration is written with the column's table and attribute as last arguments:
//
//	similarity_pct(emb, q)        similarity_pct(similarity(emb, q), q, table, attribute)
//	similarity_pct(emb, q) > 99   cosine_distance(emb, q) < similarity_pct_distance(99, false, q, table, attribute)
//	neighbour_similarity(emb)     neighbour_similarity(emb, table, attribute)
//	ORDER BY similarity(emb, q)   ORDER BY similarity(emb, q) - 0.5 * GREATEST(neighbour_similarity(emb, table, attribute),
//	                              neighbour_similarity_floor(table, attribute)), best first, under segue.hub_correction
//
// So the vector operator finds a distance in each of them. Percentages never fall as similarities rise (monotone), and
// what is taken off has a floor (bounder).

// isCalibrated says whether a procedure is similarity_pct or neighbour_similarity, as users call it or as it is bound.
func isCalibrated(p *catalog.Proc) bool {
	return p.User == nil && p.Schema == catalog.PublicOID &&
		(p.Name == "similarity_pct" || p.Name == "neighbour_similarity" || p.Name == "similarity_pct_distance" ||
			p.Name == "neighbour_similarity_floor")
}

// calibrated binds a call of similarity_pct or neighbour_similarity, whose first argument is the column.
func (c *exprContext) calibrated(x *parse.FuncCall, call *Call) (Expr, error) {
	users := map[string]int{"similarity_pct": 2, "neighbour_similarity": 1}
	if len(call.Args) != users[call.Proc.Name] || call.Args[0].Type().Kind != datum.KindVector {
		return nil, fail(x.Pos(), sqlstate.InsufficientPrivilege, "permission denied for function %s", call.Proc.Name)
	}
	column, err := c.b.calibratedColumn(c.scope, call.Args[0])
	if err != nil {
		return nil, err
	}
	if column == nil {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "%s of anything but a table's column is not supported", call.Proc.Name).
			WithDetail("Its first argument is the column whose rows are compared.").At(exprStart(x.Args[0]))
	}
	if len(call.Args) == 1 {
		return column.neighbourhood(call.Args[0]), nil
	}
	if volatile(call.Args[1]) {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "similarity_pct with a volatile argument is not supported").
			At(exprStart(x.Args[1]))
	}
	c.b.copying++
	defer func() { c.b.copying-- }()
	again, err := c.bindAll(x.Args)
	if err == nil {
		err = c.sameModel(x.Args, again, x.Pos())
	}
	if err == nil {
		_, err = c.b.coerceArgs(again, call.Proc.Args, call.Proc.Ret, x.Pos())
	}
	if err != nil {
		return nil, err
	}
	return column.percent(vectorCallOf("similarity", call.Args...), again[1], x.Pos()), nil
}

// percentAbove binds similarity_pct(emb, q) > c, and >=, as a cut-off on the distance, as similarityCutOff does: exactly the
// same rows.
func percentAbove(pct *Call, bound Expr, orEqual bool) Expr {
	similarity := pct.Args[0].(*Call)
	distance := builtinCall("cosine_distance", "", similarity.Args...)
	equal := &Const{Typed: boolType(), Value: datum.NewBool(orEqual)}
	at := vectorCallOf("similarity_pct_distance", append([]Expr{bound, equal}, pct.Args[1:]...)...)
	return builtinCall("float8lt", "<", distance, at)
}

// isPercent recognises what similarity_pct is bound as.
func isPercent(e Expr) bool {
	call, ok := e.(*Call)
	return ok && isCalibrated(call.Proc) && call.Proc.Name == "similarity_pct" && len(call.Args) == 4
}

// hubCorrected is the order that ORDER BY similarity(…) is by under segue.hub_correction, and e itself otherwise: half the
// similarity that a vector has to its neighbours is taken off, so that those which are near to everything come later. With
// columns on both sides that is cross-domain similarity local scaling (CSLS: Conneau, Lample, Ranzato, Denoyer and Jégou, "Word
// translation without parallel data", 2018), halved; of a query's own neighbourhood, a constant, nothing is taken off.
func (b *binder) hubCorrected(s *scope, e Expr, pos int) (Expr, error) {
	call, ok := e.(*Call)
	if v, _ := b.cat.Setting("segue.hub_correction"); v != "on" || !ok || call.Proc.Name != "similarity" ||
		call.Proc.Schema != catalog.PublicOID {
		return e, nil
	}
	out, args := e, call.Args
	if !isSimilarity(e) { // of sparse vectors, which have no calibration
		args = nil
	}
	for _, arg := range args {
		column, err := b.calibratedColumn(s, arg)
		if err != nil {
			return nil, err
		}
		if column != nil {
			half := builtinCall("float8mul", "*", floatConst(0.5), column.crowding(arg))
			out = builtinCall("float8mi", "-", out, half)
		}
	}
	if out == e {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported,
			"segue.hub_correction of similarities of anything but a table's vectors is not supported").
			WithHint("SET segue.hub_correction = off.").At(pos)
	}
	return out, nil
}

// monotone takes similarity_pct off an order: the similarity orders rows the same way, and tells more of them apart.
func monotone(e Expr) Expr {
	if call, ok := e.(*Call); ok && call.Proc.Name == "float8um" && call.Proc.Schema == catalog.PgCatalogOID {
		negated := *call
		negated.Args = []Expr{monotone(call.Args[0])}
		return &negated
	}
	if isPercent(e) && freeOfColumns(e.(*Call).Args[1]) {
		return e.(*Call).Args[0]
	}
	return e
}

// asCalled gives a call that was bound with a calibration's arguments the form that users write, for EXPLAIN and definitions
// of views; any other call as it is.
func asCalled(x *Call) *Call {
	if isCalibrated(x.Proc) {
		return asCalledFunction(x)
	}
	at, ok := (*Call)(nil), false
	if x.Proc.Name == "float8lt" && len(x.Args) == 2 {
		at, ok = x.Args[1].(*Call)
	}
	if !ok || !isCalibrated(at.Proc) || at.Proc.Name != "similarity_pct_distance" {
		return x
	}
	distance, ok := x.Args[0].(*Call)
	orEqual, isConst := at.Args[1].(*Const)
	if !ok || distance.Proc.Name != "cosine_distance" || !isConst {
		return x
	}
	name, op := "float8gt", ">"
	if orEqual.Value.Bool() {
		name, op = "float8ge", ">="
	}
	return builtinCall(name, op, vectorCallOf("similarity_pct", distance.Args...), at.Args[0]).(*Call)
}

func asCalledFunction(x *Call) *Call {
	switch {
	case x.Proc.Name == "neighbour_similarity" && len(x.Args) == 3:
		return vectorCallOf("neighbour_similarity", x.Args[0])
	case isPercent(x):
		if s, ok := x.Args[0].(*Call); ok && isSimilarity(s) {
			return vectorCallOf("similarity_pct", s.Args...)
		}
	}
	return x
}
