package wire

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should come at once.
const patience = 10 * time.Second

// testServer is a server on a loopback port.
type testServer struct {
	*Server
	addr string
	stop func()        // begins the shutdown
	done chan struct{} // Serve has returned
	err  error         // what it returned
}

// serveTest starts a server and ends it with the test, which fails if a goroutine is left.
func serveTest(t testing.TB, h Handler, o Options) *testServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, h, o, l)
}

func serveOn(t testing.TB, h Handler, o Options, listeners ...net.Listener) *testServer {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.ShutdownGrace == 0 {
		o.ShutdownGrace = 100 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &testServer{Server: NewServer(h, o), addr: listeners[0].Addr().String(), stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.err = s.Serve(ctx, listeners...)
	}()
	t.Cleanup(func() {
		cancel()
		await(t, "the end of Serve", s.done)
	})
	return s
}

// await waits for a channel to deliver or close.
func await[T any](t testing.TB, what string, ch <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-ch:
	case <-time.After(patience):
		t.Fatalf("waited %s in vain for %s", patience, what)
	}
	return value
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}
