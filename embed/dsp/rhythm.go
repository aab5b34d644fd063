package dsp

import "math"

const (
	// onsetBands are the parts of the spectrum whose onsets are kept apart; one more
	// column is their sum.
	onsetBands = 4
	columns    = onsetBands + 1
	// beatBins are frequencies of events from beatStepHz up: to 12 Hz.
	beatBins   = 96
	beatStepHz = 0.125
	// lags from shortestLag seconds up, lagsPerOctave each: to 2.3 s.
	lagCount      = 52
	lagsPerOctave = 12
	shortestLag   = 0.12
	tempoBands    = 41 // from 0.5 Hz, 10 to the octave
)

// rhythm adds when things begin, not what.
func (n *net) rhythm(s spectrogram) []string {
	onsets := n.onsets(s.logMel)
	spectrum := n.beatSpectrum(onsets)
	// Wiener and Khinchin: the autocorrelation is the cosine transform of the power.
	lags := n.matmul(n.matrix(lagCosines()), spectrum) // [52, 5]
	all, bands := n.transpose(n.slice(lags, 1, onsetBands, columns)), n.transpose(n.slice(lags, 1, 0, onsetBands))
	tempo := n.matmul(n.transpose(n.slice(spectrum, 1, onsetBands, columns)), n.matrix(tempoFilters()))
	return []string{
		all,
		n.row(n.matmul(bands, n.matrix(pairs(lagCount)))), // every two lags
		n.sqrt(n.plus(tempo, 1e-6)),
		n.scaleMagnitudes(all, 16),
		n.row(n.scaleMagnitudes(bands, 8)),
		n.onsetStatistics(onsets),
	}
}

// onsets is the rise of the log-mel spectrum (the spectral flux of Bello et al. 2005),
// by band and in sum: [T-1, 5].
func (n *net) onsets(logMel string) string {
	rise := n.relu(n.sub(n.slice(logMel, 0, 1, math.MaxInt64), n.slice(logMel, 0, 0, -1)))
	m := make([][]float64, melBands)
	for b := range m {
		m[b] = make([]float64, columns)
		m[b][b*onsetBands/melBands] = float64(onsetBands) / melBands
		m[b][onsetBands] = 1.0 / melBands
	}
	return n.matmul(rise, n.matrix(m))
}

// beatSpectrum is the power of the onsets' fluctuation by frequency [96, 5], columns of
// sum 1: a Fourier tempogram (Grosche et al. 2010) of the whole window.
func (n *net) beatSpectrum(onsets string) string {
	// The number of frames is known only at run time, and so is the basis.
	one := n.plus(n.times(n.slice(onsets, 1, 0, 1), 0), 1)
	at := n.plus(n.cumulated(one, 0), -0.5) // 0.5, 1.5, ...: [T,1]
	phase := n.div(n.times(at, 2*math.Pi), n.sum(one, 0))
	window := n.plus(n.times(n.op("Cos", phase), -0.5), 0.5)
	swing := n.mul(n.sub(onsets, n.mean(onsets, 0)), window)
	hz := make([]float64, beatBins)
	for i := range hz {
		hz[i] = 2 * math.Pi * beatStepHz * float64(i+1) * hopSamples / SampleRateHz
	}
	angle := n.transpose(n.mul(at, n.floats(hz)))
	re, im := n.matmul(n.op("Cos", angle), swing), n.matmul(n.op("Sin", angle), swing)
	power := n.add(n.square(re), n.square(im))
	return n.div(power, n.plus(n.sum(power, 0), 1e-2))
}

// lagSeconds is the i-th lag.
func lagSeconds(i int) float64 { return shortestLag * math.Exp2(float64(i)/lagsPerOctave) }

func lagCosines() [][]float64 {
	m := make([][]float64, lagCount)
	for i := range m {
		m[i] = make([]float64, beatBins)
		for k := range m[i] {
			m[i][k] = math.Cos(2 * math.Pi * beatStepHz * float64(k+1) * lagSeconds(i))
		}
	}
	return m
}

// pairs averages every two of size columns.
func pairs(size int) [][]float64 {
	m := make([][]float64, size)
	for i := range m {
		m[i] = make([]float64, size/2)
		m[i][i/2] = 0.5
	}
	return m
}

// tempoFilters are triangles [96][41] at equal distances in octaves, each at least two
// bins wide.
func tempoFilters() [][]float64 {
	m := make([][]float64, beatBins)
	for k := range m {
		m[k] = make([]float64, tempoBands)
		hz := beatStepHz * float64(k+1)
		for b := range m[k] {
			centre := 0.5 * math.Exp2(float64(b)/10)
			width := math.Max(centre*(math.Exp2(0.1)-1), 2*beatStepHz)
			m[k][b] = math.Max(0, 1-math.Abs(hz-centre)/width)
		}
	}
	return m
}

// scaleMagnitudes are the Fourier magnitudes along the logarithm of the lag: another
// tempo shifts the lags and changes their phase only (the scale transform, Holzapfel and
// Stylianou 2011).
func (n *net) scaleMagnitudes(lags string, count int) string {
	c, s := make([][]float64, lagCount), make([][]float64, lagCount)
	for i := range lagCount {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/lagCount)
		for k := range count {
			angle := math.Pi * float64((2*i+1)*k%(2*lagCount)) / lagCount
			c[i], s[i] = append(c[i], w*math.Cos(angle)), append(s[i], w*math.Sin(angle))
		}
	}
	re, im := n.matmul(lags, n.matrix(c)), n.matmul(lags, n.matrix(s))
	return n.sqrt(n.plus(n.add(n.square(re), n.square(im)), 1e-6))
}

// onsetStatistics are, for every band, how much begins, how unevenly, and how sharp the
// strongest onset is.
func (n *net) onsetStatistics(onsets string) string {
	bands := n.slice(onsets, 1, 0, onsetBands)
	mean, deviation := n.mean(bands, 0), n.deviation(bands)
	peak := n.div(n.max(bands, 0), n.plus(mean, 1e-2))
	return n.concat(1, n.log(mean, 1e-2), n.log(deviation, 1e-2), n.log(peak, 1e-1))
}
