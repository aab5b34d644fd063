package embed

import (
	"context"
	"errors"
	"io"
)

// windowReader gives windows in order of time, and io.EOF after the last one.
type windowReader interface {
	next(ctx context.Context) (window, error)
}

// sampler gives at most so many of a stream's windows, spread evenly over it, and all where there are no more. The stream's
// length need not be known: headers lie. It holds every window until there are too many, then every second of them, every
// fourth, and so on; of what it holds at the end it takes the ones in the middle of equal parts.
type sampler struct {
	all  windowReader
	most int

	chosen []window
	read   bool
}

// next reads all of the stream the first time.
func (s *sampler) next(ctx context.Context) (window, error) {
	if !s.read {
		held, err := s.hold(ctx)
		if err != nil {
			return window{}, err
		}
		s.chosen, s.read = spread(held, s.most), true
	}
	if len(s.chosen) == 0 {
		return window{}, io.EOF
	}
	w := s.chosen[0]
	s.chosen[0] = window{} // its samples can go when its run is done
	s.chosen = s.chosen[1:]
	return w, nil
}

// hold returns every 2^k'th window, for the least k with which fewer than max(4·most, 16) remain.
func (s *sampler) hold(ctx context.Context) ([]window, error) {
	limit, step := max(4*s.most, 16), 1
	var held []window
	for i := 0; ; i++ {
		w, err := s.all.next(ctx)
		if errors.Is(err, io.EOF) {
			return held, nil
		}
		if err != nil {
			return nil, err
		}
		if i%step != 0 {
			continue
		}
		if held = append(held, w); len(held) == limit {
			for k := range limit / 2 {
				held[k] = held[2*k]
			}
			clear(held[limit/2:])
			held, step = held[:limit/2], 2*step
		}
	}
}

// spread takes the middle ones of n equal parts.
func spread(list []window, n int) []window {
	if len(list) <= n {
		return list
	}
	chosen := make([]window, n)
	for i := range chosen {
		chosen[i] = list[(2*i+1)*len(list)/(2*n)]
	}
	return chosen
}
