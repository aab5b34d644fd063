package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// dialRaw logs in without a client library and reads up to ReadyForQuery.
func dialRaw(t testing.TB, addr string) (net.Conn, *pgproto3.Frontend) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(startupBytes(3, 0, []string{"user=ada"})); err != nil {
		t.Fatal(err)
	}
	in := pgproto3.NewFrontend(conn, conn)
	receiveUntil[*pgproto3.ReadyForQuery](t, in)
	return conn, in
}

func receiveUntil[T pgproto3.BackendMessage](t testing.TB, in *pgproto3.Frontend) T {
	t.Helper()
	for {
		msg, err := in.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if wanted, ok := msg.(T); ok {
			return wanted
		}
	}
}

func writeLines(t testing.TB, conn net.Conn, lines string) {
	t.Helper()
	encoded, _ := encodeLines(t, lines)
	if _, err := conn.Write(encoded); err != nil {
		t.Fatal(err)
	}
}

func TestAClientThatGoesAwayCancelsItsStatement(t *testing.T) {
	for name, lines := range map[string]string{
		"query":                  `Query wait`,
		"with more behind it":    "Query wait\nQuery \"echo x\"",
		"that said goodbye":      "Query wait\nTerminate",
		"in the middle of a row": "Query wait\nRaw 51 000000ff 61",
	} {
		t.Run(name, func(t *testing.T) {
			h := newEchoHandler()
			server := serveTest(t, h, Options{WatchAfter: time.Millisecond})
			conn, _ := dialRaw(t, server.addr)
			writeLines(t, conn, lines)
			await(t, "the statement to run", h.waiting)
			_ = conn.Close()
			if cause := await(t, "the cancellation", h.causes); !errors.Is(cause, ErrClientGone) {
				t.Errorf("the cause is %v", cause)
			}
			eventually(t, "the session to close", func() bool { return h.closed.Load() == 1 })
		})
	}
}

// What the watch takes from the socket is not lost to the protocol.
func TestTheWatchKeepsWhatItReads(t *testing.T) {
	h := newEchoHandler()
	server := serveTest(t, h, Options{WatchAfter: time.Millisecond})
	conn, in := dialRaw(t, server.addr)
	writeLines(t, conn, `Query wait`)
	await(t, "the statement to run", h.waiting)
	time.Sleep(20 * time.Millisecond) // let the watch begin
	word := strings.Repeat("w", 3*watchAheadBytes)
	for range 3 {
		writeLines(t, conn, `Query "echo `+word+`"`)
	}
	time.Sleep(20 * time.Millisecond) // and take what it can
	server.Cancel(1)
	receiveUntil[*pgproto3.ErrorResponse](t, in)
	for range 3 {
		if row := receiveUntil[*pgproto3.DataRow](t, in); string(row.Values[0]) != word {
			t.Fatalf("a row of %d bytes came back with %d", len(word), len(row.Values[0]))
		}
	}
}

func TestDisconnectInMidCopy(t *testing.T) {
	h := newEchoHandler()
	var failure atomic.Value
	server := serveTest(t, spyHandler{h, func(err error) { failure.Store(err) }}, Options{})
	conn, in := dialRaw(t, server.addr)
	writeLines(t, conn, "Query copyin\nCopyData line\nRaw 64 00001000 6162")
	receiveUntil[*pgproto3.CopyInResponse](t, in)
	_ = conn.Close()
	eventually(t, "the session to close", func() bool { return h.closed.Load() == 1 })
	err, _ := failure.Load().(error)
	if !errors.Is(err, ErrClientGone) {
		t.Errorf("the copy ended with %v", err)
	}
}

// spyHandler reports the errors of Query.
type spyHandler struct {
	*echoHandler
	report func(error)
}

type spySession struct {
	Session
	report func(error)
}

func (h spyHandler) NewSession(ctx context.Context, s Startup, c *Conn) (Session, error) {
	session, err := h.echoHandler.NewSession(ctx, s, c)
	return spySession{session, h.report}, err
}

