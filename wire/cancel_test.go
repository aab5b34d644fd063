package wire

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// start runs a query in the background and waits until the session is in it.
func start(t *testing.T, h *echoHandler, conn *pgconn.PgConn, sql string) <-chan error {
	t.Helper()
	result := make(chan error, 1)
	go func() {
		_, err := conn.Exec(context.Background(), sql).ReadAll()
		result <- err
	}()
	await(t, "the statement to run", h.waiting)
	return result
}

func TestCancelRequestEndsTheStatementAndNoLaterOne(t *testing.T) {
	h := newEchoHandler()
	server := serveTest(t, h, Options{})
	conn := connect(t, server.addr)

	result := start(t, h, conn, "wait")
	if err := conn.CancelRequest(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantCode(t, await(t, "the answer", result), "57014")
	if cause := await(t, "the cause", h.causes); cause != error(ErrCanceled) {
		t.Errorf("the context's cause is %v", cause)
	}

	// With nothing running, a cancel request is forgotten.
	if err := conn.CancelRequest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "echo x").ReadAll(); err != nil {
		t.Fatalf("the next statement was hit: %v", err)
	}
}

func TestCancelRequestNeedsTheKey(t *testing.T) {
	h := newEchoHandler()
	server := serveTest(t, h, Options{})
	victim, other := connect(t, server.addr), connect(t, server.addr)
	result := start(t, h, victim, "wait")

	for _, key := range [][]byte{other.SecretKey(), {}, append(victim.SecretKey(), 0)} {
		body := append([]byte{0, 0, 0, byte(victim.PID())}, key...)
		server.cancelByKey(body)
	}
	select {
	case err := <-result:
		t.Fatalf("cancelled by a wrong key: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	server.Cancel(victim.PID())
	wantCode(t, await(t, "the answer", result), "57014")
	<-h.causes
	if server.Cancel(9999) || server.Terminate(9999) {
		t.Error("found a connection that there is not")
	}
}

// A COPY that waits for its client's data can be cancelled; the connection stays in step.
func TestCancelInterruptsCopyIn(t *testing.T) {
	server := serveTest(t, newEchoHandler(), Options{})
	conn := connect(t, server.addr)
	data := &blockingReader{asked: make(chan struct{}, 1), release: make(chan struct{})}
	result := make(chan error, 1)
	go func() {
		_, err := conn.CopyFrom(context.Background(), data, "copyin")
		result <- err
	}()
	await(t, "the client to be asked for data", data.asked)
	for running := true; running; { // until it is caught inside the statement
		server.Cancel(conn.PID())
		select {
		case err := <-result:
			wantCode(t, err, "57014")
			running = false
		case <-time.After(5 * time.Millisecond):
			data.releaseOnce()
		}
	}
	if _, err := conn.Exec(t.Context(), "echo x").ReadAll(); err != nil {
		t.Fatal(err)
	}
}

// blockingReader gives one line, then nothing until released.
type blockingReader struct {
	asked, release chan struct{}
	given, closed  bool
}

func (r *blockingReader) Read(p []byte) (int, error) {
	if !r.given {
		r.given = true
		return copy(p, "line\n"), nil
	}
	select {
	case r.asked <- struct{}{}:
	default:
	}
	<-r.release
	return 0, errors.New("released")
}

func (r *blockingReader) releaseOnce() {
	if !r.closed {
		r.closed = true
		close(r.release)
	}
}

func TestTerminate(t *testing.T) {
	h := newEchoHandler()
	server := serveTest(t, h, Options{})
	working, idle := connect(t, server.addr), connect(t, server.addr)
	result := start(t, h, working, "wait")
	server.Terminate(working.PID())
	wantCode(t, await(t, "the answer", result), "57P01")
	<-h.causes

	server.Terminate(idle.PID())
	eventually(t, "both sessions to end", func() bool { return server.Sessions() == 0 })
	_, err := idle.Exec(t.Context(), "echo x").ReadAll()
	wantCode(t, err, "57P01")
}
