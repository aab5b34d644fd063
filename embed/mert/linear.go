package mert

import "github.com/seguedb/segue/embed/onnx/build"

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
	return b.Int8Product(name, b.quantise(x), bias, in, out, weights)
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
