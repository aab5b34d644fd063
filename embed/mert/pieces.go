package mert

import "github.com/seguedb/segue/embed/onnx/build"

// pieceFrames is how many frames of the convolutions' output are made at a time. What the
// first convolution makes of that much has 2 MB and stays near the processor; that of five
// seconds has 49 MB, and would go to memory and back three times. 8 to 34 were alike, more
// was slower. In float32 it is faster than ONNX's convolutions of the whole window by a tenth, and a run
// takes 160 MB less. The scales of 8 bits are a piece's own, so a loud moment costs its
// surroundings alone their precision.
const pieceFrames = 17

// convProducts turn [1,1,N] into [T,C] in pieces of frames: only the first
// convolution's norm looks at more than what a frame is made of, and that is known before
// the first piece (normed). The last piece is filled up with zeros, and what comes of them
// is cut off. A window of less than a frame would be filled up, too: Config.MinSamples is the caller's to keep.
func (b *builder) convProducts(x string) string {
	const p = "feature_extractor.pieces"
	stride, field := b.later()
	f := b.firstProduct(x)
	// frames = (length - field)/stride + 1, as everywhere without padding.
	length := b.Length(p+".length", f.taps, 1)
	frames := b.Binary(p+".frames", "Add", b.Binary(p+".hops", "Div", b.Binary(p+".reach", "Sub", length,
		b.Ints(p+".field", field)), b.Ints(p+".stride", stride)), b.Ints(p+".one", 1))
	count := b.Binary(p+".count", "Div", b.Binary(p+".rounded", "Add", frames, b.Ints(p+".most", pieceFrames-1)),
		b.Ints(p+".frames.each", pieceFrames))
	step := b.Ints(p+".step", pieceFrames*stride)
	need := b.Binary(p+".need", "Add", b.Binary(p+".whole", "Mul", count, step), b.Ints(p+".overlap", field-stride))
	missing := b.Binary(p+".missing", "Max", b.Binary(p+".short", "Sub", need, length), b.Ints(p+".zero", 0))
	pads := b.Concat(p+".pads", 0, b.Ints(p+".none", 0, 0, 0), missing)
	f.taps = b.Pad(p+".taps", f.taps, pads, "constant")

	width := b.ConvDim[len(b.ConvDim)-1]
	y := b.Loop(p, count, func(round string) string {
		start := b.Binary(p+".start", "Mul", round, step)
		end := b.Binary(p+".end", "Add", start, b.Ints(p+".span", (pieceFrames-1)*stride+field))
		x := b.outputs(f, b.SliceAt(p+".piece", f.taps, 1, start, end))
		in, rows := b.ConvDim[0], int((pieceFrames-1)*stride+field)
		for i, out := range b.ConvDim[1:] {
			x = b.convProduct(i+1, x, rows, in, out)
			in, rows = out, (rows-b.ConvKernel[i+1])/b.ConvStride[i+1]+1
		}
		return x
	}, build.Dim{Size: pieceFrames}, build.Dim{Size: int64(width)})
	y = b.Reshape(p+".joined", y, -1, int64(width))
	return b.SliceAt("frames", y, 0, b.Ints(p+".first", 0), frames)
}

// later are the stride and the field of all convolutions after the first, in its outputs.
func (b *builder) later() (stride, field int64) {
	stride, field = 1, 1
	for i := len(b.ConvKernel) - 1; i > 0; i-- {
		field = (field-1)*int64(b.ConvStride[i]) + int64(b.ConvKernel[i])
		stride *= int64(b.ConvStride[i])
	}
	return stride, field
}
