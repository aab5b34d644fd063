package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestKillInMerge kills the server with SIGKILL while vector segments are written and merged, as soon as a temporary file
// shows or some moments later: after the restart every acknowledged row is there, none that was not begun, and the vector
// operator finds exactly the table's rows, in the order of their distances.
func TestKillInMerge(t *testing.T) {
	const rounds = 8
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	data := filepath.Join(t.TempDir(), "data")
	h := &history{}
	for round := range rounds {
		cmd, address := startProcess(t, data)
		conn := dial(t, address)
		if round == 0 {
			h.create(t, conn)
		}
		h.check(t, conn)
		killed := make(chan string, 1)
		go func() {
			killed <- waitForTemp(filepath.Join(data, "vectors"), rng.IntN(5))
			time.Sleep(time.Duration(rng.Int64N(int64(8 * time.Millisecond))))
			_ = cmd.Process.Kill()
		}()
		for h.write(conn, rng) == nil {
		}
		t.Logf("round %d: killed when %s was there, after %d transactions", round, <-killed, h.done)
		_ = conn.Close(context.Background())
		_ = cmd.Wait() // killed
	}
	cmd, address := startProcess(t, data)
	conn := dial(t, address)
	h.check(t, conn)
	_ = conn.Close(context.Background())
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("an interrupted server must end in good order: %v", err)
	}
}

// waitForTemp waits until a segment is being written, the n-th that it sees, or for a while.
func waitForTemp(dir string, n int) string {
	last := "nothing"
	for deadline := time.Now().Add(4 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Microsecond) {
		found, _ := filepath.Glob(filepath.Join(dir, "*", "*.tmp"))
		if len(found) == 0 || filepath.Base(found[0]) == last {
			continue
		}
		if last = filepath.Base(found[0]); n == 0 {
			break
		}
		n--
	}
	return last
}

// history is what was sent: transactions of rowsEach rows, each of which replaces some of the one before, and how many were
// acknowledged. One more may have been committed.
type history struct{ done int }

const rowsEach = 400

func (h *history) create(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), "CREATE TABLE t (id int8 PRIMARY KEY, tx int4, emb vector(64))"); err != nil {
		t.Fatal(err)
	}
}

// write commits a transaction and seals what is there.
func (h *history) write(conn *pgx.Conn, rng *rand.Rand) error {
	ctx := context.Background()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	for i := range rowsEach {
		fmt.Fprintf(&b, "%d\t%d\t[%d%s]\n", h.done*rowsEach+i, h.done, h.done*rowsEach+i, strings.Repeat(",1", 63))
	}
	if _, err := conn.PgConn().CopyFrom(ctx, strings.NewReader(b.String()), "COPY t FROM STDIN"); err != nil {
		return err
	}
	// A quarter of the transaction before goes, so that segments have dead rows.
	if _, err := tx.Exec(ctx, "DELETE FROM t WHERE tx = $1 AND id % 4 = 0", h.done-1); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	h.done++
	if rng.IntN(2) == 0 {
		_, err = conn.Exec(ctx, "VACUUM t")
	}
	return err
}

// check compares the table with the history, and the vector operator with the table.
func (h *history) check(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	ctx := context.Background()
	var last int
	if err := conn.QueryRow(ctx, "SELECT coalesce(max(tx) + 1, 0) FROM t").Scan(&last); err != nil {
		t.Fatal(err)
	}
	if last != h.done && last != h.done+1 {
		t.Fatalf("%d transactions are there, %d were acknowledged", last, h.done)
	}
	h.done = last
	rows, err := conn.Query(ctx, "SELECT id, emb <-> $1 FROM t WHERE emb IS NOT NULL ORDER BY emb <-> $1 LIMIT 1000000",
		"[0"+strings.Repeat(",1", 63)+"]")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want := 0
	next := func() { // the rows' distances are their numbers
		for want++; want%4 == 0 && want/rowsEach < last-1; want++ {
		}
	}
	for want--; rows.Next(); {
		next()
		var id int
		var d float64
		if err := rows.Scan(&id, &d); err != nil || id != want || d != float64(want) {
			t.Fatalf("the operator finds row %d at %g, want row %d (%v)", id, d, want, err)
		}
	}
	if next(); rows.Err() != nil || want != last*rowsEach {
		t.Fatalf("the operator's rows end before %d of %d: %v", want, last*rowsEach, rows.Err())
	}
}

// TestLittleMemory runs the server under ulimit -v, with a little more than it has at rest, and writes until something
// gives: a statement may fail, and the process may end. Without the limit everything acknowledged is there, and the
// vector operator is right.
func TestLittleMemory(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	cmd, address := startProcess(t, data)
	conn := dial(t, address)
	h := &history{}
	h.create(t, conn)
	limit := virtualKiB(t, cmd.Process.Pid) + 150<<10
	_ = conn.Close(context.Background())
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	cmd, address = startLimited(t, data, limit)
	conn = dial(t, address)
	rng := rand.New(rand.NewPCG(1, 1))
	var gave error
	for deadline := time.Now().Add(8 * time.Second); gave == nil && time.Now().Before(deadline); {
		gave = h.write(conn, rng)
	}
	t.Logf("%d KiB: %d transactions, then %v", limit, h.done, gave)
	_ = conn.Close(context.Background())
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed, or ended before
	cmd, address = startProcess(t, data)
	conn = dial(t, address)
	h.check(t, conn)
	_ = conn.Close(context.Background())
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// virtualKiB is a process's address space.
func virtualKiB(t *testing.T, pid int) (kib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmSize:"))
	if _, err := fmt.Fscan(bytes.NewReader(rest), &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}

// startLimited is startProcess under ulimit -v.
func startLimited(t *testing.T, data string, kib int) (*exec.Cmd, string) {
	t.Helper()
	script := fmt.Sprintf(`ulimit -v %d && exec "$0" serve --data "$1" --listen 127.0.0.1:0 --admin ""`, kib)
	cmd := exec.Command("bash", "-c", script, os.Args[0], data)
	return cmd, started(t, cmd)
}
