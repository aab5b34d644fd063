package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/server"
)

// TestEraseEmbedding deletes a track whose vector embed() computed: with the row its entry in the embedding cache
// and its place in the column's calibration go, and a track that is still there keeps its own.
func TestEraseEmbedding(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	ctx := context.Background()
	run := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE TABLE clip (path text PRIMARY KEY, emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED)")
	run("INSERT INTO clip VALUES ('clay-road-guitar.wav'), ('granite-slow.opus')")
	vector := func(path string) []byte {
		t.Helper()
		var v []float32
		if err := conn.QueryRow(ctx, "SELECT emb::real[] FROM clip WHERE path = $1", path).Scan(&v); err != nil {
			t.Fatal(err)
		}
		var raw []byte
		for _, x := range v {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
		return raw
	}
	gone, kept := vector("clay-road-guitar.wav"), vector("granite-slow.opus")
	run("ANALYZE clip") // which keeps a sample of the vectors
	run("DELETE FROM clip WHERE path LIKE 'clay%'")
	run("VACUUM (ERASE) clip")
	if at := filesWith(t, i.config.DataDir, gone[:64]); len(at) > 0 {
		t.Errorf("the deleted vector is in %v", at)
	}
	if at := filesWith(t, i.config.DataDir, kept[:64]); len(at) == 0 {
		t.Error("the vector that is left is in no file")
	}
}

// TestEraseSegments: the segments of a deleted track are in no file after it, as the row and its vector are not.
func TestEraseSegments(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	execute(t, conn, "CREATE TABLE clip (path text PRIMARY KEY, emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED) WITH (segments = on)")
	execute(t, conn, "INSERT INTO clip VALUES ('clay-road-guitar.wav'), ('granite-slow.opus')")
	halves := func(path string) []byte {
		t.Helper()
		sql := "SELECT emb FROM clip_segments WHERE track = $1 ORDER BY from_s LIMIT 1"
		r := conn.PgConn().ExecParams(context.Background(), sql, [][]byte{[]byte(path)}, nil, nil, []int16{1}).Read()
		if r.Err != nil || len(r.Rows) != 1 {
			t.Fatalf("%d rows, %v", len(r.Rows), r.Err)
		}
		var raw []byte
		sent := r.Rows[0][0]
		for at := 4; at < len(sent); at += 2 { // past the dimensions
			raw = append(raw, sent[at+1], sent[at])
		}
		return raw
	}
	gone, kept := halves("clay-road-guitar.wav"), halves("granite-slow.opus")
	execute(t, conn, "ANALYZE clip_segments")
	execute(t, conn, "DELETE FROM clip WHERE path LIKE 'clay%'")
	execute(t, conn, "VACUUM (ERASE) clip")
	if at := filesWith(t, i.config.DataDir, gone[:64]); len(at) > 0 {
		t.Errorf("a deleted segment's vector is in %v", at)
	}
	if at := filesWith(t, i.config.DataDir, kept[:64]); len(at) == 0 {
		t.Error("the segment that is left is in no file")
	}
}

// filesWith names the files below a directory that have some bytes in them.
func filesWith(t *testing.T, dir string, want []byte) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if bytes.Contains(data, want) {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEraseCancelled: VACUUM (ERASE) that waits for an older snapshot ends when it is cancelled.
func TestEraseCancelled(t *testing.T) {
	i := start(t, server.Config{})
	reader, c := i.connect(), i.connect()
	execute(t, c, "CREATE TABLE t (id int PRIMARY KEY, emb vector(3))")
	execute(t, c, "INSERT INTO t VALUES (1, '[1,2,3]'), (2, '[3,2,1]')")
	execute(t, reader, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	execute(t, reader, "SELECT count(*) FROM t")
	execute(t, c, "DELETE FROM t WHERE id = 1")
	execute(t, c, "SET lock_timeout = '10min'")
	erased := make(chan error, 1)
	go func() {
		_, err := c.Exec(context.Background(), "VACUUM (ERASE) t")
		erased <- err
	}()
	var state string
	for deadline := time.Now().Add(time.Minute); state != "active" && time.Now().Before(deadline); {
		if err := reader.QueryRow(t.Context(), "SELECT coalesce(max(state), '') FROM pg_stat_activity WHERE query LIKE 'VACUUM%'").Scan(&state); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.After(time.Minute); ; { // a request that comes before the wait is of no statement
		if err := c.PgConn().CancelRequest(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-erased:
			var e *pgconn.PgError
			if !errors.As(err, &e) || e.Code != "57014" {
				t.Fatalf("VACUUM ended with %v", err)
			}
			execute(t, reader, "COMMIT")
			execute(t, c, "VACUUM (ERASE) t")
			return
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatal("VACUUM cannot be cancelled")
		}
	}
}
