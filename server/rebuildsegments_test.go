package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

const (
	segmentedByA = tracksByA + " WITH (segments = on)"
	segmentNames = "SELECT coalesce(string_agg(relname, ',' ORDER BY relname), '') FROM pg_class WHERE relkind = 'r' AND relname ~ 'segments'"
)

// wantSegments holds the segments of tracks to those of a table that the model has filled from the start.
func wantSegments(t *testing.T, conn *pgx.Conn, model string) {
	t.Helper()
	mustExec(t, conn, "CREATE TABLE fresh (id bigint PRIMARY KEY, path text, emb vector GENERATED ALWAYS AS (embed(path, model => '"+
		model+"')) STORED) WITH (segments = on)")
	mustExec(t, conn, "INSERT INTO fresh SELECT id, path FROM tracks")
	for _, sql := range []string{
		"SELECT * FROM tracks_segments EXCEPT SELECT * FROM fresh_segments",
		"SELECT * FROM fresh_segments EXCEPT SELECT * FROM tracks_segments",
	} {
		wantText(t, conn, "SELECT count(*)::text FROM ("+sql+") d", "0")
	}
	wantText(t, conn, "SELECT (count(*) > 0)::text FROM fresh_segments", "true")
	mustExec(t, conn, "DROP TABLE fresh")
}

// TestRebuildWithSegments: segments follow their column to another model and back, and go with what they are of.
func TestRebuildWithSegments(t *testing.T) {
	i, conn := withTinyModels(t)
	mustExec(t, conn, segmentedByA)
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('x.wav'), ('clay-road-guitar.wav'), (NULL)")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b')")
	eventually(t, conn, modelOf, "b")
	wantSegments(t, conn, "b")
	wantText(t, conn, segmentNames, "tracks_segments,tracks_segments1")
	wantText(t, conn, "SELECT string_agg(format_type(atttypid, atttypmod), ',') FROM pg_attribute WHERE attname = 'emb' AND attrelid IN "+
		"('tracks_segments'::regclass, 'tracks_segments1'::regclass)", "halfvec(32),halfvec(32)")
	wantText(t, conn, "SELECT count(*)::text FROM pg_class WHERE relname ~ 'segments1?_pkey' AND pg_table_is_visible(oid)", "2")
	wantText(t, conn, "SELECT track::text FROM segment_search('tracks', embed('clay-road-guitar.wav'), 1)", "2")
	wantCode(t, conn, "SELECT track FROM segment_search('tracks', embed('x.wav', model => 'a'), 1)", "22000", `"a"`)
	i.restart()
	conn = i.connect()
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('small-hours-vibes.wav')")
	mustExec(t, conn, "UPDATE tracks SET path = 'harbour-waltz-piano.flac' WHERE id = 2")
	mustExec(t, conn, "DELETE FROM tracks WHERE id = 1")
	wantSegments(t, conn, "b")
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')")
	eventually(t, conn, modelOf, "a")
	wantSegments(t, conn, "a")
	mustExec(t, conn, "SELECT segue_rebuild_discard('tracks', 'emb')")
	wantText(t, conn, segmentNames, "tracks_segments")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b')")
	eventually(t, conn, modelOf, "b")
	mustExec(t, conn, "ALTER TABLE tracks SET (segments = off)")
	wantText(t, conn, segmentNames, "")
	mustExec(t, conn, "ALTER TABLE tracks SET (segments = on)")
	wantCode(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')", "55000", "segments")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'a')")
	eventually(t, conn, modelOf, "a")
	wantSegments(t, conn, "a")
	mustExec(t, conn, "TRUNCATE tracks")
	wantText(t, conn, "SELECT (SELECT count(*) FROM tracks_segments) || ' ' || (SELECT count(*) FROM tracks_segments1)", "0 0")
	mustExec(t, conn, "DROP TABLE tracks")
	wantText(t, conn, segmentNames, "")
}

// TestRebuildCancelledWithSegments: what was made for a model that the column did not get goes.
func TestRebuildCancelledWithSegments(t *testing.T) {
	_, conn := withTinyModels(t)
	mustExec(t, conn, segmentedByA)
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('x.wav')")
	mustExec(t, conn, "BEGIN")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => 'b')")
	wantText(t, conn, segmentNames, "tracks_segments,tracks_segments1")
	wantText(t, conn, "SELECT segue_rebuild_cancel('tracks', 'emb')::text", "true")
	wantText(t, conn, segmentNames, "tracks_segments")
	mustExec(t, conn, "COMMIT")
	wantSegments(t, conn, "a")
}

