package vector

import (
	"math"
	"sync/atomic"
)

// alive is the death of a version that nothing has replaced.
const alive = math.MaxUint64

// block is a run of row versions side by side: a chunk of the mutable tail, or a sealed segment.
// Version i of n is row[i] with the vector vecs[i*dim:(i+1)*dim], visible to the snapshots s with
// born[i] <= s < died[i]. Versions are only appended (to a chunk, by Apply alone) and die once;
// everything else about a published version never changes, so readers need no lock.
type block struct {
	dim    int
	vecs   []float32 // nil: a segment whose vectors the owner keeps
	rows   []uint64
	born   []uint64
	norms  []float64 // Norm of each vector
	codes  []uint8   // of a chunk: dim a version; see codes.go
	steps  []float32 // and two a version: its codes' step, and their rest
	halves *halves   // of a segment, where vectors are long enough
	serial uint64    // of a segment: which it is, for a Cache
	died   []atomic.Uint64
	lists  *signLists // nil: a chunk, or a small segment
	// filters are of a segment.
	filters keptFilters

	n      atomic.Int64 // published versions: readers look no further
	deaths atomic.Int64 // versions whose died is not alive
	sorted bool         // rows ascend, and born ascends within a row, in order: true of segments
	order  []uint32     // a sorted block's versions by row; nil where they lie so
	// ascending are a sorted block's rows in that order.
	ascending ascending
}

// newChunk returns an empty block with room for capacity versions.
func newChunk(dim, capacity int) *block {
	return &block{
		dim:   dim,
		vecs:  make([]float32, capacity*dim),
		rows:  make([]uint64, capacity),
		born:  make([]uint64, capacity),
		norms: make([]float64, capacity),
		codes: make([]uint8, capacity*dim),
		steps: make([]float32, 2*capacity),
		died:  make([]atomic.Uint64, capacity),
	}
}

// len returns the number of published versions.
func (b *block) len() int { return int(b.n.Load()) }

// full says that a chunk has no room left.
func (b *block) full() bool { return b.len() == len(b.rows) }

// append adds a live version and publishes it. The caller holds Index.mu and has checked full.
func (b *block) append(row, seq uint64, vec []float32) int {
	i := b.len()
	copy(b.vecs[i*b.dim:(i+1)*b.dim], vec)
	b.rows[i], b.born[i], b.norms[i] = row, seq, Norm(vec)
	b.steps[2*i], b.steps[2*i+1] = encode(b.code(i), vec)
	b.died[i].Store(alive)
	b.n.Store(int64(i + 1))
	return i
}

// vec returns the vector of version i.
func (b *block) vec(i int) []float32 { return b.vecs[i*b.dim : (i+1)*b.dim : (i+1)*b.dim] }

// code returns the codes of version i.
func (b *block) code(i int) []uint8 { return b.codes[i*b.dim : (i+1)*b.dim : (i+1)*b.dim] }

// visible says whether snapshot seq sees version i.
func (b *block) visible(i int, seq uint64) bool {
	return b.born[i] <= seq && seq < b.died[i].Load()
}

// kill ends a live version at seq. The caller holds Index.mu.
func (b *block) kill(i int, seq uint64) {
	b.died[i].Store(seq)
	b.deaths.Add(1)
}

// ordered returns the i-th version of a sorted block by row, then birth.
func (b *block) ordered(i int) int {
	if b.order == nil {
		return i
	}
	return int(b.order[i])
}

// live returns the live version of a row in a sorted block, or -1. A row has at most one in the index.
func (b *block) live(wanted uint64) int {
	rows, n := &b.ascending, b.len()
	if b.deaths.Load() == int64(n) || wanted < rows.first || wanted > rows.at(n-1) {
		return -1
	}
	for i := rows.find(wanted); i < n && rows.at(i) == wanted; i++ {
		if at := b.ordered(i); b.died[at].Load() == alive {
			return at
		}
	}
	return -1
}

// sizeBytes is the memory or file space of n versions.
func (b *block) sizeBytes() int64 { return int64(len(b.rows)) * int64(5*b.dim+5*8) }
