package checkpoint

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Spec is a float32 tensor to write.
type Spec struct {
	Name  string
	Shape []int
}

// WriteSafetensors writes float32 tensors as a safetensors file, ordered by name: the
// same tensors give the same bytes. values is asked for one tensor after the other.
func WriteSafetensors(w io.Writer, list []Spec, values func(Spec) ([]float32, error)) error {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Spec) int { return strings.Compare(a.Name, b.Name) })
	header := map[string]any{}
	end := int64(0)
	for _, s := range list {
		begin := end
		end += 4 * s.elements()
		header[s.Name] = map[string]any{"dtype": "F32", "shape": append([]int{}, s.Shape...), "data_offsets": []int64{begin, end}}
	}
	text, err := json.Marshal(header) // sorts the names
	if err != nil {
		return fmt.Errorf("write safetensors header: %w", err)
	}
	// Spaces up to a multiple of eight, as the format suggests, so that data are aligned.
	text = append(text, strings.Repeat(" ", -len(text)&7)...)
	out := bufio.NewWriterSize(w, chunkBytes)
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
	if _, err := out.Write(b); err != nil {
		return fmt.Errorf("write safetensors header: %w", err)
	}
	for _, s := range list {
		v, err := values(s)
		if err == nil && int64(len(v)) != s.elements() {
			err = fmt.Errorf("%d values for shape %v", len(v), s.Shape)
		}
		if err == nil {
			err = writeFloats(out, v)
		}
		if err != nil {
			return fmt.Errorf("write tensor %q: %w", s.Name, err)
		}
	}
	return out.Flush()
}

func (s Spec) elements() int64 {
	n := int64(1)
	for _, d := range s.Shape {
		n *= int64(d)
	}
	return n
}

func writeFloats(w *bufio.Writer, v []float32) error {
	var b [4]byte
	for _, x := range v {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
		if _, err := w.Write(b[:]); err != nil {
			return err
		}
	}
	return nil
}
