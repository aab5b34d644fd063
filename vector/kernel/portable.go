package kernel

import "math"

// portable scores one row in plain Go, in eight sums that the processor can run side by side.
func portable(op Op, q, r []float32) float32 {
	switch op {
	case Dot:
		return portableDot(q, r)
	case SquaredL2:
		return portableSquaredL2(q, r)
	default:
		return portableL1(q, r)
	}
}

func portableDot(q, r []float32) float32 {
	var s [8]float32
	i := 0
	for ; i+8 <= len(q); i += 8 {
		x, y := (*[8]float32)(q[i:]), (*[8]float32)(r[i:])
		s[0] += x[0] * y[0]
		s[1] += x[1] * y[1]
		s[2] += x[2] * y[2]
		s[3] += x[3] * y[3]
		s[4] += x[4] * y[4]
		s[5] += x[5] * y[5]
		s[6] += x[6] * y[6]
		s[7] += x[7] * y[7]
	}
	for j := 0; i+j < len(q); j++ {
		s[j] += q[i+j] * r[i+j]
	}
	return fold(&s)
}

func portableSquaredL2(q, r []float32) float32 {
	var s [8]float32
	i := 0
	for ; i+8 <= len(q); i += 8 {
		x, y := (*[8]float32)(q[i:]), (*[8]float32)(r[i:])
		for j := range s {
			d := x[j] - y[j]
			s[j] += d * d
		}
	}
	for j := 0; i+j < len(q); j++ {
		d := q[i+j] - r[i+j]
		s[j] += d * d
	}
	return fold(&s)
}

func portableL1(q, r []float32) float32 {
	var s [8]float32
	i := 0
	for ; i+8 <= len(q); i += 8 {
		x, y := (*[8]float32)(q[i:]), (*[8]float32)(r[i:])
		for j := range s {
			s[j] += abs32(x[j] - y[j])
		}
	}
	for j := 0; i+j < len(q); j++ {
		s[j] += abs32(q[i+j] - r[i+j])
	}
	return fold(&s)
}

func abs32(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

func fold(s *[8]float32) float32 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}
