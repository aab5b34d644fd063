package main

import "math"

// principal projects vectors on the two directions in which they differ most, by power iteration.
func principal(vectors [][]float32) [][2]float64 {
	out := make([][2]float64, len(vectors))
	if len(vectors) < 3 {
		return out
	}
	dims := len(vectors[0])
	x := make([][]float64, len(vectors))
	centre := make([]float64, dims)
	for _, v := range vectors {
		for i, f := range v {
			centre[i] += float64(f) / float64(len(vectors))
		}
	}
	for r, v := range vectors {
		x[r] = make([]float64, dims)
		for i, f := range v {
			x[r][i] = float64(f) - centre[i]
		}
	}
	for axis := range 2 {
		direction := leading(x, axis)
		for r := range x {
			at := dot(x[r], direction)
			out[r][axis] = at
			for i := range direction { // what the next axis must not see
				x[r][i] -= at * direction[i]
			}
		}
	}
	return out
}

// leading is the unit vector along which the rows of x spread most.
func leading(x [][]float64, seed int) []float64 {
	v := make([]float64, len(x[0]))
	for i := range v {
		v[i] = math.Sin(float64((i + 1) * (seed + 1)))
	}
	for range 100 {
		next := make([]float64, len(v))
		for _, row := range x {
			at := dot(row, v)
			for i := range next {
				next[i] += at * row[i]
			}
		}
		length := math.Sqrt(dot(next, next))
		if length == 0 {
			return v
		}
		for i := range next {
			v[i] = next[i] / length
		}
	}
	return v
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
