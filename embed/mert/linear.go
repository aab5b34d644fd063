package mert

import (
	"math"
	"sync"

	"github.com/seguedb/segue/embed/onnx/build"
)

// linear is x·Wᵀ + bias of the layer called name.
func (b *builder) linear(name, x string, in, out int) string {
	bias := b.weight(name+".bias", out)
	if b.int8 {
		return b.product(name, x, bias, in, out, func() ([]float32, error) {
			return b.weights(name+".weight", []int{out, in})
		})
	}
	return b.Gemm(name, x, b.weight(name+".weight", out, in), bias)
}

// product is x [T,in] times the transpose of weights [out,in] plus bias, in 8 bits.
func (b *builder) product(name, x, bias string, in, out int, weights func() ([]float32, error)) string {
	return b.product8(name, b.quantise(x), bias, in, out, weights)
}

// quantise is x in 8 bits, once for all products that read it.
func (b *builder) quantise(x string) build.Quantized {
	if b.quantised == nil {
		b.quantised = map[string]build.Quantized{}
	}
	q, ok := b.quantised[x]
	if !ok {
		q = b.Quantize(x+".u8", x)
		b.quantised[x] = q
	}
	return q
}

// product8 is product of what is in 8 bits already.
func (b *builder) product8(
	name string, q build.Quantized, bias string, in, out int, weights func() ([]float32, error),
) string {
	make8 := sync.OnceValues(func() (int8Weights, error) {
		w, err := weights()
		if err != nil {
			return int8Weights{}, err
		}
		return quantise(w, in, out), nil
	})
	w := b.Int8s(name+".weight.s8", []int{in, out}, func() ([]int8, error) {
		w, err := make8()
		return w.values, err
	})
	scale := b.Weights(name+".weight.scale", []int{out}, func() ([]float32, error) {
		w, err := make8()
		return w.scales, err
	})
	return b.IntegerMatMul(name, q, w, scale, bias)
}

// int8Weights are weights in 8 bits, [in,out], with a scale for each of out.
type int8Weights struct {
	values []int8
	scales []float32
}

// quantise maps each output's weights to -127 … 127 by its largest.
func quantise(w []float32, in, out int) int8Weights {
	q := int8Weights{make([]int8, in*out), make([]float32, out)}
	for o := range out {
		row := w[o*in : (o+1)*in]
		largest := float32(0)
		for _, x := range row {
			largest = max(largest, float32(math.Abs(float64(x))))
		}
		scale := largest / 127
		if scale == 0 {
			scale = 1
		}
		q.scales[o] = scale
		for i, x := range row {
			q.values[i*out+o] = int8(math.RoundToEven(float64(x) / float64(scale)))
		}
	}
	return q
}
