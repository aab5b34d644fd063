package main

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Relevant at places 1, 3 and 4 of 5: precisions 1, 2/3 and 3/4; 2 of the first 3.
func TestPrecision(t *testing.T) {
	list := []bool{true, false, true, true, false}
	near(t, "average precision", averagePrecision(list), (1+2.0/3+3.0/4)/3)
	near(t, "R-precision", rPrecision(list), 2.0/3)
	near(t, "precision at 2", precisionAt(list, 2), 0.5)
	near(t, "precision at 10", precisionAt(list, 10), 0.6)
	near(t, "average precision of nothing", averagePrecision([]bool{false}), 0)
	near(t, "R-precision of nothing", rPrecision(nil), 0)
}

// The truth's similarity is 0.5: one above, one as high, which counts against it.
func TestRank(t *testing.T) {
	if got := rankOf([]float64{0.9, 0.5, 0.1, 0.5}, 1); got != 3 {
		t.Error(got)
	}
	if got := rankOf([]float64{0.2}, 0); got != 1 {
		t.Error(got)
	}
}

// With one neighbour each, 1, 2 and 3 name 0, and 0 names 1: counts 3, 1, 0, 0 about their mean 1 have the second moment
// (4+0+1+1)/4 = 1.5 and the third (8-1-1)/4 = 1.5.
func TestHubness(t *testing.T) {
	m := matrix{4, []float64{
		1, .9, .8, .7,
		.9, 1, .2, .2,
		.8, .2, 1, .2,
		.7, .2, .2, 1,
	}}
	skew, never := hubness(m, 1)
	near(t, "skew", skew, 1.5/math.Pow(1.5, 1.5))
	near(t, "never", never, 0.5)
	// Half of 0.9 comes off columns 0 and 1, 0.4 off 2, and off 3 as well: 0.8 is the lower quartile, and more than 0.7.
	c := corrected(m, m, 1)
	near(t, "corrected", c.row(1)[0], 0.45)
	near(t, "corrected", c.row(0)[2], 0.4)
	near(t, "corrected", c.row(0)[3], 0.3)
}

func TestGroups(t *testing.T) {
	var s scores
	for _, v := range []float64{1, 1, 1, 0} {
		s.add(v, map[bool]string{true: "a", false: "b"}[v == 1])
	}
	near(t, "micro", s.micro().mean, 0.75)
	near(t, "macro", s.macro().mean, 0.5)
}

// Two values, 0 and 1: a mean of two draws is 0, ½ or 1 with chances ¼, ½, ¼, so that the 5th and 95th percentile are 0 and 1.
// Equal values leave no doubt.
func TestBootstrap(t *testing.T) {
	f := bootstrap([]float64{0, 1})
	near(t, "mean", f.mean, 0.5)
	near(t, "low", f.low, 0)
	near(t, "high", f.high, 1)
	f = bootstrap([]float64{0.3, 0.3, 0.3})
	near(t, "low", f.low, 0.3)
	near(t, "high", f.high, 0.3)
	if got := bootstrap(nil).String(); got != "–" {
		t.Error(got)
	}
	near(t, "quantile", quantile([]float64{1, 2, 4}, 0.75), 3)
}

// Two albums of two tracks: 0 and 1 find each other first; 2 finds 3 second, behind 0, and 3 finds 2 last.
func TestAlbums(t *testing.T) {
	m := matrix{4, []float64{
		1, .9, .5, .1,
		.9, 1, .4, .2,
		.8, .1, 1, .7,
		.3, .2, .1, 1,
	}}
	ap, rp := byLabel(m, []string{"a", "a", "b", "b"})
	near(t, "MAP", ap.micro().mean, (1+1+1.0/2+1.0/3)/4)
	near(t, "R-precision", rp.micro().mean, 0.5)
	alone, _ := byLabel(m, []string{"a", "b", "", ""})
	if len(alone.values) != 0 {
		t.Error("tracks without company were asked for it")
	}
}

// The same artist's track is passed over: of 0's others, 2 is of its genre and 3 is not.
func TestGenres(t *testing.T) {
	m := matrix{4, []float64{
		1, .9, .8, .7,
		.9, 1, .2, .3,
		.8, .2, 1, .4,
		.7, .3, .4, 1,
	}}
	s := genrePrecision(m, []string{"dub", "dub", "dub", "folk"}, []string{"x", "x", "y", "z"}, 1)
	// 0 → 2 dub; 1 → 3 folk; 2 → 0 dub; 3 has no one of its genre and is not asked.
	near(t, "genre", s.micro().mean, 2.0/3)
}
