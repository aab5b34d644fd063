package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/seguedb/segue/embed/registry/registrytest"
)

// TestKillInRebuild kills the server with SIGKILL while a column's embeddings are made by another model, and while it
// switches: after each restart the column is wholly the old model's or the new one's, and the rebuild goes on to its end.
func TestKillInRebuild(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	data := filepath.Join(t.TempDir(), "data")
	for _, name := range []string{"post", "stable"} {
		wantModel(t, data, "added "+name, "add", registrytest.Directory(t, tinyFixtures, name, "hub.bin"), "--name", name)
	}
	cmd, address := startProcess(t, data)
	conn := dial(t, address)
	ctx := context.Background()
	text := func(sql string) (out string) {
		t.Helper()
		if err := conn.QueryRow(ctx, sql).Scan(&out); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return out
	}
	const model = "SELECT model FROM segue_embeddings WHERE state = 'current'"
	whole := func() string {
		t.Helper()
		of := text(model)
		if n := text("SELECT count(*)::text FROM tracks WHERE emb <-> embed(path, model => '" + of + "') < 0.001"); n != "400" {
			t.Fatalf("%s rows have embeddings of model %s, which the column has", n, of)
		}
		return of
	}
	for _, sql := range []string{
		"CREATE TABLE tracks (id int, path text, emb vector(32) GENERATED ALWAYS AS (embed(path, model => 'post')) STORED)",
		`INSERT INTO tracks SELECT i, CASE i % 3 WHEN 0 THEN 'x.wav' WHEN 1 THEN 'clay-road-guitar.wav' ELSE 'small-hours-vibes.wav' END
			FROM generate_series(1, 400) i`,
		"SELECT segue_rebuild('tracks', 'emb', model => 'stable/all')",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	// Once begun, it goes on from what was committed, and not from the beginning.
	progress := func() int { // -1 before it is known, 400 at the end
		n, err := strconv.Atoi(text(`SELECT CASE WHEN count(*) = 0 THEN 400 ELSE coalesce(max(rows_done), -1) END::text
			FROM segue_rebuilds WHERE state <> 'kept'`))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for last := 0; last < 400; {
		now := -1
		for deadline := time.Now().Add(20 * time.Second); now < 0 && time.Now().Before(deadline); {
			now = progress()
		}
		if now < last {
			t.Fatalf("%d rows are done, after %d before the restart", now, last)
		}
		for deadline := time.Now().Add(20 * time.Second); now <= last && now < 400 && time.Now().Before(deadline); {
			now = progress()
		}
		last = now
		time.Sleep(time.Duration(rng.Int64N(int64(20 * time.Millisecond))))
		_ = cmd.Process.Kill()
		_ = conn.Close(ctx)
		_ = cmd.Wait() // killed
		cmd, address = startProcess(t, data)
		conn = dial(t, address)
		t.Logf("killed at %d rows, model %s", last, whole())
	}
	for deadline := time.Now().Add(20 * time.Second); whole() != "stable/layers:0-2"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the rebuild does not end")
		}
	}
	const nearest = "SELECT path FROM tracks ORDER BY emb <=> embed('clay-road-guitar.wav') LIMIT 1"
	if got := text(nearest); got != "clay-road-guitar.wav" {
		t.Errorf("the nearest is %s", got)
	}
	_ = conn.Close(ctx)
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("an interrupted server must end in good order: %v", err)
	}
}
