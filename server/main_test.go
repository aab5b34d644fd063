package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/seguedb/segue/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// audioRoot is the sample tracks.
const audioRoot = "../testdata/audio"

// instance is a real server on a real directory, behind real sockets.
type instance struct {
	t      testing.TB
	config server.Config
	engine *server.Engine
	server *server.Server
	cancel context.CancelFunc
	done   chan error
}

// start serves a data directory until the test ends.
func start(t testing.TB, c server.Config) *instance {
	t.Helper()
	if c.DataDir == "" {
		c.DataDir = filepath.Join(t.TempDir(), "data")
	}
	if c.AudioRoot == "" {
		c.AudioRoot = audioRoot
	}
	if c.Superuser == "" {
		c.Superuser = "tester"
	}
	c.Listen, c.Admin = "127.0.0.1:0", "127.0.0.1:0"
	c.Logger = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	i := &instance{t: t, config: c}
	i.open()
	t.Cleanup(i.stop)
	return i
}

func (i *instance) open() {
	i.t.Helper()
	e, err := server.OpenEngine(context.Background(), i.config)
	if err != nil {
		i.t.Fatal(err)
	}
	s, err := server.New(e, i.config)
	if err != nil {
		i.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	i.engine, i.server, i.cancel, i.done = e, s, cancel, make(chan error, 1)
	go func() { i.done <- s.Serve(ctx) }()
}

// stop ends the server in good order. Stopping twice does nothing.
func (i *instance) stop() {
	i.t.Helper()
	if i.cancel == nil {
		return
	}
	i.cancel()
	i.cancel = nil
	if err := <-i.done; err != nil {
		i.t.Errorf("serve: %v", err)
	}
	if err := i.engine.Close(); err != nil {
		i.t.Errorf("close the engine: %v", err)
	}
}

// restart stops the server and opens its directory again.
func (i *instance) restart() {
	i.t.Helper()
	i.stop()
	i.open()
}

func (i *instance) url() string {
	return fmt.Sprintf("postgres://%s@%s/segue?sslmode=disable", i.config.Superuser, i.server.Addr())
}

// connect opens a pgx connection for the test's time.
func (i *instance) connect() *pgx.Conn {
	i.t.Helper()
	config, err := pgx.ParseConfig(i.url())
	if err != nil {
		i.t.Fatal(err)
	}
	config.OnNotice = noteNotice
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// testWriter sends the server's log to the test's.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	fmt.Fprintf(os.Stderr, "%s: %s", w.t.Name(), p)
	return len(p), nil
}
