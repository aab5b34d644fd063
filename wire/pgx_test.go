package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// connect opens a connection with the client that most Go programs use, asking for TLS first as it does by
// default.
func connect(t testing.TB, addr string) *pgconn.PgConn {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return connectString(t, fmt.Sprintf("host=%s port=%s user=ada dbname=segue sslmode=prefer", host, port))
}

func connectString(t testing.TB, dsn string) *pgconn.PgConn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// wantCode fails unless err is a server's error with this SQLSTATE.
func wantCode(t testing.TB, err error, code string) *pgconn.PgError {
	t.Helper()
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != code {
		t.Fatalf("got error %v, want SQLSTATE %s", err, code)
	}
	return pgErr
}

func TestPgconnSimpleAndExtended(t *testing.T) {
	server := serveTest(t, newEchoHandler(), Options{})
	conn, ctx := connect(t, server.addr), t.Context()

	results, err := conn.Exec(ctx, "rows 2; echo x y").ReadAll()
	if err != nil || len(results) != 2 || len(results[0].Rows) != 2 || string(results[1].Rows[0][1]) != "y" {
		t.Fatalf("simple query: %v %v", results, err)
	}
	result := conn.ExecParams(ctx, "params $1 $2", [][]byte{[]byte("one"), nil}, nil, nil, nil).Read()
	if result.Err != nil || string(result.Rows[0][0]) != "one" || string(result.Rows[0][1]) != "NULL" && result.Rows[0][1] != nil {
		t.Fatalf("extended query: %v %v", result.Rows, result.Err)
	}
	statement, err := conn.Prepare(ctx, "s", "params $1", nil)
	if err != nil || len(statement.ParamOIDs) != 1 || statement.Fields[0].Name != "p1" {
		t.Fatalf("prepare: %+v %v", statement, err)
	}
	if got := conn.ExecPrepared(ctx, "s", [][]byte{[]byte("bound")}, nil, nil).Read(); string(got.Rows[0][0]) != "bound" {
		t.Fatalf("execute: %v %v", got.Rows, got.Err)
	}
	_, err = conn.Exec(ctx, "nonsense").ReadAll()
	if wantCode(t, err, "42601").Position != 1 {
		t.Error("the position was lost")
	}
	if conn.ParameterStatus("server_version") != "17.0" {
		t.Error("no server_version")
	}
}

func TestPgxQueriesWithItsStatementCache(t *testing.T) {
	server := serveTest(t, newEchoHandler(), Options{})
	conn, err := pgx.Connect(t.Context(), "postgres://ada@"+server.addr+"/segue")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for range 3 {
		var a, b string
		if err := conn.QueryRow(t.Context(), "params $1 $2", "x", "y").Scan(&a, &b); err != nil || a+b != "xy" {
			t.Fatalf("got %q %q %v", a, b, err)
		}
	}
}

func TestPgconnPipeline(t *testing.T) {
	server := serveTest(t, newEchoHandler(), Options{})
	p := connect(t, server.addr).StartPipeline(t.Context())
	p.SendQueryParams("echo a", nil, nil, nil, nil)
	p.SendQueryParams("fail 22012 division by zero", nil, nil, nil, nil)
	p.SendQueryParams("echo skipped", nil, nil, nil, nil)
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	p.SendQueryParams("echo b", nil, nil, nil, nil)
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	read := func() (string, error) {
		r, err := p.GetResults()
		if err != nil {
			return "", err
		}
		if _, ok := r.(*pgconn.PipelineSync); ok {
			return "sync", nil
		}
		got := r.(*pgconn.ResultReader).Read()
		if got.Err != nil {
			return "", got.Err
		}
		return string(got.Rows[0][0]), nil
	}
	if got, err := read(); got != "a" || err != nil {
		t.Fatalf("got %q %v", got, err)
	}
	_, err := read()
	wantCode(t, err, "22012")
	for _, want := range []string{"sync", "b", "sync"} {
		if got, err := read(); got != want || err != nil {
			t.Fatalf("got %q %v, want %s", got, err, want)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPgconnCopy(t *testing.T) {
	server := serveTest(t, newEchoHandler(), Options{})
	conn, ctx := connect(t, server.addr), t.Context()

	const lines = 300_000 // 3 MB: many CopyData messages
	tag, err := conn.CopyFrom(ctx, strings.NewReader(strings.Repeat("0123456789\n", lines)), "copyin")
	if err != nil || tag.RowsAffected() != lines {
		t.Fatalf("copy in: %v %v", tag, err)
	}
	var out bytes.Buffer
	tag, err = conn.CopyTo(ctx, &out, "copyout 3")
	if err != nil || tag.RowsAffected() != 3 || out.String() != "row 1\nrow 2\nrow 3\n" {
		t.Fatalf("copy out: %q %v %v", out.String(), tag, err)
	}
	// The server's error stops a client in the middle of its data, and the connection goes on.
	_, err = conn.CopyFrom(ctx, strings.NewReader(strings.Repeat("0123456789\n", lines)), "copyin1")
	wantCode(t, err, "22P02")
	_, err = conn.CopyFrom(ctx, failingReader{}, "copyin")
	if !errors.Is(err, errNoMore) {
		wantCode(t, err, "57014")
	}
	if _, err := conn.Exec(ctx, "echo x").ReadAll(); err != nil {
		t.Fatal(err)
	}
}

type failingReader struct{}

var errNoMore = errors.New("no more")

func (failingReader) Read([]byte) (int, error) { return 0, errNoMore }

func TestUnixSocket(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second time over the first one's path
		l, err := ListenUnix(dir, 5433, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ListenUnix(dir, 5433, 0o600); err == nil {
			t.Fatal("two servers on one socket")
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false) // as after kill -9
		server := serveOn(t, newEchoHandler(), Options{}, l)
		conn := connectString(t, "host="+dir+" port=5433 user=ada dbname=segue")
		if _, err := conn.Exec(t.Context(), "echo x").ReadAll(); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close(t.Context())
		server.stop()
		await(t, "the end", server.done)
	}
	if _, err := ListenUnix(filepath.Join(dir, "missing"), 1, 0o600); err == nil {
		t.Error("listened in a directory that does not exist")
	}
}
