package build

import (
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// AttributeProto.AttributeType.
const (
	attrFloat  = 1
	attrInt    = 2
	attrString = 3
	attrGraph  = 5
	attrFloats = 6
	attrInts   = 7
)

func (e *encoder) integer(field protowire.Number, v int64) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.VarintType)
	e.buf = protowire.AppendVarint(e.buf, uint64(v))
}

func (e *encoder) float(field protowire.Number, v float32) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.Fixed32Type)
	e.buf = protowire.AppendFixed32(e.buf, math.Float32bits(v))
}

func (e *encoder) text(field protowire.Number, v string) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.BytesType)
	e.buf = protowire.AppendString(e.buf, v)
}

// sub writes a small message, made in a buffer of its own to learn its length.
func (e *encoder) sub(field protowire.Number, write func(*encoder)) {
	s := &encoder{}
	write(s)
	e.buf = protowire.AppendTag(e.buf, field, protowire.BytesType)
	e.buf = protowire.AppendBytes(e.buf, s.buf)
}

// message writes a large message of known length in place.
func (e *encoder) message(field protowire.Number, sizeBytes int, write func()) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.BytesType)
	e.buf = protowire.AppendVarint(e.buf, uint64(sizeBytes))
	write()
}

// size is the number of bytes that write appends. The buffer is reused.
func (e *encoder) size(write func(*encoder)) int {
	e.buf = e.buf[:0]
	write(e)
	return len(e.buf)
}

// fieldBytes is the size of a length-delimited field with n bytes of content.
func fieldBytes(field protowire.Number, n int) int {
	return protowire.SizeTag(field) + protowire.SizeBytes(n)
}

// node writes NodeProto: input 1, output 2, name 3, op_type 4, attribute 5,
// domain 7.
func (e *encoder) node(n *Node) {
	for _, in := range n.Inputs {
		e.text(1, in)
	}
	for _, out := range n.Outputs {
		e.text(2, out)
	}
	e.text(3, n.Name)
	e.text(4, n.Op)
	for _, name := range slices.Sorted(maps.Keys(n.Attrs)) {
		e.sub(5, func(s *encoder) { s.attribute(name, n.Attrs[name]) })
	}
	if n.Domain != "" {
		e.text(7, n.Domain)
	}
}

// attribute writes AttributeProto: name 1, f 2, i 3, s 4, g 6, floats 7, ints 8,
// type 20. Graph.add has refused every other type.
func (e *encoder) attribute(name string, value any) {
	e.text(1, name)
	switch v := value.(type) {
	case float32:
		e.float(2, v)
		e.integer(20, attrFloat)
	case int64:
		e.integer(3, v)
		e.integer(20, attrInt)
	case string:
		e.text(4, v)
		e.integer(20, attrString)
	case *Body:
		e.sub(6, func(s *encoder) { s.body(name, v) })
		e.integer(20, attrGraph)
	case []float32:
		for _, x := range v {
			e.float(7, x)
		}
		e.integer(20, attrFloats)
	case []int64:
		for _, x := range v {
			e.integer(8, x)
		}
		e.integer(20, attrInts)
	}
}

// value writes ValueInfoProto: name 1, type 2 → TypeProto: tensor_type 1 →
// elem_type 1, shape 2 → dim 1 → dim_value 1 or dim_param 2.
func (e *encoder) value(v Value) {
	e.text(1, v.Name)
	e.sub(2, func(t *encoder) {
		t.sub(1, func(t *encoder) {
			t.integer(1, int64(v.Type))
			t.sub(2, func(t *encoder) {
				for _, d := range v.Shape {
					t.sub(1, func(t *encoder) { t.dim(d) })
				}
			})
		})
	})
}

func (e *encoder) dim(d Dim) {
	if d.Size > 0 {
		e.integer(1, d.Size)
		return
	}
	e.text(2, d.Name)
}
