package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// oracleVariable names the PostgreSQL 15 that scripts/with-postgres.sh starts: the other target, and what pg_dump's
// archives are restored into.
const oracleVariable = "SEGUE_ORACLE"

// target gives each client a fresh database.
type target interface {
	// open returns where the database is, for its time; close ends it and returns what its server complained of.
	open(client string) (at address, close func() error, err error)
}

// address is where a client finds its database.
type address struct {
	host, port, user, database string
	socketDir                  string // of the Unix socket; "" for none
}

func (a address) url() string {
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", a.user, net.JoinHostPort(a.host, a.port), a.database)
}

// env tells a client where to go: libpq's own variables, and the URL that most others take.
func (a address) env(kind string) []string {
	return []string{
		"PGHOST=" + a.host, "PGPORT=" + a.port, "PGUSER=" + a.user, "PGDATABASE=" + a.database, "PGSSLMODE=disable",
		"PGPASSWORD=compat", "DATABASE_URL=" + a.url(), "COMPAT_TARGET=" + kind, "COMPAT_SOCKET_DIR=" + a.socketDir,
		"PYTHONDONTWRITEBYTECODE=1", "TZ=UTC",
	}
}

// segue runs the binary on a fresh directory for each client.
type segue struct{ binary string }

func (s segue) open(string) (address, func() error, error) {
	dir, err := os.MkdirTemp("", "segue-compat-")
	if err != nil {
		return address{}, nil, err
	}
	port, err := freePort()
	if err != nil {
		return address{}, nil, err
	}
	cmd := exec.Command(s.binary, "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:"+port,
		"--admin", "", "--socket-dir", dir, "--audio-root", filepath.Join("testdata", "audio"), "--log-level", "warn")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return address{}, nil, fmt.Errorf("start segue (make build first): %w", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	at := address{"127.0.0.1", port, "segue", "segue", dir}
	stop := func() error {
		defer func() { _ = os.RemoveAll(dir) }()
		return endServer(cmd, exited, &said)
	}
	if err := answers(at); err != nil {
		return address{}, nil, errors.Join(err, stop())
	}
	return at, stop, nil
}

// endServer stops a server in good order and passes on what it said: an internal error's stack is there.
func endServer(cmd *exec.Cmd, exited <-chan error, said *bytes.Buffer) error {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-exited:
		if err != nil {
			return fmt.Errorf("segue: %w: %s", err, lastLine(said.Bytes()))
		}
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		return errors.New("segue did not stop within 20 s")
	}
	if bytes.Contains(said.Bytes(), []byte("level=ERROR")) {
		return fmt.Errorf("segue logged errors:\n%s", said.String())
	}
	return nil
}

// postgres makes a database for each client in a running PostgreSQL, owned by a role of the same name as Segue's.
type postgres struct{ url string }

func (p postgres) open(client string) (address, func() error, error) {
	u, err := url.Parse(p.url)
	if err != nil {
		return address{}, nil, fmt.Errorf("%s: %w", oracleVariable, err)
	}
	at := address{u.Hostname(), u.Port(), "segue", "compat_" + client, os.Getenv(oracleVariable + "_SOCKET")}
	name := pgx.Identifier{at.database}.Sanitize()
	again := func() error { return p.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") }
	_ = p.exec("CREATE ROLE segue SUPERUSER LOGIN") // it may be there from the client before
	create := "CREATE DATABASE " + name + " OWNER segue TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
	if err := errors.Join(again(), p.exec(create)); err != nil {
		return address{}, nil, err
	}
	return at, again, nil
}

func (p postgres) exec(sql string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, p.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// answers waits until the server takes connections.
func answers(at address) error {
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		var conn net.Conn
		if conn, err = net.DialTimeout("tcp", net.JoinHostPort(at.host, at.port), time.Second); err == nil {
			return conn.Close()
		}
	}
	return fmt.Errorf("the server takes no connection: %w", err)
}
