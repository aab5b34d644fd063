package faiss

/*
#cgo CXXFLAGS: -O2 -std=c++17 -Wall -Wno-uninitialized -fopenmp
#cgo LDFLAGS: -Wl,--wrap=_Znwm -Wl,--wrap=_Znam
#cgo LDFLAGS: -l:libfaiss.a -lgomp -lopenblas -lstdc++ -lm
#cgo amd64 LDFLAGS: -Wl,--wrap=_ZN5faiss18fvec_inner_productEPKfS1_m -Wl,--wrap=_ZN5faiss10fvec_L2sqrEPKfS1_m
#cgo noescape segue_faiss_search
#cgo nocallback segue_faiss_search
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// ErrClosed says that the index was closed.
var ErrClosed = errors.New("faiss: index is closed")

// Metric is what an index orders by.
type Metric int

const (
	// InnerProduct puts the largest inner product first.
	InnerProduct Metric = C.SEGUE_FAISS_INNER_PRODUCT
	// L2 puts the smallest squared Euclidean distance first.
	L2 Metric = C.SEGUE_FAISS_L2
)

// Index is a FAISS index; vectors get the ids 0, 1, 2 … in the order they are added. Searches may run
// side by side; what changes the index waits for them. Close frees it: the garbage collector does not.
type Index struct {
	dim     int
	mu      sync.RWMutex
	c       *C.segue_faiss // nil when closed
	threads C.int
	tuned   Tuning // what was last set in it
}

// NewIndex makes an index from a FAISS factory string: "Flat", "IVF256,Flat", "HNSW32" … A string whose numbers are absurd
// is ErrLimit.
func NewIndex(dim int, factory string, m Metric) (*Index, error) {
	if dim < 1 || dim > math.MaxInt32 {
		return nil, fmt.Errorf("faiss: an index of %d dimensions", dim)
	}
	if err := checkLimits(dim, factory); err != nil {
		return nil, err
	}
	name := C.CString(factory)
	defer C.free(unsafe.Pointer(name))
	ix := &Index{dim: dim, threads: 1}
	if err := failure(C.segue_faiss_new(C.int(dim), name, C.int(m), &ix.c)); err != nil {
		return nil, fmt.Errorf("faiss: make index %q: %w", factory, err)
	}
	return ix, nil
}

// failure takes a message over from C.
func failure(message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(message))
	return errors.New(C.GoString(message))
}

// Close frees the index. Closing twice is no error.
func (ix *Index) Close() error {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.c != nil {
		C.segue_faiss_free(ix.c)
		ix.c = nil
	}
	return nil
}

// SetThreads sets how many threads a call may use.
func (ix *Index) SetThreads(n int) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.threads = C.int(max(n, 1))
}

// change runs f on the index alone.
func (ix *Index) change(what string, f func() *C.char) error {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.c == nil {
		return ErrClosed
	}
	if err := failure(f()); err != nil {
		return fmt.Errorf("faiss: %s: %w", what, err)
	}
	return nil
}

// count returns how many vectors the numbers are.
func (ix *Index) count(vecs []float32) (C.int64_t, error) {
	if len(vecs) == 0 || len(vecs)%ix.dim != 0 {
		return 0, fmt.Errorf("faiss: %d numbers are no vectors of %d dimensions", len(vecs), ix.dim)
	}
	return C.int64_t(len(vecs) / ix.dim), nil
}

// Train shows the index sample vectors, one after the other in vecs. Flat and HNSW need none. Soon after the context is
// done it gives up, with the context's cause, and then the index is of no use.
func (ix *Index) Train(ctx context.Context, vecs []float32) error {
	n, err := ix.count(vecs)
	if err != nil {
		return err
	}
	var stop atomic.Int32 // C reads it while the call lasts
	defer context.AfterFunc(ctx, func() { stop.Store(1) })()
	err = ix.change("train", func() *C.char {
		return C.segue_faiss_train(ix.c, ix.threads, n, (*C.float)(&vecs[0]), (*C.int32_t)(unsafe.Pointer(&stop)))
	})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Add copies vectors in, one after the other in vecs.
func (ix *Index) Add(vecs []float32) error {
	n, err := ix.count(vecs)
	if err != nil {
		return err
	}
	return ix.change("add", func() *C.char {
		return C.segue_faiss_add(ix.c, ix.threads, n, (*C.float)(&vecs[0]))
	})
}

// SetParameter sets a search parameter by FAISS's name for it: "nprobe", "efSearch" …
func (ix *Index) SetParameter(name string, value float64) error {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return ix.change("set "+name, func() *C.char { return C.segue_faiss_set(ix.c, c, C.double(value)) })
}

// Trained says whether Add is possible.
func (ix *Index) Trained() bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.c != nil && C.segue_faiss_trained(ix.c) != 0
}

// Len returns the number of vectors.
func (ix *Index) Len() int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if ix.c == nil {
		return 0
	}
	return int(C.segue_faiss_len(ix.c))
}

// Search returns the k nearest vectors to q, best first; fewer if there are fewer.
func (ix *Index) Search(q []float32, k int) (distances []float32, ids []int64, err error) {
	return ix.search(q, k, nil)
}

// SearchAmong is Search among the vectors with the given ids.
func (ix *Index) SearchAmong(q []float32, k int, among []int64) (distances []float32, ids []int64, err error) {
	if len(among) == 0 {
		return nil, nil, nil
	}
	if first := slices.Min(among); first < 0 {
		return nil, nil, fmt.Errorf("faiss: search among id %d", first)
	}
	n := int64(ix.Len())
	mask := make([]byte, max(n+7, 8)/8)
	for _, id := range among {
		if id < n {
			mask[id/8] |= 1 << (id % 8)
		}
	}
	return ix.search(q, k, mask)
}

func (ix *Index) search(q []float32, k int, mask []byte) ([]float32, []int64, error) {
	if len(q) != ix.dim || k < 1 {
		return nil, nil, fmt.Errorf("faiss: search for %d nearest of %d dimensions in an index of %d", k, len(q), ix.dim)
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.find(q, k, mask)
}

// find searches under the lock.
func (ix *Index) find(q []float32, k int, mask []byte) ([]float32, []int64, error) {
	if ix.c == nil {
		return nil, nil, ErrClosed
	}
	k = min(k, int(C.segue_faiss_len(ix.c)))
	if k == 0 {
		return nil, nil, nil
	}
	distances, ids := make([]float32, k), make([]int64, k)
	err := failure(C.segue_faiss_search(ix.c, ix.threads, 1, (*C.float)(&q[0]), C.int64_t(k),
		(*C.uint8_t)(unsafe.SliceData(mask)), C.size_t(len(mask)), (*C.float)(&distances[0]), (*C.int64_t)(&ids[0])))
	if err != nil {
		return nil, nil, fmt.Errorf("faiss: search: %w", err)
	}
	if i := slices.Index(ids, -1); i >= 0 {
		distances, ids = distances[:i], ids[:i]
	}
	return distances, ids, nil
}
