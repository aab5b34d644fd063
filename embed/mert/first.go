package mert

import (
	"fmt"

	"github.com/seguedb/segue/embed/onnx/build"
)

// firstConv is the first convolution as a product: what the taps see, [k,T], the weights
// [C,k], and a bias [C] or none.
type firstConv struct{ taps, weights, bias string }

// firstProduct makes it of the waveform [1,1,N].
func (b *builder) firstProduct(x string) firstConv {
	const p = "feature_extractor.conv_layers.0."
	k, out := b.ConvKernel[0], b.ConvDim[0]
	// A tap sees every stride'th sample from its own on, and stops before those that no later
	// tap has a partner for.
	taps := make([]string, k)
	for j := range taps {
		taps[j] = b.Slice(fmt.Sprintf("%stap.%d", p, j), x, 2, int64(j), before(k-1-j), int64(b.ConvStride[0]))
	}
	f := firstConv{
		taps:    b.Squeeze(p+"taps", b.Concat(p+"taps.batch", 1, taps...), 0),
		weights: b.Squeeze(p+"conv.rows", b.weight(p+"conv.weight", out, 1, k), 1),
	}
	if b.FeatExtractNorm == "group" {
		return b.normed(p+"layer_norm", f)
	}
	if b.ConvBias {
		f.bias = b.weight(p+"conv.bias", out)
	}
	return f
}

// normed is a product whose every output is normalised over time, as a product. Mean and
// variance of an output w·tap follow from those of the few taps: with each tap's mean taken
// off, the output's is 0, and its variance is w·K·wᵀ, where K is the taps' covariance. In
// float64. So the norm is a factor of the weights, known before any output is, and a bias
// of the convolution would be taken off with the mean.
func (b *builder) normed(name string, f firstConv) firstConv {
	n, out := name+".", b.ConvDim[0]
	x := b.Cast(n+"taps", f.taps, build.Float64)
	x = b.Binary(n+"centred", "Sub", x, b.Reduce(n+"mean", "ReduceMean", x, 1))
	length := b.Cast(n+"length.double", b.Length(n+"length", f.taps, 1), build.Float64)
	covariance := b.Binary(n+"covariance", "Div", b.Gemm(n+"products", x, x, ""), length)
	rows := b.Cast(n+"rows", f.weights, build.Float64)
	variance := b.Reduce(n+"variance", "ReduceSum", b.Binary(n+"weighted", "Mul", b.MatMul(n+"spread", rows, covariance), rows), 1)
	std := b.Unary(n+"std", "Sqrt", b.Binary(n+"variance_eps", "Add", variance, b.Double(n+"eps", convNormEps)))
	gain := b.Cast(n+"gain", b.Unsqueeze(n+"gain.column", b.weight(name+".weight", out), 1), build.Float64)
	scaled := b.Binary(n+"scaled", "Mul", rows, b.Binary(n+"factor", "Div", gain, std))
	return firstConv{
		taps:    b.Cast(n+"taps.float", x, build.Float32),
		weights: b.Cast(n+"scaled.float", scaled, build.Float32),
		bias:    b.weight(name+".bias", out),
	}
}

// outputs are the convolution's over some of the taps' columns, [T,C] after norm and activation.
func (b *builder) outputs(f firstConv, taps string) string {
	const p = "feature_extractor.conv_layers.0."
	x := b.GemmColumns(p+"conv", taps, f.weights, f.bias)
	if b.FeatExtractNorm == "layer" {
		x = b.timeMajorNorm(p+"layer_norm", x, b.ConvDim[0])
	}
	return b.gelu(ConvOutput(0), x, b.FeatExtractActivation)
}
