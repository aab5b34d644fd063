package build

import (
	"errors"
	"fmt"
)

const (
	// IRVersion is the ONNX file format written: 10, of ONNX 1.16.
	IRVersion = 10
	// OpsetVersion is the ai.onnx operator set used: 20, the first with Gelu.
	OpsetVersion = 20
	// Microsoft is the domain of ONNX Runtime's own fused operators.
	Microsoft = "com.microsoft"
	// microsoftVersion is the only version that domain has.
	microsoftVersion = 1
)

// DType is a tensor's element type, numbered as in TensorProto.DataType.
type DType int32

// The element types used here.
const (
	Float32 DType = 1
	Int8    DType = 3
	Int64   DType = 7
	Bool    DType = 9
	Float64 DType = 11
)

// sizeBytes is the size of one element.
func (d DType) sizeBytes() int {
	switch d {
	case Int8:
		return 1
	case Float32:
		return 4
	}
	return 8
}

// Dim is one dimension of an input or output: a size, or, with Size 0, a name
// for a size known only at run time.
type Dim struct {
	Size int64
	Name string
}

// Value is a typed, shaped input or output of the graph.
type Value struct {
	Name  string
	Type  DType
	Shape []Dim
}

// Node is one operator. Attrs values are int64, float32, string, []int64,
// []float32 or *Body.
type Node struct {
	Name    string
	Op      string
	Domain  string
	Inputs  []string
	Outputs []string
	Attrs   map[string]any
}

// Graph is a model being built. Nodes stand in an order in which they can run.
// Errors are kept and returned by Encode, so that a graph can be written as one
// run of expressions. Not safe for concurrent use.
type Graph struct {
	Name     string
	Metadata map[string]string
	Inputs   []Value
	Outputs  []Value
	Nodes    []*Node
	Tensors  []*Tensor

	known map[string]bool
	err   error
}

// NewGraph starts an empty graph.
func NewGraph(name string) *Graph {
	return &Graph{Name: name, Metadata: map[string]string{}, known: map[string]bool{}}
}

// fail keeps the first error.
func (g *Graph) fail(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf("build graph %q: %w", g.Name, fmt.Errorf(format, args...))
	}
}

// define records a new name.
func (g *Graph) define(name string) {
	switch {
	case name == "":
		g.fail("a value without a name")
	case g.known[name]:
		g.fail("value %q is defined twice", name)
	}
	g.known[name] = true
}

// Input declares an input and returns its name.
func (g *Graph) Input(name string, t DType, shape ...Dim) string {
	g.define(name)
	g.Inputs = append(g.Inputs, Value{name, t, shape})
	return name
}

// Output declares an existing value as an output.
func (g *Graph) Output(name string, t DType, shape ...Dim) {
	if !g.known[name] {
		g.fail("output %q does not exist", name)
	}
	g.Outputs = append(g.Outputs, Value{name, t, shape})
}

// Node adds an operator whose one output bears the node's name, and returns that
// name. An empty input name stands for an optional input left out.
func (g *Graph) Node(name, op string, inputs []string, attrs map[string]any) string {
	return g.add(&Node{Name: name, Op: op, Inputs: inputs, Outputs: []string{name}, Attrs: attrs})
}

// Fused adds an operator of ONNX Runtime's own domain, otherwise as Node.
func (g *Graph) Fused(name, op string, inputs []string, attrs map[string]any) string {
	return g.add(&Node{Name: name, Op: op, Domain: Microsoft, Inputs: inputs, Outputs: []string{name}, Attrs: attrs})
}

func (g *Graph) add(n *Node) string {
	for _, in := range n.Inputs {
		if in != "" && !g.known[in] {
			g.fail("node %q (%s) reads %q, which does not exist", n.Name, n.Op, in)
		}
	}
	for _, out := range n.Outputs {
		g.define(out)
	}
	for name, v := range n.Attrs {
		switch v.(type) {
		case int64, float32, string, []int64, []float32, *Body:
		default:
			g.fail("node %q (%s): attribute %q has type %T", n.Name, n.Op, name, v)
		}
	}
	g.Nodes = append(g.Nodes, n)
	return n.Outputs[0]
}

// Find returns the node of that name, nil when there is none.
func (g *Graph) Find(name string) *Node {
	for _, n := range g.Nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// check is what Encode refuses.
func (g *Graph) check() error {
	if g.err != nil {
		return g.err
	}
	if len(g.Nodes) == 0 || len(g.Outputs) == 0 {
		return fmt.Errorf("build graph %q: %w", g.Name, errors.New("no nodes or no outputs"))
	}
	return nil
}
