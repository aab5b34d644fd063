package clap

import "math"

// slaneyMel is the scale of Slaney's Auditory Toolbox (1998): linear below 1 kHz,
// logarithmic above.
func slaneyMel(hz float64) float64 {
	if hz < 1000 {
		return 3 * hz / 200
	}
	return 15 + math.Log(hz/1000)*27/math.Log(6.4)
}

func slaneyHz(mel float64) float64 {
	if mel < 15 {
		return 200 * mel / 3
	}
	return 1000 * math.Exp(math.Log(6.4)/27*(mel-15))
}

// melFilters are triangles over frequency of equal area, at equal distances in mel, as
// librosa has them and ClapFeatureExtractor for models without fusion: [bins][mel]. What
// comes back begins at bin first and ends with the last that has any weight.
func (a Audio) melFilters() (filters [][]float64, first int) {
	lo, hi := slaneyMel(a.FrequencyMin), slaneyMel(a.FrequencyMax)
	edges := make([]float64, a.MelBins+2)
	for i := range edges {
		edges[i] = slaneyHz(lo + (hi-lo)*float64(i)/float64(a.MelBins+1))
	}
	last := 0
	first = -1
	for k := range a.FFTSize/2 + 1 {
		hz := float64(k) * float64(a.SampleRateHz/2) / float64(a.FFTSize/2)
		row := make([]float64, a.MelBins)
		for m := range row {
			rise := (hz - edges[m]) / (edges[m+1] - edges[m])
			fall := (edges[m+2] - hz) / (edges[m+2] - edges[m+1])
			if v := min(rise, fall); v > 0 {
				row[m] = v * 2 / (edges[m+2] - edges[m])
				last = k
				if first < 0 {
					first = k
				}
			}
		}
		filters = append(filters, row)
	}
	first = max(first, 0)
	return filters[first : last+1], first
}
