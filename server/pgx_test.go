package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/server"
)

// fillItems makes a table of n rows and vectors on a circle.
func fillItems(t *testing.T, conn *pgx.Conn, n int) {
	t.Helper()
	ctx := context.Background()
	if _, err := conn.Exec(ctx, "CREATE TABLE items (id int8 PRIMARY KEY, name text, emb vector(2))"); err != nil {
		t.Fatal(err)
	}
	_, err := conn.Exec(ctx, `INSERT INTO items SELECT g, 'item ' || g, ('[' || cos(g * 0.001) || ',' || sin(g * 0.001) || ']')::vector
		FROM generate_series(1, $1) g`, n)
	if err != nil {
		t.Fatal(err)
	}
}

// TestQueryModes runs the product's query in every way pgx has: text and binary, prepared and not.
func TestQueryModes(t *testing.T) {
	i := start(t, server.Config{})
	fillItems(t, i.connect(), 2000)
	ctx := context.Background()
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe,
		pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			conn := i.connect()
			for _, formats := range []pgx.QueryResultFormats{{pgx.TextFormatCode}, {pgx.BinaryFormatCode}} {
				args := []any{mode, "[0.5403,0.8414]"}
				if mode != pgx.QueryExecModeSimpleProtocol {
					args = []any{mode, formats, "[0.5403,0.8414]"}
				}
				rows, err := conn.Query(ctx, "SELECT id, name FROM items ORDER BY similarity(emb, $1::vector) LIMIT 3", args...)
				if err != nil {
					t.Fatal(err)
				}
				got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
					ID   int64
					Name string
				}])
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != 3 || got[0].ID != 1000 || got[0].Name != "item 1000" {
					t.Errorf("got %v", got)
				}
			}
		})
	}
}

// TestPipeline sends statements without waiting; one that fails skips the rest up to the sync, and undoes what
// came before it.
func TestPipeline(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	ctx := context.Background()
	batch := &pgx.Batch{}
	batch.Queue("CREATE TABLE p (a int4 PRIMARY KEY)")
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		t.Fatal(err)
	}
	batch = &pgx.Batch{}
	for n := range 50 {
		batch.Queue("INSERT INTO p VALUES ($1)", n)
	}
	batch.Queue("INSERT INTO p VALUES (7)")
	batch.Queue("INSERT INTO p VALUES (1000)")
	var e *pgconn.PgError
	if err := conn.SendBatch(ctx, batch).Close(); !errors.As(err, &e) || e.Code != "23505" {
		t.Fatalf("want 23505, got %v", err)
	}
	var n int
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM p").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows after a failed pipeline, %v", n, err)
	}
}

// TestRowLimitedPortal executes a portal in steps; the tag counts the last one, as in Postgres.
func TestRowLimitedPortal(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	fillItems(t, conn, 2500)
	f := conn.PgConn().Frontend()
	f.SendParse(&parseMsg{Query: "SELECT id FROM items ORDER BY id"})
	f.SendBind(&bindMsg{})
	for range 3 {
		f.SendExecute(&executeMsg{MaxRows: 1000})
	}
	f.SendSync(&syncMsg{})
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	var got []string
	rows := 0
	for {
		m, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *dataRowMsg:
			rows++
		case *suspendedMsg:
			got = append(got, fmt.Sprintf("suspended after %d", rows))
		case *completeMsg:
			got = append(got, string(m.CommandTag))
		case *errorMsg:
			t.Fatal(m.Message)
		case *readyMsg:
			if want := "suspended after 1000,suspended after 2000,SELECT 500"; strings.Join(got, ",") != want {
				t.Errorf("got %q", got)
			}
			return
		}
	}
}

// TestBinaryCopy brings rows in and out in COPY's binary form.
func TestBinaryCopy(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	ctx := context.Background()
	if _, err := conn.Exec(ctx, "CREATE TABLE c (a int4, b text, d float8, e bool)"); err != nil {
		t.Fatal(err)
	}
	n, err := conn.CopyFrom(ctx, pgx.Identifier{"c"}, []string{"a", "b", "d", "e"}, pgx.CopyFromRows([][]any{
		{int32(1), "one", 1.5, true}, {int32(2), nil, -2.5, false}}))
	if err != nil || n != 2 {
		t.Fatalf("copied %d rows, %v", n, err)
	}
	var out strings.Builder
	if _, err := conn.PgConn().CopyTo(ctx, &out, "COPY (SELECT * FROM c ORDER BY a) TO STDOUT"); err != nil {
		t.Fatal(err)
	}
	if want := "1\tone\t1.5\tt\n2\t\\N\t-2.5\tf\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// TestCancel ends a statement from outside; the session lives on.
func TestCancel(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	go func() {
		time.Sleep(100 * time.Millisecond)
		_ = conn.PgConn().CancelRequest(context.Background())
	}()
	begin := time.Now()
	_, err := conn.PgConn().Exec(context.Background(), "SELECT pg_sleep(60)").ReadAll()
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != "57014" {
		t.Fatalf("want 57014, got %v", err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("the cancel took %s", took)
	}
	if err := conn.Ping(context.Background()); err != nil {
		t.Errorf("after a cancel: %v", err)
	}
}

// TestNoLostUpdate counts up from many sessions at once at READ COMMITTED.
func TestNoLostUpdate(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	ctx := context.Background()
	if _, err := conn.Exec(ctx, "CREATE TABLE n (id int4 PRIMARY KEY, v int4)"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "INSERT INTO n VALUES (1, 0)"); err != nil {
		t.Fatal(err)
	}
	const sessions, each = 8, 25
	var wg sync.WaitGroup
	errs := make(chan error, sessions)
	for range sessions {
		c := i.connect()
		wg.Go(func() {
			for range each {
				if _, err := c.Exec(ctx, "UPDATE n SET v = v + 1 WHERE id = 1"); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	var v int
	if err := conn.QueryRow(ctx, "SELECT v FROM n").Scan(&v); err != nil || v != sessions*each {
		t.Errorf("counted to %d, want %d (%v)", v, sessions*each, err)
	}
}
