package builtin

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func jsonChanges(r *registry) {
	r.fn(jsonbConcat, "jsonb_concat(jsonb,jsonb)")
	r.fn(jsonbDeleteKeys(func(d datum.Datum) []datum.Datum { return []datum.Datum{d} }), "jsonb_delete(jsonb,text)")
	r.fn(jsonbDeleteKeys(func(d datum.Datum) []datum.Datum { return d.Array().Elems }), "jsonb_delete(jsonb,_text)")
	r.fn(jsonbDeleteElement, "jsonb_delete(jsonb,int4)")
	r.fn(jsonbDeletePath, "jsonb_delete_path(jsonb,_text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return jsonbSet(a[0], a[1], a[2], a[3].Bool()) },
		"jsonb_set(jsonb,_text,jsonb,bool)")
	r.fn(jsonbSetLax, "jsonb_set_lax(jsonb,_text,jsonb,bool,text)")
	r.fn(jsonbInsert, "jsonb_insert(jsonb,_text,jsonb,bool)")
	r.fn(jsonbPretty, "jsonb_pretty(jsonb)")
	r.fn(jsonStripNulls, "json_strip_nulls(json)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		n, err := datum.ParseJSONTree(a[0].Str())
		if err != nil {
			return datum.Null, err
		}
		stripNulls(&n)
		return nodeResult(&n)
	}, "jsonb_strip_nulls(jsonb)")
}

func nodeResult(n *datum.JSONNode) (datum.Datum, error) {
	return datum.NewString(string(n.Append(nil))), nil
}

// jsonbConcat merges objects; everything else is joined as arrays, an item alone being an array of one.
func jsonbConcat(_ *Env, args []datum.Datum) (datum.Datum, error) {
	a, err := datum.ParseJSONTree(args[0].Str())
	if err != nil {
		return datum.Null, err
	}
	b, err := datum.ParseJSONTree(args[1].Str())
	if err != nil {
		return datum.Null, err
	}
	if a.Kind == datum.JSONObjectNode && b.Kind == datum.JSONObjectNode {
		a.Keys, a.Items = append(a.Keys, b.Keys...), append(a.Items, b.Items...)
		a.Normalize()
		return nodeResult(&a)
	}
	return nodeResult(&datum.JSONNode{Kind: datum.JSONArrayNode, Items: append(asItems(a), asItems(b)...)})
}

func asItems(n datum.JSONNode) []datum.JSONNode {
	if n.Kind == datum.JSONArrayNode {
		return n.Items
	}
	return []datum.JSONNode{n}
}

// jsonbDeleteKeys takes keys out of an object, or strings out of an array.
func jsonbDeleteKeys(keys func(datum.Datum) []datum.Datum) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		n, err := datum.ParseJSONTree(a[0].Str())
		if err != nil {
			return datum.Null, err
		}
		if isScalar(&n) {
			return datum.Null, invalidParameter("cannot delete from scalar")
		}
		unwanted := map[string]bool{}
		for _, k := range keys(a[1]) {
			if !k.IsNull() {
				unwanted[k.Str()] = true
			}
		}
		out := datum.JSONNode{Kind: n.Kind}
		for i, item := range n.Items {
			if n.Kind == datum.JSONObjectNode {
				if !unwanted[n.Keys[i]] {
					out.Keys, out.Items = append(out.Keys, n.Keys[i]), append(out.Items, item)
				}
			} else if item.Kind != datum.JSONStringNode || !unwanted[item.Text] {
				out.Items = append(out.Items, item)
			}
		}
		return nodeResult(&out)
	}
}

func jsonbDeleteElement(_ *Env, a []datum.Datum) (datum.Datum, error) {
	n, err := datum.ParseJSONTree(a[0].Str())
	switch {
	case err != nil:
		return datum.Null, err
	case n.Kind == datum.JSONObjectNode:
		return datum.Null, invalidParameter("cannot delete from object using integer index")
	case isScalar(&n):
		return datum.Null, invalidParameter("cannot delete from scalar")
	}
	i, count := a[1].Int(), int64(len(n.Items))
	if i < 0 {
		i += count
	}
	if i < 0 || i >= count {
		return a[0], nil
	}
	n.Items = slices.Delete(n.Items, int(i), int(i)+1)
	return nodeResult(&n)
}

func jsonbDeletePath(_ *Env, a []datum.Datum) (datum.Datum, error) {
	p := jsonPathChange{op: pathDelete}
	return p.apply(a[0], a[1], "cannot delete path in scalar")
}

func jsonbSet(target, path, value datum.Datum, create bool) (datum.Datum, error) {
	op := pathReplace
	if create {
		op = pathCreate
	}
	return changePath(target, path, value, op)
}

