package server_test

import (
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/embed/registry/registrytest"
	"github.com/seguedb/segue/server"
)

// TestEmbedText searches audio by words: both towers of a model share a space, a text beside a column is by the column's
// model, and spaces do not mix.
func TestEmbedText(t *testing.T) {
	i := start(t, server.Config{DataDir: filepath.Join(t.TempDir(), "data")})
	r := registry.Open(i.config.DataDir)
	if _, err := r.AddDirectory(registrytest.Clap(t, "../testdata/clap"), registry.AddOptions{Name: "clap"}); err != nil {
		t.Fatal(err)
	}
	conn := i.connect()
	wantText(t, conn, "SELECT dim || ' ' || sample_rate || ' ' || window_seconds || ' ' || pooling || ' ' || precision || ' ' || texts || "+
		"' ' || licence FROM segue_models WHERE name = 'clap'", "8 48000 1 mean fp32 true apache-2.0")
	wantText(t, conn, "SELECT string_agg(name, ' ') FROM segue_models WHERE texts", "clap")
	wantText(t, conn, "SELECT vector_dims(embed_text('slow sad piano', model => 'clap')) || ' ' || "+
		"vector_norm(embed_text('slow sad piano', 'clap'))::numeric(3,2)", "8 1.00")
	mustExec(t, conn, "CREATE TABLE t (path text, title text, emb vector(8) GENERATED ALWAYS AS (embed(path, model => 'clap')) STORED, "+
		"words vector(8) GENERATED ALWAYS AS (embed_text(title, model => 'clap')) STORED)")
	mustExec(t, conn, "INSERT INTO t VALUES ('x.wav', 'slow sad piano'), ('clay-road-guitar.wav', NULL)")
	const nearest = "SELECT count(*)::text FROM (SELECT path FROM t ORDER BY similarity(emb, embed_text('slow sad piano')) LIMIT 10) s"
	wantText(t, conn, nearest, "2") // by the column's model, not by the default, which reads no texts
	wantText(t, conn, "SELECT (words = embed_text('slow sad piano', 'clap')) || ' ' || (SELECT count(*) FROM t WHERE words IS NULL) "+
		"FROM t WHERE path = 'x.wav'", "true 1")
	wantText(t, conn, "SELECT (similarity(emb, words) = similarity(embed('x.wav', 'clap'), embed_text('slow sad piano', 'clap')))::text "+
		"FROM t WHERE path = 'x.wav'", "true")
	wantText(t, conn, "SELECT count(DISTINCT embed_text(w, model => 'clap')::text)::text FROM "+
		"unnest(ARRAY['slow', 'fast', 'slow', NULL]) w", "2")

	wantCode(t, conn, "SELECT embed_text('slow')", "0A000", `"music" does not embed texts`)
	wantCode(t, conn, "SELECT embed_text('slow', model => 'dsp')", "0A000", `"dsp" does not embed texts`)
	wantCode(t, conn, "SELECT embed_text('slow', m) FROM unnest(ARRAY['mert']) m", "0A000", `"mert" does not embed texts`)
	wantCode(t, conn, "SELECT embed_text('slow', model => 'clap/mean+deviation')", "0A000", "does not embed texts")
	wantCode(t, conn, "SELECT embed_text('slow', model => 'nope')", "42704", "nope")
	wantCode(t, conn, "SELECT embed('x.wav', model => 'clap', layer => 3)", "22023", "no layers")
	wantCode(t, conn, "CREATE TABLE u (title text, v vector(768) GENERATED ALWAYS AS (embed_text(title)) STORED)", "0A000", "music")
	wantCode(t, conn, "CREATE TABLE u (title text, v vector(9) GENERATED ALWAYS AS (embed_text(title, 'clap')) STORED)", "22000", "9 dimensions")
	wantText(t, conn, "SELECT (similarity(embed('x.wav'), embed_text('slow', 'clap')) = "+
		"similarity(embed('x.wav', 'clap'), embed_text('slow', 'clap')))::text", "true")
	wantCode(t, conn, "SELECT similarity(embed('x.wav', 'dsp'), embed_text('slow', 'clap'))", "22000", "different models")
	wantCode(t, conn, "SELECT similarity(emb, embed('x.wav', model => 'dsp')) FROM t", "22000", "different models")
	mustExec(t, conn, "CREATE TABLE m (path text, emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED)")
	mustExec(t, conn, "INSERT INTO m (path) VALUES ('x.wav')")
	wantCode(t, conn, "SELECT path FROM m ORDER BY emb <=> embed_text('slow', model => 'clap')", "22000", "different models")
	wantCode(t, conn, "SELECT path FROM m ORDER BY emb <=> embed_text('slow')", "0A000", "music")
	mustExec(t, conn, "INSERT INTO m (path) VALUES ('x.wav')")
	wantCode(t, conn, "SELECT path FROM m ORDER BY emb <=> embed_text('slow', model => 'music')", "0A000", "music")

	mustExec(t, conn, "CREATE VIEW v AS SELECT path, similarity(emb, embed_text('slow sad piano', model => 'clap')) AS s FROM t")
	const byView = "SELECT count(*) || ' ' || pg_get_viewdef('v') FROM v WHERE s IS NOT NULL"
	const shown = "2  SELECT t.path,\n    similarity(t.emb, embed_text('slow sad piano'::text, 'clap'::text)) AS s\n   FROM t;"
	wantText(t, conn, byView, shown)

	i.restart()
	conn = i.connect()
	wantText(t, conn, nearest, "2")
	wantText(t, conn, byView, shown)
	wantText(t, conn, "SELECT (words = embed_text('slow sad piano', 'clap'))::text FROM t WHERE path = 'x.wav'", "true")
}
