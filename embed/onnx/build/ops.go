package build

import "slices"

// The operators' arguments are as in the ONNX operator documents, in the order
// (name, data inputs, constants). Each returns its result's name, which is its
// own name. Lists of axes become constants named after the node.

// Binary adds an elementwise operator with broadcasting: Add, Sub, Mul, Div,
// Pow, Max, Min.
func (g *Graph) Binary(name, op, a, b string) string {
	return g.Node(name, op, []string{a, b}, nil)
}

// Unary adds an elementwise operator: Sqrt, Log, Exp, Abs, Relu, Neg, Reciprocal,
// Cos, Sin, Tanh, Sigmoid, Identity.
func (g *Graph) Unary(name, op, x string) string {
	return g.Node(name, op, []string{x}, nil)
}

// Cast converts the element type.
func (g *Graph) Cast(name, x string, to DType) string {
	return g.Node(name, "Cast", []string{x}, map[string]any{"to": int64(to)})
}

// Clip limits values to [lo, hi], both float32.
func (g *Graph) Clip(name, x string, lo, hi float32) string {
	return g.Node(name, "Clip", []string{x, g.Float(name+".lo", lo), g.Float(name+".hi", hi)}, nil)
}

// Reduce adds ReduceMean, ReduceSum, ReduceMax, ReduceMin, ReduceSumSquare or
// ReduceL2 over the axes, which stay as dimensions of size 1.
func (g *Graph) Reduce(name, op, x string, axes ...int64) string {
	return g.Node(name, op, []string{x, g.Ints(name+".axes", axes...)}, map[string]any{"keepdims": int64(1)})
}

// Gemm multiplies x [M, K] by the transpose of w [N, K] and adds bias [N]: a
// linear layer whose weights lie as PyTorch keeps them. An empty bias is none.
func (g *Graph) Gemm(name, x, w, bias string) string {
	inputs := []string{x, w}
	if bias != "" {
		inputs = append(inputs, bias)
	}
	return g.Node(name, "Gemm", inputs, map[string]any{"transB": int64(1)})
}

// GemmColumns is Gemm of x [K, M], whose columns are the rows to multiply.
func (g *Graph) GemmColumns(name, x, w, bias string) string {
	inputs := []string{x, w}
	if bias != "" {
		inputs = append(inputs, bias)
	}
	return g.Node(name, "Gemm", inputs, map[string]any{"transA": int64(1), "transB": int64(1)})
}

// MatMul multiplies the last two dimensions, broadcasting the others.
func (g *Graph) MatMul(name, a, b string) string {
	return g.Node(name, "MatMul", []string{a, b}, nil)
}

// ConvShape is a one-dimensional convolution's geometry. Zero Stride and Groups
// mean 1.
type ConvShape struct {
	Kernel, Stride, Groups int
	PadLeft, PadRight      int
}

// Conv convolves x [B, C, T] with w [O, C/groups, K]. An empty bias is none.
func (g *Graph) Conv(name, x, w, bias string, s ConvShape) string {
	inputs := []string{x, w}
	if bias != "" {
		inputs = append(inputs, bias)
	}
	return g.Node(name, "Conv", inputs, map[string]any{
		"kernel_shape": []int64{int64(s.Kernel)},
		"strides":      []int64{int64(max(s.Stride, 1))},
		"group":        int64(max(s.Groups, 1)),
		"pads":         []int64{int64(s.PadLeft), int64(s.PadRight)},
	})
}

// Transpose permutes dimensions.
func (g *Graph) Transpose(name, x string, perm ...int64) string {
	return g.Node(name, "Transpose", []string{x}, map[string]any{"perm": perm})
}

// Reshape gives x a new shape; one -1 is inferred and 0 keeps a dimension.
func (g *Graph) Reshape(name, x string, shape ...int64) string {
	return g.Node(name, "Reshape", []string{x, g.Ints(name+".shape", shape...)}, nil)
}

// Squeeze drops dimensions of size 1.
func (g *Graph) Squeeze(name, x string, axes ...int64) string {
	return g.Node(name, "Squeeze", []string{x, g.Ints(name+".axes", axes...)}, nil)
}

// Unsqueeze inserts dimensions of size 1.
func (g *Graph) Unsqueeze(name, x string, axes ...int64) string {
	return g.Node(name, "Unsqueeze", []string{x, g.Ints(name+".axes", axes...)}, nil)
}

// Concat joins along an axis.
func (g *Graph) Concat(name string, axis int64, xs ...string) string {
	return g.Node(name, "Concat", slices.Clone(xs), map[string]any{"axis": axis})
}

