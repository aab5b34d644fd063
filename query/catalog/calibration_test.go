package catalog

import (
	"math"
	"reflect"
	"testing"

	"github.com/seguedb/segue/query/datum"
)

// plainMeasure is enough for tests: any that agrees with itself will do.
var plainMeasure = Measure{
	Norm: func(v []float32) float64 {
		sum := 0.0
		for _, x := range v {
			sum += float64(x) * float64(x)
		}
		return math.Sqrt(sum)
	},
	Similarity: func(a, b []float32, normA, normB float64) float64 {
		sum := 0.0
		for i := range a {
			sum += float64(a[i]) * float64(b[i])
		}
		return 1 - (1 - sum/normA/normB)
	},
}

func never() error { return nil }

func calibrationOf(t testing.TB, whole bool, sample ...[]float32) *Calibration {
	t.Helper()
	c, err := Calibrate(plainMeasure, &Column{Type: datum.Vector, ModelHash: "m"}, sample, 9, whole, never)
	if err != nil || c == nil {
		t.Fatal(c, err)
	}
	return c
}

// TestPercent: similarities 0, 0.6, 0.8 and 1 to the query, and the zero vector, which is no part of it.
func TestPercent(t *testing.T) {
	sample := [][]float32{{0, 2}, {0.6, 0.8}, {0, 0}, {1, 0}, {0.8, 0.6}}
	q := []float32{1, 0}
	for _, c := range []struct {
		whole bool
		s     float64
		want  float64
	}{
		{true, -0.5, 0}, {true, 0, 0}, {true, 0.7, 200.0 / 3}, {true, 1, 100}, {true, 1.1, 100},
		{false, 0, 0}, {false, 0.7, 50}, {false, 1, 75}, {false, 1.1, 100},
	} {
		k := calibrationOf(t, c.whole, sample...)
		if got := k.Percent(k.Similarities(q), c.s); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("whole %v: %v is at %v percent, want %v", c.whole, c.s, got, c.want)
		}
	}
	k := calibrationOf(t, true, sample...)
	if got := k.Percent(k.Similarities([]float32{0, 0}), math.NaN()); !math.IsNaN(got) {
		t.Errorf("of the zero vector: %v", got)
	}
}

// TestDistanceBelow: the cut-off passes just the similarities whose percentage does.
func TestDistanceBelow(t *testing.T) {
	k := calibrationOf(t, true, []float32{0, 2}, []float32{0.6, 0.8}, []float32{0.6, 0.8}, []float32{1, 0}, []float32{-1, 0})
	below := k.Similarities([]float32{1, 0})
	for _, pct := range []float64{-1, 0, 25, 49, 50, 99, 100, 101, math.NaN(), math.Inf(-1)} {
		for _, orEqual := range []bool{false, true} {
			max := k.DistanceBelow(below, pct, orEqual)
			for _, s := range append([]float64{-1, -0.2, 0.3, 0.7, 1}, below...) {
				p := k.Percent(below, s)
				if want := p > pct || orEqual && p == pct; (1-s < max) != want {
					t.Errorf("%v percent (or equal: %v): similarity %v, at %v, passes: %v", pct, orEqual, s, p, !want)
				}
			}
		}
	}
}

// TestNeighbourhood: a vector that is the same is no neighbour.
func TestNeighbourhood(t *testing.T) {
	k := calibrationOf(t, true, []float32{1, 0}, []float32{1, 0}, []float32{0.6, 0.8}, []float32{0, 1})
	for _, c := range []struct {
		v    []float32
		want float64
	}{
		{[]float32{1, 0}, 0.3},                   // of 0.6 and 0
		{[]float32{0.6, 0.8}, (0.6*2 + 0.8) / 3}, // of both that are alike, and the last
		{[]float32{0, 1}, 0.8 / 3},
		{[]float32{-1, 0}, -2.6 / 4},
	} {
		for range 2 { // the second time from the memo
			if got := k.Neighbourhood(c.v); math.Abs(got-c.want) > 1e-7 {
				t.Errorf("of %v: %v, want %v", c.v, got, c.want)
			}
		}
	}
	if math.Abs(k.Floor-0.3) > 1e-7 { // of 0.267, 0.3, 0.3 and 0.667
		t.Error("the floor is", k.Floor)
	}
	if !math.IsNaN(k.Neighbourhood([]float32{0, 0})) {
		t.Error("the zero vector has a neighbourhood")
	}
}

// TestHubness of a star: with one neighbour each, the centre is everybody's. Counts 3, 1, 0, 0 about their mean 1 have the
// second moment 1.5 and the third 1.5.
func TestHubness(t *testing.T) {
	if got := skewness([]float64{3, 1, 0, 0}); math.Abs(got-1.5/math.Pow(1.5, 1.5)) > 1e-12 {
		t.Error("skewness", got)
	}
	if got := share([]float64{3, 1, 0, 0}, 0); got != 0.5 {
		t.Error("share", got)
	}
	if skew, anti := hubness(5, func(i, j int) float64 { return float64(j) }); skew != 0 || anti != 0 {
		t.Error("with all others for neighbours", skew, anti) // fewer than ten others: each is among them always
	}
}

func TestCalibrationCode(t *testing.T) {
	c := calibrationOf(t, true, []float32{1, 0}, []float32{0.6, 0.8}, []float32{0, 1})
	b, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeCalibration(plainMeasure, b)
	if err != nil {
		t.Fatal(err)
	}
	c.measure, got.measure = Measure{}, Measure{} // functions are never equal
	if !reflect.DeepEqual(got, c) {
		t.Errorf("%+v, want %+v", got, c)
	}
}

func FuzzDecodeCalibration(f *testing.F) {
	b, err := calibrationOf(f, false, []float32{1, 0}, []float32{0.6, 0.8}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{2, 0, 0, 0, '{', '}'})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := DecodeCalibration(plainMeasure, b)
		if err != nil || c == nil {
			return
		}
		c.Percent(c.Similarities(c.Sample[0]), 0.5)
		c.Neighbourhood(c.Sample[0])
	})
}
