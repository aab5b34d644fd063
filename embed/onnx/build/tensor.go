package build

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Tensor is a constant of the graph. Its bytes are made by fill when the model
// is written.
type Tensor struct {
	Name  string
	Type  DType
	Shape []int64

	// fill writes the elements, little-endian and row-major, into exactly
	// sizeBytes() bytes. It may run at the same time as other tensors' fills.
	fill func(dst []byte) error
}

// sizeBytes is the length of the tensor's raw data.
func (t *Tensor) sizeBytes() int {
	n := t.Type.sizeBytes()
	for _, d := range t.Shape {
		n *= int(d)
	}
	return n
}

func (g *Graph) tensor(t *Tensor) string {
	g.define(t.Name)
	for _, d := range t.Shape {
		if d <= 0 {
			g.fail("constant %q has shape %v", t.Name, t.Shape)
		}
	}
	g.Tensors = append(g.Tensors, t)
	return t.Name
}

// Weights adds a float32 constant whose values are asked for when the model is
// written. The function may be called from any goroutine; its result is read
// once and not kept.
func (g *Graph) Weights(name string, shape []int, values func() ([]float32, error)) string {
	t := &Tensor{Name: name, Type: Float32, Shape: int64s(shape)}
	t.fill = func(dst []byte) error {
		v, err := values()
		if err != nil {
			return fmt.Errorf("constant %q: %w", name, err)
		}
		if 4*len(v) != len(dst) {
			return fmt.Errorf("constant %q has %d values for shape %v", name, len(v), shape)
		}
		for i, x := range v {
			binary.LittleEndian.PutUint32(dst[4*i:4*i+4], math.Float32bits(x))
		}
		return nil
	}
	return g.tensor(t)
}

// Int8s is Weights of signed bytes.
func (g *Graph) Int8s(name string, shape []int, values func() ([]int8, error)) string {
	t := &Tensor{Name: name, Type: Int8, Shape: int64s(shape)}
	t.fill = func(dst []byte) error {
		v, err := values()
		if err != nil {
			return fmt.Errorf("constant %q: %w", name, err)
		}
		if len(v) != len(dst) {
			return fmt.Errorf("constant %q has %d values for shape %v", name, len(v), shape)
		}
		for i, x := range v {
			dst[i] = byte(x)
		}
		return nil
	}
	return g.tensor(t)
}

// Floats adds a float32 constant. The values are not copied and must not change
// before Encode.
func (g *Graph) Floats(name string, values []float32, shape ...int) string {
	return g.Weights(name, shape, func() ([]float32, error) { return values, nil })
}

// Float adds a float32 scalar.
func (g *Graph) Float(name string, value float32) string {
	return g.Floats(name, []float32{value})
}

// Double adds a float64 scalar.
func (g *Graph) Double(name string, value float64) string {
	return g.tensor(&Tensor{Name: name, Type: Float64, fill: func(dst []byte) error {
		binary.LittleEndian.PutUint64(dst, math.Float64bits(value))
		return nil
	}})
}

// Doubles adds a float64 constant of equally long rows.
func (g *Graph) Doubles(name string, rows [][]float64) string {
	t := &Tensor{Name: name, Type: Float64, Shape: []int64{int64(len(rows)), int64(len(rows[0]))}}
	t.fill = func(dst []byte) error {
		for i, row := range rows {
			for j, x := range row {
				binary.LittleEndian.PutUint64(dst[8*(i*len(row)+j):], math.Float64bits(x))
			}
		}
		return nil
	}
	return g.tensor(t)
}

// Ints adds a list of int64, as operators take for shapes and axes.
func (g *Graph) Ints(name string, values ...int64) string {
	t := &Tensor{Name: name, Type: Int64, Shape: []int64{int64(len(values))}}
	t.fill = func(dst []byte) error {
		for i, x := range values {
			binary.LittleEndian.PutUint64(dst[8*i:], uint64(x))
		}
		return nil
	}
	return g.tensor(t)
}

func int64s(shape []int) []int64 {
	list := make([]int64, len(shape))
	for i, d := range shape {
		list[i] = int64(d)
	}
	return list
}
