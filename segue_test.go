package segue_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seguedb/segue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const audioRoot = "testdata/audio"

func open(t *testing.T) *segue.DB {
	t.Helper()
	db, err := segue.Open(filepath.Join(t.TempDir(), "data"), segue.AudioRoot(audioRoot))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// TestEmbedded is README's session, in process.
func TestEmbedded(t *testing.T) {
	db, ctx := open(t), context.Background()
	_, err := db.Exec(ctx, `CREATE TABLE tracks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, path text NOT NULL,
		emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED)`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, "COPY tracks FROM '.' WITH (FORMAT audio) WHERE path = 'x.wav'"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, "TRUNCATE tracks RESTART IDENTITY"); err != nil {
		t.Fatal(err)
	}
	n, err := db.CopyFrom(ctx, "COPY tracks (path) FROM STDIN", strings.NewReader("granite-distorted.mp3\ntidewater-pads.ogg\n"))
	if err != nil || n != 2 {
		t.Fatalf("copied %d, %v", n, err)
	}
	rows, err := db.Query(ctx, "SELECT id, path FROM tracks ORDER BY similarity(emb, embed($1)) LIMIT 10", "tidewater-choir.opus")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for rows.Next() {
		var id int64
		var path string
		if err := rows.Scan(&id, &path); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(id, path))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"2tidewater-pads.ogg", "1granite-distorted.mp3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	var out strings.Builder
	if n, err := db.CopyTo(ctx, "COPY (SELECT path FROM tracks ORDER BY id) TO STDOUT", &out); err != nil || n != 2 ||
		out.String() != "granite-distorted.mp3\ntidewater-pads.ogg\n" {
		t.Errorf("copied %d rows out, %v: %q", n, err, out.String())
	}
}

// TestValues passes every kind of Go value in and out.
func TestValues(t *testing.T) {
	db, ctx := open(t), context.Background()
	when := time.Date(2026, 11, 24, 18, 30, 0, 123456000, time.UTC)
	rows, err := db.Query(ctx, "SELECT $1::int8, $2::float8, $3::text, $4::bool, $5::bytea, $6::vector, $7::timestamptz, $8::int4, $9::numeric",
		7, 1.5, "x", true, []byte{0, 255}, []float32{1, 2}, when, nil, "1.50")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	want := []any{int64(7), 1.5, "x", true, []byte{0, 255}, []float32{1, 2}, when, nil, "1.50"}
	got := rows.Values()
	for i := range want {
		if w, ok := want[i].(time.Time); ok {
			if g, ok := got[i].(time.Time); !ok || !g.Equal(w) {
				t.Errorf("column %d: %v, want %v", i, got[i], w)
			}
		} else if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("column %d: %#v, want %#v", i, got[i], want[i])
		}
	}
	var n *int64
	if err := rows.Scan(new(int), new(float32), new(string), new(bool), new([]byte), new([]float32), new(time.Time), &n, new(any)); err != nil || n != nil {
		t.Errorf("scan: %v, %v", err, n)
	}
}

// TestNow: every statement has its own time, and a transaction one for all.
func TestNow(t *testing.T) {
	db, ctx := open(t), context.Background()
	rows, err := db.Query(ctx, "SELECT now(), statement_timestamp() >= now()")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var now time.Time
	var ordered bool
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	if err := rows.Scan(&now, &ordered); err != nil || !ordered || time.Since(now).Abs() > time.Minute {
		t.Errorf("now() is %v (%v, %v)", now, ordered, err)
	}
}

// TestErrors carry SQLSTATEs, and leave nothing behind.
func TestErrors(t *testing.T) {
	db, ctx := open(t), context.Background()
	for query, code := range map[string]string{
		"SELECT nope": "42703", "SELEC": "42601", "SELECT 1/0": "22012", "SELECT embed('missing.wav')": "42501",
		"COPY pg_class TO STDOUT": "42809",
	} {
		_, err := db.Exec(ctx, query)
		var e *segue.Error
		if !errors.As(err, &e) || string(e.Code) != code {
			t.Errorf("%s: want %s, got %v", query, code, err)
		}
	}
	if _, err := segue.Open(filepath.Join(t.TempDir(), "x"), segue.AudioRoot(filepath.Join(t.TempDir(), "nowhere"))); err == nil {
		t.Error("an audio root that does not exist was taken")
	}
}

