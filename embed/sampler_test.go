package embed

import (
	"context"
	"errors"
	"io"
	"testing"
)

// numbered gives n windows that start at 0, 1, 2, …
type numbered struct{ at, n int64 }

func (r *numbered) next(context.Context) (window, error) {
	if r.at == r.n {
		return window{}, io.EOF
	}
	r.at++
	return window{start: r.at - 1}, nil
}

// TestSampler: as many windows as wanted, in order, and no two neighbours much further apart than the mean; all of a short
// stream.
func TestSampler(t *testing.T) {
	for _, most := range []int{1, 2, 3, 8, 32} {
		for n := int64(1); n < 700; n++ {
			s := &sampler{all: &numbered{n: n}, most: most}
			var starts []int64
			for {
				w, err := s.next(t.Context())
				if errors.Is(err, io.EOF) {
					break
				}
				starts = append(starts, w.start)
			}
			if want := min(int64(most), n); int64(len(starts)) != want {
				t.Fatalf("%d of %d: %v", most, n, starts)
			}
			part := float64(n) / float64(len(starts))
			last := int64(-1)
			for i, at := range starts {
				if at <= last {
					t.Fatalf("%d of %d: %v is not in order", most, n, starts)
				}
				if off := (float64(at) + 0.5) - (float64(i)+0.5)*part; off > part || -off > part {
					t.Fatalf("%d of %d: %v: number %d is off by %g windows", most, n, starts, i, off)
				}
				last = at
			}
		}
	}
}
