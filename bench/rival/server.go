// Package rival starts the servers that benchmarks compare, each in a process of its own with a private data directory,
// and reads what their processes use.
package rival

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

// Server is a running server.
type Server struct {
	Name      string
	socketDir string
	port      int
	user, db  string
	process   *exec.Cmd
	done      chan error
	log       string
}

// CPU is the processor time that the server has used, with that of its child processes.
func (r *Server) CPU() (time.Duration, error) { return TreeCPU(r.process.Process.Pid) }

// Memory is the server's proportional set size, with that of its child processes.
func (r *Server) Memory() (int64, error) { return TreeMemory(r.process.Process.Pid) }

// PeakMemory is the most that the server's process has had resident since it started.
func (r *Server) PeakMemory() (int64, error) { return PeakMemory(r.process.Process.Pid) }

// TCP is the connection string of its port.
func (r *Server) TCP() string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=%s dbname=%s sslmode=disable", r.port, r.user, r.db)
}

// Unix is the connection string of its socket.
func (r *Server) Unix() string {
	return fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable", r.socketDir, r.port, r.user, r.db)
}

// Connect opens a connection through the socket.
func (r *Server) Connect(ctx context.Context) (*pgx.Conn, error) {
	c, err := pgx.Connect(ctx, r.Unix())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", r.Name, err)
	}
	return c, nil
}

// Exec runs statements on a connection of its own.
func (r *Server) Exec(ctx context.Context, statements ...string) error {
	c, err := r.Connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %s: %w", r.Name, s, err)
		}
	}
	return nil
}

// run starts a server's process and waits until it answers.
func (r *Server) run(ctx context.Context, cmd *exec.Cmd) error {
	log, err := os.Create(r.log)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", r.Name, err)
	}
	r.process, r.done = cmd, make(chan error, 1)
	go func() { r.done <- cmd.Wait() }()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		c, err := r.Connect(ctx)
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case err := <-r.done:
			text, _ := os.ReadFile(r.log)
			return fmt.Errorf("%s ended: %w\n%s", r.Name, err, text)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s does not answer within 30 s; its log is %s", r.Name, r.log)
}

// Stop ends the server in an orderly way.
func (r *Server) Stop() error {
	if err := r.process.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-r.done: //nolint:errcheck // it was told to stop
		return nil
	case <-time.After(60 * time.Second):
		return errors.Join(fmt.Errorf("%s does not stop", r.Name), r.process.Process.Kill())
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

// StartSegue runs the binary with its data in dir, and with more flags where there are some.
func StartSegue(ctx context.Context, program, dir string, flags ...string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	r := &Server{Name: "Segue", socketDir: filepath.Join(dir, "segue-socket"), port: port, user: "bench", db: "segue",
		log: filepath.Join(dir, "segue.log")}
	if err := os.MkdirAll(r.socketDir, 0o755); err != nil {
		return nil, err
	}
	binary, err := filepath.Abs(program)
	if err != nil {
		return nil, err
	}
	args := []string{"serve", "--data", filepath.Join(dir, "segue"), "--listen", "127.0.0.1:" + strconv.Itoa(port),
		"--socket-dir", r.socketDir, "--admin", "", "--log-level", "warn"}
	cmd := exec.Command(binary, append(args, flags...)...)
	cmd.Dir = dir
	return r, r.run(ctx, cmd)
}
