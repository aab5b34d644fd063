package mert

import (
	"fmt"

	"github.com/seguedb/segue/embed/onnx/build"
)

// convolutions turn [1,1,N] into [T,C].
//
// They are products, piece by piece. A trace shows every one of them whole, and has ONNX's own, channels first.
func (b *builder) convolutions(x string) string {
	if !b.traced {
		return b.convProducts(x)
	}
	in := 1
	for i, out := range b.ConvDim {
		x = b.conv(i, x, in, out)
		in = out
	}
	return b.Transpose("frames", b.Squeeze("features", x, 0), 1, 0)
}

// conv is convolution i over [1,C,T], with its norm and activation.
func (b *builder) conv(i int, x string, in, out int) string {
	p := fmt.Sprintf("feature_extractor.conv_layers.%d.", i)
	bias := ""
	if b.ConvBias {
		bias = b.weight(p+"conv.bias", out)
	}
	w := b.weight(p+"conv.weight", out, in, b.ConvKernel[i])
	x = b.Conv(p+"conv", x, w, bias, build.ConvShape{Kernel: b.ConvKernel[i], Stride: b.ConvStride[i]})
	x = b.convNorm(p+"layer_norm", i, x, out)
	return b.gelu(ConvOutput(i), x, b.FeatExtractActivation)
}

// convProduct is convolution i over the rows of [rows,C]: what the taps see, side by side, times
// the weights. In 8 bits rounding comes first, so that bytes are what is copied.
func (b *builder) convProduct(i int, x string, rows, in, out int) string {
	p := fmt.Sprintf("feature_extractor.conv_layers.%d.", i)
	k := b.ConvKernel[i]
	bias := ""
	if b.ConvBias {
		bias = b.weight(p+"conv.bias", out)
	}
	weights := func() ([]float32, error) {
		w, err := b.weights(p+"conv.weight", []int{out, in, k})
		if err != nil {
			return nil, err
		}
		return tapMajor(w, out, in, k), nil
	}
	taps := func(v string) string {
		return b.Reshape(p+"taps", b.Gather(p+"taps.rows", v, 0, b.tapRows(i, rows)), -1, int64(k*in))
	}
	if b.int8 {
		q := b.quantise(x)
		q.Value = taps(q.Value)
		x = b.Int8Product(p+"conv", q, bias, k*in, out, weights)
	} else {
		x = b.Gemm(p+"conv", taps(x), b.Weights(p+"conv.weight", []int{out, k * in}, weights), bias)
	}
	if b.FeatExtractNorm == "layer" {
		x = b.timeMajorNorm(p+"layer_norm", x, out)
	}
	return b.gelu(ConvOutput(i), x, b.FeatExtractActivation)
}

// tapRows are the rows that the taps of convolution i see, one output after the other.
func (b *builder) tapRows(i, rows int) []int64 {
	var list []int64
	for at := 0; at+b.ConvKernel[i] <= rows; at += b.ConvStride[i] {
		for j := range b.ConvKernel[i] {
			list = append(list, int64(at+j))
		}
	}
	return list
}

// timeMajorNorm is a convolution's norm over the channels of [T,C].
func (b *builder) timeMajorNorm(name, x string, width int) string {
	const eps = convNormEps
	return b.LayerNorm(name, x, b.weight(name+".weight", width), b.weight(name+".bias", width), eps)
}

// tapMajor turns [out,in,k] into [out,k,in].
func tapMajor(w []float32, out, in, k int) []float32 {
	v := make([]float32, len(w))
	for o := range out {
		for c := range in {
			for j := range k {
				v[(o*k+j)*in+c] = w[(o*in+c)*k+j]
			}
		}
	}
	return v
}

// convNorm is what follows convolution i: over time for the first one
// ("group", one channel a group), over channels for every one ("layer").
func (b *builder) convNorm(name string, i int, x string, width int) string {
	if b.FeatExtractNorm == "group" {
		if i > 0 {
			return x
		}
		return b.InstanceNorm(name, x, b.weight(name+".weight", width), b.weight(name+".bias", width), convNormEps)
	}
	x = b.Transpose(name+".in", x, 0, 2, 1)
	x = b.LayerNorm(name, x, b.weight(name+".weight", width), b.weight(name+".bias", width), convNormEps)
	return b.Transpose(name+".out", x, 0, 2, 1)
}

// project turns [T,C] into [T,H].
func (b *builder) project(x string) string {
	width := b.ConvDim[len(b.ConvDim)-1]
	if b.FeatProjLayerNorm {
		x = b.norm("feature_projection.layer_norm", x, width)
	}
	return b.linear("feature_projection.projection", x, width, b.HiddenSize)
}
