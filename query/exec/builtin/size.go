package builtin

import (
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Sizes come from a Session that is a Measurer; for others, and for relations that take no room of their
// own, they are unknown: NULL.

func objectSizes(r *registry) {
	own := func(env *Env, oid catalog.OID) (int64, bool) { return relationSize(env, oid) }
	r.fn(sized(own), "pg_relation_size(regclass)", "pg_table_size(regclass)")
	r.fn(forkSize, "pg_relation_size(regclass,text)")
	r.fn(sized(indexesSize), "pg_indexes_size(regclass)")
	r.fn(sized(func(env *Env, oid catalog.OID) (int64, bool) {
		table, ok := relationSize(env, oid)
		indexes, _ := indexesSize(env, oid)
		return table + indexes, ok
	}), "pg_total_relation_size(regclass)")
	r.fn(databaseSize, "pg_database_size(oid)", "pg_database_size(name)")
	r.fn(tablespaceSize, "pg_tablespace_size(oid)", "pg_tablespace_size(name)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(prettyInt(a[0].Int())), nil
	}, "pg_size_pretty(int8)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return textResult(prettyNumeric(a[0].Numeric())) },
		"pg_size_pretty(numeric)")
}

func relationSize(env *Env, oid catalog.OID) (int64, bool) {
	if m, ok := env.Session.(Measurer); ok {
		return m.RelationSize(oid)
	}
	return 0, false
}

func indexesSize(env *Env, table catalog.OID) (int64, bool) {
	t := env.snapshot().TableByOID(table)
	if t == nil {
		return 0, false
	}
	total, known := int64(0), len(t.Indexes) == 0
	for i := range t.Indexes {
		n, ok := relationSize(env, t.Indexes[i].OID)
		total, known = total+n, known || ok
	}
	return total, known
}

func sized(size func(env *Env, oid catalog.OID) (int64, bool)) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		n, ok := size(env, catalog.OID(a[0].Int()))
		if !ok {
			return datum.Null, nil
		}
		return datum.NewInt(n), nil
	}
}

// forkSize knows the main fork; the others of Postgres's files have no counterpart and are empty.
func forkSize(env *Env, a []datum.Datum) (datum.Datum, error) {
	switch a[1].Str() {
	case "main":
		return sized(relationSize)(env, a)
	case "fsm", "vm", "init":
		return datum.NewInt(0), nil
	}
	return datum.Null, sqlstate.New(sqlstate.InvalidParameterValue, "invalid fork name").
		WithHint("Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".")
}

func databaseSize(env *Env, a []datum.Datum) (datum.Datum, error) {
	oid, err := findDatabase(env, a[0])
	if err != nil || oid == 0 {
		return datum.Null, err
	}
	return wholeSize(env)
}

func wholeSize(env *Env) (datum.Datum, error) {
	if m, ok := env.Session.(Measurer); ok {
		return datum.NewInt(m.DatabaseSize()), nil
	}
	return datum.Null, nil
}

// defaultTablespace is pg_default, which the one database fills.
const defaultTablespace = 1663

func tablespaceSize(env *Env, a []datum.Datum) (datum.Datum, error) {
	switch {
	case a[0].Kind() != datum.KindString && a[0].Int() != defaultTablespace:
		return datum.Null, nil
	case a[0].Kind() == datum.KindString && a[0].Str() != "pg_default":
		return datum.Null, sqlstate.New(sqlstate.UndefinedObject, "tablespace \"%s\" does not exist", a[0].Str())
	}
	return wholeSize(env)
}

// sizeUnits are Postgres's, without the IEC's i.
var sizeUnits = []string{"bytes", "kB", "MB", "GB", "TB", "PB"}

// prettyInt shows at most five digits: a unit serves up to 10 240 of it, then the next, rounded half away
// from zero. Halves are kept apart by a bit below the unit.
func prettyInt(n int64) string {
	size, unit := n, 0
	for (size >= prettyLimit(unit) || size <= -prettyLimit(unit)) && unit < len(sizeUnits)-1 {
		shift := 10
		if unit == 0 {
			shift = 9 // one bit stays for rounding
		}
		size /= 1 << shift
		unit++
	}
	if unit > 0 {
		size = halfRounded(size)
	}
	return strconv.FormatInt(size, 10) + " " + sizeUnits[unit]
}

// prettyLimit is where a unit ends; beyond bytes, sizes are counted in half units.
func prettyLimit(unit int) int64 {
	if unit == 0 {
		return 10 * 1024
	}
	return 20*1024 - 1
}

func halfRounded(half int64) int64 {
	if half < 0 {
		return (half - 1) / 2
	}
	return (half + 1) / 2
}

// prettyNumeric is prettyInt for what int8 cannot hold; bytes keep their fraction.
func prettyNumeric(n *apd.Decimal) (string, error) {
	if n.Form != apd.Finite {
		return datum.Format(datum.Numeric, datum.NewNumeric(n), nil) + " bytes", nil
	}
	if abs := new(apd.Decimal).Abs(n); abs.Cmp(apd.New(10*1024, 0)) < 0 {
		return datum.Format(datum.Numeric, datum.NewNumeric(n), nil) + " bytes", nil
	}
	half := new(apd.Decimal)
	if err := quotientNumeric(half, n, apd.New(512, 0)); err != nil {
		return "", err
	}
	unit := 1
	for new(apd.Decimal).Abs(half).Cmp(apd.New(prettyLimit(1), 0)) >= 0 && unit < len(sizeUnits)-1 {
		next := new(apd.Decimal)
		if err := quotientNumeric(next, half, apd.New(1024, 0)); err != nil {
			return "", err
		}
		half = next
		unit++
	}
	one := apd.New(1, 0)
	one.Negative = half.Negative
	rounded, result := new(apd.Decimal), new(apd.Decimal)
	if err := addNumeric(rounded, half, one); err != nil {
		return "", err
	}
	if err := quotientNumeric(result, rounded, apd.New(2, 0)); err != nil {
		return "", err
	}
	return datum.Format(datum.Numeric, datum.NewNumeric(result), nil) + " " + sizeUnits[unit], nil
}
