package dsp

import "math"

// octaveEdgesHz bound the bands for flatness and crest, as Jiang et al. (2002) bound
// those for spectral contrast.
var octaveEdgesHz = []float64{60, 200, 400, 800, 1600, 3200, 6400, 12000}

// shape adds centroid, spread, skewness, roll-offs, flatness, crest and zero crossings:
// mean and deviation over the frames that are not pauses.
func (n *net) shape(s spectrogram) []string {
	moments := n.moments(s.power)
	rolloffs := n.rolloffs(s.power)
	bands := n.matrix(octaveBands())
	level := n.matmul(s.power, bands)
	floor := 1e-9
	flatness := n.sub(n.matmul(n.log(s.power, floor), bands), n.log(level, floor))
	crest := n.sub(n.log(n.matmul(n.square(s.power), bands), floor*floor), n.times(n.log(level, floor), 2))
	crossings := n.crossings(s.blocks)

	all := n.concat(1, moments, rolloffs, flatness, crest, crossings)
	energy := n.sum(s.power, 1)
	mean, deviation := n.weighted(all, energy)
	loudness := n.log(energy, 1e-6)
	dynamics := n.concat(1, n.deviation(loudness), n.mean(n.below(energy, n.mean(energy, 0)), 0))
	return []string{mean, deviation, dynamics}
}

// weighted returns mean and deviation over frames, where a frame far below the window's
// level counts for little.
func (n *net) weighted(a, energy string) (mean, deviation string) {
	w := n.div(energy, n.plus(n.add(energy, n.times(n.mean(energy, 0), 0.05)), 1e-9))
	w = n.div(w, n.plus(n.sum(w, 0), 1e-9))
	mean = n.sum(n.mul(a, w), 0)
	d := n.sub(a, mean)
	return mean, n.sqrt(n.plus(n.sum(n.mul(n.square(d), w), 0), 1e-12))
}

// moments are the first three of the magnitude spectrum over octaves: centroid, spread
// and skewness, on the axis on which intervals are heard.
func (n *net) moments(power string) string {
	weights := make([][]float64, spectrumBins)
	for k := range weights {
		weights[k] = make([]float64, 4)
		if k < 2 {
			continue
		}
		octave := math.Log2(binHz(k) / 1000)
		weights[k] = []float64{1, octave, octave * octave, octave * octave * octave}
	}
	m := n.matmul(n.sqrt(n.plus(power, 1e-12)), n.matrix(weights))
	total := n.plus(n.slice(m, 1, 0, 1), 1e-6)
	centroid := n.div(n.slice(m, 1, 1, 2), total)
	second := n.div(n.slice(m, 1, 2, 3), total)
	third := n.div(n.slice(m, 1, 3, 4), total)
	variance := n.relu(n.sub(second, n.square(centroid)))
	spread := n.sqrt(n.plus(variance, 1e-3))
	// E(x-c)^3 = E x^3 - 3c E x^2 + 2c^3
	central := n.add(n.sub(third, n.times(n.mul(centroid, second), 3)), n.times(n.mul(centroid, n.square(centroid)), 2))
	skewness := n.div(central, n.mul(spread, n.square(spread)))
	return n.concat(1, centroid, spread, skewness)
}

// rolloffs are the frequencies, as parts of the spectrum's width, below which a quarter,
// half, 85 % and 95 % of the power lie.
func (n *net) rolloffs(power string) string {
	below := n.cumulated(power, 1)
	total := n.plus(n.sum(power, 1), 1e-9)
	var parts []string
	for _, share := range []float64{0.25, 0.5, 0.85, 0.95} {
		part := n.mean(n.below(below, n.times(total, share)), 1)
		parts = append(parts, n.log(part, 1e-3))
	}
	return n.concat(1, parts...)
}

// octaveBands averages over the bins of each band: [bins][7].
func octaveBands() [][]float64 {
	bands := len(octaveEdgesHz) - 1
	m, count := make([][]float64, spectrumBins), make([]float64, bands)
	for k := range m {
		m[k] = make([]float64, bands)
		for b := range bands {
			if hz := binHz(k); octaveEdgesHz[b] <= hz && hz < octaveEdgesHz[b+1] {
				m[k][b] = 1
				count[b]++
			}
		}
	}
	for k := range m {
		for b := range m[k] {
			m[k][b] /= count[b]
		}
	}
	return m
}

// crossings is the share of sample pairs that change sign, of the first hop of each
// frame.
func (n *net) crossings(blocks string) string {
	first := n.slice(blocks, 0, 0, -1)
	product := n.mul(n.slice(first, 1, 0, -1), n.slice(first, 1, 1, math.MaxInt64))
	return n.mean(n.below(product, n.float(0)), 1)
}
