package dsp

import "math"

// The spectrogram for timbre and rhythm: 43 ms frames every 21 ms.
const (
	frameSamples = 1024
	hopSamples   = 512
	spectrumBins = frameSamples/2 + 1
	melBands     = 64
	lowestMelHz  = 40
)

// spectrogram holds what the feature groups share, one row a frame.
type spectrogram struct {
	blocks string // [T+1, hop]: the levelled waveform
	power  string // [T, bins]
	logMel string // [T, 64]
}

func (n *net) spectrogram(wave string) spectrogram {
	s := spectrogram{blocks: n.blocks(wave, hopSamples)}
	s.power = n.power(n.overlapped(s.blocks, frameSamples/hopSamples), frameSamples, spectrumBins)
	// 60 dB below the window's level: what lies deeper differs between codecs.
	s.logMel = n.log(n.matmul(s.power, n.matrix(melFilters())), 1e-6)
	return s
}

// binHz is the frequency of a bin of the spectrogram.
func binHz(k int) float64 { return float64(k) * SampleRateHz / frameSamples }

// mel is the scale of O'Shaughnessy (1987), as HTK has it.
func mel(hz float64) float64 { return 2595 * math.Log10(1+hz/700) }

// melFilters returns triangles [bins][64] of unit height at equal distances in mel.
func melFilters() [][]float64 {
	lo, hi := mel(lowestMelHz), mel(SampleRateHz/2)
	step := (hi - lo) / (melBands + 1)
	m := make([][]float64, spectrumBins)
	for k := range m {
		m[k] = make([]float64, melBands)
		at := (mel(binHz(k)) - lo) / step // band b has its peak at b+1
		for b := range m[k] {
			m[k][b] = math.Max(0, 1-math.Abs(at-float64(b+1)))
		}
	}
	return m
}
