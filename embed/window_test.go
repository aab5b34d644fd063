package embed

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/seguedb/segue/embed/audio"
)

// ramp is a stream of 0, 1, 2, ... of a given length.
type ramp struct{ at, length int }

func (r *ramp) Read(_ context.Context, dst []float32) (int, error) {
	for i := range dst {
		if r.at == r.length {
			return i, io.EOF
		}
		dst[i] = float32(r.at)
		r.at++
	}
	return len(dst), nil
}

// TestWindows lists, for lengths around a window of ten samples, where windows begin
// and end. Sample values are positions, so a padded or repeated sample would show.
func TestWindows(t *testing.T) {
	for _, c := range []struct {
		length int
		want   [][2]int
	}{
		{3, [][2]int{{0, 3}}},
		{9, [][2]int{{0, 9}}},
		{10, [][2]int{{0, 10}}},
		{11, [][2]int{{0, 10}, {1, 11}}},
		{19, [][2]int{{0, 10}, {9, 19}}},
		{20, [][2]int{{0, 10}, {10, 20}}},
		{23, [][2]int{{0, 10}, {10, 20}, {13, 23}}},
	} {
		cut := &cutter{r: &ramp{length: c.length}, size: 10, min: 3}
		var got [][2]int
		for {
			w, err := cut.next(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range w.samples {
				if int(x) != int(w.start)+i {
					t.Fatalf("length %d: sample %d of the window at %d is %g", c.length, i, w.start, x)
				}
			}
			got = append(got, [2]int{int(w.start), int(w.start) + len(w.samples)})
		}
		if len(got) != len(c.want) {
			t.Fatalf("length %d: %v, want %v", c.length, got, c.want)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("length %d: %v, want %v", c.length, got, c.want)
			}
		}
		if cut.total != int64(c.length) {
			t.Errorf("length %d: counted %d", c.length, cut.total)
		}
	}
}

func TestTooShort(t *testing.T) {
	source, err := audio.FromBytes("x.wav", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	cut := &cutter{r: &ramp{length: 2}, source: source, size: 10, min: 3}
	if _, err := cut.next(t.Context()); !errors.Is(err, audio.ErrTooShort) {
		t.Error(err)
	}
}

func TestAudible(t *testing.T) {
	for level, want := range map[float32]bool{0: false, 0.9e-3: false, 1.1e-3: true, 0.5: true} {
		w := window{samples: make([]float32, 100)}
		for i := range w.samples {
			w.samples[i] = level * float32(1-2*(i%2))
		}
		if w.audible() != want {
			t.Errorf("level %g: %v", level, !want)
		}
	}
}
