package builtin

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

func sequences(r *registry) {
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(env.Sequences.NextVal(env.Ctx, catalog.OID(a[0].Int())))
	}, "nextval(regclass)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(env.Sequences.CurrVal(catalog.OID(a[0].Int())))
	}, "currval(regclass)")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) { return intResult(env.Sequences.LastVal()) }, "lastval()")
	r.fn(setVal, "setval(regclass,int8)", "setval(regclass,int8,bool)")
}

func setVal(env *Env, a []datum.Datum) (datum.Datum, error) {
	called := len(a) < 3 || a[2].Bool()
	if err := env.Sequences.SetVal(env.Ctx, catalog.OID(a[0].Int()), a[1].Int(), called); err != nil {
		return datum.Null, err
	}
	return a[1], nil
}
