package builtin

import (
	"slices"
	"testing"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// Every function and aggregate of proc.tsv is implemented, in the shape that its row promises, and
// nothing is implemented that no row names. Window functions and ordered-set aggregates are the executor's.
func TestTableAndImplementationsAgree(t *testing.T) {
	r := builtins()
	seen := map[string]bool{}
	for _, p := range catalog.Builtin().Procs {
		_, isFunc := r.funcs[p.Key]
		_, isTyped := r.typed[p.Key]
		_, isSet := r.sets[p.Key]
		_, isRows := r.rows[p.Key]
		_, isAgg := r.aggs[p.Key]
		seen[p.Key] = true
		var ok bool
		switch {
		case p.Kind == 'w' || p.OrderedSet() != 0:
			ok = !isFunc && !isTyped && !isSet && !isAgg
		case p.Kind == 'a':
			ok = isAgg && !isFunc && !isTyped && !isSet
		case p.RetSet:
			ok = isSet != isRows && !isFunc && !isTyped && !isAgg
		default:
			ok = isFunc != isTyped && !isSet && !isAgg
		}
		if !ok {
			t.Errorf("%s (kind %c, set %v): func %v, typed %v, set %v, rows %v, aggregate %v",
				p.Key, p.Kind, p.RetSet, isFunc, isTyped, isSet, isRows, isAgg)
		}
	}
	for _, x := range catalog.AvailableExtensions() {
		for _, f := range x.Functions {
			p := catalog.Bootstrap().Prototype(f)
			k := p.Key
			if !p.Native() || p.Kind == 'a' || p.Ret == datum.Internal || slices.Contains(p.Args, datum.Internal) {
				continue // in SQL, made of others, or nobody's to call
			}
			if seen[k] = true; r.funcs[k] == nil && r.typed[k] == nil && (r.sets[k] == nil || !p.RetSet) {
				t.Errorf("%s of extension %s has no implementation", k, x.Name)
			}
		}
	}
	for kind, keys := range map[string][]string{"function": keysOf(r.funcs), "typed function": keysOf(r.typed),
		"fast path": keysOf(r.vecs), "set": keysOf(r.sets), "rows": keysOf(r.rows), "aggregate": keysOf(r.aggs)} {
		for _, k := range keys {
			if !seen[k] {
				t.Errorf("%s %s has no row in proc.tsv", kind, k)
			}
		}
	}
	for k := range r.vecs {
		if r.funcs[k] == nil {
			t.Errorf("%s has a fast path and no function", k)
		}
	}
}

func keysOf[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}
