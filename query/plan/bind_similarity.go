package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// similarityCutOff binds similarity(a, b) > c as cosine_distance(a, b) < 1 - c (and >= as <=), wherever
// it stands. The two differ for a zero vector alone, whose similarity is NaN: Postgres orders NaN above
// every number, so that such a row would pass any threshold. Our function means "alike enough", so an
// undefined similarity is not; and written as a distance, the condition is the same whether the vector
// operator or a filter answers it. Any other call is returned as it is.
func (b *binder) similarityCutOff(call *Call) Expr {
	if len(call.Args) != 2 || call.Proc.Schema != catalog.PgCatalogOID {
		return call
	}
	sim, bound, op := call.Args[0], call.Args[1], call.Op
	if isSimilarity(bound) || isPercent(bound) {
		sim, bound = bound, sim
		op = map[string]string{"<": ">", "<=": ">="}[op]
	}
	less, fn := "<", "float8lt"
	if op == ">=" {
		less, fn = "<=", "float8le"
	}
	if op != ">" && op != ">=" || !isSimilarity(sim) && !isPercent(sim) || bound.Type() != datum.Float8 {
		return call
	}
	if c, ok := bound.(*Cast); ok {
		bound = foldCast(c, b.cat.DatumEnv())
	}
	if isPercent(sim) {
		return percentAbove(sim.(*Call), bound, op == ">=")
	}
	distance := builtinCall("cosine_distance", "", sim.(*Call).Args...)
	out := builtinCall(fn, less, distance, distanceFunctions["similarity"].distanceAt(bound)).(*Call)
	out.Pos = call.Pos
	return out
}
