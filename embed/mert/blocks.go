package mert

import (
	"fmt"
	"math"

	"github.com/seguedb/segue/embed/onnx/build"
)

// blockTaps is how many taps of the position convolution are laid side by side. The
// copies of the input grow with it, the partial sums with its inverse; with 128 taps there
// are 8 of those.
const blockTaps = 16

// positionProduct is the position convolution in 8 bits. A group's kernel of 128 taps would
// need 128 copies of its input for one product; instead it is cut into blocks,
//
//	out(t) = Σ_a part_a(t + 16·a),  part_a(t) = Σ_b tap(16·a + b) · in(t + b)
//
// so that 16 copies side by side, times the weights of all blocks at once, give every
// part, and the parts are added where they belong:
//
//	in [T+K-1,H] ─ groups [G,T+K-1,C] ─ 16 copies [G,S,16·C] ─ product [G,S,blocks·C]
//	   ─ each block from its row on [G,T,C] ─ sum ─ [T,H]
//
// A kernel that is no multiple of 16 gets taps of zero at its end.
func (b *builder) positionProduct(x string) string {
	const p = positionConv
	g := newBlocks(b.Config)
	x = b.Pad(p+".padded", x, b.Ints(p+".pads", int64(g.kernel/2), 0, int64(g.right()), 0), "constant")
	q := b.Quantize(p+".u8", x)
	v := b.Reshape(p+".split", q.Value, 0, int64(g.groups), int64(g.width))
	v = b.Transpose(p+".groups", v, 1, 0, 2)
	copies := make([]string, blockTaps)
	for j := range copies {
		copies[j] = b.Slice(fmt.Sprintf("%s.copy.%d", p, j), v, 1, int64(j), before(blockTaps-1-j), 1)
	}
	q.Value = b.Concat(p+".copies", 2, copies...)
	parts := b.parts(g, q)
	out := b.Transpose(p+".frames", b.Node(p+".sum", "Sum", parts, nil), 1, 0, 2)
	out = b.Reshape(p+".joined", out, 0, int64(b.HiddenSize))
	return b.Binary(p+".out", "Add", out, b.weight(p+".bias", b.HiddenSize))
}

// before is the end of a slice that leaves n elements out.
func before(n int) int64 {
	if n == 0 {
		return math.MaxInt64
	}
	return int64(-n)
}

// parts are the blocks' products, each [G,T,C] from its own row on.
func (b *builder) parts(g blocks, q build.Quantized) []string {
	const p = positionConv
	in, out := blockTaps*g.width, g.blocks*g.width
	w := b.Int8Weights(p+".weight", []int{g.groups, in, out}, []int{g.groups, 1, out}, func() (build.QuantizedWeights, error) {
		w, err := foldWeightNorm(b.weights, p, []int{b.HiddenSize, g.width, g.kernel})
		if err != nil {
			return build.QuantizedWeights{}, err
		}
		return g.quantise(w), nil
	})
	product := b.IntegerMatMul(p, q, w.Value, w.Scale, "")
	parts := make([]string, g.blocks)
	for a := range parts {
		n := fmt.Sprintf("%s.part.%d", p, a)
		block := b.Slice(n+".block", product, 2, int64(a*g.width), int64((a+1)*g.width), 1)
		parts[a] = b.Slice(n, block, 1, int64(a*blockTaps), before((g.blocks-1-a)*blockTaps), 1)
	}
	return parts
}

// blocks is the shape of the position convolution in blocks of taps.
type blocks struct {
	kernel, groups, width int // width is of a group
	blocks                int
}

func newBlocks(c Config) blocks {
	return blocks{
		kernel: c.NumConvPosEmbeddings, groups: c.NumConvPosGroups, width: c.HiddenSize / c.NumConvPosGroups,
		blocks: (c.NumConvPosEmbeddings + blockTaps - 1) / blockTaps,
	}
}

// right is the padding after the last frame: the convolution's own, which of an even kernel
// is one less than its half, and that of the taps of zero.
func (g blocks) right() int { return g.kernel/2 - (g.kernel+1)%2 + g.blocks*blockTaps - g.kernel }

// quantise takes the kernel [H, width, K] to [groups, taps × width, blocks × width].
func (g blocks) quantise(w []float32) build.QuantizedWeights {
	in, out := blockTaps*g.width, g.blocks*g.width
	all := build.QuantizedWeights{}
	rows := make([]float32, out*in) // of a group, [out,in]
	for group := range g.groups {
		clear(rows)
		for o := range g.width {
			for i := range g.width {
				for k := range g.kernel {
					row, col := k/blockTaps*g.width+o, k%blockTaps*g.width+i
					rows[row*in+col] = w[((group*g.width+o)*g.width+i)*g.kernel+k]
				}
			}
		}
		q := build.QuantizeWeights(rows, in, out)
		all.Values, all.Scales = append(all.Values, q.Values...), append(all.Scales, q.Scales...)
	}
	return all
}
