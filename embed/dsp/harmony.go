package dsp

import "math"

// The spectrum for pitch: 341 ms frames every 85 ms of the signal at 6 kHz, bins of
// 2.93 Hz up to 2.2 kHz.
const (
	pitchRateHz  = SampleRateHz / 4
	pitchFrame   = 2048
	pitchHop     = 512
	pitchBins    = 760
	lowestPitch  = 36 // C2, 65 Hz
	pitches      = 60 // to B6, 1976 Hz
	pitchClasses = 12
)

// transitionLags are in hops: 170, 341 and 512 ms, a note of most tempi.
var transitionLags = []int64{2, 4, 6}

// harmony adds what is played, by pitch and pitch class, where the timbre should not
// matter.
func (n *net) harmony(wave string) []string {
	salience := n.salience(wave)
	chroma := n.unitRows(n.matmul(salience, n.matrix(octaveFold())), 0.05)
	profile := n.mean(salience, 0)
	mean := n.mean(chroma, 0)
	return []string{
		n.sqrt(n.plus(profile, 1e-6)),
		mean,
		n.deviation(chroma),
		n.fourierMagnitudes(mean),
		n.chords(chroma),
		n.transitions(chroma),
		n.intervals(chroma),
	}
}

// salience is how strongly each pitch sounds in each frame [T, 60], rows of unit length.
func (n *net) salience(wave string) string {
	frames := n.overlapped(n.blocks(n.decimated(wave, SampleRateHz/pitchRateHz), pitchHop), pitchFrame/pitchHop)
	power := n.power(frames, pitchFrame, pitchBins)
	// Compression by a logarithm, as for the CLP chroma of Müller and Ewert (2011).
	level := n.log(n.times(n.matmul(power, n.matrix(pitchFilters())), 1000), 1)
	// Above the neighbourhood only: drums and noise are broad, pitches are narrow.
	peaks := n.relu(n.sub(level, n.matmul(level, n.matrix(pitchBlur()))))
	// Less what lower pitches explain as their overtones.
	bare := n.relu(n.sub(peaks, n.matmul(peaks, n.matrix(overtones()))))
	return n.unitRows(bare, 0.2)
}

// pitchFilters are bells on the axis of pitch [bins][60], as narrow as a third of a
// semitone, or as the bins allow.
func pitchFilters() [][]float64 {
	m := make([][]float64, pitchBins)
	for k := range m {
		m[k] = make([]float64, pitches)
		if k == 0 {
			continue
		}
		hz := float64(k) * pitchRateHz / pitchFrame
		pitch := 69 + 12*math.Log2(hz/440)
		binWidth := 12 / math.Ln2 / float64(k) // of a bin, in semitones
		sigma := math.Max(0.33, 0.6*binWidth)
		for p := range m[k] {
			d := (pitch - float64(lowestPitch+p)) / sigma
			m[k][p] = math.Exp(-d * d / 2)
		}
	}
	return m
}

// pitchBlur averages over about half an octave each way, columns of sum 1.
func pitchBlur() [][]float64 {
	m := square(pitches)
	for to := range pitches {
		sum := 0.0
		for from := range pitches {
			d := float64(from-to) / 4
			m[from][to] = math.Exp(-d * d / 2)
			sum += m[from][to]
		}
		for from := range pitches {
			m[from][to] /= sum
		}
	}
	return m
}

// overtones says how much of a pitch's level appears at its harmonics 2 to 6.
func overtones() [][]float64 {
	m := square(pitches)
	for _, h := range []struct {
		semitones int
		share     float64
	}{{12, 0.35}, {19, 0.35}, {24, 0.25}, {28, 0.25}, {31, 0.2}} {
		for p := 0; p+h.semitones < pitches; p++ {
			m[p][p+h.semitones] = h.share
		}
	}
	return m
}

func square(size int) [][]float64 {
	m := make([][]float64, size)
	for i := range m {
		m[i] = make([]float64, size)
	}
	return m
}

// octaveFold adds the pitches of one class [60][12].
func octaveFold() [][]float64 {
	m := make([][]float64, pitches)
	for p := range m {
		m[p] = make([]float64, pitchClasses)
		m[p][(lowestPitch+p)%pitchClasses] = 1
	}
	return m
}

// fourierMagnitudes are those of the chroma taken as a circle: the same in every key
// (Amiot 2016; the tonal centroid of Harte et al. 2006 is made of the same terms).
func (n *net) fourierMagnitudes(chroma string) string {
	c, s := make([][]float64, pitchClasses), make([][]float64, pitchClasses)
	for p := range pitchClasses {
		for k := 1; k <= 6; k++ {
			angle := 2 * math.Pi * float64(p*k%12) / 12
			c[p], s[p] = append(c[p], math.Cos(angle)), append(s[p], math.Sin(angle))
		}
	}
	re, im := n.matmul(chroma, n.matrix(c)), n.matmul(chroma, n.matrix(s))
	return n.sqrt(n.plus(n.add(n.square(re), n.square(im)), 1e-9))
}

// chords is how often two pitch classes sound together: the 78 different products.
func (n *net) chords(chroma string) string {
	together := n.products(chroma, chroma)
	var columns []int
	for a := range pitchClasses {
		for b := a; b < pitchClasses; b++ {
			columns = append(columns, a*pitchClasses+b)
		}
	}
	return n.pick(n.row(together), columns)
}

// transitions is how much more often one pitch class follows another than the reverse:
// the 66 differences, over all lags.
func (n *net) transitions(chroma string) string {
	var parts []string
	for _, lag := range transitionLags {
		parts = append(parts, n.lagged(chroma, lag))
	}
	m := n.op("Sum", parts...)
	var columns []int
	for a := range pitchClasses {
		for b := a + 1; b < pitchClasses; b++ {
			columns = append(columns, a*pitchClasses+b)
		}
	}
	return n.pick(n.row(n.sub(m, n.transpose(m))), columns)
}

// lagged is the mean over time of (now, later) products [12,12].
func (n *net) lagged(chroma string, lag int64) string {
	return n.products(n.slice(chroma, 0, 0, -lag), n.slice(chroma, 0, lag, math.MaxInt64))
}

// products is the mean over rows of a's column times b's column: aᵀb / rows.
func (n *net) products(a, b string) string {
	rows := n.sum(n.plus(n.times(n.slice(a, 1, 0, 1), 0), 1), 0)
	return n.div(n.matmul(n.transpose(a), b), rows)
}

// intervals is how often each interval sounds together, and later by each lag, whatever
// the key: sums along the diagonals.
func (n *net) intervals(chroma string) string {
	diagonals := make([][]float64, pitchClasses*pitchClasses)
	for i := range diagonals {
		diagonals[i] = make([]float64, pitchClasses)
		a, b := i/pitchClasses, i%pitchClasses
		diagonals[i][(b-a+pitchClasses)%pitchClasses] = 1
	}
	d := n.matrix(diagonals)
	// Together, an interval and its complement are the same.
	parts := []string{n.slice(n.matmul(n.row(n.products(chroma, chroma)), d), 1, 0, 7)}
	for _, lag := range transitionLags {
		parts = append(parts, n.matmul(n.row(n.lagged(chroma, lag)), d))
	}
	return n.concat(1, parts...)
}
