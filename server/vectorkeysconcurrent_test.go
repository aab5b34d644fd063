package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seguedb/segue/server"
)

// TestVectorKeysWhileWriting: at one snapshot an index on bits, sparse vectors or an expression gives what a scan gives,
// while others commit, and while what is held in memory is made again.
func TestVectorKeysWhileWriting(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	at := start(t, server.Config{})
	setup := at.connect()
	execute(t, setup, "CREATE TABLE t (id int PRIMARY KEY, year int NOT NULL, emb vector(3), loose vector, code bit(70), sp sparsevec(9))")
	execute(t, setup, "INSERT INTO t VALUES "+keyRows(rand.New(rand.NewPCG(seed, 0)), 0, 500))
	for _, ix := range []string{"((emb::halfvec(3)) halfvec_l2_ops)", "(code bit_hamming_ops)", "(sp sparsevec_l2_ops)"} {
		execute(t, setup, "CREATE INDEX ON t USING hnsw "+ix)
	}
	ctx, stop := context.WithCancel(context.Background())
	var writers sync.WaitGroup
	for w := range 2 {
		c, rng := at.connect(), rand.New(rand.NewPCG(seed, uint64(w+1)))
		writers.Go(func() {
			for next := 1000 * (w + 1) * 100; ctx.Err() == nil; next += 300 {
				for _, sql := range []string{"INSERT INTO t VALUES " + keyRows(rng, next, next+rng.IntN(300)+1),
					fmt.Sprintf("UPDATE t SET code = %s, sp = %s, emb = %s WHERE id %% 50 = %d AND id < 500", someBits(rng), smallSparse(rng),
						smallVector(rng), 2*rng.IntN(25)+w),
					fmt.Sprintf("DELETE FROM t WHERE id BETWEEN %d AND %d", next-900, next-700)} {
					if _, err := c.Exec(context.Background(), sql); err != nil {
						t.Errorf("%s: %v", sql[:40], err)
						return
					}
				}
			}
		})
	}
	c, rng := at.connect(), rand.New(rand.NewPCG(seed, 9))
	for range 40 {
		execute(t, c, "BEGIN ISOLATION LEVEL REPEATABLE READ")
		for _, key := range []string{"code <~> " + someBits(rng), "sp <-> " + smallSparse(rng),
			"emb::halfvec(3) <-> " + smallVector(rng) + "::halfvec(3)", "code <%> " + someBits(rng)} {
			ask := func(by string) []string {
				return rowsOf(t, c, "SELECT id, "+key+" FROM t ORDER BY "+by+", id LIMIT 40")
			}
			got, want := ask(key), ask("("+key+") + 0")
			if !slices.Equal(got, want) {
				t.Errorf("%s\n%s\nnot\n%s", key, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		execute(t, c, "COMMIT")
	}
	stop()
	writers.Wait()
}
