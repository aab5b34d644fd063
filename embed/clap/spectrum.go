package clap

import (
	"fmt"
	"math"

	"github.com/seguedb/segue/embed/onnx/build"
)

// melFloor is the least power: -100 dB.
const melFloor = 1e-10

// window turns [1,N] into [1,WindowSamples]: repeated as often as it fits whole, and
// zeros after that.
func (b *builder) window(x string) string {
	most := b.Ints("window.samples", int64(b.Audio.WindowSamples()))
	shape := b.Node("window.shape", "Shape", []string{x}, nil)
	times := b.Binary("window.times", "Div", most, b.Slice("window.length", shape, 0, 1, 2, 1))
	one := b.Ints("window.one", 1)
	x = b.Node("window.repeated", "Tile", []string{x, b.Concat("window.repeats", 0, one, times)}, nil)
	length := b.Slice("window.repeated.length", b.Node("window.repeated.shape", "Shape", []string{x}, nil), 0, 1, 2, 1)
	missing := b.Binary("window.missing", "Sub", most, length)
	return b.Pad("window.whole", x, b.Concat("window.pads", 0, b.Ints("window.none", 0, 0, 0), missing), "constant")
}

// spectrum is the log-mel spectrogram [T,mel] in decibels of a whole window: frames of
// FFTSize samples around every HopSamples-th, the audio mirrored at both ends, under a
// periodic Hann window.
func (b *builder) spectrum(x string) string {
	a := b.Audio
	filters, first := a.melFilters()
	re, im := b.transform(b.frames(x), first, len(filters))
	power := b.Binary("power", "Add", b.Binary("power.re", "Mul", re, re), b.Binary("power.im", "Mul", im, im))
	mel := b.MatMul("mel.power", power, b.Doubles("mel.filters", filters))
	mel = b.Cast("mel.single", b.Binary("mel.floored", "Max", mel, b.Double("mel.floor", melFloor)), build.Float32)
	return b.Binary(MelOutput, "Mul", b.Unary("mel.log", "Log", mel), b.Float("mel.decibels", float32(10/math.Ln10)))
}

// frames are the overlapping stretches [T,FFTSize] in float64. Every frame is made of the
// blocks of HopSamples that it touches.
func (b *builder) frames(x string) string {
	a := b.Audio
	size, hop, count := a.FFTSize, a.HopSamples, a.frames()
	pieces := (size + hop - 1) / hop
	half := int64(size / 2)
	x = b.Pad("frames.mirrored", x, b.Ints("frames.mirror", 0, half, 0, half), "reflect")
	have, want := a.WindowSamples()+size, (count+pieces-1)*hop
	if have < want {
		x = b.Pad("frames.whole", x, b.Ints("frames.missing", 0, 0, 0, int64(want-have)), "constant")
	} else if have > want {
		x = b.Slice("frames.whole", x, 1, 0, int64(want), 1)
	}
	blocks := b.Reshape("frames.blocks", b.Cast("frames.double", x, build.Float64), -1, int64(hop))
	parts := make([]string, pieces)
	for i := range parts {
		p := fmt.Sprintf("frames.%d", i)
		parts[i] = b.Slice(p, blocks, 0, int64(i), int64(i+count), 1)
		if rest := size - i*hop; rest < hop {
			parts[i] = b.Slice(p+".cut", parts[i], 1, 0, int64(rest), 1)
		}
	}
	return b.Concat("frames.joined", 1, parts...)
}

// transform is the Fourier transform [T,bins] of frames from bin first on. A frame is
// folded about its middle: what is even meets only cosines and what is odd only sines,
// which halves the products.
func (b *builder) transform(frames string, first, bins int) (re, im string) {
	size := int64(b.Audio.FFTSize)
	ahead := b.Slice("fold.ahead", frames, 1, 1, size/2+1, 1)         // samples 1 ... half
	behind := b.Slice("fold.behind", frames, 1, size-1, size/2-1, -1) // samples size-1 ... half
	cosines, sines := hannDFT(b.Audio.FFTSize, first, bins)
	re = b.MatMul("dft.re", b.Binary("fold.even", "Add", ahead, behind), b.Doubles("dft.cosines", cosines))
	im = b.MatMul("dft.im", b.Binary("fold.odd", "Sub", ahead, behind), b.Doubles("dft.sines", sines))
	return re, im
}

