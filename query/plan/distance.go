package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// distanceTerm is an expression that orders rows by a distance: value = sign × distance + offset.
//
//	emb <=> q            cosine   +1  0
//	similarity(emb, q)   cosine   −1  1
//	1 - (emb <=> q)      cosine   −1  1
//	inner_product(emb,q) NegInner −1  0
//	-x                   as x, both negated
type distanceTerm struct {
	key    Expr // over the row: a column, or an expression that an index may have for its key
	query  Expr
	metric Metric
	sign   int
	offset float64
}

// distanceFunctions are the functions of a key and a query that the vector operator ranks by.
var distanceFunctions = map[string]distanceTerm{
	"cosine_distance":               {metric: Cosine, sign: 1},
	"similarity":                    {metric: Cosine, sign: -1, offset: 1},
	"l2_distance":                   {metric: L2, sign: 1},
	"l1_distance":                   {metric: L1, sign: 1},
	"vector_negative_inner_product": {metric: NegInner, sign: 1}, "halfvec_negative_inner_product": {metric: NegInner, sign: 1},
	"sparsevec_negative_inner_product": {metric: NegInner, sign: 1},
	"inner_product":                    {metric: NegInner, sign: -1},
	"hamming_distance":                 {metric: Hamming, sign: 1},
	"jaccard_distance":                 {metric: Jaccard, sign: 1},
}

// distanceOf recognises a distance term over a key and a query that is free of columns.
func distanceOf(e Expr) (distanceTerm, bool) {
	call, ok := e.(*Call)
	if !ok {
		return distanceTerm{}, false
	}
	if call.Proc.Schema == catalog.PublicOID {
		return vectorCall(call)
	}
	switch call.Proc.Name {
	case "float8um":
		d, ok := distanceOf(call.Args[0])
		d.sign, d.offset = -d.sign, -d.offset
		return d, ok
	case "float8mi":
		one, isConst := call.Args[0].(*Const)
		d, ok := distanceOf(call.Args[1])
		if !ok || !isConst || one.Value.IsNull() {
			return distanceTerm{}, false
		}
		d.sign, d.offset = -d.sign, one.Value.Float()-d.offset
		return d, true
	}
	return distanceTerm{}, false
}

// vectorCall recognises the functions themselves, with their arguments in either order: all are symmetric.
func vectorCall(call *Call) (distanceTerm, bool) {
	d, ok := distanceFunctions[call.Proc.Name]
	if !ok || len(call.Args) != 2 || !searchable(call.Args[0].Type()) || call.Args[1].Type() != call.Args[0].Type() {
		return distanceTerm{}, false
	}
	d.key, d.query = call.Args[0], call.Args[1]
	if freeOfColumns(d.key) {
		d.key, d.query = d.query, d.key
	}
	if freeOfColumns(d.key) || volatile(d.key) || !freeOfColumns(d.query) || volatile(d.query) {
		return distanceTerm{}, false
	}
	return d, true
}

// searchable says whether the vector operator can search among values of a type.
func searchable(t *datum.Type) bool {
	return t.Kind == datum.KindVector || t == datum.Sparsevec || t == datum.Bit
}

// vectorColumn is the row's column that a term is of; false where it is of an expression, or of a type whose columns have
// no index of their own.
func (d distanceTerm) vectorColumn() (int, bool) {
	col, ok := d.key.(*Col)
	if !ok || col.Type().Kind != datum.KindVector {
		return -1, false
	}
	return col.Index, true
}

// sameSearch says whether two terms measure the same distance.
func (d distanceTerm) sameSearch(other distanceTerm) bool {
	return d.metric == other.metric && equalExpr(d.key, other.key) && equalExpr(d.query, other.query)
}

// replaceDistance rewrites expressions over a scan's row so that they read the distance from column
// dist instead of computing it again.
func replaceDistance(e Expr, want distanceTerm, dist *Col) Expr {
	return Transform(e, func(x Expr) Expr {
		call, ok := x.(*Call)
		if !ok || call.Proc.Schema != catalog.PublicOID {
			return x
		}
		d, ok := vectorCall(call)
		if !ok || !d.sameSearch(want) {
			return x
		}
		switch {
		case d.sign > 0:
			return dist
		case d.offset == 0:
			return builtinCall("float8um", "-", dist)
		}
		return builtinCall("float8mi", "-", floatConst(d.offset), dist)
	})
}

// builtinCall makes a call of a pg_catalog function that has one overload.
func builtinCall(name, op string, args ...Expr) Expr {
	p := catalog.Builtin().ProcsNamed(name)[0]
	return &Call{Typed: Typed{p.Ret, -1}, Proc: p, Op: op, Args: args, Pos: -1}
}

func floatConst(f float64) Expr {
	return &Const{Typed: Typed{datum.Float8, -1}, Value: datum.NewFloat(f)}
}

// cutOff is a condition distance < max, from one on the term's value.
type cutOff struct {
	term distanceTerm
	max  Expr
	inc  bool
}

// cutOffOf recognises value < c, c > value and their kin where they bound the distance from above.
// A NaN distance (a zero vector under Cosine) must fail the condition as it fails the cut-off: so it does
// for distance < c, but a falling term (sign −1) would have NaN > c, which Postgres finds true.
func cutOffOf(e Expr) (cutOff, bool) {
	call, ok := e.(*Call)
	if !ok || len(call.Args) != 2 || call.Proc.Schema != catalog.PgCatalogOID {
		return cutOff{}, false
	}
	op, value, bound := call.Op, call.Args[0], call.Args[1]
	d, ok := distanceOf(value)
	if !ok {
		if d, ok = distanceOf(bound); !ok {
			return cutOff{}, false
		}
		bound = value
		op = flipped(op)
	}
	want := "<"
	if d.sign < 0 {
		want = ">"
	}
	if op != want && op != want+"=" || bound.Type() != datum.Float8 || !freeOfColumns(bound) || volatile(bound) {
		return cutOff{}, false
	}
	return cutOff{term: d, max: d.distanceAt(bound), inc: op == want+"="}, true
}

// distanceAt is the distance at which the term has a value: sign × (value − offset).
func (d distanceTerm) distanceAt(value Expr) Expr {
	if c, ok := value.(*Const); ok && !c.Value.IsNull() {
		return floatConst(float64(d.sign) * (c.Value.Float() - d.offset))
	}
	switch {
	case d.sign < 0:
		return builtinCall("float8mi", "-", floatConst(d.offset), value)
	case d.offset == 0:
		return value
	}
	return builtinCall("float8mi", "-", value, floatConst(d.offset))
}

// DistanceOf is the search's distance of a value of its key, as an expression.
func (v *VectorSearch) DistanceOf(value Expr) Expr {
	name := map[Metric]string{Cosine: "cosine_distance", L2: "l2_distance", L1: "l1_distance", Hamming: "hamming_distance",
		Jaccard: "jaccard_distance", NegInner: value.Type().Name + "_negative_inner_product"}[v.Metric]
	for _, p := range catalog.Builtin().ProcsNamed(name) {
		if len(p.Args) == 2 && p.Args[0] == value.Type() {
			return &Call{Typed: Typed{p.Ret, -1}, Proc: p, Op: distanceOperators[v.Metric], Args: []Expr{value, v.Query}, Pos: -1}
		}
	}
	return &Const{Typed: Typed{datum.Float8, -1}, Value: datum.Null}
}
