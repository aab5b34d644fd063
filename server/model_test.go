package server_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/embed/registry/registrytest"
	"github.com/seguedb/segue/server"
)

const mertFixtures = "../testdata/mert"

// TestAddedModel is a model that comes while the server runs, fills a column, survives a restart, and goes; another one
// that gets its name does not mix with what the first one left.
func TestAddedModel(t *testing.T) {
	i := start(t, server.Config{DataDir: filepath.Join(t.TempDir(), "data")})
	r := registry.Open(i.config.DataDir)
	conn := i.connect()
	wantCode(t, conn, "SELECT embed('x.wav', model => 'tiny')", "42704", "tiny")
	if _, err := r.AddDirectory(registrytest.Directory(t, mertFixtures, "post", "hub.bin"), registry.AddOptions{Name: "tiny"}); err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, "CREATE TABLE t (path text, emb vector(32) GENERATED ALWAYS AS (embed(path, model => 'tiny')) STORED)")
	mustExec(t, conn, "INSERT INTO t (path) VALUES ('x.wav'), ('clay-road-guitar.wav')")
	const nearest = "SELECT path || similarity(emb, embed('x.wav'))::numeric(3,2) FROM t ORDER BY similarity(emb, embed('x.wav')) LIMIT 1"
	wantText(t, conn, nearest, "x.wav1.00")
	wantText(t, conn, "SELECT licence || ' ' || dim || ' ' || pooling FROM segue_models WHERE name = 'tiny'", "cc-by-nc-4.0 32 layer:1")
	wantCode(t, conn, "SELECT similarity(emb, embed('x.wav', model => 'tiny', layer => 2)) FROM t", "22000", "different models")
	wantText(t, conn, "SELECT (similarity(emb, embed('x.wav', model => 'tiny', layer => 1)) > 0.5)::text FROM t LIMIT 1", "true")

	i.restart()
	conn = i.connect()
	wantText(t, conn, nearest, "x.wav1.00")
	// Plans that were made with the first model end with it.
	mustExec(t, conn, "PREPARE put AS INSERT INTO t (path) VALUES ($1)")
	mustExec(t, conn, "PREPARE get AS "+nearest)
	mustExec(t, conn, "EXECUTE get")
	if err := r.Remove("tiny"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, conn, "INSERT INTO t (path) VALUES ('x.wav')", "42704", "tiny")
	if _, err := r.AddDirectory(registrytest.Directory(t, mertFixtures, "stable", "hub.bin"), registry.AddOptions{Name: "tiny"}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, conn, "INSERT INTO t (path) VALUES ('night-bus-club.ogg')", "22000", `"tiny"`)
	wantCode(t, conn, nearest, "22000", `"tiny"`)
	wantCode(t, conn, strings.ReplaceAll(nearest, "'x.wav'", "'x.wav', model => 'tiny'"), "22000", "different models")
	wantCode(t, conn, "EXECUTE put('night-bus-club.ogg')", "22000", `"tiny"`)
	wantCode(t, conn, "EXECUTE get", "22000", `"tiny"`)
	wantText(t, conn, "SELECT count(*)::text FROM t", "2")
}

func mustExec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func wantText(t *testing.T, conn *pgx.Conn, sql, want string) {
	t.Helper()
	var got string
	if err := conn.QueryRow(context.Background(), sql).Scan(&got); err != nil || got != want {
		t.Errorf("%s: %q, not %q, %v", sql, got, want, err)
	}
}

func wantCode(t *testing.T, conn *pgx.Conn, sql, code, text string) {
	t.Helper()
	_, err := conn.Exec(context.Background(), sql)
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != code || !strings.Contains(e.Message+e.Detail, text) {
		t.Errorf("%s: %v, not %s with %s", sql, err, code, text)
	}
}
