package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// rival is a running server.
type rival struct {
	name      string
	socketDir string
	port      int
	user, db  string
	process   *exec.Cmd
	done      chan error
	log       string
}

// pair is the two servers under comparison.
type pair struct{ segue, postgres *rival }

func (p *pair) both() []*rival { return []*rival{p.segue, p.postgres} }

func startPair(ctx context.Context, o options) (*pair, error) {
	if err := os.Chmod(o.dir, 0o755); err != nil {
		return nil, err
	}
	s, err := startSegue(ctx, o)
	if err != nil {
		return nil, err
	}
	pg, err := startPostgres(ctx, o)
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return &pair{s, pg}, nil
}

func (p *pair) stop() error { return errors.Join(p.segue.stop(), p.postgres.stop()) }

// tcp and unix are connection strings.
func (r *rival) tcp() string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=%s dbname=%s sslmode=disable", r.port, r.user, r.db)
}

func (r *rival) unix() string {
	return fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable", r.socketDir, r.port, r.user, r.db)
}

func (r *rival) connect(ctx context.Context) (*pgx.Conn, error) {
	c, err := pgx.Connect(ctx, r.unix())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", r.name, err)
	}
	return c, nil
}

// exec runs statements on a connection of its own.
func (r *rival) exec(ctx context.Context, statements ...string) error {
	c, err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %s: %w", r.name, s, err)
		}
	}
	return nil
}

// run starts a server's process and waits until it answers.
func (r *rival) run(ctx context.Context, cmd *exec.Cmd) error {
	log, err := os.Create(r.log)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", r.name, err)
	}
	r.process, r.done = cmd, make(chan error, 1)
	go func() { r.done <- cmd.Wait() }()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		c, err := r.connect(ctx)
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case err := <-r.done:
			text, _ := os.ReadFile(r.log)
			return fmt.Errorf("%s ended: %w\n%s", r.name, err, text)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s does not answer within 30 s; its log is %s", r.name, r.log)
}

// stop ends the server in an orderly way.
func (r *rival) stop() error {
	if err := r.process.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-r.done: //nolint:errcheck // it was told to stop
		return nil
	case <-time.After(60 * time.Second):
		return errors.Join(fmt.Errorf("%s does not stop", r.name), r.process.Process.Kill())
	}
}

// freePort is a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func startSegue(ctx context.Context, o options) (*rival, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	r := &rival{name: "Segue", socketDir: filepath.Join(o.dir, "segue-socket"), port: port, user: "bench", db: "segue",
		log: filepath.Join(o.dir, "segue.log")}
	if err := os.MkdirAll(r.socketDir, 0o755); err != nil {
		return nil, err
	}
	binary, err := filepath.Abs(o.segue)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "serve", "--data", filepath.Join(o.dir, "segue"), "--listen",
		"127.0.0.1:"+strconv.Itoa(port), "--socket-dir", r.socketDir, "--admin", "", "--log-level", "warn")
	cmd.Dir = o.dir
	return r, r.run(ctx, cmd)
}
