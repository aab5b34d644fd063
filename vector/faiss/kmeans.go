package faiss

// #include "shim.h"
import "C"

import (
	"fmt"
	"math"
)

// KMeansOptions configures KMeans; the zero value is ready.
type KMeansOptions struct {
	Iterations int  // 0 is 25
	Redo       int  // keeps the best of so many runs; 0 is 1. One run may end in a poor local optimum
	Seed       int  // equal seeds and inputs give equal centroids
	Spherical  bool // keep the centroids on the unit sphere, for vectors that are
	Threads    int  // 0 is 1
}

// KMeans clusters vectors, one after the other in vecs, around k centroids, which come back the same
// way. The objective is the sum of squared distances in the last iteration.
func KMeans(dim int, vecs []float32, k int, o KMeansOptions) (centroids []float32, objective float64, err error) {
	if dim < 1 || dim > math.MaxInt32 || k < 1 || k > math.MaxInt32/dim || len(vecs)%dim != 0 || len(vecs)/dim < k {
		return nil, 0, fmt.Errorf("faiss: %d centroids of %d numbers in %d dimensions", k, len(vecs), dim)
	}
	if o.Iterations <= 0 {
		o.Iterations = 25
	}
	spherical := C.int(0)
	if o.Spherical {
		spherical = 1
	}
	centroids = make([]float32, k*dim)
	var sum C.float
	err = failure(C.segue_faiss_kmeans(C.int(max(o.Threads, 1)), C.int(dim), C.int64_t(len(vecs)/dim),
		(*C.float)(&vecs[0]), C.int(k), C.int(o.Iterations), C.int(max(o.Redo, 1)), C.int(o.Seed), spherical,
		(*C.float)(&centroids[0]), &sum))
	if err != nil {
		return nil, 0, fmt.Errorf("faiss: k-means: %w", err)
	}
	return centroids, float64(sum), nil
}
