package builtin

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func sequences(r *registry) {
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		seq := catalog.OID(a[0].Int())
		if err := maySequence(env, seq, catalog.PrivUsage|catalog.PrivUpdate); err != nil {
			return datum.Null, err
		}
		return intResult(env.Sequences.NextVal(env.Ctx, seq))
	}, "nextval(regclass)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		seq := catalog.OID(a[0].Int())
		if err := maySequence(env, seq, catalog.PrivUsage|catalog.PrivSelect); err != nil {
			return datum.Null, err
		}
		return intResult(env.Sequences.CurrVal(seq))
	}, "currval(regclass)")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) { return intResult(env.Sequences.LastVal()) }, "lastval()")
	r.fn(setVal, "setval(regclass,int8)", "setval(regclass,int8,bool)")
}

func setVal(env *Env, a []datum.Datum) (datum.Datum, error) {
	seq := catalog.OID(a[0].Int())
	if err := maySequence(env, seq, catalog.PrivUpdate); err != nil {
		return datum.Null, err
	}
	called := len(a) < 3 || a[2].Bool()
	if err := env.Sequences.SetVal(env.Ctx, seq, a[1].Int(), called); err != nil {
		return datum.Null, err
	}
	return a[1], nil
}

// maySequence refuses who holds none of the privileges. Which sequence it is shows at run time only.
func maySequence(env *Env, seq catalog.OID, any catalog.Privileges) error {
	if env.Session == nil {
		return nil
	}
	s, role := env.snapshot(), env.info().Role
	if s.Superuser(role) || s.SequenceByOID(seq) == nil || s.Held(role, catalog.ObjectSequence, seq, any) != 0 {
		return nil
	}
	return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied for sequence %s", s.ObjectName(catalog.ObjectSequence, seq))
}
