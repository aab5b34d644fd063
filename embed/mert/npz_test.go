package mert

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// array is one numpy array of a reference file, converted to float32 (int16 and
// int32 values are small enough to be exact).
type array struct {
	shape []int
	data  []float32
}

// at is the sub-array at the leading indexes.
func (a array) at(index ...int) []float32 {
	offset, size := 0, len(a.data)
	for d, i := range index {
		size /= a.shape[d]
		offset += i * size
	}
	return a.data[offset : offset+size]
}

// readNPZ reads every array of testdata/mert/name.npz.
func readNPZ(t *testing.T, name string) map[string]array {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join("..", "..", "testdata", "mert", name+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	arrays := map[string]array{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		a, err := parseNPY(b)
		if err != nil {
			t.Fatalf("%s in %s: %v", f.Name, name, err)
		}
		arrays[strings.TrimSuffix(f.Name, ".npy")] = a
	}
	return arrays
}

var (
	npyDescr = regexp.MustCompile(`'descr': '([^']+)'`)
	npyShape = regexp.MustCompile(`'shape': \(([^)]*)\)`)
)

// parseNPY reads NumPy's format version 1.0: magic, header length (16 bits), a
// Python dictionary as text, the data in C order.
func parseNPY(b []byte) (array, error) {
	head := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	text, data := string(b[10:head]), b[head:]
	if !strings.Contains(text, "'fortran_order': False") {
		return array{}, fmt.Errorf("not in C order: %s", text)
	}
	var a array
	for _, d := range strings.FieldsFunc(npyShape.FindStringSubmatch(text)[1], func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(d)
		if err != nil {
			return array{}, err
		}
		a.shape = append(a.shape, n)
	}
	var err error
	a.data, err = npyValues(npyDescr.FindStringSubmatch(text)[1], data)
	return a, err
}

func npyValues(descr string, data []byte) ([]float32, error) {
	le := binary.LittleEndian
	var values []float32
	switch descr {
	case "<f4":
		for i := 0; i < len(data); i += 4 {
			values = append(values, math.Float32frombits(le.Uint32(data[i:])))
		}
	case "<i4":
		for i := 0; i < len(data); i += 4 {
			values = append(values, float32(int32(le.Uint32(data[i:]))))
		}
	case "<i2":
		for i := 0; i < len(data); i += 2 {
			values = append(values, float32(int16(le.Uint16(data[i:]))))
		}
	default:
		return nil, fmt.Errorf("type %s", descr)
	}
	return values, nil
}