// TestRebuildKeepsViews: views of the segments read those of the model that the column has, after a switch, after going back,
// and after a restart; the one of all columns where the dimensions stay.
func TestRebuildKeepsViews(t *testing.T) {
	i, conn := withTinyModels(t)
	mustExec(t, conn, segmentedByA)
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('x.wav'), ('clay-road-guitar.wav')")
	mustExec(t, conn, "CREATE VIEW places AS SELECT t.id, s.from_s, s.emb FROM tracks t, segments('tracks', t.id) s")
	mustExec(t, conn, "CREATE MATERIALIZED VIEW counted AS SELECT track, count(*) AS n, 'tracks_segments'::text FROM tracks_segments GROUP BY track")
	const other = "a/layer:0"
	right := func(model string) {
		t.Helper()
		eventually(t, conn, modelOf, model)
		wantText(t, conn, `SELECT string_agg((p.emb = s.emb)::text, ',' ORDER BY s.track, s.from_s) FROM places p
			JOIN tracks_segments s ON s.track = p.id AND s.from_s = p.from_s`, "true,true,true,true")
		wantText(t, conn, "SELECT (pg_get_viewdef('counted'::regclass) ~ 'FROM tracks_segments\\M')::text", "true")
		mustExec(t, conn, "REFRESH MATERIALIZED VIEW counted")
		wantText(t, conn, "SELECT sum(n)::text FROM counted", "4")
		wantText(t, conn, `SELECT count(DISTINCT refobjid)::text FROM pg_depend WHERE deptype = 'n' AND classid = 'pg_rewrite'::regclass
			AND refobjid = 'tracks_segments'::regclass`, "1")
	}
	right("a")
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => '"+other+"')")
	right(other)
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')")
	right("a")
	i.restart()
	conn = i.connect()
	right("a")
}

// TestRebuildBesideDefinitions: what gives the rows of a table another place, or takes their traces away, while a rebuild of it
// has just begun.
func TestRebuildBesideDefinitions(t *testing.T) {
	_, conn := withTinyModels(t)
	mustExec(t, conn, segmentedByA)
	mustExec(t, conn, "ALTER TABLE tracks ADD n int")
	models := []string{"a", "b"}
	for n, sql := range []string{
		"TRUNCATE tracks",
		"ALTER TABLE tracks ALTER n TYPE text USING 'n' || n",
		"VACUUM (ERASE) tracks",
		"ALTER TABLE tracks ADD more uuid DEFAULT gen_random_uuid()",
		"REINDEX TABLE tracks",
		"DELETE FROM tracks WHERE path = 'x.wav'",
	} {
		model := models[(n+1)%2]
		mustExec(t, conn, "INSERT INTO tracks (path) SELECT p FROM unnest(ARRAY['x.wav', 'clay-road-guitar.wav', 'small-hours-vibes.wav']) p, generate_series(1, 5)")
		mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => '"+model+"')")
		mustExec(t, conn, sql)
		mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('harbour-waltz-piano.flac')")
		eventually(t, conn, modelOf, model)
		wantRight(t, conn, model)
		wantSegments(t, conn, model)
	}
}

// TestRebuildSegmentsUnderLoad switches back and forth while tracks come, change and go, and somebody searches.
func TestRebuildSegmentsUnderLoad(t *testing.T) {
	i, conn := withTinyModels(t)
	mustExec(t, conn, "CREATE TABLE tracks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, path text, "+
		"emb vector GENERATED ALWAYS AS (embed(path, model => 'a')) STORED, n int) WITH (segments = on)")
	mustExec(t, conn, "INSERT INTO tracks (path, n) SELECT p, 1 FROM unnest(ARRAY['x.wav', 'clay-road-guitar.wav', "+
		"'small-hours-vibes.wav', 'harbour-waltz-piano.flac', 'night-bus-radio.mp3']) p, generate_series(1, 10)")
	const other = "b/layers:0-2"
	mustExec(t, conn, "SELECT embed('x.wav', model => '"+other+"')")
	ctx, stop := context.WithCancel(context.Background())
	var work errgroup.Group
	reader, writer := i.connect(), i.connect()
	work.Go(func() error {
		for ctx.Err() == nil {
			if _, err := reader.Exec(context.Background(), "SELECT * FROM segment_search('tracks', embed('x.wav'), 5)"); err != nil {
				return err
			}
		}
		return nil
	})
	work.Go(func() error { return writeTracks(ctx, writer) })
	mustExec(t, conn, "SELECT segue_rebuild('tracks', 'emb', model => '"+other+"')")
	eventually(t, conn, modelOf, other)
	time.Sleep(100 * time.Millisecond)
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')")
	eventually(t, conn, modelOf, "a")
	stop()
	if err := work.Wait(); err != nil {
		t.Error(err)
	}
	wantSegments(t, conn, "a")
	mustExec(t, conn, "SELECT segue_rebuild_rollback('tracks', 'emb')")
	eventually(t, conn, modelOf, other)
	wantSegments(t, conn, other)
}
