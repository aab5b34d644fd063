package builtin

import (
	"math"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// The steps and ends of the float aggregates: {count, sum, squared deviations} of one variable, and
// {count, sum of X, its deviations, sum of Y, its deviations, mixed deviations} of two.

func floatSteps(r *registry) {
	r.fn(floatStep, "float8_accum(_float8,float8)", "float4_accum(_float8,float4)")
	r.fn(floatCombine, "float8_combine(_float8,_float8)")
	r.fn(floatEnd(func(s *floatSpreadState) (datum.Datum, error) {
		if s.n == 0 {
			return datum.Null, nil
		}
		return datum.NewFloat(s.sum / float64(s.n)), nil
	}), "float8_avg(_float8)")
	for name, what := range map[string]spreadOf{"float8_var_pop": {population: true}, "float8_var_samp": {},
		"float8_stddev_pop": {population: true, root: true}, "float8_stddev_samp": {root: true}} {
		r.fn(floatEnd(func(s *floatSpreadState) (datum.Datum, error) {
			s.spreadOf = what
			return s.Result()
		}), name+"(_float8)")
	}
	r.fn(pairStep, "float8_regr_accum(_float8,float8,float8)")
	r.fn(pairCombine, "float8_regr_combine(_float8,_float8)")
	for name, end := range pairResults {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			s, err := pairOf(a[0])
			if err != nil {
				return datum.Null, err
			}
			return end(s), nil
		}, "float8_"+name+"(_float8)")
	}
}

// floatsOf reads a state of n numbers.
func floatsOf(caller string, d datum.Datum, n int) ([]float64, error) {
	elems := d.Array().Elems
	out := make([]float64, len(elems))
	bad := len(elems) != n
	for i, e := range elems {
		if bad = bad || e.IsNull(); bad {
			break
		}
		out[i] = e.Float()
	}
	if bad {
		return nil, sqlstate.New(sqlstate.InternalError, "%s: expected %d-element float8 array", caller, n)
	}
	return out, nil
}

func floatArray(fs ...float64) datum.Datum {
	elems := make([]datum.Datum, len(fs))
	for i, f := range fs {
		elems[i] = datum.NewFloat(f)
	}
	return datum.ArrayFrom(datum.Float8, elems)
}

func spreadFrom(caller string, d datum.Datum) (*floatSpreadState, error) {
	f, err := floatsOf(caller, d, 3)
	if err != nil {
		return nil, err
	}
	return &floatSpreadState{n: int64(f[0]), sum: f[1], deviations: f[2]}, nil
}

func (s *floatSpreadState) array() datum.Datum { return floatArray(float64(s.n), s.sum, s.deviations) }

func floatStep(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s, err := spreadFrom("float8_accum", a[0])
	if err != nil {
		return datum.Null, err
	}
	if err := s.Add(a[1:]); err != nil {
		return datum.Null, err
	}
	return s.array(), nil
}

func floatEnd(end func(*floatSpreadState) (datum.Datum, error)) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, err := spreadFrom("float8_accum", a[0])
		if err != nil {
			return datum.Null, err
		}
		return end(s)
	}
}

// floatCombine joins two states as Youngs and Cramer do.
func floatCombine(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s, err := spreadFrom("float8_combine", a[0])
	if err != nil {
		return datum.Null, err
	}
	t, err := spreadFrom("float8_combine", a[1])
	switch {
	case err != nil:
		return datum.Null, err
	case s.n == 0:
		return a[1], nil
	case t.n == 0:
		return a[0], nil
	}
	n, m := float64(s.n), float64(t.n)
	d := s.sum/n - t.sum/m
	deviations := s.deviations + t.deviations + n*m*d*d/(n+m)
	if math.IsInf(deviations, 0) && !math.IsInf(s.deviations, 0) && !math.IsInf(t.deviations, 0) {
		return datum.Null, floatOverflow()
	}
	return floatArray(n+m, s.sum+t.sum, deviations), nil
}

func pairOf(d datum.Datum) (*pairState, error) {
	f, err := floatsOf("float8_regr_accum", d, 6)
	if err != nil {
		return nil, err
	}
	return &pairState{n: f[0], sx: f[1], sxx: f[2], sy: f[3], syy: f[4], sxy: f[5]}, nil
}

func (s *pairState) array() datum.Datum { return floatArray(s.n, s.sx, s.sxx, s.sy, s.syy, s.sxy) }

func pairStep(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s, err := pairOf(a[0])
	if err != nil {
		return datum.Null, err
	}
	if err := s.Add(a[1:]); err != nil {
		return datum.Null, err
	}
	return s.array(), nil
}

func pairCombine(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s, err := pairOf(a[0])
	if err != nil {
		return datum.Null, err
	}
	t, err := pairOf(a[1])
	switch {
	case err != nil:
		return datum.Null, err
	case s.n == 0:
		return a[1], nil
	case t.n == 0:
		return a[0], nil
	}
	n := s.n + t.n
	dx, dy := s.sx/s.n-t.sx/t.n, s.sy/s.n-t.sy/t.n
	scale := s.n * t.n / n
	return floatArray(n, s.sx+t.sx, s.sxx+t.sxx+scale*dx*dx, s.sy+t.sy, s.syy+t.syy+scale*dy*dy,
		s.sxy+t.sxy+scale*dx*dy), nil
}
