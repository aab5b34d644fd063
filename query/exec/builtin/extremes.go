package builtin

import "github.com/seguedb/segue/query/datum"

// extremeFunctions are the larger and the smaller of two values: the steps of max and min, which users' aggregates name.
func extremeFunctions(r *registry) {
	for stem, t := range map[string]*datum.Type{
		"array_": datum.AnyArray, "bpchar_": datum.Bpchar, "cash": datum.Money, "date_": datum.Date, "enum_": datum.AnyEnum,
		"float4": datum.Float4, "float8": datum.Float8, "int2": datum.Int2, "int4": datum.Int4, "int8": datum.Int8,
		"interval_": datum.Interval, "network_": datum.Inet, "numeric_": datum.Numeric, "oid": datum.Oid,
		"pg_lsn_": datum.PgLSN, "text_": datum.Text, "tid": datum.Tid, "time_": datum.Time, "timetz_": datum.Timetz,
		"timestamp_": datum.Timestamp, "timestamptz_": datum.Timestamptz, "xid8_": datum.Xid8,
	} {
		compare := comparerOf(t, t)
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			if compare(env, a[0], a[1]) > 0 {
				return a[0], nil
			}
			return a[1], nil
		}, key(stem+"larger", t, t))
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			if compare(env, a[0], a[1]) < 0 {
				return a[0], nil
			}
			return a[1], nil
		}, key(stem+"smaller", t, t))
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return intResult(int64(compareInts(nil, a[0], a[1])), nil)
	}, "enum_cmp(anyenum,anyenum)")
}
