package builtin

import (
	"math"

	"github.com/seguedb/segue/query/datum"
)

// regressionAggregates are those over pairs (Y, X).
func regressionAggregates(r *registry) {
	f8 := datum.Float8
	r.aggs[key("regr_count", f8, f8)] = func([]*datum.Type, *Env) AggState { return &pairCount{} }
	for name, result := range pairResults {
		r.aggs[key(name, f8, f8)] = func([]*datum.Type, *Env) AggState { return &pairState{result: result} }
	}
}

// pairResults are what the aggregates over pairs make of their state.
var pairResults = map[string]func(s *pairState) datum.Datum{
	"regr_sxx": func(s *pairState) datum.Datum { return s.some(1, s.sxx) },
	"regr_syy": func(s *pairState) datum.Datum { return s.some(1, s.syy) },
	"regr_sxy": func(s *pairState) datum.Datum { return s.some(1, s.sxy) },

	"regr_avgx":  func(s *pairState) datum.Datum { return s.some(1, s.sx/s.n) },
	"regr_avgy":  func(s *pairState) datum.Datum { return s.some(1, s.sy/s.n) },
	"covar_pop":  func(s *pairState) datum.Datum { return s.some(1, s.sxy/s.n) },
	"covar_samp": func(s *pairState) datum.Datum { return s.some(2, s.sxy/(s.n-1)) },
	"corr":       (*pairState).correlation,
	"regr_r2":    (*pairState).determination,
	"regr_slope": func(s *pairState) datum.Datum { return s.overX(s.sxy / s.sxx) },
	"regr_intercept": func(s *pairState) datum.Datum {
		return s.overX((s.sy - s.sx*s.sxy/s.sxx) / s.n)
	},
}

// pairCount is regr_count, which looks at no value and so cannot overflow.
type pairCount struct{ n int64 }

func (c *pairCount) Add(a []datum.Datum) error {
	if !a[0].IsNull() && !a[1].IsNull() {
		c.n++
	}
	return nil
}

func (c *pairCount) Result() (datum.Datum, error) { return datum.NewInt(c.n), nil }

// pairState keeps the sums of both variables and of their squared and mixed deviations, updated as Youngs and
// Cramer do.
type pairState struct {
	result                   func(*pairState) datum.Datum
	n, sx, sxx, sy, syy, sxy float64
}

func (s *pairState) Add(a []datum.Datum) error {
	if a[0].IsNull() || a[1].IsNull() {
		return nil
	}
	y, x := a[0].Float(), a[1].Float()
	before := *s
	s.n++
	s.sx += x
	s.sy += y
	if before.n == 0 {
		s.sxx, s.syy, s.sxy = x*0+0, y*0+0, x*0+y*0
		return nil
	}
	dx, dy := x*s.n-s.sx, y*s.n-s.sy
	scale := 1 / (s.n * before.n)
	s.sxx += dx * dx * scale
	s.syy += dy * dy * scale
	s.sxy += dx * dy * scale
	return s.checkOverflow(&before, x, y)
}

// checkOverflow refuses infinities that came of finite numbers; those that came of infinite ones spoil the sums.
func (s *pairState) checkOverflow(before *pairState, x, y float64) error {
	inf := func(v float64) bool { return math.IsInf(v, 0) }
	if !inf(s.sx) && !inf(s.sxx) && !inf(s.sy) && !inf(s.syy) && !inf(s.sxy) {
		return nil
	}
	finiteX, finiteY := !inf(before.sx) && !inf(x), !inf(before.sy) && !inf(y)
	if (inf(s.sx) || inf(s.sxx)) && finiteX || (inf(s.sy) || inf(s.syy)) && finiteY || inf(s.sxy) && finiteX && finiteY {
		return floatOverflow()
	}
	for _, v := range []*float64{&s.sxx, &s.syy, &s.sxy} {
		if inf(*v) {
			*v = math.NaN()
		}
	}
	return nil
}

func (s *pairState) Result() (datum.Datum, error) { return s.result(s), nil }

// some is v, or NULL for fewer than n pairs.
func (s *pairState) some(n, v float64) datum.Datum {
	if s.n < n {
		return datum.Null
	}
	return datum.NewFloat(v)
}

// overX is v, which is NULL where all X are the same.
func (s *pairState) overX(v float64) datum.Datum {
	if s.sxx == 0 {
		return datum.Null
	}
	return s.some(1, v)
}

func (s *pairState) correlation() datum.Datum {
	if s.sxx == 0 || s.syy == 0 {
		return datum.Null
	}
	return s.some(1, s.sxy/math.Sqrt(s.sxx*s.syy))
}

func (s *pairState) determination() datum.Datum {
	switch {
	case s.sxx == 0:
		return datum.Null
	case s.syy == 0:
		return s.some(1, 1)
	}
	return s.some(1, s.sxy*s.sxy/(s.sxx*s.syy))
}
