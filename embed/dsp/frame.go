package dsp

import (
	"math"

	"github.com/seguedb/segue/embed/onnx/build"
)

// levelled divides the waveform by its root mean square, so that volume changes
// nothing. Silence stays silence: the floor is -100 dBFS.
func (n *net) levelled(x string) string {
	return n.div(x, n.plus(n.sqrt(n.mean(n.square(x), 1)), 1e-5))
}

// blocks cuts a waveform [1,N] into whole blocks [N/size, size] and drops the rest.
func (n *net) blocks(x string, size int64) string {
	length := n.slice(n.op("Shape", x), 0, 1, 2)
	unit := n.g.Ints(n.name(), size)
	whole := n.mul(n.div(length, unit), unit)
	cut := n.op("Slice", x, n.g.Ints(n.name(), 0), whole, n.g.Ints(n.name(), 1))
	return n.reshape(cut, -1, size)
}

// overlapped makes frames of count consecutive blocks, one frame a block.
func (n *net) overlapped(blocks string, count int64) string {
	parts := make([]string, count)
	for i := range count {
		end := int64(math.MaxInt64)
		if i < count-1 {
			end = i - count + 1
		}
		parts[i] = n.slice(blocks, 0, i, end)
	}
	return n.concat(1, parts...)
}

// power is the power spectrum of frames of size samples under a Hann window, for the
// first bins bins, scaled so that a full-scale sine has power 1. A frame is folded about
// its middle first: what is even in time meets only cosines and what is odd only sines,
// which halves the products.
func (n *net) power(frames string, size, bins int) string {
	half := int64(size / 2)
	ahead := n.slice(frames, 1, 1, half+1)            // samples 1 ... half
	behind := n.reversed(frames, int64(size)-1, half) // samples size-1 ... half
	cosines, sines := foldedDFT(size, bins)
	re := n.matmul(n.add(ahead, behind), n.matrix(cosines))
	im := n.matmul(n.sub(ahead, behind), n.matrix(sines))
	return n.add(n.square(re), n.square(im))
}

// foldedDFT returns Hann-windowed cosines and sines for samples 1 ... size/2. Sample 0
// has no weight under the window; the middle sample occurs twice in a folded frame.
func foldedDFT(size, bins int) (cosines, sines [][]float64) {
	half := size / 2
	for i := 1; i <= half; i++ {
		w := (1 - math.Cos(2*math.Pi*float64(i)/float64(size))) / 2 * 4 / float64(size)
		if i == half {
			w /= 2
		}
		c, s := make([]float64, bins), make([]float64, bins)
		for k := range bins {
			// The product is reduced as an integer, so that the angle is exact.
			angle := 2 * math.Pi * float64(i*k%size) / float64(size)
			c[k], s[k] = w*math.Cos(angle), w*math.Sin(angle)
		}
		cosines, sines = append(cosines, c), append(sines, s)
	}
	return cosines, sines
}

// decimated low-passes a waveform [1,N] and keeps every factor-th sample: [1, N/factor].
func (n *net) decimated(x string, factor int) string {
	const taps = 64
	kernel := make([]float32, taps)
	sum := 0.0
	for i := range kernel {
		t := float64(i) - (taps-1)/2.0
		cutoff := 0.85 / float64(factor)
		v := math.Sin(math.Pi*cutoff*t) / (math.Pi * t) * math.Pow(math.Cos(math.Pi*t/taps), 2)
		kernel[i] = float32(v)
		sum += v
	}
	for i := range kernel {
		kernel[i] /= float32(sum)
	}
	w := n.g.Floats(n.name(), kernel, 1, 1, taps)
	y := n.g.Conv(n.name(), n.g.Unsqueeze(n.name(), x, 1), w, "", build.ConvShape{Kernel: taps, Stride: factor})
	return n.g.Squeeze(n.name(), y, 1)
}
