package kernel_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/vector/kernel"
)

// BenchmarkScan scores one query against blocks that fit the caches and one that does not.
func BenchmarkScan(b *testing.B) {
	const dim = 768
	rng := rand.New(rand.NewPCG(1, 2))
	q := make([]float32, dim)
	for i := range q {
		q[i] = rng.Float32()
	}
	for _, n := range []int{100, 1300, 100_000} {
		rows := make([]float32, n*dim)
		for i := range rows {
			rows[i] = rng.Float32()
		}
		dst := make([]float32, n)
		for _, level := range kernel.Levels() {
			for name, op := range map[string]kernel.Op{"dot": kernel.Dot, "l2": kernel.SquaredL2} {
				b.Run(fmt.Sprintf("rows=%d/%s/%s", n, level, name), func(b *testing.B) {
					set, _ := kernel.At(level)
					b.SetBytes(int64(len(rows)) * 4)
					for b.Loop() {
						set.Scan(op, dst, q, rows)
					}
				})
			}
		}
	}
}