func (s spySession) Query(ctx context.Context, sql string, w *ResultWriter) error {
	err := s.Session.Query(ctx, sql, w)
	s.report(err)
	return err
}

// A result far larger than any buffer streams, and a client that does not read stops its session.
func TestSlowClientPushesBack(t *testing.T) {
	h := newEchoHandler()
	h.sent = new(atomic.Int64)
	server := serveTest(t, h, Options{})
	conn, in := dialRaw(t, server.addr)
	const rows, rowBytes = 20_000, 10_000 // 200 MB
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	writeLines(t, conn, `Query "big 20000 10000"`)
	eventually(t, "the session to stall", func() bool {
		n := h.sent.Load()
		time.Sleep(50 * time.Millisecond)
		return n > 0 && n == h.sent.Load()
	})
	if n := h.sent.Load(); n > rows/2 {
		t.Errorf("%d of %d rows went to a client that read none", n, rows)
	}
	got := 0
	for {
		msg, err := in.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if row, ok := msg.(*pgproto3.DataRow); ok && len(row.Values[0]) == rowBytes {
			got++
		}
		if _, ok := msg.(*pgproto3.ReadyForQuery); ok {
			break
		}
	}
	runtime.ReadMemStats(&after)
	if got != rows {
		t.Errorf("got %d rows of %d", got, rows)
	}
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 32<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

// A message that is announced and never sent costs no memory, whatever its length.
func TestClaimedLengthCostsNothing(t *testing.T) {
	server := serveTest(t, newEchoHandler(), Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		conn, _ := dialRaw(t, server.addr)
		if _, err := conn.Write([]byte{'Q', 3, 0, 0, 0, 'x'}); err != nil { // 48 MiB
			t.Fatal(err)
		}
	}
	time.Sleep(50 * time.Millisecond)
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 16<<20 {
		t.Errorf("20 connections that claim 48 MiB each made the server allocate %d bytes", grown)
	}
}

func TestLongMessagesArriveWhole(t *testing.T) {
	server := serveTest(t, newEchoHandler(), Options{})
	conn, in := dialRaw(t, server.addr)
	for _, size := range []int{1, readBufferBytes - 6, readBufferBytes, growBodyBytes + 1, 3 << 20} {
		word := strings.Repeat("w", size)
		writeLines(t, conn, `Query "echo `+word+`"`)
		if row := receiveUntil[*pgproto3.DataRow](t, in); string(row.Values[0]) != word {
			t.Fatalf("a word of %d bytes came back with %d", size, len(row.Values[0]))
		}
	}
}

func TestConnectionLimit(t *testing.T) {
	h := newEchoHandler()
	server := serveTest(t, h, Options{MaxConnections: 2})
	first, second := connect(t, server.addr), connect(t, server.addr)
	_, err := pgconn.Connect(t.Context(), "postgres://ada@"+server.addr+"/segue?sslmode=disable")
	wantCode(t, err, "53300")

	// A cancel request gets through a full house.
	result := start(t, h, first, "wait")
	if err := first.CancelRequest(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantCode(t, await(t, "the answer", result), "57014")
	<-h.causes

	_ = second.Close(t.Context())
	eventually(t, "a place to be free", func() bool { return server.Sessions() == 1 })
	connect(t, server.addr)
}

func TestSocketsWithoutASessionAreLimitedToo(t *testing.T) {
	server := serveTest(t, newEchoHandler(), Options{MaxConnections: 1})
	const sockets = 1 + spareSockets + 1
	answers := make(chan []byte, sockets)
	for range sockets {
		conn, err := net.Dial("tcp", server.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() {
			answer, _ := io.ReadAll(conn)
			answers <- answer
		}()
	}
	// One of them is one too many; which one is for the scheduler to say.
	if answer := await(t, "one to be turned away", answers); !bytes.Contains(answer, []byte("C53300")) {
		t.Errorf("got %q", answer)
	}
	select {
	case answer := <-answers:
		t.Errorf("another was told %q", answer)
	case <-time.After(20 * time.Millisecond):
	}
}

func TestStartupTimeout(t *testing.T) {
	server := serveTest(t, newEchoHandler(), Options{StartupTimeout: 20 * time.Millisecond})
	conn, err := net.Dial("tcp", server.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = conn.Write([]byte{0, 0})
	_ = conn.SetDeadline(time.Now().Add(patience))
	if answer, err := io.ReadAll(conn); len(answer) > 0 || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %q, %v", answer, err)
	}
}

func TestShutdown(t *testing.T) {
	h := newEchoHandler()
	server := serveTest(t, h, Options{ShutdownGrace: 50 * time.Millisecond})
	idle, idleIn := dialRaw(t, server.addr)
	working, workingIn := dialRaw(t, server.addr)
	copying, copyingIn := dialRaw(t, server.addr)
	starting, err := net.Dial("tcp", server.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer starting.Close()
	writeLines(t, working, `Query wait`)
	await(t, "the statement to run", h.waiting)
	writeLines(t, copying, `Query copyin`)
	receiveUntil[*pgproto3.CopyInResponse](t, copyingIn)

	server.stop()
	if got := receiveUntil[*pgproto3.ErrorResponse](t, idleIn); got.Code != "57P01" {
		t.Errorf("the idle client was told %v", got)
	}
	// A COPY whose client goes on within the grace ends well, and its connection after it.
	writeLines(t, copying, "CopyData \"line\\n\"\nCopyDone")
	if got := receiveUntil[*pgproto3.CommandComplete](t, copyingIn); string(got.CommandTag) != "COPY 1" {
		t.Errorf("the copy ended with %s", got.CommandTag)
	}
	for _, in := range []*pgproto3.Frontend{copyingIn, workingIn} {
		if got := receiveUntil[*pgproto3.ErrorResponse](t, in); got.Code != "57P01" || got.Severity != "FATAL" {
			t.Errorf("a working client was told %v", got)
		}
	}
	_ = idle.Close()
	await(t, "the end of Serve", server.done)
	if server.err != nil || h.opened.Load() != h.closed.Load() {
		t.Errorf("Serve returned %v; %d sessions opened, %d closed", server.err, h.opened.Load(), h.closed.Load())
	}
	if _, err := net.Dial("tcp", server.addr); err == nil {
		t.Error("the listener is still open")
	}
}

// A client that never reads cannot hold up the end of the server.
func TestShutdownWithAStuckWriter(t *testing.T) {
	h := newEchoHandler()
	h.sent = new(atomic.Int64)
	server := serveTest(t, h, Options{ShutdownGrace: time.Millisecond})
	conn, _ := dialRaw(t, server.addr)
	writeLines(t, conn, `Query "big 100000 10000"`)
	eventually(t, "rows to be sent", func() bool { return h.sent.Load() > 100 })
	server.stop()
	await(t, "the end of Serve", server.done)
}

func TestWriteTimeout(t *testing.T) {
	h := newEchoHandler()
	h.sent = new(atomic.Int64)
	server := serveTest(t, h, Options{WriteTimeout: 20 * time.Millisecond})
	conn, _ := dialRaw(t, server.addr)
	writeLines(t, conn, `Query "big 100000 10000"`)
	eventually(t, "the session to be given up", func() bool { return h.closed.Load() == 1 })
}

func TestServeReturnsAListenersError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := serveOn(t, newEchoHandler(), Options{}, l)
	connect(t, server.addr)
	_ = l.Close()
	await(t, "the end of Serve", server.done)
	if !errors.Is(server.err, net.ErrClosed) {
		t.Errorf("Serve returned %v", server.err)
	}
}

// A shortage of descriptors passes; the listener survives it.
func TestAcceptOutlivesAShortage(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := serveOn(t, newEchoHandler(), Options{}, &shortListener{Listener: l, failures: 2})
	conn := connect(t, server.addr)
	if _, err := conn.Exec(t.Context(), "echo x").ReadAll(); err != nil {
		t.Fatal(err)
	}
}

type shortListener struct {
	net.Listener
	failures int
}

func (l *shortListener) Accept() (net.Conn, error) {
	if l.failures > 0 {
		l.failures--
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}
