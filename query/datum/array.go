package datum

import "github.com/seguedb/segue/query/sqlstate"

// maxArrayDims is Postgres's MAXDIM.
const maxArrayDims = 6

// consistent says whether the dimensions hold exactly the elements.
func (a *ArrayValue) consistent() bool {
	if len(a.Dims) > maxArrayDims || len(a.Dims) != len(a.Lower) {
		return false
	}
	if len(a.Dims) == 0 {
		return len(a.Elems) == 0
	}
	count := 1
	for _, n := range a.Dims {
		if n < 1 || count > len(a.Elems) {
			return false
		}
		count *= n
	}
	return count == len(a.Elems)
}

// CheckPairs refuses an array that has not keys and values in turn: {k,v,k,v} or {{k,v},{k,v}}.
func (a *ArrayValue) CheckPairs() error {
	switch {
	case len(a.Dims) > 2:
		return sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
	case len(a.Dims) == 2 && a.Dims[1] != 2:
		return sqlstate.New(sqlstate.ArraySubscriptError, "array must have two columns")
	case len(a.Elems)%2 != 0:
		return sqlstate.New(sqlstate.ArraySubscriptError, "array must have even number of elements")
	}
	return nil
}
