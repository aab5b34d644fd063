package builtin

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/hstore"
	"github.com/seguedb/segue/query/sqlstate"
)

// hstoreFunctions are those of extension hstore.
func hstoreFunctions(r *registry) {
	same := func(_ *Env, a []datum.Datum) (datum.Datum, error) { return a[0], nil }
	r.fn(same, "hstore.hstore_send(hstore)", "hstore.ghstore_out(ghstore)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.ParseText(datum.Hstore, -1, a[0].Str(), env.Datum)
	}, "hstore.hstore_in(cstring)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.ParseText(datum.GHstore, -1, a[0].Str(), env.Datum)
	}, "hstore.ghstore_in(cstring)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(datum.Format(datum.Hstore, a[0], env.Datum)), nil
	}, "hstore.hstore_out(hstore)")
	hstoreLookups(r)
	hstoreChanges(r)
	hstoreParts(r)
	hstoreOrder(r)
	hstoreMakers(r)
	hstoreDocuments(r)
	r.typed["hstore.hstore_populate_record(anyelement,hstore)"] = populateFromHstore
}

// hstoreLookups ask for keys.
func hstoreLookups(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return FetchHstore(a[0], a[1]), nil
	}, "hstore.hstore_fetchval(hstore,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		_, ok := hstore.Lookup(a[0].Str(), a[1].Str())
		return datum.NewBool(ok), nil
	}, "hstore.hstore_exists(hstore,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		p, ok := hstore.Lookup(a[0].Str(), a[1].Str())
		return datum.NewBool(ok && !p.Null), nil
	}, "hstore.hstore_defined(hstore,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(slices.ContainsFunc(textsOf(a[1]), a[0].Hstore().Has)), nil
	}, "hstore.hstore_exists_any(hstore,_text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		v := a[0].Hstore()
		return datum.NewBool(!slices.ContainsFunc(textsOf(a[1]), func(key string) bool { return !v.Has(key) })), nil
	}, "hstore.hstore_exists_all(hstore,_text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(hstore.Contains(a[0].Str(), a[1].Str())), nil
	}, "hstore.hstore_contains(hstore,hstore)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(hstore.Contains(a[1].Str(), a[0].Str())), nil
	}, "hstore.hstore_contained(hstore,hstore)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		keys := a[1].Array()
		out := &datum.ArrayValue{Elem: datum.Text, Dims: keys.Dims, Lower: keys.Lower}
		for _, key := range keys.Elems {
			out.Elems = append(out.Elems, FetchHstore(a[0], key))
		}
		return datum.NewArray(out), nil
	}, "hstore.hstore_slice_to_array(hstore,_text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewHstore(a[0].Hstore().Slice(textsOf(a[1]))), nil
	}, "hstore.hstore_slice_to_hstore(hstore,_text)")
}

// FetchHstore is the value of a key, NULL for none.
func FetchHstore(d, key datum.Datum) datum.Datum {
	if d.IsNull() || key.IsNull() {
		return datum.Null
	}
	p, ok := hstore.Lookup(d.Str(), key.Str())
	if !ok {
		return datum.Null
	}
	return valueOf(p)
}

func valueOf(p hstore.Pair) datum.Datum {
	if p.Null {
		return datum.Null
	}
	return datum.NewString(p.Value)
}

// AssignHstore is a value with a key's replaced, as SET h['key'] = … makes it. NULL is an empty one here.
func AssignHstore(d, key, value datum.Datum) (datum.Datum, error) {
	if key.IsNull() {
		return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "hstore subscript in assignment must not be null")
	}
	var old hstore.Value
	if !d.IsNull() {
		old = d.Hstore()
	}
	return datum.NewHstore(old.Concat(hstore.Value{hstorePair(key, value)})), nil
}

func hstorePair(key, value datum.Datum) hstore.Pair {
	return hstore.Pair{Key: key.Str(), Value: value.Str(), Null: value.IsNull()}
}

