package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// maxHeaderBytes bounds safetensors' header. The reference implementation allows
// 100 MB; a model of a thousand tensors has some 100 kB.
const maxHeaderBytes = 8 << 20

// safetensorsTypes are the names that safetensors has for what PyTorch calls otherwise.
var safetensorsTypes = map[string]DType{
	"F16": Float16, "BF16": BFloat16, "F32": Float32, "F64": Float64,
	"I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}

// readSafetensors reads the header: a length (uint64), JSON of the tensors, data.
func readSafetensors(r io.ReaderAt, sizeBytes int64) (map[string]Tensor, error) {
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, fmt.Errorf("read safetensors: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeaderBytes {
		return nil, unsupported("a safetensors header of %d bytes, more than %d", n, maxHeaderBytes)
	}
	if int64(n) > sizeBytes-8 {
		return nil, malformed("a safetensors header of %d bytes in a file of %d", n, sizeBytes)
	}
	header := make([]byte, n)
	if _, err := r.ReadAt(header, 8); err != nil {
		return nil, fmt.Errorf("read safetensors: %w", err)
	}
	data := 8 + int64(n)
	return parseHeader(header, data, sizeBytes-data)
}

// entry is one tensor of the header. The pointers tell what is missing.
type entry struct {
	DType   *string  `json:"dtype"`
	Shape   *[]int64 `json:"shape"`
	Offsets *[]int64 `json:"data_offsets"`
}

// parseHeader reads the header's JSON; the data are at offset and have that many bytes.
func parseHeader(header []byte, offset, dataBytes int64) (map[string]Tensor, error) {
	tensors := map[string]Tensor{}
	seen := map[string]bool{}
	err := eachMember(header, func(name string, value json.RawMessage) error {
		if seen[name] {
			return malformed("safetensors has tensor %q twice", name)
		}
		seen[name] = true
		if name == "__metadata__" {
			return nil
		}
		t, err := parseEntry(value, offset, dataBytes)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors[name] = t
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(tensors) == 0 {
		return nil, unsupported("a safetensors file without tensors")
	}
	return tensors, apart(tensors)
}

// eachMember calls f with the members of a JSON object, in order and with repetitions,
// which a map would hide.
func eachMember(object []byte, f func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return malformed("a header that is no JSON object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return malformed("header: %w", err)
		}
		name, ok := t.(string)
		if !ok {
			return malformed("header: a name that is no text")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return malformed("header: %w", err)
		}
		if err := f(name, value); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return malformed("header: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return malformed("header: there is more after its object")
	}
	return nil
}

func parseEntry(value json.RawMessage, offset, dataBytes int64) (Tensor, error) {
	var e entry
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return Tensor{}, malformed("%w", err)
	}
	if e.DType == nil || e.Shape == nil || e.Offsets == nil || len(*e.Offsets) != 2 {
		return Tensor{}, malformed("dtype, shape or data_offsets are missing")
	}
	t, ok := safetensorsTypes[*e.DType]
	if !ok {
		return Tensor{}, unsupported("elements of type %q", *e.DType)
	}
	begin, end := (*e.Offsets)[0], (*e.Offsets)[1]
	if begin < 0 || end < begin || end > dataBytes || (end-begin)%dtypeBytes[t] != 0 {
		return Tensor{}, malformed("data_offsets %d to %d in %d bytes of data", begin, end, dataBytes)
	}
	s := &storage{offset: offset + begin, elements: (end - begin) / dtypeBytes[t], dtype: t}
	if slices.ContainsFunc(*e.Shape, func(d int64) bool { return d < 0 || d > s.elements }) && s.elements > 0 {
		return Tensor{}, malformed("shape %v with %d elements", *e.Shape, s.elements)
	}
	out, err := newTensor(s, 0, *e.Shape, contiguous(*e.Shape))
	if err == nil && out.Elements() != s.elements {
		err = malformed("shape %v with %d elements", *e.Shape, s.elements)
	}
	return out, err
}

// apart refuses tensors that share bytes, which the format forbids.
func apart(tensors map[string]Tensor) error {
	list := make([]*storage, 0, len(tensors))
	for _, t := range tensors {
		list = append(list, t.storage)
	}
	slices.SortFunc(list, func(a, b *storage) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.elements, b.elements))
	})
	for i := 1; i < len(list); i++ {
		if before := list[i-1]; before.offset+before.elements*dtypeBytes[before.dtype] > list[i].offset {
			return malformed("two safetensors tensors share byte %d", list[i].offset)
		}
	}
	return nil
}
