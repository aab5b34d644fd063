package vector

import "slices"

// candidate is a version whose distance may be among the k smallest.
type candidate struct {
	place
	lo float64 // its interval's lower end
}

// nearest gathers the candidates of one goroutine's scan. Its limit is the k-th smallest upper end
// seen, or the cut-off where that is smaller: k versions are surely as near as that, so a version
// whose interval begins beyond it is out.
type nearest struct {
	k          int       // 0: all within the cut-off
	ends       []float64 // a max-heap of the k smallest upper ends
	limit      float64
	candidates []candidate
	tidyAt     int // the number of candidates at which those now beyond the limit are dropped
	apart      []candidate
}

// tidyMin keeps small answers from tidying at all.
const tidyMin = 1024

func (n *nearest) reset(k int, limit float64) {
	n.k, n.limit = k, limit
	n.ends, n.candidates = n.ends[:0], n.candidates[:0]
	n.tidyAt = max(tidyMin, 4*k)
}

// add takes in a version whose lo is not beyond the limit, and says whether the limit has fallen.
func (n *nearest) add(p place, lo, hi float64) bool {
	n.candidates = append(n.candidates, candidate{p, lo})
	if len(n.candidates) >= n.tidyAt {
		n.tidy()
		n.tidyAt = max(n.tidyAt, 2*len(n.candidates))
	}
	return n.end(hi)
}

// end counts an upper end, and says whether the limit has fallen.
func (n *nearest) end(hi float64) bool {
	if n.k == 0 {
		return false
	}
	if len(n.ends) < n.k {
		n.ends = append(n.ends, hi)
		n.up(len(n.ends) - 1)
	} else if hi < n.ends[0] {
		n.ends[0] = hi
		n.down(0)
	} else {
		return false
	}
	if len(n.ends) < n.k || n.ends[0] >= n.limit {
		return false
	}
	n.limit = n.ends[0]
	return true
}

// tidy drops the candidates beyond the limit.
func (n *nearest) tidy() {
	n.candidates = slices.DeleteFunc(n.candidates, func(c candidate) bool { return c.lo > n.limit })
}

// absorb takes over what another goroutine found.
func (n *nearest) absorb(other *nearest) {
	n.limit = min(n.limit, other.limit)
	n.candidates = append(n.candidates, other.candidates...)
	for _, hi := range other.ends {
		n.end(hi)
	}
}

// forget drops what was found, and the room for it beyond keep.
func (n *nearest) forget(keep int) {
	clear(n.candidates)
	clear(n.apart)
	n.candidates, n.apart = n.candidates[:0], n.apart[:0]
	if cap(n.candidates) > keep {
		n.candidates = nil
	}
	if cap(n.apart) > keep {
		n.apart = nil
	}
	if cap(n.ends) > keep {
		n.ends = nil
	}
}

func (n *nearest) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if n.ends[parent] >= n.ends[i] {
			return
		}
		n.ends[parent], n.ends[i] = n.ends[i], n.ends[parent]
		i = parent
	}
}

func (n *nearest) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(n.ends) {
			return
		}
		if child+1 < len(n.ends) && n.ends[child+1] > n.ends[child] {
			child++
		}
		if n.ends[i] >= n.ends[child] {
			return
		}
		n.ends[i], n.ends[child] = n.ends[child], n.ends[i]
		i = child
	}
}
