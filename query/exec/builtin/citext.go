package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
)

// citextFunctions are those of extension citext that are not in SQL: texts are held against each other in lower case.
func citextFunctions(r *registry) {
	same := func(_ *Env, a []datum.Datum) (datum.Datum, error) { return a[0], nil }
	r.fn(same, "citext.textin(cstring)", "citext.textout(citext)", "citext.textsend(citext)")
	for from, symbol := range map[*datum.Type]string{datum.Bpchar: "rtrim1", datum.Bool: "booltext", datum.Inet: "network_show"} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.Cast(a[0], from, datum.Citext, -1, true, env.Datum)
		}, "citext."+key(symbol, from))
	}
	compare := func(_ *Env, a, b datum.Datum) int { return datum.Compare(datum.Citext, a, b) }
	const two = "(citext,citext)"
	for op, holds := range verdicts {
		r.fn(compareFunc(compare, holds), "citext.citext_"+op+two)
		if op != "eq" && op != "ne" {
			r.fn(compareFunc(compare, holds), "citext.citext_pattern_"+op+two)
		}
	}
	order := func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(compare(env, a[0], a[1]))), nil
	}
	r.fn(order, "citext.citext_cmp"+two, "citext.citext_pattern_cmp"+two)
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		if compare(env, a[0], a[1]) < 0 {
			return a[0], nil
		}
		return a[1], nil
	}, "citext.citext_smaller"+two)
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		if compare(env, a[0], a[1]) > 0 {
			return a[0], nil
		}
		return a[1], nil
	}, "citext.citext_larger"+two)
	r.fn(textToInt(func(s string) int { return hashText(strings.ToLower(s)) }), "citext.citext_hash(citext)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(hashBytes([]byte(strings.ToLower(a[0].Str())), uint64(a[1].Int()))), nil
	}, "citext.citext_hash_extended(citext,int8)")
	for _, pattern := range []*datum.Type{datum.Citext, datum.Text} {
		for _, not := range []bool{false, true} {
			r.fn(likeFunc(oneRune, not, true), "citext."+key("textic"+likeName(not, false), datum.Citext, pattern))
		}
		for op, want := range map[string]bool{"regexeq": true, "regexne": false} {
			r.fn(regexpMatches(true, want), "citext."+key("textic"+op, datum.Citext, pattern))
		}
	}
}
