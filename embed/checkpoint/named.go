package checkpoint

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrLayout is wrapped when a checkpoint does not have the tensors that a model's
// configuration asks for, or has others that would take part.
var ErrLayout = errors.New("checkpoint does not fit its configuration")

// Named is a checkpoint whose tensors have a family's canonical names. The file must
// stay open while it is used. It may be used concurrently.
type Named struct {
	file *File
	own  map[string]string // canonical to the file's own
}

// Canonical gives a checkpoint's tensors the names that canonical makes of their own.
// Two tensors of one name are an [ErrLayout].
func Canonical(f *File, canonical func(string) string) (Named, error) {
	own := map[string]string{}
	for _, name := range f.Names() {
		short := canonical(name)
		if other, twice := own[short]; twice {
			return Named{}, fmt.Errorf("%w: %q and %q are the same tensor", ErrLayout, other, name)
		}
		own[short] = name
	}
	return Named{f, own}, nil
}

// Has reports whether there is a tensor of that name.
func (n Named) Has(name string) bool { return n.own[name] != "" }

// Check compares what is there with what belongs there: every tensor of want with its
// shape, and no other that takes part in what the model computes.
func (n Named) Check(want []Spec, takesPart func(name string) bool) error {
	wanted := map[string]bool{}
	for _, s := range want {
		own, ok := n.own[s.Name]
		if !ok {
			return fmt.Errorf("%w: %q is missing", ErrLayout, s.Name)
		}
		if err := n.checkShape(own, s.Shape); err != nil {
			return err
		}
		wanted[s.Name] = true
	}
	for _, short := range slices.Sorted(maps.Keys(n.own)) {
		if !wanted[short] && takesPart(short) {
			return fmt.Errorf("%w: it has %q, which the configuration has no place for", ErrLayout, n.own[short])
		}
	}
	return nil
}

// Floats reads a tensor of that name and shape; see [File.Floats].
func (n Named) Floats(name string, shape []int) ([]float32, error) {
	own, ok := n.own[name]
	if !ok {
		return nil, fmt.Errorf("tensor %q: %w", name, ErrNoTensor)
	}
	if err := n.checkShape(own, shape); err != nil {
		return nil, err
	}
	return n.file.Floats(own)
}

func (n Named) checkShape(own string, shape []int) error {
	t, _ := n.file.Tensor(own)
	if !slices.EqualFunc(t.Shape, shape, func(a int64, b int) bool { return a == int64(b) }) {
		return fmt.Errorf("%w: %q has shape %v, not %v", ErrLayout, own, t.Shape, shape)
	}
	return nil
}
