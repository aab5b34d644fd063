package dsp

import "math"

const cepstra = 20

// timbre adds the log-mel spectrum's and the cepstrum's statistics.
func (n *net) timbre(s spectrogram) []string {
	mean := n.mean(s.logMel, 0)
	mean = n.sub(mean, n.mean(mean, 1))
	c := n.matmul(s.logMel, n.matrix(cosineTransform(melBands, cepstra+1)))
	// Change over four frames, 85 ms: attacks, and not the noise between two frames.
	change := n.sub(n.slice(c, 0, 4, math.MaxInt64), n.slice(c, 0, 0, -4))
	return []string{
		mean,
		n.deviation(s.logMel),
		n.slice(n.mean(c, 0), 1, 1, cepstra+1), // without the zeroth, which is level
		n.slice(n.deviation(c), 1, 0, cepstra),
		n.slice(n.deviation(change), 1, 0, cepstra),
	}
}

// cosineTransform is the orthonormal DCT-II [size][count].
func cosineTransform(size, count int) [][]float64 {
	m := make([][]float64, size)
	for i := range m {
		m[i] = make([]float64, count)
		for k := range m[i] {
			norm := math.Sqrt(2 / float64(size))
			if k == 0 {
				norm = math.Sqrt(1 / float64(size))
			}
			m[i][k] = norm * math.Cos(math.Pi*(float64(i)+0.5)*float64(k)/float64(size))
		}
	}
	return m
}
