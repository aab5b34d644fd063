package build

import (
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/encoding/protowire"
)

// maxModelBytes is protobuf's limit for one message: 2 GiB less one byte.
const maxModelBytes = math.MaxInt32

// span is a tensor whose raw data is still to be written at offset.
type span struct {
	tensor *Tensor
	offset int
}

// encoder appends to buf and remembers where constants go. Constants are left as
// holes: their bytes come last, in parallel.
type encoder struct {
	buf   []byte
	spans []span
}

// Encode returns the model: a ModelProto with this graph. The same graph gives
// the same bytes. It fails on the first mistake made while building, on a
// constant that can't be made, and on a model of 2 GiB or more.
func (g *Graph) Encode() ([]byte, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	data := 0
	for _, t := range g.Tensors {
		data += t.sizeBytes()
	}
	if data > maxModelBytes {
		return nil, fmt.Errorf("build graph %q: %d bytes of constants do not fit one protobuf message", g.Name, data)
	}
	// One allocation for everything: the constants, and the rest by a generous
	// guess (append corrects a wrong one).
	e := &encoder{buf: make([]byte, 0, data+512*(len(g.Nodes)+len(g.Tensors))+4096)}
	e.model(g)
	if len(e.buf) > maxModelBytes {
		return nil, fmt.Errorf("build graph %q: a model of %d bytes does not fit one protobuf message", g.Name, len(e.buf))
	}
	if err := e.fillSpans(); err != nil {
		return nil, fmt.Errorf("build graph %q: %w", g.Name, err)
	}
	return e.buf, nil
}

// fillSpans writes every constant into its hole, as many at once as there are
// cores.
func (e *encoder) fillSpans() error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range e.spans {
		dst := e.buf[s.offset : s.offset+s.tensor.sizeBytes()]
		group.Go(func() error { return s.tensor.fill(dst) })
	}
	return group.Wait()
}

// model writes ModelProto: ir_version 1, producer_name 2, graph 7,
// opset_import 8, metadata_props 14.
func (e *encoder) model(g *Graph) {
	e.integer(1, IRVersion)
	e.text(2, "segue")
	e.message(7, graphBytes(g), func() { e.graph(g) })
	e.sub(8, func(s *encoder) { s.integer(2, OpsetVersion) })
	e.sub(8, func(s *encoder) { s.text(1, Microsoft); s.integer(2, microsoftVersion) })
	for _, k := range slices.Sorted(maps.Keys(g.Metadata)) {
		e.sub(14, func(s *encoder) { s.text(1, k); s.text(2, g.Metadata[k]) })
	}
}

// graphBytes is the encoded size of the graph, constants included, counted by
// writing all but the constants' data once into a scratch buffer.
func graphBytes(g *Graph) int {
	scratch := &encoder{}
	size := 0
	for _, t := range g.Tensors {
		head := scratch.size(func(s *encoder) { s.tensorHead(t) })
		size += fieldBytes(5, head+fieldBytes(9, t.sizeBytes()))
	}
	return size + scratch.size(func(s *encoder) { s.graphHead(g); s.graphTail(g) })
}

// graph writes GraphProto: node 1, name 2, initializer 5, input 11, output 12.
func (e *encoder) graph(g *Graph) {
	e.graphHead(g)
	for _, t := range g.Tensors {
		head := (&encoder{}).size(func(s *encoder) { s.tensorHead(t) })
		e.message(5, head+fieldBytes(9, t.sizeBytes()), func() {
			e.tensorHead(t)
			e.hole(9, t)
		})
	}
	e.graphTail(g)
}

func (e *encoder) graphHead(g *Graph) {
	for _, n := range g.Nodes {
		e.sub(1, func(s *encoder) { s.node(n) })
	}
	e.text(2, g.Name)
}

func (e *encoder) graphTail(g *Graph) {
	for _, v := range g.Inputs {
		e.sub(11, func(s *encoder) { s.value(v) })
	}
	for _, v := range g.Outputs {
		e.sub(12, func(s *encoder) { s.value(v) })
	}
}

// tensorHead writes TensorProto but for raw_data (9): dims 1, data_type 2,
// name 8.
func (e *encoder) tensorHead(t *Tensor) {
	for _, d := range t.Shape {
		e.integer(1, d)
	}
	e.integer(2, int64(t.Type))
	e.text(8, t.Name)
}

// hole leaves room for a constant's bytes.
func (e *encoder) hole(field protowire.Number, t *Tensor) {
	n := t.sizeBytes()
	e.buf = protowire.AppendTag(e.buf, field, protowire.BytesType)
	e.buf = protowire.AppendVarint(e.buf, uint64(n))
	e.spans = append(e.spans, span{t, len(e.buf)})
	e.buf = slices.Grow(e.buf, n)[:len(e.buf)+n]
}
