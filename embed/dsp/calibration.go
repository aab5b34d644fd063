package dsp

import (
	_ "embed" // calibrationFile
	"fmt"
	"math"
	"strconv"
	"strings"
)

// group is a run of features that share one weight.
type group struct {
	name   string
	size   int
	weight float64 // share of the vector's squared length in typical music
}

// groups are in the order of network. Weights sum to 1.
var groups = []group{
	{"log-mel mean", melBands, 0.09},
	{"log-mel deviation", melBands, 0.04},
	{"cepstral mean", cepstra, 0.08},
	{"cepstral deviation", cepstra, 0.02},
	{"cepstral change", cepstra, 0.04},
	{"shape mean", shapes, 0.035},
	{"shape deviation", shapes, 0.015},
	{"dynamics", 2, 0.01},
	{"pitch profile", pitches, 0.14},
	{"chroma mean", pitchClasses, 0.1},
	{"chroma deviation", pitchClasses, 0.04},
	{"chroma Fourier magnitudes", 6, 0.02},
	{"chords", 78, 0.14},
	{"transitions", 66, 0.03},
	{"intervals", 7 + 3*pitchClasses, 0.03},
	{"autocorrelation", lagCount, 0.03},
	{"autocorrelation by band", onsetBands * lagCount / 2, 0.04},
	{"tempo", tempoBands, 0.01},
	{"scale", 16, 0.03},
	{"scale by band", onsetBands * 8, 0.03},
	{"onsets", 3 * onsetBands, 0.03},
}

// shapes is the number of shape features: 3 moments, 4 roll-offs, 7 bands of flatness and
// of crest, zero crossings.
const shapes = 3 + 4 + 7 + 7 + 1

// calibrationFile has a line a feature: group, centre, deviation. doc.go says what they
// were measured on and how to measure them again.
//
//go:embed calibration.tsv
var calibrationFile string

// calibration returns centre and deviation of every feature.
func calibration() (centre, deviation []float64, err error) {
	for line := range strings.Lines(calibrationFile) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			return nil, nil, fmt.Errorf("dsp calibration: line %d is %q", len(centre)+1, line)
		}
		c, err := strconv.ParseFloat(fields[1], 32)
		if err != nil {
			return nil, nil, fmt.Errorf("dsp calibration: line %d: %w", len(centre)+1, err)
		}
		d, err := strconv.ParseFloat(fields[2], 32)
		if err != nil {
			return nil, nil, fmt.Errorf("dsp calibration: line %d: %w", len(centre)+1, err)
		}
		centre, deviation = append(centre, c), append(deviation, d)
	}
	if len(centre) != Dim {
		return nil, nil, fmt.Errorf("dsp calibration: %d lines, not %d", len(centre), Dim)
	}
	return centre, deviation, nil
}

// FeatureGroups names the group of every feature, in order.
func FeatureGroups() []string {
	var names []string
	for _, g := range groups {
		for range g.size {
			names = append(names, g.name)
		}
	}
	return names
}

// limit is where standardised features saturate: silence and noise lie far from music in
// many of them, and one far feature must not decide a cosine.
const limit = 2.5

// calibrated standardises the features, bounds them softly, and weighs the groups.
func (n *net) calibrated(features []string) (string, error) {
	centre, deviation, err := calibration()
	if err != nil {
		return "", err
	}
	scale, weight := make([]float64, Dim), make([]float64, 0, Dim)
	for i, d := range deviation {
		scale[i] = 1 / (limit * d)
	}
	for _, g := range groups {
		for range g.size {
			weight = append(weight, limit*math.Sqrt(g.weight/float64(g.size)))
		}
	}
	z := n.mul(n.sub(n.concat(1, features...), n.floats(centre)), n.floats(scale))
	return n.mul(n.op("Tanh", z), n.floats(weight)), nil
}
