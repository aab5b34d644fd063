package vector

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/vector/kernel"
)

// TestGroupedCentroids holds what groups find of many centroids against a look at all of them: nearly always the same,
// and what is not is hardly farther.
func TestGroupedCentroids(t *testing.T) {
	const dim, n, k, noise = 64, 6000, 1200, 0.7 // the first k versions are the centroids
	set, _ := kernel.At(kernel.Best)
	if !set.HasCodes() {
		t.Skip("no kernels of codes: every centroid is looked at")
	}
	ix, err := Open(NewMemStore(), Options{Dim: dim})
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	rng := rand.New(rand.NewPCG(7, 7))
	vec := func(like []float32) []float32 {
		v := make([]float32, dim)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
			if like != nil {
				v[i] = like[i] + noise*v[i]
			}
		}
		return v
	}
	var centres [300][]float32
	for i := range centres {
		centres[i] = vec(nil)
	}
	chunk := newChunk(dim, n)
	for i := range n {
		chunk.append(uint64(i), 1, vec(centres[i%len(centres)]))
	}
	b, err := ix.coded(context.Background(), chunk)
	if err != nil {
		t.Fatal(err)
	}
	c := newCentroids(set, dim, k)
	for i := range k {
		b.halves.vector(c.vec(i), c.buffer, i)
	}
	c.update()
	groups, same, excess, asked := c.groups, 0, 0.0, n-k
	if groups == nil || groups.first[len(groups.first)-1] != k {
		t.Fatal("the centroids are not all in groups")
	}
	for i := k; i < n; i++ {
		c.groups = groups
		found := c.nearest(versionPoints{{b, i}}, 0)
		c.groups = nil
		want := c.nearest(versionPoints{{b, i}}, 0)
		b.halves.vector(c.vector, c.buffer, i)
		far, near := Distance(L2, c.vector, c.vec(found)), Distance(L2, c.vector, c.vec(want))
		if found == want {
			same++
		}
		excess += (far/near - 1) / float64(asked)
	}
	t.Logf("%d of %d found the nearest of %d centroids, all together %.1f %% farther", same, asked, k, 100*excess)
	if same < asked*17/20 || excess > 0.03 {
		t.Error("too few, or too far")
	}
}
