package datum

import "github.com/seguedb/segue/query/sqlstate"

// isVector says whether values are pgvector's dense vectors.
func isVector(t *Type) bool { return t == Vector || t == Halfvec }

// convertVectors converts between vector and halfvec: only to halfvec is there anything to do.
func convertVectors(d Datum, to *Type) (Datum, error) {
	if to == Vector {
		return d, nil
	}
	out := make([]float32, len(d.Vector()))
	for i, f := range d.Vector() {
		h, err := toHalf(f)
		if err != nil {
			return Null, err
		}
		out[i] = h
	}
	return NewVector(out), nil
}

func vectorToArray(d Datum, to *Type) (Datum, error) {
	v := d.Vector()
	elems := make([]Datum, len(v))
	for i, f := range v {
		e, err := convert(NewFloat(float64(f)), Float4, to.Elem, nil)
		if err != nil {
			return Null, err
		}
		elems[i] = e
	}
	return ArrayFrom(to.Elem, elems), nil
}

func arrayToVector(d Datum, from, to *Type) (Datum, error) {
	v, err := arrayFloats(d, from, to)
	if err != nil {
		return Null, err
	}
	if to == Halfvec {
		for i, f := range v {
			if v[i], err = toHalf(f); err != nil {
				return Null, err
			}
		}
	}
	if err := CheckVector(to, v); err != nil {
		return Null, err
	}
	return NewVector(v), nil
}

// arrayFloats reads an array of numbers as pgvector does: a float8 too large for a float4 becomes infinite, which the
// check of the elements refuses in words of its own.
func arrayFloats(d Datum, from, to *Type) ([]float32, error) {
	a := d.Array()
	switch {
	case !isNumber(a.Elem):
		return nil, cannotCast(from, to)
	case len(a.Dims) > 1:
		return nil, sqlstate.New(sqlstate.DataException, "array must be 1-D")
	}
	v := make([]float32, len(a.Elems))
	for i, e := range a.Elems {
		switch {
		case e.IsNull():
			return nil, sqlstate.New(sqlstate.NullValueNotAllowed, "array must not contain nulls")
		case a.Elem == Float8:
			v[i] = float32(e.Float())
			continue
		}
		f, err := convertNumber(e, a.Elem, Float4)
		if err != nil {
			return nil, err
		}
		v[i] = float32(f.Float())
	}
	return v, nil
}
