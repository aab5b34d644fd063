package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/server"
)

// badAudio makes a folder of everything that is not a track.
func badAudio(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	good, err := os.ReadFile(filepath.Join(audioRoot, "clay-road-guitar.wav"))
	if err != nil {
		t.Fatal(err)
	}
	flac, err := os.ReadFile(filepath.Join(audioRoot, "clay-road-fiddle.flac"))
	if err != nil {
		t.Fatal(err)
	}
	write("good.wav", good)
	write("text.wav", []byte("this is a letter, not a sound\n"))
	write("empty.wav", nil)
	write("cut.flac", flac[:len(flac)/2])
	huge := bytes.Clone(good)
	binary.LittleEndian.PutUint32(huge[4:], 0xFFFFFFF0)
	if at := bytes.Index(huge, []byte("data")); at > 0 {
		binary.LittleEndian.PutUint32(huge[at+4:], 0xFFFFFF00)
	}
	write("huge.wav", huge)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo.wav"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link.wav")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestBadAudio copies each bad file behind a good one: its SQLSTATE, the file and the line are named, nothing
// is stored, and the server's memory stays flat. -v prints the list.
func TestBadAudio(t *testing.T) {
	i := start(t, server.Config{AudioRoot: badAudio(t)})
	conn := i.connect()
	ctx := context.Background()
	_, err := conn.Exec(ctx, "CREATE TABLE t (path text, emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED)")
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	for _, c := range []struct{ path, code string }{
		{"missing.wav", "42501"}, {"folder", "42501"}, {"fifo.wav", "42501"}, {"link.wav", "42501"},
		{"../../etc/passwd", "42501"}, {"/etc/passwd", "42501"}, {"http://example.com/x.wav", "42501"},
		{"text.wav", "22000"}, {"empty.wav", "22000"}, {"cut.flac", "22000"}, {"huge.wav", "22000"},
	} {
		_, err := conn.PgConn().CopyFrom(ctx, strings.NewReader("good.wav\n"+c.path+"\n"), "COPY t (path) FROM STDIN")
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		t.Logf("%-26s %s %s [%s]", c.path, e.Code, e.Message, e.Where)
		if e.Code != c.code || !strings.Contains(e.Message, c.path) || !strings.Contains(e.Where, "line 2") {
			t.Errorf("%s: want %s, the file and the line; got %s", c.path, c.code, describe(err))
		}
	}
	var n int
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM t").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows stored, %v", n, err)
	}
	if grown := heap() - before; grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestBadSQL sends what no client should.
func TestBadSQL(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	ctx := context.Background()
	if _, err := conn.Exec(ctx, "CREATE TABLE v (id int4, emb vector(3))"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sql, code string }{
		{"SELECT nope FROM v", "42703"},
		{"INSERT INTO v VALUES (1, '[1,2]')", "22000"},
		{"INSERT INTO v VALUES (1, '[1,NaN,3]')", "22000"},
		{"SELEC 1", "42601"},
		{"SELECT " + strings.Repeat("(", 1_000_000) + "1" + strings.Repeat(")", 1_000_000), "54001"},
		{"SELECT " + strings.Repeat("-", 0) + strings.Repeat("NOT ", 200_000) + "true", "54001"},
		{"SELECT 'unterminated", "42601"},
	} {
		_, err := conn.PgConn().Exec(ctx, c.sql).ReadAll()
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%.40s…: want %s, got %v", c.sql, c.code, err)
			continue
		}
		t.Logf("%-44.44s %s %s (position %d)", c.sql, e.Code, e.Message, e.Position)
	}
	if err := conn.Ping(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestHugeMessage claims a message of 1 GB: it is refused before it is read.
func TestHugeMessage(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect().PgConn()
	before := heap()
	raw := conn.Conn()
	header := append([]byte{'Q'}, binary.BigEndian.AppendUint32(nil, 1<<30)...)
	if _, err := raw.Write(header); err != nil {
		t.Fatal(err)
	}
	_ = raw.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer, err := io.ReadAll(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(answer, []byte("54000")) {
		t.Errorf("answer %q", answer)
	}
	t.Logf("a header of 1 GB: %q", bytes.Map(printableRune, answer))
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	if err := i.connect().Ping(context.Background()); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func printableRune(r rune) rune {
	if r < ' ' || r > '~' {
		return ' '
	}
	return r
}

// TestVanishingClient closes the socket in mid-COPY: nothing is stored, and the session is gone.
func TestVanishingClient(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	ctx := context.Background()
	if _, err := conn.Exec(ctx, "CREATE TABLE t (a int4)"); err != nil {
		t.Fatal(err)
	}
	victim := i.connect().PgConn()
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := victim.CopyFrom(ctx, r, "COPY t FROM STDIN")
		done <- err
	}()
	for n := range 100_000 {
		if _, err := fmt.Fprintln(w, n); err != nil {
			t.Fatal(err)
		}
	}
	if err := victim.Conn().(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	_ = victim.Conn().Close()
	_ = w.CloseWithError(errors.New("gone"))
	<-done
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var sessions, rows int
		err := conn.QueryRow(ctx, "SELECT (SELECT count(*) FROM pg_stat_activity), (SELECT count(*) FROM t)").Scan(&sessions, &rows)
		if err != nil || rows != 0 {
			t.Fatalf("%d rows, %v", rows, err)
		}
		if sessions == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d sessions are left", sessions)
		}
	}
}
