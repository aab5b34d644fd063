package vector

import "maps"

// A chunk starts small, for an index of a few rows, and doubles up to a size where one more does not
// show in a scan.
const (
	firstChunkBytes = 256 << 10
	lastChunkBytes  = 8 << 20
)

// place is where a version lies.
type place struct {
	b *block
	i int
}

// tail is versions that are in no file yet, and where the newest of each row lies. Index.mu guards
// it; readers reach its chunks through a view.
type tail struct {
	dim    int
	chunks []*block
	newest map[uint64]place
	deltas int // applied, deletes included
}

func newTail(dim int) *tail { return &tail{dim: dim, newest: make(map[uint64]place)} }

// room returns a chunk that is not full, and whether it had to be made.
func (t *tail) room() (*block, bool) {
	if n := len(t.chunks); n > 0 && !t.chunks[n-1].full() {
		return t.chunks[n-1], false
	}
	bytes := min(firstChunkBytes<<min(len(t.chunks), 8), lastChunkBytes)
	c := newChunk(t.dim, max(bytes/(4*t.dim), 16))
	t.chunks = append(t.chunks, c)
	return c, true
}

// absorb appends a younger tail: a seal that failed left this one behind.
func (t *tail) absorb(younger *tail) {
	t.chunks = append(t.chunks[:len(t.chunks):len(t.chunks)], younger.chunks...)
	maps.Copy(t.newest, younger.newest)
	t.deltas += younger.deltas
}
