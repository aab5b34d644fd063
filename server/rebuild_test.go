package server_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/embed/registry/registrytest"
	"github.com/seguedb/segue/server"
)

// withTinyModels starts a server with the added models a and b, of 32 numbers.
func withTinyModels(t *testing.T) (*instance, *pgx.Conn) {
	t.Helper()
	i := start(t, server.Config{})
	addTiny(t, i, "a", "post")
	addTiny(t, i, "b", "stable")
	return i, i.connect()
}

func addTiny(t *testing.T, i *instance, name, fixture string) {
	t.Helper()
	r := registry.Open(i.config.DataDir)
	if _, err := r.AddDirectory(registrytest.Directory(t, mertFixtures, fixture, "hub.bin"), registry.AddOptions{Name: name}); err != nil {
		t.Fatal(err)
	}
}

const tracksByA = `CREATE TABLE tracks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, path text,
	emb vector(32) GENERATED ALWAYS AS (embed(path, model => 'a')) STORED)`

// eventually waits until a query's only value is what is wanted.
func eventually(t *testing.T, conn *pgx.Conn, sql, want string) {
	t.Helper()
	var got string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err := conn.QueryRow(context.Background(), sql).Scan(&got); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if got == want {
			return
		}
	}
	t.Fatalf("%s: %q, not %q", sql, got, want)
}

const (
	modelOf  = "SELECT model FROM segue_embeddings WHERE state = 'current' AND tablename = 'tracks'"
	stateOf  = "SELECT coalesce(string_agg(state, ','), 'none') FROM segue_rebuilds"
	ofModelB = "SELECT count(*)::text FROM tracks WHERE emb <-> embed(path, model => 'b') < 0.001"
)

// TestRebuild changes a column's model, to other dimensions too, and goes back.
func TestRebuild(t *testing.T) {
	i, conn := withTinyModels(t)
	mustExec(t, conn, tracksByA)
	mustExec(t, conn, "CREATE INDEX ON tracks USING hnsw (emb vector_cosine_ops)")
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('x.wav'), ('clay-road-guitar.wav'), (NULL)")
	mustExec(t, conn, "PREPARE near AS SELECT id FROM tracks ORDER BY emb <=> embed('x.wav') LIMIT 1")
	mustExec(t, conn, "PREPARE byname AS SELECT id FROM tracks ORDER BY emb <=> embed('x.wav', model => 'a') LIMIT 1")
	mustExec(t, conn, "EXECUTE near")
	mustExec(t, conn, "EXECUTE byname")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b')")
	eventually(t, conn, modelOf, "b")
	wantText(t, conn, ofModelB, "2")
	wantText(t, conn, stateOf, "kept")
	mustExec(t, conn, "EXECUTE near")
	wantCode(t, conn, "EXECUTE byname", "22000", `"a"`)
	wantCode(t, conn, "SELECT similarity(emb, embed('x.wav', model => 'a')) FROM tracks", "22000", `"b"`)
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('small-hours-vibes.wav')")
	wantText(t, conn, ofModelB, "3")
	i.restart()
	conn = i.connect()
	wantText(t, conn, ofModelB, "3")
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')")
	eventually(t, conn, modelOf, "a")
	wantText(t, conn, "SELECT count(*)::text FROM tracks WHERE emb <-> embed(path, model => 'a') < 0.001", "3")
}

// TestRebuildUnderLoad switches a column to other dimensions and back while readers hold every answer to be wholly of one
// model, and writers insert, change and delete.
func TestRebuildUnderLoad(t *testing.T) {
	i, conn := withTinyModels(t)
	mustExec(t, conn, tracksByA)
	mustExec(t, conn, "ALTER TABLE tracks ADD n int")
	for n := range 3 {
		mustExec(t, conn, fmt.Sprintf("INSERT INTO tracks (path, n) SELECT p, %d FROM unnest(ARRAY['x.wav', 'clay-road-guitar.wav', "+
			"'small-hours-vibes.wav', 'harbour-waltz-piano.flac', 'night-bus-radio.mp3']) p, generate_series(1, 20)", n))
	}
	// What the rebuild computes a reader may ask for without delay: the cache has it.
	dims := map[string]string{"a": "32", "b/layers:0-2": queryText(t, conn, "SELECT vector_dims(embed('x.wav', model => 'b/layers:0-2'))::text")}
	ctx, stop := context.WithCancel(context.Background())
	var work errgroup.Group
	for range 2 {
		reader := i.connect()
		work.Go(func() error { return readWhole(ctx, reader, dims) })
	}
	writer := i.connect()
	work.Go(func() error { return writeTracks(ctx, writer) })
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b/layers:0-2')")
	eventually(t, conn, modelOf, "b/layers:0-2")
	time.Sleep(100 * time.Millisecond)
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')")
	eventually(t, conn, modelOf, "a")
	time.Sleep(100 * time.Millisecond)
	stop()
	if err := work.Wait(); err != nil {
		t.Error(err)
	}
	wantRight(t, conn, "a")
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')")
	eventually(t, conn, modelOf, "b/layers:0-2")
	wantRight(t, conn, "b/layers:0-2")
}

