package checkpoint

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seeds adds the fixtures of a kind, and all of them cut short.
func seeds(f *testing.F, pattern string) {
	paths, err := filepath.Glob(filepath.Join(fixtureDir, pattern))
	if err != nil || len(paths) == 0 {
		f.Fatal(err, pattern)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/3])
	}
}

// readAll is what every target does: whatever Read accepts can be read, or refused.
func readAll(t *testing.T, b []byte) {
	c, err := read(b)
	if err != nil {
		if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnsupported) {
			t.Fatalf("an error of no kind: %v", err)
		}
		return
	}
	for _, name := range c.Names() {
		tensor, _ := c.Tensor(name)
		v, err := c.Floats(name)
		if err == nil && int64(len(v)) != tensor.Elements() {
			t.Fatalf("%s: %d values for shape %v", name, len(v), tensor.Shape)
		}
		if err != nil && !errors.Is(err, ErrUnsupported) {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func FuzzZip(f *testing.F) {
	seeds(f, "tiny_post_f16.bin")
	f.Add(zipOf(f, view("K\x00", "K\x02K\x02\x86", "K\x01K\x02\x86"), zip.Store))
	f.Add(zipOf(f, view("K\x00", "K\x02K\x02\x86", "K\x01K\x02\x86"), zip.Deflate))
	f.Fuzz(readAll)
}

func FuzzLegacy(f *testing.F) {
	seeds(f, "tiny_*_legacy.bin")
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 0 && b[0] == opProto {
			readAll(t, b)
		}
	})
}

func FuzzSafetensors(f *testing.F) {
	seeds(f, "tiny_*.safetensors")
	f.Fuzz(func(t *testing.T, header []byte) {
		if len(header) > 8 && header[8] == '{' {
			readAll(t, header)
			return
		}
		b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
		if len(header) > 0 && header[0] == '{' {
			readAll(t, append(b, make([]byte, 64)...))
		}
	})
}

// FuzzPickle runs the machine alone, on storages of any size.
func FuzzPickle(f *testing.F) {
	f.Add([]byte(view("K\x00", "K\x02K\x02\x86", "K\x01K\x02\x86")))
	f.Add([]byte(proto2 + "ccollections\nOrderedDict\n)R}b."))
	f.Add([]byte(proto2 + "]q\x00h\x00a\x8a\x0a0123456789G\x3f\xf0\x00\x00\x00\x00\x00\x00(K\x01K\x02e."))
	f.Add([]byte("\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94Ns."))
	f.Add([]byte(proto2 + strings.Repeat("(", 100) + strings.Repeat("t", 100) + "."))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := unpickle(bufio.NewReader(bytes.NewReader(b)), func(id any) (*storage, error) {
			d, _, n, _, err := storageID(id)
			return &storage{elements: n, dtype: d}, err
		})
		if err == nil {
			_, err = stateDict(v)
		}
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnsupported) {
			t.Fatalf("an error of no kind: %v", err)
		}
	})
}