// Slice takes [start, end) with a step along one axis; a negative start or end
// counts from the end.
func (g *Graph) Slice(name, x string, axis, start, end, step int64) string {
	return g.Node(name, "Slice", []string{x,
		g.Ints(name+".starts", start), g.Ints(name+".ends", end),
		g.Ints(name+".axes", axis), g.Ints(name+".steps", step)}, nil)
}

// SliceAt is Slice with a step of 1 from and to where the int64 lists of one say.
func (g *Graph) SliceAt(name, x string, axis int64, start, end string) string {
	return g.Node(name, "Slice", []string{x, start, end, g.Ints(name+".axes", axis)}, nil)
}

// Length is the size of one dimension of x, an int64 list of one.
func (g *Graph) Length(name, x string, axis int64) string {
	return g.Node(name, "Shape", []string{x}, map[string]any{"start": axis, "end": axis + 1})
}

// Pad adds to the ends of every dimension as many as pads, an int64 list, says: all
// beginnings, then all ends. The mode is constant (zeros) or reflect.
func (g *Graph) Pad(name, x, pads, mode string) string {
	return g.Node(name, "Pad", []string{x, pads}, map[string]any{"mode": mode})
}

// Gather takes the rows of an axis at indexes known now, in their order.
func (g *Graph) Gather(name, x string, axis int64, rows []int64) string {
	return g.Node(name, "Gather", []string{x, g.Ints(name+".rows", rows...)}, map[string]any{"axis": axis})
}

// LayerNorm normalises the last dimension: (x-mean)/sqrt(var+eps)*scale+bias.
func (g *Graph) LayerNorm(name, x, scale, bias string, eps float32) string {
	return g.Node(name, "LayerNormalization", []string{x, scale, bias},
		map[string]any{"axis": int64(-1), "epsilon": eps})
}

// AddLayerNorm is LayerNorm(x + skip) in one pass (com.microsoft
// SkipLayerNormalization).
func (g *Graph) AddLayerNorm(name, x, skip, scale, bias string, eps float32) string {
	return g.Fused(name, "SkipLayerNormalization", []string{x, skip, scale, bias},
		map[string]any{"epsilon": eps})
}

// InstanceNorm normalises every channel of x [B, C, T] over T, with scale [C] and
// bias [C]: a group norm of one channel a group.
func (g *Graph) InstanceNorm(name, x, scale, bias string, eps float32) string {
	return g.Node(name, "InstanceNormalization", []string{x, scale, bias}, map[string]any{"epsilon": eps})
}

// Gelu is x/2*(1+erf(x/sqrt 2)), exactly that, not the tanh approximation, which
// is another function by up to 5e-4 (approximate "tanh" asks for it).
func (g *Graph) Gelu(name, x, approximate string) string {
	return g.Node(name, "Gelu", []string{x}, map[string]any{"approximate": approximate})
}

// Attention is com.microsoft MultiHeadAttention: softmax(scale*q*k')*v in each
// head, for q, k, v of shape [B, T, heads*d].
func (g *Graph) Attention(name, q, k, v string, heads int, scale float32) string {
	return g.Fused(name, "MultiHeadAttention", []string{q, k, v},
		map[string]any{"num_heads": int64(heads), "scale": scale})
}

// BiasedAttention is Attention with a bias added to the scores before the softmax, of
// shape [B or 1, heads or 1, T, T].
func (g *Graph) BiasedAttention(name, q, k, v, bias string, heads int, scale float32) string {
	return g.Fused(name, "MultiHeadAttention", []string{q, k, v, "", "", bias},
		map[string]any{"num_heads": int64(heads), "scale": scale})
}

// Quantized is a value in unsigned 8 bits: (q - zero)·scale.
type Quantized struct{ Value, Scale, Zero string }

// Quantize maps the range of x, with zero in it, to unsigned 8 bits
// (DynamicQuantizeLinear). The scale is made anew in every run.
func (g *Graph) Quantize(name, x string) Quantized {
	q := Quantized{name, name + ".scale", name + ".zero"}
	g.add(&Node{Name: name, Op: "DynamicQuantizeLinear", Inputs: []string{x}, Outputs: []string{q.Value, q.Scale, q.Zero}})
	return q
}

// IntegerMatMul is com.microsoft MatMulIntegerToFloat: x times signed 8-bit w [K, N]
// with a scale for each column, plus bias. An empty bias is none.
func (g *Graph) IntegerMatMul(name string, x Quantized, w, scale, bias string) string {
	inputs := []string{x.Value, w, x.Scale, scale, x.Zero}
	if bias != "" {
		inputs = append(inputs, "", bias)
	}
	return g.Fused(name, "MatMulIntegerToFloat", inputs, nil)
}