func changePath(target, path, value datum.Datum, op pathOp) (datum.Datum, error) {
	v, err := datum.ParseJSONTree(value.Str())
	if err != nil {
		return datum.Null, err
	}
	p := jsonPathChange{op: op, value: v}
	return p.apply(target, path, "cannot set path in scalar")
}

func jsonbInsert(_ *Env, a []datum.Datum) (datum.Datum, error) {
	op := pathInsertBefore
	if a[3].Bool() {
		op = pathInsertAfter
	}
	return changePath(a[0], a[1], a[2], op)
}

func jsonbSetLax(_ *Env, a []datum.Datum) (datum.Datum, error) {
	treatment := a[4]
	switch {
	case a[0].IsNull(), a[1].IsNull(), a[3].IsNull():
		return datum.Null, nil
	case treatment.IsNull():
		return datum.Null, badNullTreatment()
	case !a[2].IsNull():
		return jsonbSet(a[0], a[1], a[2], a[3].Bool())
	}
	switch treatment.Str() {
	case "raise_exception":
		return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "JSON value must not be null").
			WithDetail("Exception was raised because null_value_treatment is \"raise_exception\".").
			WithHint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")
	case "use_json_null":
		return jsonbSet(a[0], a[1], datum.NewString("null"), a[3].Bool())
	case "delete_key":
		return jsonbDeletePath(nil, a[:2])
	case "return_target":
		return a[0], nil
	}
	return datum.Null, badNullTreatment()
}

func badNullTreatment() error {
	return invalidParameter(`null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"`)
}

func stripNulls(n *datum.JSONNode) {
	out := datum.JSONNode{Kind: n.Kind}
	for i := range n.Items {
		if n.Kind == datum.JSONObjectNode {
			if n.Items[i].Kind == datum.JSONNullNode {
				continue
			}
			out.Keys = append(out.Keys, n.Keys[i])
		}
		stripNulls(&n.Items[i])
		out.Items = append(out.Items, n.Items[i])
	}
	n.Keys, n.Items = out.Keys, out.Items
}

// jsonStripNulls writes json anew without blanks, members in their order, numbers as they were.
func jsonStripNulls(_ *Env, a []datum.Datum) (datum.Datum, error) {
	out, err := appendStripped(nil, a[0].Str())
	if err != nil {
		return datum.Null, err
	}
	return datum.NewString(string(out)), nil
}

func appendStripped(dst []byte, s string) (out []byte, err error) {
	comma := func() {
		if c := dst[len(dst)-1]; c != '{' && c != '[' {
			dst = append(dst, ',')
		}
	}
	switch jsonIs(s) {
	case '{':
		dst = append(dst, '{')
		jsonMembers(s, func(key, value string) bool {
			if jsonIs(value) == 'n' {
				return true
			}
			var name string
			if name, err = datum.UnquoteJSON(key); err != nil {
				return false
			}
			comma()
			dst = append(datum.AppendJSONString(dst, name), ':')
			dst, err = appendStripped(dst, value)
			return err == nil
		})
		return append(dst, '}'), err
	case '[':
		dst = append(dst, '[')
		jsonItems(s, func(item string) bool {
			comma()
			dst, err = appendStripped(dst, item)
			return err == nil
		})
		return append(dst, ']'), err
	case '"':
		text, err := datum.UnquoteJSON(strings.TrimSpace(s))
		return datum.AppendJSONString(dst, text), err
	}
	return append(dst, strings.TrimSpace(s)...), nil
}

func jsonbPretty(_ *Env, a []datum.Datum) (datum.Datum, error) {
	n, err := datum.ParseJSONTree(a[0].Str())
	if err != nil {
		return datum.Null, err
	}
	return datum.NewString(string(appendPretty(nil, &n, 0))), nil
}

func appendPretty(dst []byte, n *datum.JSONNode, depth int) []byte {
	if isScalar(n) {
		return n.Append(dst)
	}
	brackets := "[]"
	if n.Kind == datum.JSONObjectNode {
		brackets = "{}"
	}
	indent := func(depth int) { dst = append(append(dst, '\n'), strings.Repeat("    ", depth)...) }
	dst = append(dst, brackets[0])
	for i := range n.Items {
		if i > 0 {
			dst = append(dst, ',')
		}
		indent(depth + 1)
		if n.Kind == datum.JSONObjectNode {
			dst = append(datum.AppendJSONString(dst, n.Keys[i]), ": "...)
		}
		dst = appendPretty(dst, &n.Items[i], depth+1)
	}
	indent(depth)
	return append(dst, brackets[1])
}