// wantRight holds every row's embedding to the model's, read from the rows and found by the index.
func wantRight(t *testing.T, conn *pgx.Conn, model string) {
	t.Helper()
	wantText(t, conn, "SELECT count(*)::text FROM tracks WHERE emb IS NULL OR emb <-> embed(path, model => '"+model+"') > 0.001", "0")
	wantText(t, conn, `SELECT (SELECT count(*) FROM tracks WHERE path = 'x.wav')::text || ' ' ||
		(SELECT count(*) FROM (SELECT emb <=> embed('x.wav') AS d FROM tracks ORDER BY emb <=> embed('x.wav') LIMIT 10000) n WHERE d < 1e-4)`,
		queryText(t, conn, "SELECT count(*) || ' ' || count(*) FROM tracks WHERE path = 'x.wav'"))
}

func queryText(t *testing.T, conn *pgx.Conn, sql string) (out string) {
	t.Helper()
	if err := conn.QueryRow(context.Background(), sql).Scan(&out); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// readWhole asks for the nearest tracks: all of one model, and as right as that model has them.
func readWhole(ctx context.Context, conn *pgx.Conn, dims map[string]string) error {
	for ctx.Err() == nil {
		var models, dim, first string
		err := conn.QueryRow(context.Background(), `SELECT (SELECT string_agg(model, ',') FROM segue_embeddings WHERE state = 'current'),
			(SELECT string_agg(DISTINCT vector_dims(emb)::text, ',') FROM tracks),
			(SELECT path FROM tracks ORDER BY emb <=> embed('x.wav') LIMIT 1)`).Scan(&models, &dim, &first)
		if err != nil {
			return err
		}
		if dim != dims[models] || first != "x.wav" {
			return fmt.Errorf("model %s: dimensions %s, the nearest is %s", models, dim, first)
		}
	}
	return nil
}

func writeTracks(ctx context.Context, conn *pgx.Conn) error {
	for n := 0; ctx.Err() == nil; n++ {
		sql := [...]string{
			"INSERT INTO tracks (path, n) VALUES ('tidewater-strings.flac', 1)",
			"UPDATE tracks SET path = 'two-voices-harpsichord.wav' WHERE id = (SELECT min(id) FROM tracks WHERE path <> 'x.wav' AND id % 7 = 3)",
			"UPDATE tracks SET n = n + 1 WHERE id % 5 = 0",
			"DELETE FROM tracks WHERE id = (SELECT max(id) FROM tracks WHERE id % 11 = 0 AND path <> 'x.wav')",
		}[n%4]
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// TestRebuildCancelled ends a rebuild, by itself, with its transaction, and with what it was of.
func TestRebuildCancelled(t *testing.T) {
	i, conn := withTinyModels(t)
	mustExec(t, conn, tracksByA)
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('x.wav'), ('clay-road-guitar.wav')")
	holder := i.connect()
	mustExec(t, holder, "BEGIN; UPDATE tracks SET path = path WHERE id = 1")
	mustExec(t, conn, "SET lock_timeout = '50ms'")
	wantCode(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b')", "55P03", "lock timeout")
	mustExec(t, holder, "ROLLBACK")
	mustExec(t, conn, "BEGIN; SELECT segue_rebuild('tracks', 'emb', model => 'b'); ROLLBACK")
	wantText(t, conn, stateOf, "none")

	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b/layer:2', keep => '0')")
	eventually(t, conn, modelOf, "b/layer:2")
	wantText(t, conn, stateOf, "none")
	wantCode(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')", "55000", "no earlier embeddings")

	// Who writes and does not end keeps the switch waiting; others pass, and it can be cancelled.
	mustExec(t, conn, "SET lock_timeout = '20ms'")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'a')")
	eventually(t, conn, modelOf, "a")
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')")
	mustExec(t, holder, "BEGIN; SELECT 1 FROM tracks WHERE id = 2 FOR UPDATE")
	eventually(t, conn, "SELECT CASE state WHEN 'kept' THEN 'switching' ELSE state END FROM segue_rebuilds", "switching")
	mustExec(t, conn, "SELECT count(*) FROM tracks")
	mustExec(t, holder, "COMMIT")
	eventually(t, conn, modelOf, "b/layer:2")
	mustExec(t, conn, "RESET lock_timeout")
	wantText(t, conn, "SELECT segue_rebuild_cancel('tracks', 'emb')::text", "false")
	wantText(t, conn, "SELECT segue_rebuild_discard('tracks', 'emb')::text", "true")
	wantText(t, conn, "SELECT segue_rebuild_discard('tracks', 'emb')::text", "false")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b')")
	mustExec(t, conn, "DROP TABLE tracks")
	wantText(t, conn, stateOf, "none")
}

// TestRebuildFails: a row whose audio is gone stops the switch and is named; it goes on when the row is mended.
func TestRebuildFails(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"x.wav", "clay-road-guitar.wav"} {
		registrytest.Write(t, filepath.Join(root, name), registrytest.Read(t, filepath.Join(audioRoot, name)))
	}
	i := start(t, server.Config{AudioRoot: root})
	addTiny(t, i, "a", "post")
	addTiny(t, i, "b", "stable")
	conn := i.connect()
	mustExec(t, conn, tracksByA)
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('x.wav'), ('clay-road-guitar.wav'), ('x.wav')")
	if err := os.Remove(filepath.Join(root, "clay-road-guitar.wav")); err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b')")
	eventually(t, conn, stateOf, "failed")
	const progress = "SELECT rows_done || '/' || rows_total || ' ' || rows_failed FROM segue_rebuilds"
	eventually(t, conn, progress, "2/3 1")
	wantText(t, conn, "SELECT (error LIKE '%(id)=(2)%clay-road-guitar.wav%')::text FROM segue_rebuilds", "true")
	wantText(t, conn, modelOf, "a")
	wantCode(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b/layer:2')", "55006", `"b"`)
	i.restart()
	conn = i.connect()
	eventually(t, conn, stateOf, "failed")
	mustExec(t, conn, "UPDATE tracks SET path = 'x.wav' WHERE id = 2")
	eventually(t, conn, modelOf, "b")

	mustExec(t, conn, "SELECT segue_rebuild_discard('tracks', 'emb')")
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('x.wav')")
	if err := os.Rename(filepath.Join(root, "x.wav"), filepath.Join(root, "y.wav")); err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b/layer:2')")
	eventually(t, conn, stateOf, "failed")
	if err := os.Rename(filepath.Join(root, "y.wav"), filepath.Join(root, "x.wav")); err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b/layer:2')")
	eventually(t, conn, modelOf, "b/layer:2")
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')")
	eventually(t, conn, modelOf, "b")
}

// TestSeveralEmbeddings: columns of a table by different models, one of them rebuilt.
func TestSeveralEmbeddings(t *testing.T) {
	_, conn := withTinyModels(t)
	mustExec(t, conn, tracksByA)
	mustExec(t, conn, "ALTER TABLE tracks ADD other halfvec(32) GENERATED ALWAYS AS (embed(path, model => 'b')::halfvec(32)) STORED")
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('x.wav'), ('clay-road-guitar.wav')")
	wantCode(t, conn, "SELECT emb <=> other::vector FROM tracks", "22000", `"b"`)
	wantText(t, conn, "SELECT id::text FROM tracks ORDER BY other <=> embed('clay-road-guitar.wav', model => 'b')::halfvec LIMIT 1", "2")
	mustExec(t, conn, "CREATE INDEX ON tracks USING faiss (emb) WITH (factory = 'Flat', metric = 'l2')")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'other', model => 'a/layers:0-2')")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b/layers:0-2')")
	eventually(t, conn, "SELECT string_agg(attname || ' ' || model, ', ' ORDER BY attname) FROM segue_embeddings WHERE state = 'current'",
		"emb b/layers:0-2, other a/layers:0-2")
	wantText(t, conn, "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'tracks'::regclass AND attname = 'other'",
		"halfvec("+queryText(t, conn, "SELECT vector_dims(other)::text FROM tracks WHERE id = 1")+")")
	wantText(t, conn, "SELECT id::text FROM tracks ORDER BY emb <-> embed('clay-road-guitar.wav') LIMIT 1", "2")
	wantText(t, conn, "SELECT count(*)::text FROM tracks WHERE other <-> embed(path, model => 'a/layers:0-2')::halfvec < 0.01", "2")
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'other')")
	eventually(t, conn, "SELECT model FROM segue_embeddings WHERE state = 'current' AND attname = 'other'", "b")
	wantText(t, conn, "SELECT count(*)::text FROM tracks WHERE other <-> embed(path, model => 'b')::halfvec < 0.01", "2")
}
