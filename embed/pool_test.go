package embed

import (
	"errors"
	"math"
	"testing"
)

func TestNormalise(t *testing.T) {
	for _, v := range [][]float32{{3, 4}, {1e-30, 0}, {1e30, 1e30}} {
		if err := normalise(v); err != nil {
			t.Error(err)
		}
		if l := math.Hypot(float64(v[0]), float64(v[1])); math.Abs(l-1) > 1e-6 {
			t.Errorf("%v has length %g", v, l)
		}
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, v := range [][]float32{{0, 0}, {nan, 1}, {inf, 1}} {
		if err := normalise(v); !errors.Is(err, errNotFinite) {
			t.Errorf("%v: %v", v, err)
		}
	}
}

func TestPool(t *testing.T) {
	x, y, away := []float32{1, 0}, []float32{0, 1}, []float32{-1, 0}
	diagonal := float32(math.Sqrt(0.5))
	for name, c := range map[string]struct {
		windows   []*pooled
		want      []float32
		deviation bool
	}{
		"one":             {[]*pooled{{vector: x, audible: true}}, x, false},
		"mean":            {[]*pooled{{vector: x, audible: true}, {vector: y, audible: true}}, []float32{diagonal, diagonal}, false},
		"with a pause":    {[]*pooled{{vector: y}, {vector: x, audible: true}}, x, false},
		"all silent":      {[]*pooled{{vector: y}, {vector: y}}, y, false},
		"cancelling":      {[]*pooled{{vector: x, audible: true}, {vector: away, audible: true}}, x, false},
		"nothing moved":   {[]*pooled{{vector: away}, {vector: x}}, away, false},
		"one, deviating":  {[]*pooled{{vector: x, audible: true}}, []float32{1, 0, 0, 0}, true},
		"mean, deviating": {[]*pooled{{vector: x, audible: true}, {vector: y, audible: true}}, []float32{0.5, 0.5, 0.5, 0.5}, true},
		"opposites":       {[]*pooled{{vector: x, audible: true}, {vector: away, audible: true}}, []float32{0, 0, 1, 0}, true},
		"but silence":     {[]*pooled{{vector: y}, {vector: x, audible: true}}, []float32{1, 0, 0, 0}, true},
	} {
		got, err := pool(c.windows, c.deviation)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if math.Abs(float64(got[i]-c.want[i])) > 1e-6 {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
	}
}
