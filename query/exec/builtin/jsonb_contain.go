package builtin

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
)

func jsonbContainment(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return jsonbContains(a[0], a[1]) },
		"jsonb_contains(jsonb,jsonb)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return jsonbContains(a[1], a[0]) },
		"jsonb_contained(jsonb,jsonb)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		n, err := datum.ParseJSONTree(a[0].Str())
		return datum.NewBool(hasString(&n, a[1])), err
	}, "jsonb_exists(jsonb,text)")
	r.fn(jsonbExists(func(n *datum.JSONNode, keys []datum.Datum) bool {
		return slices.ContainsFunc(keys, func(k datum.Datum) bool { return hasString(n, k) })
	}), "jsonb_exists_any(jsonb,_text)")
	r.fn(jsonbExists(func(n *datum.JSONNode, keys []datum.Datum) bool {
		return !slices.ContainsFunc(keys, func(k datum.Datum) bool { return !k.IsNull() && !hasString(n, k) })
	}), "jsonb_exists_all(jsonb,_text)")
}

func jsonbExists(test func(n *datum.JSONNode, keys []datum.Datum) bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		n, err := datum.ParseJSONTree(a[0].Str())
		return datum.NewBool(test(&n, a[1].Array().Elems)), err
	}
}

// hasString is ?: a key of an object, a string in an array, or the string itself.
func hasString(n *datum.JSONNode, key datum.Datum) bool {
	if key.IsNull() {
		return false
	}
	switch n.Kind {
	case datum.JSONObjectNode:
		_, ok := n.Field(key.Str())
		return ok
	case datum.JSONArrayNode:
		return slices.ContainsFunc(n.Items, func(item datum.JSONNode) bool {
			return item.Kind == datum.JSONStringNode && item.Text == key.Str()
		})
	}
	return n.Kind == datum.JSONStringNode && n.Text == key.Str()
}

func jsonbContains(whole, part datum.Datum) (datum.Datum, error) {
	w, err := datum.ParseJSONTree(whole.Str())
	if err != nil {
		return datum.Null, err
	}
	p, err := datum.ParseJSONTree(part.Str())
	if err != nil {
		return datum.Null, err
	}
	// At the top, and only there, an array contains a bare scalar.
	if w.Kind == datum.JSONArrayNode && isScalar(&p) {
		return datum.NewBool(hasItem(&w, &p)), nil
	}
	return datum.NewBool(containsNode(&w, &p)), nil
}

func isScalar(n *datum.JSONNode) bool {
	return n.Kind != datum.JSONArrayNode && n.Kind != datum.JSONObjectNode
}

func containsNode(whole, part *datum.JSONNode) bool {
	if whole.Kind != part.Kind {
		return false
	}
	switch whole.Kind {
	case datum.JSONObjectNode:
		for i, key := range part.Keys {
			item, ok := whole.Field(key)
			if !ok || !containsNode(item, &part.Items[i]) {
				return false
			}
		}
		return true
	case datum.JSONArrayNode:
		return !slices.ContainsFunc(part.Items, func(p datum.JSONNode) bool { return !hasItem(whole, &p) })
	}
	return sameScalar(whole, part)
}

func hasItem(array, part *datum.JSONNode) bool {
	return slices.ContainsFunc(array.Items, func(item datum.JSONNode) bool { return containsNode(&item, part) })
}

func sameScalar(a, b *datum.JSONNode) bool {
	switch {
	case a.Kind != b.Kind:
		return false
	case a.Kind == datum.JSONNumberNode:
		return a.Number.Cmp(b.Number) == 0
	}
	return a.Bool == b.Bool && a.Text == b.Text
}