// TestDriver uses database/sql: prepared statements, a transaction, a failed one, and the pool's end.
func TestDriver(t *testing.T) {
	db, err := sql.Open("segue", filepath.Join(t.TempDir(), "data")+"?audio_root="+audioRoot)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = db.Exec("CREATE TABLE t (id int8 PRIMARY KEY, v vector(2))")
	must(err)
	tx, err := db.Begin()
	must(err)
	insert, err := tx.Prepare("INSERT INTO t VALUES ($1, $2)")
	must(err)
	for i := range 3 {
		r, err := insert.Exec(i, []float32{float32(i), 1})
		must(err)
		if n, _ := r.RowsAffected(); n != 1 {
			t.Errorf("affected %d", n)
		}
	}
	must(insert.Close())
	must(tx.Commit())

	tx, err = db.Begin()
	must(err)
	if _, err := tx.Exec("INSERT INTO t VALUES (0, NULL)"); err == nil {
		t.Error("a duplicate key was taken")
	}
	if err := tx.Commit(); err == nil {
		t.Error("a failed transaction said it committed")
	}
	var id int
	var v string
	must(db.QueryRow("SELECT id, v FROM t ORDER BY v <-> $1 LIMIT 1", "[2,1]").Scan(&id, &v))
	if id != 2 || v != "[2,1]" {
		t.Errorf("got %d %s", id, v)
	}
	if err := db.QueryRow("SELECT id FROM t WHERE id = 99").Scan(&id); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("want no rows, got %v", err)
	}
	must(db.Close())
}

// TestSession: what SET, BEGIN and Prepare say holds for the session, and for no other.
func TestSession(t *testing.T) {
	db, ctx := open(t), context.Background()
	s := db.Session()
	defer s.Close()
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := s.Exec(ctx, query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	exec("CREATE TABLE t (id int8 PRIMARY KEY, name text, size float8, v vector(2))")
	insert, err := s.Prepare(ctx, "INSERT INTO t VALUES ($1, $2, $3, $4)")
	if err != nil {
		t.Fatal(err)
	}
	exec("BEGIN")
	for i := range 3 {
		if n, err := insert.Exec(ctx, i, fmt.Sprint("n", i), i, []float32{float32(i), 1}); err != nil || n != 1 {
			t.Fatalf("inserted %d, %v", n, err)
		}
	}
	if n := count(t, db); n != 0 {
		t.Errorf("another session sees %d rows before the commit", n)
	}
	exec("COMMIT")
	if n := count(t, db); n != 3 {
		t.Errorf("another session sees %d rows after the commit", n)
	}
	exec("SET segue.recall = 0.95")
	nearest, err := s.Prepare(ctx, "SELECT id, name, size, current_setting('segue.recall') FROM t ORDER BY v <-> $1 LIMIT 2")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		rows, err := nearest.Query(ctx, []float32{2, 1})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for rows.Next() {
			var id int
			var name, recall string
			var size float64
			if err := rows.Scan(&id, &name, &size, &recall); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintln(id, name, size, recall))
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"2 n2 2 0.95\n", "1 n1 1 0.95\n"}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if _, err := insert.Exec(ctx, 0, nil, nil, nil); err == nil {
		t.Error("a duplicate key was taken")
	}
	exec("BEGIN")
	exec("DELETE FROM t")
	s.Close()
	if n := count(t, db); n != 3 {
		t.Errorf("%d rows after a session ended before its commit", n)
	}
}

func count(t *testing.T, db *segue.DB) (n int64) {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT count(*) FROM t")
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	if err := errors.Join(rows.Scan(&n), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLocked: one process, one open database at a time.
func TestLocked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	db, err := segue.Open(dir, segue.AudioRoot(audioRoot))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := segue.Open(dir, segue.AudioRoot(audioRoot)); !errors.Is(err, segue.ErrLocked) {
		t.Errorf("want ErrLocked, got %v", err)
	}
}

// TestServe opens the protocol on an embedded database and ends it again.
func TestServe(t *testing.T) {
	db := open(t)
	if err := db.Serve(context.Background(), "0.0.0.0:0"); err == nil {
		t.Error("an address of the world was taken")
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- db.Serve(ctx, "127.0.0.1:0") }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
