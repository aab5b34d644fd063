// Package generated makes the numbers of a tensor from its name, so that Go and Python
// have the same millions of weights without a file: graphs are proven right with them,
// against another implementation, before anyone's checkpoint is at hand.
package generated

// Values are a tensor's numbers in row-major order: value of a hash of name, seed and
// position, which is in [-1, 1) in steps of 2^-23.
func Values(name string, seed uint64, shape []int, value func(u float64) float64) []float32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	out := make([]float32, n)
	state := FNV1a64(name) ^ seed
	for i := range out {
		state += 0x9E3779B97F4A7C15
		out[i] = float32(value(uniform(state)))
	}
	return out
}

// uniform is splitmix64's output function (Steele, Lea and Flood, OOPSLA 2014)
// on an already advanced state, mapped to [-1, 1) in steps of 2^-23.
func uniform(z uint64) float64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	z ^= z >> 31
	return float64(z>>40)*(1.0/(1<<23)) - 1
}

// FNV1a64 is the 64-bit FNV-1a hash.
func FNV1a64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
