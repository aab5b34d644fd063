package checkpoint

import (
	"bytes"
	"slices"
	"testing"
)

// TestWriteSafetensors reads back what it wrote, and writes the same bytes whatever the
// order of the list.
func TestWriteSafetensors(t *testing.T) {
	list := []Spec{{"b", []int{2, 3}}, {"a", []int{1}}, {"c", nil}}
	values := func(s Spec) ([]float32, error) {
		v := make([]float32, s.elements())
		for i := range v {
			v[i] = float32(i) + float32(s.Name[0])
		}
		return v, nil
	}
	var one, two bytes.Buffer
	if err := WriteSafetensors(&one, list, values); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	if err := WriteSafetensors(&two, list, values); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Errorf("%v", err)
	}
	f, err := read(one.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		want, _ := values(s)
		if got, err := f.Floats(s.Name); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", s.Name, got, err)
		}
	}
	short := func(Spec) ([]float32, error) { return nil, nil }
	if err := WriteSafetensors(&one, list, short); err == nil {
		t.Error("tensors without values were written")
	}
}
