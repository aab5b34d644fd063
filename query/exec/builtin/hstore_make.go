package builtin

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/hstore"
	"github.com/seguedb/segue/query/sqlstate"
)

// hstoreMakers make values of texts, arrays and rows.
func hstoreMakers(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if a[0].IsNull() {
			return datum.Null, nil
		}
		return datum.NewHstore(hstore.Value{hstorePair(a[0], a[1])}), nil
	}, "hstore.hstore_from_text(text,text)")
	r.fn(hstoreFromArrays, "hstore.hstore_from_arrays(_text,_text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.Cast(a[0], datum.TextArray, datum.Hstore, -1, true, env.Datum)
	}, "hstore.hstore_from_array(_text)")
	r.typed["hstore.hstore_from_record(record)"] = hstoreFromRecord
}

// hstoreFromArrays pairs keys with values, which are all NULL where their array is.
func hstoreFromArrays(_ *Env, a []datum.Datum) (datum.Datum, error) {
	if a[0].IsNull() {
		return datum.Null, nil
	}
	keys, values := a[0].Array(), &datum.ArrayValue{}
	if !a[1].IsNull() {
		values = a[1].Array()
	}
	switch {
	case len(keys.Dims) > 1, len(values.Dims) > 1:
		return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
	case !a[1].IsNull() && !(slices.Equal(keys.Dims, values.Dims) && slices.Equal(keys.Lower, values.Lower)):
		return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError, "arrays must have same bounds")
	}
	pairs := make([]hstore.Pair, len(keys.Elems))
	for i, key := range keys.Elems {
		if key.IsNull() {
			return datum.Null, hstore.NullKey()
		}
		value := datum.Null
		if !a[1].IsNull() {
			value = values.Elems[i]
		}
		pairs[i] = hstorePair(key, value)
	}
	return datum.NewHstore(hstore.Make(pairs)), nil
}

// unregistered is PostgreSQL's error of a row that may be of any shape.
func unregistered() error {
	return sqlstate.New(sqlstate.WrongObjectType, "record type has not been registered")
}

// hstoreFromRecord has a row's fields by their names; of a NULL of a composite type they are all NULL.
func hstoreFromRecord(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
	var pairs []hstore.Pair
	row := types[0].Root()
	switch {
	case !a[0].IsNull():
		for i, f := range a[0].Record() {
			p := hstore.Pair{Key: a[0].FieldName(i), Null: f.IsNull()}
			if !p.Null {
				p.Value = datum.Format(a[0].FieldType(i), f, env.Datum)
			}
			pairs = append(pairs, p)
		}
	case len(row.Fields) == 0:
		return datum.Null, unregistered()
	default:
		for _, f := range row.Fields {
			pairs = append(pairs, hstore.Pair{Key: f.Name, Null: true})
		}
	}
	return datum.NewHstore(hstore.Make(pairs)), nil
}

// populateFromHstore is the row with the fields replaced that the hstore has (hstore_populate_record).
func populateFromHstore(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
	base, row := a[0], types[0].Root()
	switch {
	case !row.IsRecord():
		return datum.Null, sqlstate.New(sqlstate.DatatypeMismatch, "first argument must be a rowtype")
	case a[1].IsNull():
		return base, nil
	case base.IsNull() && len(row.Fields) == 0:
		return datum.Null, unregistered()
	}
	v := a[1].Hstore()
	if len(v) == 0 && !base.IsNull() {
		return base, nil
	}
	row, err := rowTypeOf("populate_record", row, base)
	if err != nil {
		return datum.Null, err
	}
	fields := make([]datum.Datum, len(row.Fields))
	for i, f := range row.Fields {
		p, ok := v.Find(f.Name)
		switch {
		case !ok && !base.IsNull():
			fields[i] = base.Record()[i]
		case !ok || p.Null:
			err = datum.CheckDomains(f.Type, datum.Null, env.Datum)
		default:
			fields[i], err = datum.ParseText(f.Type, f.Typmod, p.Value, env.Datum)
		}
		if err != nil {
			return datum.Null, err
		}
	}
	d := rowOf(row, fields)
	return d, datum.CheckDomains(types[0], d, env.Datum)
}