// hannDFT are cosines and sines under the window for samples 1 ... size/2. Sample 0 has no
// weight under it; the middle sample occurs twice in a folded frame.
func hannDFT(size, first, bins int) (cosines, sines [][]float64) {
	for i := 1; i <= size/2; i++ {
		w := (1 - math.Cos(2*math.Pi*float64(i)/float64(size))) / 2
		if i == size/2 {
			w /= 2
		}
		c, s := make([]float64, bins), make([]float64, bins)
		for k := range bins {
			// The product is reduced as an integer, so that the angle is exact.
			angle := 2 * math.Pi * float64(i*(first+k)%size) / float64(size)
			c[k], s[k] = w*math.Cos(angle), w*math.Sin(angle)
		}
		cosines, sines = append(cosines, c), append(sines, s)
	}
	return cosines, sines
}

// image makes the batch-normalised spectrogram [T,mel] the image [1,1,size,size]: it is
// stretched to foldRatio pieces of size frames, and they lie above each other, each with
// its low frequencies first.
func (b *builder) image(mel string) string {
	a := b.Audio
	x := b.Binary("normed", "Add", b.Binary("normed.scaled", "Mul", mel, b.batchNorm(true)), b.batchNorm(false))
	width, ratio := a.SpecSize*a.foldRatio(), int64(a.foldRatio())
	if a.frames() < width {
		x = b.stretch(x, a.frames(), width)
	}
	x = b.Reshape("image.pieces", x, ratio, int64(a.SpecSize), int64(a.MelBins))
	x = b.Transpose("image.upright", x, 0, 2, 1)
	return b.Reshape("image", x, 1, 1, int64(a.SpecSize), int64(a.SpecSize))
}

// batchNormEps is PyTorch's default.
const batchNormEps = 1e-5

// batchNorm is the normalisation's factor for each mel band, or what is added after it.
func (b *builder) batchNorm(factor bool) string {
	name, n := encoder+"batch_norm.", []int{b.Audio.MelBins}
	kind := "shift"
	if factor {
		kind = "factor"
	}
	return b.Weights(name+kind, n, func() ([]float32, error) {
		var parts [4][]float32
		for i, p := range []string{"weight", "bias", "running_mean", "running_var"} {
			var err error
			if parts[i], err = b.weights(name+p, n); err != nil {
				return nil, err
			}
		}
		out := make([]float32, n[0])
		for i := range out {
			f := float64(parts[0][i]) / math.Sqrt(float64(parts[3][i])+batchNormEps)
			out[i] = float32(f)
			if !factor {
				out[i] = float32(float64(parts[1][i]) - f*float64(parts[2][i]))
			}
		}
		return out, nil
	})
}

// stretch interpolates rows [from,C] to [to,C], cubically, first on first and last on
// last: a weighted sum of four rows each.
func (b *builder) stretch(x string, from, to int) string {
	sum := ""
	for tap := range 4 {
		rows, weights := make([]int64, to), make([]float32, to)
		for i := range to {
			at := float64(i) * float64(from-1) / float64(to-1)
			near := math.Floor(at)
			rows[i] = int64(min(max(int(near)+tap-1, 0), from-1))
			weights[i] = float32(cubic(at - near + 1 - float64(tap)))
		}
		p := fmt.Sprintf("stretch.%d", tap)
		y := b.Binary(p, "Mul", b.Gather(p+".rows", x, 0, rows), b.Floats(p+".weights", weights, to, 1))
		if sum != "" {
			y = b.Binary(p+".sum", "Add", sum, y)
		}
		sum = y
	}
	return sum
}

// cubic is Keys's convolution kernel (1981) with a = -0.75, which PyTorch takes.
func cubic(x float64) float64 {
	const a = -0.75
	switch x = math.Abs(x); {
	case x <= 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return ((a*x-5*a)*x+8*a)*x - 4*a
	}
	return 0
}
