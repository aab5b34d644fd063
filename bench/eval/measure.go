package main

import (
	"cmp"
	"math"
	"slices"
)

// matrix has a similarity for each query (row) and library entry (column).
type matrix struct {
	cols int
	s    []float64
}

func (m matrix) row(q int) []float64 { return m.s[q*m.cols : (q+1)*m.cols] }

// similarities compares queries with a library, of unit vectors.
func similarities(queries, library [][]float32) matrix {
	m := matrix{len(library), make([]float64, 0, len(queries)*len(library))}
	for _, q := range queries {
		for _, v := range library {
			sum := 0.0
			for i := range q {
				sum += float64(q[i]) * float64(v[i])
			}
			m.s = append(m.s, sum)
		}
	}
	return m
}

// ranked are the columns that keep lets through, most similar first.
func ranked(row []float64, keep func(col int) bool) []int {
	var out []int
	for i := range row {
		if keep(i) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(row[b], row[a]) })
	return out
}

// averagePrecision of a ranked list: the mean, over the relevant ones, of the share of relevant ones down to each. 0 where
// there is none.
func averagePrecision(relevant []bool) float64 {
	found, sum := 0.0, 0.0
	for i, r := range relevant {
		if r {
			found++
			sum += found / float64(i+1)
		}
	}
	return sum / max(found, 1)
}

// rPrecision is the share of relevant ones among as many first ones as there are relevant ones.
func rPrecision(relevant []bool) float64 {
	n := 0
	for _, r := range relevant {
		if r {
			n++
		}
	}
	return precisionAt(relevant, n)
}

// precisionAt is the share of relevant ones among the first k, or among all where there are fewer.
func precisionAt(relevant []bool, k int) float64 {
	k = min(k, len(relevant))
	found := 0.0
	for _, r := range relevant[:k] {
		if r {
			found++
		}
	}
	return found / float64(max(k, 1))
}

// rankOf is the place of the right answer, from 1. What is as similar comes before it: a model that says the same of
// everything finds nothing.
func rankOf(row []float64, truth int) int {
	rank := 1
	for i, s := range row {
		if i != truth && s >= row[truth] {
			rank++
		}
	}
	return rank
}

// hubness counts how often each entry is among the k nearest of the others, and returns the skewness of the counts and the
// share of entries that never are.
func hubness(m matrix, k int) (skew, never float64) {
	counts := make([]float64, m.cols)
	for q := range m.cols {
		near := ranked(m.row(q), func(col int) bool { return col != q })
		for _, col := range near[:min(k, len(near))] {
			counts[col]++
		}
	}
	zeros := 0.0
	for _, c := range counts {
		if c == 0 {
			zeros++
		}
	}
	return skewness(counts), zeros / float64(max(m.cols, 1))
}

// skewness is the third moment about the mean over the second to the power of 1.5.
func skewness(x []float64) float64 {
	mean, m2, m3 := mean(x), 0.0, 0.0
	for _, v := range x {
		m2, m3 = m2+(v-mean)*(v-mean), m3+(v-mean)*(v-mean)*(v-mean)
	}
	if m2 == 0 {
		return 0
	}
	n := float64(len(x))
	return m3 / n / math.Pow(m2/n, 1.5)
}

// corrected takes off half of what each library entry has in common with its k nearest, but no less than half of the lower
// quartile of that, as segue.hub_correction does.
func corrected(m, library matrix, k int) matrix {
	crowd := make([]float64, m.cols)
	for col := range crowd {
		near := ranked(library.row(col), func(other int) bool { return other != col })
		near = near[:min(k, len(near))]
		for _, other := range near {
			crowd[col] += library.row(col)[other] / float64(len(near))
		}
	}
	out := matrix{m.cols, slices.Clone(m.s)}
	if m.cols == 0 {
		return out
	}
	floor := slices.Sorted(slices.Values(crowd))[m.cols/4]
	for i := range out.s {
		out.s[i] -= max(crowd[i%m.cols], floor) / 2
	}
	return out
}