// textsOf are an array's elements, NULLs left out.
func textsOf(d datum.Datum) []string {
	var out []string
	for _, e := range d.Array().Elems {
		if !e.IsNull() {
			out = append(out, e.Str())
		}
	}
	return out
}

// hstoreChanges add and take away pairs.
func hstoreChanges(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewHstore(a[0].Hstore().Concat(a[1].Hstore())), nil
	}, "hstore.hstore_concat(hstore,hstore)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewHstore(a[0].Hstore().Without(func(p hstore.Pair) bool { return p.Key == a[1].Str() })), nil
	}, "hstore.hstore_delete(hstore,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		keys := map[string]bool{}
		for _, key := range textsOf(a[1]) {
			keys[key] = true
		}
		return datum.NewHstore(a[0].Hstore().Without(func(p hstore.Pair) bool { return keys[p.Key] })), nil
	}, "hstore.hstore_delete_array(hstore,_text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		gone := a[1].Hstore()
		return datum.NewHstore(a[0].Hstore().Without(func(p hstore.Pair) bool {
			have, ok := gone.Find(p.Key)
			return ok && have == p
		})), nil
	}, "hstore.hstore_delete_hstore(hstore,hstore)")
}

// hstoreParts take values apart, into arrays and rows.
func hstoreParts(r *registry) {
	keys := func(p hstore.Pair) []datum.Datum { return []datum.Datum{datum.NewString(p.Key)} }
	values := func(p hstore.Pair) []datum.Datum { return []datum.Datum{valueOf(p)} }
	both := func(p hstore.Pair) []datum.Datum { return []datum.Datum{datum.NewString(p.Key), valueOf(p)} }
	for name, of := range map[string]func(hstore.Pair) []datum.Datum{"akeys": keys, "avals": values, "to_array": both, "to_matrix": both} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			v, out := a[0].Hstore(), &datum.ArrayValue{Elem: datum.Text}
			for _, p := range v {
				out.Elems = append(out.Elems, of(p)...)
			}
			switch {
			case len(v) == 0:
			case name == "to_matrix":
				out.Dims, out.Lower = []int{len(v), 2}, []int{1, 1}
			default:
				out.Dims, out.Lower = []int{len(out.Elems)}, []int{1}
			}
			return datum.NewArray(out), nil
		}, "hstore.hstore_"+name+"(hstore)")
	}
	for name, of := range map[string]func(hstore.Pair) []datum.Datum{"skeys": keys, "svals": values, "each": both} {
		r.sets["hstore.hstore_"+name+"(hstore)"] = func(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
			for _, p := range a[0].Hstore() {
				if err := emit(of(p)); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

// hstoreOrder compares and hashes.
func hstoreOrder(r *registry) {
	compare := func(_ *Env, a, b datum.Datum) int { return datum.Compare(datum.Hstore, a, b) }
	const two = "(hstore,hstore)"
	for op, holds := range verdicts {
		r.fn(compareFunc(compare, holds), "hstore.hstore_"+op+two)
	}
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(compare(env, a[0], a[1]))), nil
	}, "hstore.hstore_cmp"+two)
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(int32(hashBytes(a[0].Hstore().HashedBytes(), 0)))), nil
	}, "hstore.hstore_hash(hstore)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(hashBytes(a[0].Hstore().HashedBytes(), uint64(a[1].Int()))), nil
	}, "hstore.hstore_hash_extended(hstore,int8)")
	r.fn(constant(datum.NewInt(2)), "hstore.hstore_version_diag(hstore)") // surely of the version since 9.0
}

// hstoreDocuments make JSON.
func hstoreDocuments(r *registry) {
	for _, t := range []*datum.Type{datum.JSON, datum.JSONB} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.Cast(a[0], datum.Hstore, t, -1, true, env.Datum)
		}, "hstore.hstore_to_"+t.Name+"(hstore)")
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			text := string(datum.AppendHstoreJSON(nil, a[0].Hstore(), datum.AppendLoose))
			return datum.ParseText(t, -1, text, env.Datum)
		}, "hstore.hstore_to_"+t.Name+"_loose(hstore)")
	}
}
