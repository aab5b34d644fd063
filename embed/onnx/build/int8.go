package build

import (
	"math"
	"sync"
)

// Int8Product is x times the transpose of weights [out,in], which become 8 bits when the
// model is written, plus bias. An empty bias is none.
func (g *Graph) Int8Product(name string, x Quantized, bias string, in, out int, weights func() ([]float32, error)) string {
	w := g.Int8Weights(name+".weight", []int{in, out}, []int{out}, func() (QuantizedWeights, error) {
		w, err := weights()
		if err != nil {
			return QuantizedWeights{}, err
		}
		return QuantizeWeights(w, in, out), nil
	})
	return g.IntegerMatMul(name, x, w.Value, w.Scale, bias)
}

// Int8Weights adds a constant in 8 bits with its scales, NAME.s8 and NAME.scale. values is
// called once for both.
func (g *Graph) Int8Weights(name string, shape, scales []int, values func() (QuantizedWeights, error)) Quantized {
	once := sync.OnceValues(values)
	return Quantized{
		Value: g.Int8s(name+".s8", shape, func() ([]int8, error) {
			w, err := once()
			return w.Values, err
		}),
		Scale: g.Weights(name+".scale", scales, func() ([]float32, error) {
			w, err := once()
			return w.Scales, err
		}),
	}
}

// QuantizedWeights are weights in 8 bits, [in,out], with a scale for each of out.
type QuantizedWeights struct {
	Values []int8
	Scales []float32
}

// QuantizeWeights maps each output's weights, of [out,in], to -127 … 127 by its largest.
func QuantizeWeights(w []float32, in, out int) QuantizedWeights {
	q := QuantizedWeights{make([]int8, in*out), make([]float32, out)}
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
		q.Scales[o] = scale
		for i, x := range row {
			q.Values[i*out+o] = int8(math.RoundToEven(float64(x) / float64(scale)))
		}
	}
	return q
}
