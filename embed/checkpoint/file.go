package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

var (
	// ErrMalformed is wrapped by every error about a file that contradicts itself or
	// its format.
	ErrMalformed = errors.New("malformed checkpoint")
	// ErrUnsupported is wrapped by every error about a file that may well be sound
	// and holds what is not read here.
	ErrUnsupported = errors.New("unsupported checkpoint")
	// ErrNoTensor is wrapped when a checkpoint does not have the tensor asked for.
	ErrNoTensor = errors.New("no such tensor")
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrMalformed, fmt.Errorf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUnsupported, fmt.Errorf(format, args...))
}

// File is an opened checkpoint. Its methods may be called concurrently until Close.
type File struct {
	tensors map[string]Tensor
	r       io.ReaderAt
	closer  io.Closer // nil when the reader is the caller's
}

// Open opens the checkpoint at a path. The caller closes it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open checkpoint: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open checkpoint %s: %w", path, err), f.Close())
	}
	c, err := Read(f, info.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read checkpoint %s: %w", path, err), f.Close())
	}
	c.closer = f
	return c, nil
}

// Read reads the names and shapes of a checkpoint of that size; r stays the caller's
// and must outlive the File.
func Read(r io.ReaderAt, sizeBytes int64) (*File, error) {
	head := make([]byte, 9)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	head = head[:min(n, int(sizeBytes))]
	var tensors map[string]Tensor
	switch {
	case len(head) < 9:
		return nil, malformed("%d bytes", len(head))
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		tensors, err = readZip(r, sizeBytes)
	case head[8] == '{': // before the next, since a header's length may begin with any byte
		tensors, err = readSafetensors(r, sizeBytes)
	case head[0] == opProto:
		tensors, err = readLegacy(r, sizeBytes)
	default:
		return nil, unsupported("its first bytes %q are neither torch.save's nor those of safetensors", head[:8])
	}
	if err != nil {
		return nil, err
	}
	return &File{tensors: tensors, r: r}, nil
}

// Close closes the file that Open opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Names lists the tensors in order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.tensors)) }

// Tensor describes a tensor.
func (f *File) Tensor(name string) (Tensor, bool) {
	t, ok := f.tensors[name]
	return t, ok
}

// Floats reads a tensor of floating-point numbers in row-major order. float16 and
// bfloat16 are exact in float32; float64 is rounded to nearest. The error wraps
// [ErrNoTensor] when it is not there and [ErrUnsupported] when it holds integers.
func (f *File) Floats(name string) ([]float32, error) {
	t, ok := f.tensors[name]
	if !ok {
		return nil, fmt.Errorf("tensor %q: %w", name, ErrNoTensor)
	}
	v, err := t.floats(f.r)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	return v, nil
}
