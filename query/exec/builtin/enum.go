package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// enums are the functions over an enum's values; which enum, the type of the argument says, NULL or not.
func enums(r *registry) {
	r.typed["enum_first(anyenum)"] = func(_ *Env, types []*datum.Type, _ []datum.Datum) (datum.Datum, error) {
		if len(types[0].Labels) == 0 {
			return datum.Null, emptyEnum(types[0])
		}
		return datum.NewInt(types[0].Labels[0].Number), nil
	}
	r.typed["enum_last(anyenum)"] = func(_ *Env, types []*datum.Type, _ []datum.Datum) (datum.Datum, error) {
		n := len(types[0].Labels)
		if n == 0 {
			return datum.Null, emptyEnum(types[0])
		}
		return datum.NewInt(types[0].Labels[n-1].Number), nil
	}
	r.typed["enum_range(anyenum)"] = func(_ *Env, types []*datum.Type, _ []datum.Datum) (datum.Datum, error) {
		return enumRange(types[0], datum.Null, datum.Null), nil
	}
	r.typed["enum_range(anyenum,anyenum)"] = func(_ *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		return enumRange(types[0], a[0], a[1]), nil
	}
}

func emptyEnum(t *datum.Type) error {
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "enum %s contains no values", t)
}

// enumRange lists the values from lo to hi; NULL is the end of the list.
func enumRange(t *datum.Type, lo, hi datum.Datum) datum.Datum {
	var out []datum.Datum
	for _, l := range t.Labels {
		if (lo.IsNull() || l.Number >= lo.Int()) && (hi.IsNull() || l.Number <= hi.Int()) {
			out = append(out, datum.NewInt(l.Number))
		}
	}
	return datum.ArrayFrom(t, out)
}
