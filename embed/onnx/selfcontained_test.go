package onnx_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/seguedb/segue/embed/onnx"
)

// part is a length-delimited field.
func part(field protowire.Number, content ...[]byte) []byte {
	var all []byte
	for _, c := range content {
		all = append(all, c...)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), all)
}

func number(field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.VarintType), v)
}

// TestSelfContained finds data outside wherever a tensor can be.
func TestSelfContained(t *testing.T) {
	if err := onnx.SelfContained(double(t)); err != nil {
		t.Error(err)
	}
	external := part(13, part(1, []byte("location")), part(2, []byte("/etc/passwd")))
	subgraph := part(1, part(5, part(6, part(5, external)))) // node, attribute, g, initializer
	for name, model := range map[string][]byte{
		"an initializer":       part(7, part(5, external)),
		"by location alone":    part(7, part(5, number(14, 1))),
		"a sparse one":         part(7, part(15, part(1, external))),
		"an attribute":         part(7, part(1, part(5, part(5, external)))),
		"attributes":           part(7, part(1, part(5, part(10, external)))),
		"a graph within":       part(7, subgraph),
		"a function":           append(part(7), part(25, part(7, part(5, part(5, external))))...),
		"a training graph":     append(part(7), part(20, part(2, part(5, external)))...),
		"the second of graphs": append(part(7), part(7, part(5, external))...),
	} {
		if err := onnx.SelfContained(model); !errors.Is(err, onnx.ErrExternalData) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := onnx.SelfContained(part(7, part(5, number(14, 0)))); err != nil {
		t.Errorf("the default location, written out: %v", err)
	}
	deep := part(7)
	for range 200 {
		deep = part(1, part(5, part(6, deep)))
	}
	for name, model := range map[string][]byte{
		"nothing": nil, "text": []byte("what is this"), "no graph": number(1, 10), "cut": part(7, part(5, external))[:9],
		"deep": part(7, deep),
	} {
		if err := onnx.SelfContained(model); !errors.Is(err, onnx.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzSelfContained(f *testing.F) {
	f.Add(part(7, part(5, part(13, part(1, []byte("location"))))))
	f.Add(part(7, part(1, part(5, part(6, part(5, number(14, 1)))))))
	f.Fuzz(func(t *testing.T, b []byte) {
		err := onnx.SelfContained(b)
		if err != nil && !errors.Is(err, onnx.ErrExternalData) && !errors.Is(err, onnx.ErrMalformed) {
			t.Fatal(err)
		}
	})
}
