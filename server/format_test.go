package server_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seguedb/segue/server"
)

var freeze = flag.String("freeze", "", "write the frozen data directory of this format version, e.g. -freeze v1")

// frozenScript made the frozen data directories: rows of several types, vectors, an index, a deleted row, an
// embedding in the cache.
const frozenScript = `
CREATE TABLE frozen (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, n numeric, at timestamptz,
  tags text[], emb vector(3), CHECK (n > 0));
CREATE INDEX frozen_n ON frozen (n DESC);
INSERT INTO frozen (name, n, at, tags, emb) VALUES
  ('one', 1.50, '2026-11-24 12:00:00Z', '{a,"b c"}', '[1,0,0]'), ('two', 2, NULL, NULL, '[0,1,0]'),
  ('three', 3, 'infinity', '{}', NULL), ('gone', 4, NULL, NULL, '[1,0,0]');
DELETE FROM frozen WHERE name = 'gone';
COMMENT ON TABLE frozen IS 'made by an earlier version';
CREATE TABLE clip (path text PRIMARY KEY, emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED);
INSERT INTO clip VALUES ('clay-road-guitar.wav');
----
VACUUM
----
INSERT INTO frozen (name, n, emb) VALUES ('late', 9, '[0,0,1]');`

// TestFrozenFormats opens a copy of each data directory that an earlier version left in testdata/format, and reads and
// writes it: a change of the format without a new version number ends here.
func TestFrozenFormats(t *testing.T) {
	if *freeze != "" {
		writeFrozen(t, filepath.Join("../testdata/format", *freeze))
	}
	dirs, err := filepath.Glob("../testdata/format/v*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no frozen directories: %v", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			if err := os.CopyFS(data, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			i := start(t, server.Config{DataDir: data})
			for range 2 {
				checkFrozen(t, i)
				i.restart()
			}
		})
	}
}

func writeFrozen(t *testing.T, dir string) {
	t.Helper()
	i := start(t, server.Config{})
	conn := i.connect().PgConn()
	for _, part := range strings.Split(frozenScript, "----") {
		if _, err := conn.Exec(context.Background(), part).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	i.stop()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(i.config.DataDir)); err != nil {
		t.Fatal(err)
	}
}

func checkFrozen(t *testing.T, i *instance) {
	t.Helper()
	conn, ctx := i.connect(), context.Background()
	for query, want := range map[string]string{
		"SELECT string_agg(concat_ws(':', id, name, n, at, tags, emb), ' ' ORDER BY id) FROM frozen WHERE id < 6": "1:one:1.50:" +
			"2026-11-24 12:00:00+00:{a,\"b c\"}:[1,0,0] 2:two:2:[0,1,0] 3:three:3:infinity:{} 5:late:9:[0,0,1]",
		"SELECT string_agg(name, ' ') FROM (SELECT name FROM frozen WHERE emb IS NOT NULL ORDER BY emb <-> '[1,0.1,0]' LIMIT 2) t": "one two",
		"SELECT string_agg(name, ' ') FROM (SELECT name FROM frozen WHERE n >= 2 AND id < 6 ORDER BY n DESC) t":                    "late three two",
		"SELECT round(similarity(emb, embed(path))::numeric, 6)::text FROM clip":                                                   "1.000000",
		"SELECT obj_description('frozen'::regclass, 'pg_class')":                                                                   "made by an earlier version",
	} {
		var got string
		if err := conn.QueryRow(ctx, query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", query, got, err, want)
		}
	}
	var id int
	err := conn.QueryRow(ctx, "INSERT INTO frozen (name, n) VALUES (gen_random_uuid()::text, 1) RETURNING id").Scan(&id)
	if err != nil || id < 6 {
		t.Errorf("a new row gets id %d, %v", id, err)
	}
}
