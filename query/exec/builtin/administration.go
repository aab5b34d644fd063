package builtin

import (
	"fmt"
	"math"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// What monitoring and administration tools ask, some of it about what Segue has none of: replicas, partitions, row security,
// log files, compression.

func administration(r *registry) {
	r.fn(xidAge, "age(xid)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if a[0].Int() == 0 {
			return datum.NewInt(math.MaxInt32), nil
		}
		return datum.NewInt(0), nil
	}, "mxid_age(xid)")
	r.fn(constant(datum.Null), "pg_last_xact_replay_timestamp()", "pg_current_logfile()", "pg_current_logfile(text)",
		"pg_column_compression(any)", "pg_get_partition_constraintdef(oid)", "pg_get_statisticsobjdef(oid)",
		"pg_get_statisticsobjdef_expressions(oid)", "pg_partition_root(regclass)")
	r.fn(constant(datum.NewBool(false)), "pg_jit_available()", "row_security_active(oid)", "row_security_active(text)")
	r.fn(constant(datum.ArrayFrom(datum.Int4, nil)), "pg_safe_snapshot_blocking_pids(int4)")
	r.fn(func(*Env, []datum.Datum) (datum.Datum, error) {
		return datum.Null, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "recovery is not in progress").
			WithHint("Recovery control functions can only be executed during recovery.")
	}, "pg_is_wal_replay_paused()")
	r.fn(func(*Env, []datum.Datum) (datum.Datum, error) {
		return datum.Null, sqlstate.New(sqlstate.FeatureNotSupported, "encoding conversion from UTF8 to ASCII not supported")
	}, "to_ascii(text)", "to_ascii(text,int4)", "to_ascii(text,name)")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(env.TriggerDepth)), nil
	}, "pg_trigger_depth()")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		if s, ok := env.Session.(Questioner); ok {
			return datum.NewString(s.QueryText()), nil
		}
		return datum.Null, nil
	}, "current_query()")
	r.sets["pg_partition_tree(regclass)"] = func(*Env, []datum.Datum, func([]datum.Datum) error) error { return nil }
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		local, err := dateAndTime(a[0].Int(), a[1].Int())
		if err != nil {
			return datum.Null, err
		}
		return intResult(datum.ZonedTimestamp(local, env.location()))
	}, "timestamptz(date,time)")
	r.fn(fileNode, "pg_relation_filenode(regclass)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		d, err := fileNode(env, a)
		if err != nil || d.IsNull() {
			return d, err
		}
		return datum.NewString(fmt.Sprintf("base/%d/%d", catalog.DatabaseOID, d.Int())), nil
	}, "pg_relation_filepath(regclass)")
	r.fn(sequenceParameters, "pg_sequence_parameters(oid)")
	r.fn(sequenceLastValue, "pg_sequence_last_value(regclass)")
	r.fn(argumentDefault, "pg_get_function_arg_default(oid,int4)")
}

// Questioner is a Session that knows what the client asked.
type Questioner interface {
	QueryText() string
}

// xidAge is how many transactions ago a number was given; the permanent ones are as old as can be.
func xidAge(env *Env, a []datum.Datum) (datum.Datum, error) {
	const firstNormal = 3
	tx, ok := env.Session.(Transaction)
	if !ok || a[0].Int() < firstNormal {
		return datum.NewInt(math.MaxInt32), nil
	}
	return datum.NewInt(int64(int32(uint32(tx.TransactionID(true)) - uint32(a[0].Int())))), nil
}

func fileNode(env *Env, a []datum.Datum) (datum.Datum, error) {
	if n := env.snapshot().FileNode(catalog.OID(a[0].Int())); n != 0 {
		return datum.NewInt(int64(n)), nil
	}
	return datum.Null, nil
}

func sequenceParameters(env *Env, a []datum.Datum) (datum.Datum, error) {
	q := env.snapshot().SequenceByOID(catalog.OID(a[0].Int()))
	if q == nil {
		return datum.Null, sqlstate.New(sqlstate.InternalError, "cache lookup failed for sequence %d", a[0].Int())
	}
	i8 := datum.Int8
	return datum.NewNamedRecord(
		[]string{"start_value", "minimum_value", "maximum_value", "increment", "cycle_option", "cache_size", "data_type"},
		[]*datum.Type{i8, i8, i8, i8, datum.Bool, i8, datum.Oid},
		[]datum.Datum{datum.NewInt(q.Start), datum.NewInt(q.Min), datum.NewInt(q.Max), datum.NewInt(q.Increment),
			datum.NewBool(q.Cycle), datum.NewInt(q.Cache), datum.NewInt(int64(q.TypeOID))}), nil
}

func sequenceLastValue(env *Env, a []datum.Datum) (datum.Datum, error) {
	q := env.snapshot().SequenceByOID(catalog.OID(a[0].Int()))
	if q == nil {
		name, _ := catalog.RelationName(env.snapshot(), env.path(), catalog.OID(a[0].Int()))
		return datum.Null, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is not a sequence", name)
	}
	for _, row := range env.Session.Live(catalog.LiveSequenceValues) {
		if catalog.OID(row[0].Int()) == q.OID && row[2].Bool() {
			return row[1], nil
		}
	}
	return datum.Null, nil
}

// argumentDefault is the default of a parameter, counted from 1.
func argumentDefault(env *Env, a []datum.Datum) (datum.Datum, error) {
	p := env.snapshot().ProcByOID(catalog.OID(a[0].Int()))
	if p == nil || p.User == nil {
		return datum.Null, nil
	}
	n := a[1].Int()
	if n < 1 || n > int64(len(p.User.Params)) || !p.User.Params[n-1].Input() || p.User.Params[n-1].Default == "" {
		return datum.Null, nil
	}
	return datum.NewString(env.views().ParameterDefault(&p.User.Params[n-1])), nil
}
