package clap

import (
	"fmt"
	"math"
)

// encoder begins the names of the audio tower's tensors.
const encoder = "audio_model.audio_encoder."

// patches turns the image into [patches,C], row by row.
func (b *builder) patches(image string) string {
	const p = encoder + "patch_embed."
	a := b.Audio
	size, stride := a.PatchSize, a.PatchStride
	padH, padW := int64(size[0]-stride[0])/2, int64(size[1]-stride[1])/2
	x := b.Node(p+"proj", "Conv", []string{image,
		b.weight(p+"proj.weight", a.EmbedDim, 1, size[0], size[1]), b.weight(p+"proj.bias", a.EmbedDim)},
		map[string]any{
			"kernel_shape": []int64{int64(size[0]), int64(size[1])}, "strides": []int64{int64(stride[0]), int64(stride[1])},
			"pads": []int64{padH, padW, padH, padW},
		})
	x = b.Transpose(p+"rows", b.Reshape(p+"flat", x, int64(a.EmbedDim), -1), 1, 0)
	if a.PatchNorm {
		x = b.norm(p+"norm", x, a.EmbedDim, normEps)
	}
	return b.Unary(StageOutput(0), "Identity", x)
}

// stages are the Swin transformer's; all but the last end by merging patches.
func (b *builder) stages(x string) string {
	for i, depth := range b.Audio.Depths {
		for j := range depth {
			x = b.swinLayer(fmt.Sprintf("%slayers.%d.blocks.%d.", encoder, i, j), x, i, j%2 == 1)
		}
		if i < len(b.Audio.Depths)-1 {
			x = b.merge(fmt.Sprintf("%slayers.%d.downsample.", encoder, i), x, i)
		}
		x = b.Unary(StageOutput(i+1), "Identity", x)
	}
	return x
}

// swinLayer is attention within windows and an MLP, each added to what went in. Every
// second layer's windows are shifted by half a window, around the edges.
func (b *builder) swinLayer(p, x string, stage int, shifted bool) string {
	a := b.Audio
	width := a.width(stage)
	h, w := a.grid(stage)
	side, shift := a.window(stage)
	if !shifted {
		shift = 0
	}
	order := windowOrder(h, w, side, shift)
	y := b.norm(p+"layernorm_before", x, width, a.LayerNormEps)
	y = b.windowAttention(p+"attention.", b.Gather(p+"windows", y, 0, order), stage, shift)
	y = b.Gather(p+"image", y, 0, inverse(order))
	x = b.Binary(p+"attended", "Add", x, y)
	y = b.norm(p+"layernorm_after", x, width, a.LayerNormEps)
	return b.Binary(p+"out", "Add", x, b.mlp(p, y, width, a.hidden(stage)))
}

// windowAttention is self-attention of [windows × side², C] within each window.
func (b *builder) windowAttention(p, x string, stage, shift int) string {
	a := b.Audio
	width, heads := a.width(stage), a.AttentionHeads[stage]
	h, w := a.grid(stage)
	side, _ := a.window(stage)
	in := func(name string) string {
		y := b.dense(p+"self."+name, x, width, width, a.QKVBias)
		return b.Reshape(p+"self."+name+".windows", y, int64(h*w/(side*side)), int64(side*side), int64(width))
	}
	q, k, v := in("query"), in("key"), in("value")
	bias := b.positionBias(p+"self.", side, heads)
	if shift > 0 {
		windows := h * w / (side * side)
		mask := b.Floats(p+"mask", shiftMask(h, w, side, shift), windows, 1, side*side, side*side)
		bias = b.Binary(p+"bias.masked", "Add", bias, mask)
	}
	y := b.BiasedAttention(p+"heads", q, k, v, bias, heads, float32(1/math.Sqrt(float64(width/heads))))
	return b.dense(p+"output.dense", b.Reshape(p+"joined", y, -1, int64(width)), width, width, true)
}

// positionBias is what is added to the scores of two places of a window, for each head:
// [1,heads,side²,side²] out of a table of their distances.
func (b *builder) positionBias(p string, side, heads int) string {
	rows, places := (2*side-1)*(2*side-1), side*side
	return b.Weights(p+"bias", []int{1, heads, places, places}, func() ([]float32, error) {
		table, err := b.weights(p+"relative_position_bias_table", []int{rows, heads})
		if err != nil {
			return nil, err
		}
		out := make([]float32, heads*places*places)
		for i := range places {
			for j := range places {
				row := (i/side-j/side+side-1)*(2*side-1) + i%side - j%side + side - 1
				for head := range heads {
					out[(head*places+i)*places+j] = table[row*heads+head]
				}
			}
		}
		return out, nil
	})
}

// merge makes one patch of 2 × 2: top left, bottom left, top right, bottom right, one
// after the other.
func (b *builder) merge(p, x string, stage int) string {
	width := b.Audio.width(stage)
	h, w := b.Audio.grid(stage)
	order := make([]int64, 0, h*w)
	for r := 0; r < h; r += 2 {
		for c := 0; c < w; c += 2 {
			for _, at := range []int{r*w + c, (r+1)*w + c, r*w + c + 1, (r+1)*w + c + 1} {
				order = append(order, int64(at))
			}
		}
	}
	x = b.Reshape(p+"joined", b.Gather(p+"squares", x, 0, order), -1, int64(4*width))
	return b.dense(p+"reduction", b.norm(p+"norm", x, 4*width, normEps), 4*width, 2*width, false)
}

// windowOrder lists the patches of an image of h × w window by window, after it has been
// rolled up and left by shift.
func windowOrder(h, w, side, shift int) []int64 {
	order := make([]int64, 0, h*w)
	eachWindow(h, w, side, func(r, c int) {
		order = append(order, int64((r+shift)%h*w+(c+shift)%w))
	})
	return order
}

// eachWindow visits rows and columns window by window.
func eachWindow(h, w, side int, visit func(r, c int)) {
	for top := 0; top < h; top += side {
		for left := 0; left < w; left += side {
			for r := range side {
				for c := range side {
					visit(top+r, left+c)
				}
			}
		}
	}
}

// inverse is the order that undoes one.
func inverse(order []int64) []int64 {
	back := make([]int64, len(order))
	for i, at := range order {
		back[at] = int64(i)
	}
	return back
}

// masked is added to the score of two patches that only the shift has brought together.
const masked = -100

// shiftMask is [windows,side²,side²]: places of a window may see each other when they were
// neighbours before the image was rolled.
func shiftMask(h, w, side, shift int) []float32 {
	third := func(at, size int) int {
		switch {
		case at < size-side:
			return 0
		case at < size-shift:
			return 1
		}
		return 2
	}
	var region []int
	eachWindow(h, w, side, func(r, c int) { region = append(region, 3*third(r, h)+third(c, w)) })
	places := side * side
	out := make([]float32, 0, len(region)*places)
	for i, own := range region {
		first := i / places * places
		for _, other := range region[first : first+places] {
			v := float32(0)
			if own != other {
				v = masked
			}
			out = append(out, v)
		}
	}
	return out
}
