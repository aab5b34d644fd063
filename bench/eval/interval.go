package main

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// scores are values of queries, with the group that each query belongs to.
type scores struct {
	values []float64
	groups []string
}

func (s *scores) add(value float64, group string) {
	s.values, s.groups = append(s.values, value), append(s.groups, group)
}

// figure is a mean with the 90 % interval of a bootstrap.
type figure struct {
	mean, low, high float64
	n               int
}

// String is "–" where nothing was measured.
func (f figure) String() string {
	if f.n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.3f [%.2f–%.2f]", f.mean, f.low, f.high)
}

// draws of a bootstrap.
const draws = 2000

// micro is the mean over queries.
func (s *scores) micro() figure { return bootstrap(s.values) }

// macro is the mean over groups of the mean within each, drawn group by group: few groups give a wide interval.
func (s *scores) macro() figure {
	by := map[string][]float64{}
	for i, g := range s.groups {
		by[g] = append(by[g], s.values[i])
	}
	var means []float64
	for _, g := range slices.Sorted(maps.Keys(by)) {
		means = append(means, mean(by[g]))
	}
	return bootstrap(means)
}

// bootstrap draws as many values as there are, with replacement, and takes the 5th and 95th percentile of the means. It
// draws the same every time.
func bootstrap(values []float64) figure {
	if len(values) == 0 {
		return figure{}
	}
	rng := rand.New(rand.NewPCG(uint64(len(values)), 7))
	means := make([]float64, draws)
	for i := range means {
		for range values {
			means[i] += values[rng.IntN(len(values))]
		}
		means[i] /= float64(len(values))
	}
	slices.Sort(means)
	return figure{mean(values), quantile(means, 0.05), quantile(means, 0.95), len(values)}
}

// quantile of sorted values, by linear interpolation.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(max(len(x), 1))
}
