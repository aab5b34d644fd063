package faiss

/*
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

// Write appends the index to a file, in FAISS's own format, which has no checksums: the owner adds one, and verifies it
// before Read.
func (ix *Index) Write(f *os.File) error {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if ix.c == nil {
		return ErrClosed
	}
	if err := failure(C.segue_faiss_write(ix.c, C.int(f.Fd()))); err != nil {
		return fmt.Errorf("faiss: write: %w", err)
	}
	return nil
}

// Read makes the index that Write wrote. FAISS trusts the bytes: only those that are known to be what Write wrote may come
// here, for others can make it write outside its memory. It keeps no reference to data.
func Read(data []byte) (*Index, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("faiss: read: no bytes")
	}
	ix := &Index{threads: 1}
	err := failure(C.segue_faiss_read((*C.uint8_t)(unsafe.SliceData(data)), C.size_t(len(data)), &ix.c))
	if err != nil {
		return nil, fmt.Errorf("faiss: read: %w", err)
	}
	ix.dim = int(C.segue_faiss_dim(ix.c))
	return ix, nil
}

// Dim returns the number of dimensions.
func (ix *Index) Dim() int { return ix.dim }

// Tuning is how hard a search tries. Kinds of indexes without lists or a graph ignore what they do not have.
type Tuning struct {
	NProbe   int // lists that are visited
	EfSearch int // candidates that a walk of the graph keeps
}

// SearchTuned is Search with a tuning, among the ids whose bit is set in mask; nil is all of them.
func (ix *Index) SearchTuned(q []float32, k int, mask []byte, t Tuning) (distances []float32, ids []int64, err error) {
	if len(q) != ix.dim || k < 1 {
		return nil, nil, fmt.Errorf("faiss: search for %d nearest of %d dimensions in an index of %d", k, len(q), ix.dim)
	}
	ix.mu.RLock()
	if ix.tuned == t {
		defer ix.mu.RUnlock()
		return ix.find(q, k, mask)
	}
	ix.mu.RUnlock()
	ix.mu.Lock() // FAISS keeps the tuning in the index
	defer ix.mu.Unlock()
	if ix.c != nil {
		C.segue_faiss_tune(ix.c, C.int(t.NProbe), C.int(t.EfSearch))
		ix.tuned = t
	}
	return ix.find(q, k, mask)
}
