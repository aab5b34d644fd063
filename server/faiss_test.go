package server_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
)

// faissTable makes a table of n vectors with an index USING faiss.
func faissTable(t *testing.T, c *pgx.Conn, n int, factory string) {
	t.Helper()
	for _, sql := range []string{
		"CREATE TABLE items (id int PRIMARY KEY, kind int NOT NULL, emb vector(24))",
		fmt.Sprintf(`INSERT INTO items SELECT i, i %% 7, array_agg(sin(i * 7 + k) ORDER BY k)::vector(24)
			FROM generate_series(1, %d) i, generate_series(1, 24) k GROUP BY i`, n),
		fmt.Sprintf("CREATE INDEX items_faiss ON items USING faiss (emb) WITH (factory = '%s', metric = 'l2')", factory),
	} {
		if _, err := c.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// TestFaissContract asks while rows are inserted, updated and deleted and indexes are built: an answer has min(k, matching
// rows) rows, all of which are of its snapshot and pass its filter, nearest first and with their true distances.
func TestFaissContract(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for _, factory := range []string{"IVF8,PQ4x4", "HNSW8", "PCA8,Flat"} {
		t.Run(factory, func(t *testing.T) {
			i := start(t, server.Config{})
			faissTable(t, i.connect(), 600, factory)
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			var all sync.WaitGroup
			each := func(stream uint64, step func(c *pgx.Conn, rng *rand.Rand) error) {
				c, rng := i.connect(), rand.New(rand.NewPCG(seed, stream))
				all.Go(func() {
					for ctx.Err() == nil {
						if err := step(c, rng); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			each(1, changeItems)
			each(2, askItems)
			each(3, askItems)
			each(4, func(c *pgx.Conn, _ *rand.Rand) error {
				_, err := c.Exec(context.Background(), "REINDEX INDEX items_faiss")
				return err
			})
			all.Wait()
		})
	}
}

func changeItems(c *pgx.Conn, rng *rand.Rand) error {
	for _, sql := range []string{
		fmt.Sprintf("DELETE FROM items WHERE id = %d", rng.IntN(900)),
		fmt.Sprintf("UPDATE items SET emb = emb * array_fill(0.9, ARRAY[24])::vector WHERE id = %d", rng.IntN(900)),
		fmt.Sprintf(`INSERT INTO items SELECT %d, %d, array_agg(random() ORDER BY k)::vector(24)
			FROM generate_series(1, 24) k ON CONFLICT DO NOTHING`, rng.IntN(900), rng.IntN(7)),
	} {
		if _, err := c.Exec(context.Background(), sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// askItems compares an answer with the table at the same snapshot, sometimes with changes of its own.
func askItems(c *pgx.Conn, rng *rand.Rand) error {
	ctx := context.Background()
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if rng.IntN(2) == 0 {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO items SELECT %d + g, g, emb FROM items, generate_series(1, 3) g
			WHERE id = (SELECT min(id) FROM items)`, 10_000+rng.IntN(1_000_000_000))); err != nil {
			return err
		}
	}
	k, kinds := 1+rng.IntN(20), rng.IntN(8)
	where := fmt.Sprintf("WHERE kind < %d AND emb IS NOT NULL", kinds)
	query := fmt.Sprintf("(SELECT array_agg(cos(k * %d) ORDER BY k)::vector(24) FROM generate_series(1, 24) k)", rng.IntN(100))
	var right, got, want int
	sql := fmt.Sprintf(`WITH a AS MATERIALIZED (SELECT id, emb <-> %[1]s AS d FROM items %[2]s ORDER BY emb <-> %[1]s LIMIT %[3]d),
		b AS MATERIALIZED (SELECT id, emb + emb - emb AS emb FROM items %[2]s)
		SELECT (SELECT count(*) FROM a JOIN b USING (id) WHERE abs(a.d - (b.emb <-> %[1]s)) < 1e-5), (SELECT count(*) FROM a),
			(SELECT least(count(*), %[3]d) FROM b)`, query, where, k)
	if err := tx.QueryRow(ctx, sql).Scan(&right, &got, &want); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	if got != want || right != want {
		return fmt.Errorf("%s: %d rows, %d of them right, want %d", sql, got, right, want)
	}
	return nil
}

// TestFaissFileDamaged overwrites every block of an index's file with noise: one warning, the right answers, and nothing to
// say at the next start. A file that is missing is made again without a word.
func TestFaissFileDamaged(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	i := start(t, server.Config{})
	faissTable(t, i.connect(), 300, "HNSW16")
	want := nearestItems(t, i)
	log := &countedLog{}
	i.config.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	i.stop()
	path, whole := faissFile(t, i.config.DataDir)
	for first := 0; first < len(whole); first += blockBytes {
		damaged := append([]byte(nil), whole...)
		for k := first; k < min(first+blockBytes, len(damaged)); k++ {
			damaged[k] ^= byte(1 + rng.IntN(255))
		}
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		log.reset()
		i.open()
		waitForFaiss(t, i.config.DataDir)
		i.stop()
		if lines := log.lines(); len(lines) != 1 {
			t.Fatalf("block %d: %d warnings, want 1: %q", first/blockBytes, len(lines), lines)
		}
		log.reset()
		i.open()
		if got := nearestItems(t, i); got != want {
			t.Fatalf("block %d: the answer is %s, not %s", first/blockBytes, got, want)
		}
		i.stop()
		if lines := log.lines(); len(lines) != 0 {
			t.Fatalf("block %d: warnings at the next start: %q", first/blockBytes, lines)
		}
	}
	i.open()
}

func faissFile(t *testing.T, dir string) (string, []byte) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "vectors", "faiss-*"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return paths[0], data
}

// waitForFaiss waits until an index's file is there, and nothing else of it.
func waitForFaiss(t *testing.T, dir string) {
	t.Helper()
	for range 1000 {
		if paths, err := filepath.Glob(filepath.Join(dir, "vectors", "faiss-*")); err != nil {
			t.Fatal(err)
		} else if len(paths) == 1 && filepath.Ext(paths[0]) == "" {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the index was not made again")
}

// TestFaissErase deletes a row whose vector FAISS's file holds as it is: VACUUM (ERASE) leaves none of its bytes, and it
// waits for a build that reads the row.
func TestFaissErase(t *testing.T) {
	i := start(t, server.Config{})
	c, ctx := i.connect(), context.Background()
	faissTable(t, c, 3000, "HNSW32")
	var v []float32
	if err := c.QueryRow(ctx, "SELECT emb::real[] FROM items WHERE id = 77").Scan(&v); err != nil {
		t.Fatal(err)
	}
	var raw []byte
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	if at := filesWith(t, filepath.Join(i.config.DataDir, "vectors"), raw); len(at) == 0 {
		t.Fatal("no file of an index has the vector")
	}
	built := make(chan error, 1)
	other := i.connect()
	go func() {
		_, err := other.Exec(ctx, "REINDEX INDEX items_faiss")
		built <- err
	}()
	for _, sql := range []string{"DELETE FROM items WHERE id = 77", "SET lock_timeout = '10ms'", "VACUUM (ERASE) items"} {
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if err := <-built; err != nil {
		t.Fatal(err)
	}
	if at := filesWith(t, i.config.DataDir, raw); len(at) > 0 {
		t.Errorf("the deleted vector is in %v", at)
	}
}
