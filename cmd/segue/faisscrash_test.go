package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestKillInFaissBuild kills the server with SIGKILL while FAISS builds an index or its file is written: after the restart
// the index is made again from the rows, and the answers, which FAISS's flat index does not approximate, are the same.
func TestKillInFaissBuild(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	data := filepath.Join(t.TempDir(), "data")
	cmd, address := startProcess(t, data)
	conn := dial(t, address)
	run := func(conn *pgx.Conn, sql string) {
		t.Helper()
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run(conn, "CREATE TABLE items (id int PRIMARY KEY, emb vector(32))")
	run(conn, `INSERT INTO items SELECT i, array_agg(sin(i * 7 + k) ORDER BY k)::vector(32)
		FROM generate_series(1, 4000) i, generate_series(1, 32) k GROUP BY i`)
	want := nearestOf(t, conn)
	run(conn, "CREATE INDEX items_faiss ON items USING faiss (emb) WITH (factory = 'IVF64,Flat', metric = 'l2')")
	for range 5 {
		killed := make(chan struct{})
		go func() {
			time.Sleep(time.Duration(rng.Int64N(int64(80 * time.Millisecond))))
			_ = cmd.Process.Kill()
			close(killed)
		}()
		for {
			if _, err := conn.Exec(context.Background(), "REINDEX INDEX items_faiss"); err != nil {
				break
			}
		}
		<-killed
		_ = conn.Close(context.Background())
		_ = cmd.Wait() // killed
		cmd, address = startProcess(t, data)
		conn = dial(t, address)
		if got := nearestOf(t, conn); got != want {
			t.Fatalf("the answer is %s, not %s", got, want)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(data, "vectors", "faiss-*"))
		if err == nil && len(files) == 1 && filepath.Ext(files[0]) == "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the index was not made again: %v %v", files, err)
		}
	}
	_ = conn.Close(context.Background())
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("an interrupted server must end in good order: %v", err)
	}
}

func nearestOf(t *testing.T, conn *pgx.Conn) (ids string) {
	t.Helper()
	ctx := context.Background()
	if _, err := conn.Exec(ctx, "SET faiss.nprobe = 64"); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(ctx, `SELECT string_agg(id::text, ' ') FROM (SELECT id FROM items ORDER BY emb <->
		(SELECT array_agg(cos(k) ORDER BY k)::vector(32) FROM generate_series(1, 32) k) LIMIT 20) n`).Scan(&ids); err != nil {
		t.Fatal(err)
	}
	return ids
}
