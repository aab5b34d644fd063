package builtin

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// maxArrayItems is PostgreSQL's MaxArraySize, for elements of eight bytes.
const maxArrayItems = 134217727

// arrayFill makes an array of copies of a value: of the lengths given, with the lower bounds given or 1.
func arrayFill(_ *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
	if a[1].IsNull() || len(a) > 2 && a[2].IsNull() {
		return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "dimension array or low bound array cannot be null")
	}
	dims, err := dimensionList(a[1].Array(), "Dimension array must be one dimensional.")
	if err != nil {
		return datum.Null, err
	}
	out := &datum.ArrayValue{Elem: known(types[0])}
	lower := slices.Repeat([]int{1}, len(dims))
	if len(a) > 2 {
		if lower, err = dimensionList(a[2].Array(), "Dimension array must be one dimensional."); err != nil {
			return datum.Null, err
		}
		if len(lower) != len(dims) {
			return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts").
				WithDetail("Low bound array has different size than dimensions array.")
		}
	}
	if len(dims) > 6 {
		return datum.Null, sqlstate.New(sqlstate.ProgramLimitExceeded,
			"number of array dimensions (%d) exceeds the maximum allowed (%d)", len(dims), 6)
	}
	items := 1
	for _, n := range dims {
		if n < 0 || n > maxArrayItems || items*n > maxArrayItems {
			return datum.Null, sqlstate.New(sqlstate.ProgramLimitExceeded,
				"array size exceeds the maximum allowed (%d)", maxArrayItems)
		}
		items *= n
	}
	if len(dims) == 0 || items == 0 {
		return datum.NewArray(out), nil
	}
	out.Dims, out.Lower, out.Elems = dims, lower, slices.Repeat([]datum.Datum{a[0]}, items)
	return datum.NewArray(out), nil
}

func dimensionList(a *datum.ArrayValue, detail string) ([]int, error) {
	if len(a.Dims) > 1 {
		return nil, sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts").WithDetail("%s", detail)
	}
	out := make([]int, len(a.Elems))
	for i, d := range a.Elems {
		if d.IsNull() {
			return nil, sqlstate.New(sqlstate.NullValueNotAllowed, "dimension values cannot be null")
		}
		out[i] = int(d.Int())
	}
	return out, nil
}
