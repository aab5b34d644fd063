package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestMain lets the test binary be the server: the crash tests kill it as nobody could kill a goroutine.
func TestMain(m *testing.M) {
	if os.Getenv("SEGUE_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

var listenLine = regexp.MustCompile(`listen=(\S+)`)

// startProcess runs `segue serve` in a process of its own and waits until it is ready.
func startProcess(t *testing.T, data string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "serve", "--data", data, "--listen", "127.0.0.1:0", "--admin", "",
		"--audio-root", filepath.Join("..", "..", "testdata", "audio"))
	return cmd, started(t, cmd)
}

// started starts a command that is `segue serve`, as TestMain has it, and gives the address that it listens at.
func started(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	cmd.Env = append(os.Environ(), "SEGUE_TEST_MAIN=1")
	stderr, err := cmd.StderrPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if m := listenLine.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, stderr) }()
			return m[1]
		}
		t.Log(lines.Text())
	}
	_ = cmd.Process.Kill()
	t.Fatalf("the server did not start: %v", cmd.Wait())
	return ""
}

func dial(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), "postgres://tester@"+address+"/segue?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestKillInCopy kills the server with SIGKILL in the middle of COPYs, at moments of chance: after the restart
// each COPY is there whole, or not at all, and those that were acknowledged are there.
func TestKillInCopy(t *testing.T) {
	const rounds, rows = 6, 20_000
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	data := filepath.Join(t.TempDir(), "data")
	ctx := context.Background()
	acknowledged := map[int]bool{}
	for round := range rounds {
		cmd, address := startProcess(t, data)
		conn := dial(t, address)
		if round == 0 {
			if _, err := conn.Exec(ctx, "CREATE TABLE t (id int8 PRIMARY KEY, round int4, emb vector(8))"); err != nil {
				t.Fatal(err)
			}
		}
		verify(t, conn, acknowledged, rows)
		delay := time.Duration(rng.Int64N(int64(900 * time.Millisecond)))
		timer := time.AfterFunc(delay, func() { _ = cmd.Process.Kill() })
		_, err := conn.PgConn().CopyFrom(ctx, copyRows(round, rows), "COPY t FROM STDIN")
		acknowledged[round] = err == nil
		t.Logf("round %d: killed after %s, COPY: %v", round, delay, err)
		if err == nil {
			timer.Stop()
			_ = cmd.Process.Kill()
		}
		_ = conn.Close(ctx)
		_ = cmd.Wait() // killed
	}
	cmd, address := startProcess(t, data)
	conn := dial(t, address)
	verify(t, conn, acknowledged, rows)
	_ = conn.Close(ctx)
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("an interrupted server must end in good order: %v", err)
	}
}

func copyRows(round, rows int) io.Reader {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, "%d\t%d\t[%d,1,2,3,4,5,6,7]\n", round*rows+i, round, i)
	}
	return strings.NewReader(b.String())
}

// verify counts each round's rows, by the table and by the vector operator.
func verify(t *testing.T, conn *pgx.Conn, acknowledged map[int]bool, rows int) {
	t.Helper()
	ctx := context.Background()
	for round, ok := range acknowledged {
		var n, found int
		err := conn.QueryRow(ctx, "SELECT count(*) FROM t WHERE round = $1", round).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		if n != 0 && n != rows || ok && n != rows {
			t.Errorf("round %d: %d of %d rows, acknowledged: %v", round, n, rows, ok)
		}
		err = conn.QueryRow(ctx, `SELECT count(*) FROM (SELECT id FROM t WHERE round = $1 AND emb IS NOT NULL
			ORDER BY emb <-> '[0,1,2,3,4,5,6,7]' LIMIT 100000) q`, round).Scan(&found)
		if err != nil || found != n {
			t.Errorf("round %d: %d rows, and the vector operator finds %d (%v)", round, n, found, err)
		}
	}
}

// TestSecondProcess is kept out of a data directory that is in use, with a message that says so.
func TestSecondProcess(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	cmd, _ := startProcess(t, data)
	second := exec.Command(os.Args[0], "serve", "--data", data, "--listen", "127.0.0.1:0", "--admin", "")
	second.Env = append(os.Environ(), "SEGUE_TEST_MAIN=1")
	out, err := second.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "in use by another process") {
		t.Errorf("the second process: %v\n%s", err, out)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the first process: %v", err)
	}
}

// TestRefusesOtherAddresses: without a password nobody else may reach it.
func TestRefusesOtherAddresses(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:5433"} {
		cmd := exec.Command(os.Args[0], "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", address)
		cmd.Env = append(os.Environ(), "SEGUE_TEST_MAIN=1")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "no user has a password") {
			t.Errorf("%s: %v\n%s", address, err, out)
		}
	}
}
