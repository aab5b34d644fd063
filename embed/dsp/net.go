package dsp

import (
	"fmt"

	"github.com/seguedb/segue/embed/onnx/build"
)

// net writes a graph whose values need no names of their own.
type net struct {
	g     *build.Graph
	count int
}

func (n *net) name() string {
	n.count++
	return fmt.Sprintf("v%d", n.count)
}

func (n *net) op(op string, inputs ...string) string { return n.g.Node(n.name(), op, inputs, nil) }
func (n *net) add(a, b string) string                { return n.op("Add", a, b) }
func (n *net) sub(a, b string) string                { return n.op("Sub", a, b) }
func (n *net) mul(a, b string) string                { return n.op("Mul", a, b) }
func (n *net) div(a, b string) string                { return n.op("Div", a, b) }
func (n *net) matmul(a, b string) string             { return n.op("MatMul", a, b) }
func (n *net) relu(a string) string                  { return n.op("Relu", a) }
func (n *net) sqrt(a string) string                  { return n.op("Sqrt", a) }
func (n *net) square(a string) string                { return n.op("Mul", a, a) }

// float is a scalar constant.
func (n *net) float(x float64) string { return n.g.Float(n.name(), float32(x)) }

// floats is a constant [len(values)].
func (n *net) floats(values []float64) string {
	return n.g.Floats(n.name(), float32s(values), len(values))
}

// matrix is a constant of equally long rows.
func (n *net) matrix(m [][]float64) string {
	flat := make([]float32, 0, len(m)*len(m[0]))
	for _, row := range m {
		flat = append(flat, float32s(row)...)
	}
	return n.g.Floats(n.name(), flat, len(m), len(m[0]))
}

func float32s(values []float64) []float32 {
	list := make([]float32, len(values))
	for i, x := range values {
		list[i] = float32(x)
	}
	return list
}

// plus and times take a scalar.
func (n *net) plus(a string, x float64) string  { return n.add(a, n.float(x)) }
func (n *net) times(a string, x float64) string { return n.mul(a, n.float(x)) }

// log is the natural logarithm of a + floor.
func (n *net) log(a string, floor float64) string { return n.op("Log", n.plus(a, floor)) }

// slice takes [from, to) of an axis.
func (n *net) slice(a string, axis, from, to int64) string {
	return n.g.Slice(n.name(), a, axis, from, to, 1)
}

// reversed takes from, from-1, ..., to of axis 1.
func (n *net) reversed(a string, from, to int64) string {
	return n.g.Slice(n.name(), a, 1, from, to-1, -1)
}

func (n *net) concat(axis int64, parts ...string) string { return n.g.Concat(n.name(), axis, parts...) }
func (n *net) transpose(a string) string                 { return n.g.Transpose(n.name(), a, 1, 0) }
func (n *net) reshape(a string, shape ...int64) string   { return n.g.Reshape(n.name(), a, shape...) }
func (n *net) mean(a string, axis int64) string          { return n.g.Reduce(n.name(), "ReduceMean", a, axis) }
func (n *net) sum(a string, axis int64) string           { return n.g.Reduce(n.name(), "ReduceSum", a, axis) }
func (n *net) max(a string, axis int64) string           { return n.g.Reduce(n.name(), "ReduceMax", a, axis) }

// row makes a single row of whatever a holds.
func (n *net) row(a string) string { return n.reshape(a, 1, -1) }

// deviation is the standard deviation over axis 0.
func (n *net) deviation(a string) string {
	d := n.sub(a, n.mean(a, 0))
	return n.sqrt(n.plus(n.mean(n.square(d), 0), 1e-12))
}

// unitRows scales every row to unit length; rows shorter than floor stay shorter.
func (n *net) unitRows(a string, floor float64) string {
	return n.div(a, n.sqrt(n.plus(n.sum(n.square(a), 1), floor*floor)))
}

// pick takes columns of a single row.
func (n *net) pick(a string, columns []int) string {
	list := make([]int64, len(columns))
	for i, c := range columns {
		list[i] = int64(c)
	}
	return n.g.Node(n.name(), "Gather", []string{a, n.g.Ints(n.name(), list...)}, map[string]any{"axis": int64(1)})
}

// below is 1 where a < b, else 0.
func (n *net) below(a, b string) string {
	return n.g.Cast(n.name(), n.op("Less", a, b), build.Float32)
}

// cumulated sums along an axis.
func (n *net) cumulated(a string, axis int64) string {
	return n.op("CumSum", a, n.g.Squeeze(n.name(), n.g.Ints(n.name(), axis), 0))
}
