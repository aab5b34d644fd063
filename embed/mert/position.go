package mert

import (
	"errors"
	"fmt"
	"math"

	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/onnx/build"
)

// positionConv names the position convolution's tensors.
const positionConv = "encoder.pos_conv_embed.conv"

// position is the convolutional position embedding, [T,H] to [T,H]. An even
// kernel padded by half on both sides gives one frame too many, which the model
// cuts off at the end: one less of right padding.
func (b *builder) position(x string) string {
	const p = positionConv
	if b.int8 {
		return b.gelu(PositionOutput, b.positionProduct(x), b.FeatExtractActivation)
	}
	k, groups := b.NumConvPosEmbeddings, b.NumConvPosGroups
	shape := []int{b.HiddenSize, b.HiddenSize / groups, k}
	w := b.Weights(p+".weight", shape, func() ([]float32, error) { return foldWeightNorm(b.weights, p, shape) })
	x = b.Unsqueeze(p+".batch", b.Transpose(p+".channels", x, 1, 0), 0)
	x = b.Conv(p, x, w, b.weight(p+".bias", b.HiddenSize), build.ConvShape{
		Kernel: k, Groups: groups, PadLeft: k / 2, PadRight: k/2 - (k+1)%2,
	})
	x = b.Transpose(p+".frames", b.Squeeze(p+".out", x, 0), 1, 0)
	return b.gelu(PositionOutput, x, b.FeatExtractActivation)
}

// foldWeightNorm is weight_norm(dim=2): every tap's slice v[:,:,k] scaled to norm
// g[k], in float64. A checkpoint without norms has the weight itself.
func foldWeightNorm(weights Weights, name string, shape []int) ([]float32, error) {
	k := shape[2]
	v, err := weights(name+".weight_v", shape)
	if errors.Is(err, checkpoint.ErrNoTensor) {
		return weights(name+".weight", shape)
	}
	if err != nil {
		return nil, err
	}
	g, err := weights(name+".weight_g", []int{1, 1, k})
	if err != nil {
		return nil, err
	}
	if len(g) != k || len(v)%k != 0 {
		return nil, fmt.Errorf("weight norm of %s: %d norms and %d values for %d taps", name, len(g), len(v), k)
	}
	scale := make([]float64, k)
	for i, x := range v {
		scale[i%k] += float64(x) * float64(x)
	}
	for i := range scale {
		scale[i] = float64(g[i]) / math.Sqrt(scale[i])
	}
	w := make([]float32, len(v))
	for i, x := range v {
		w[i] = float32(float64(x) * scale[i%k])
	}
	return w, nil
}
