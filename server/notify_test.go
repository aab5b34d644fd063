package server_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
)

// TestNotify: what is said in a transaction is heard after its commit, once, in order, by idle sessions too; what is
// rolled back is not.
func TestNotify(t *testing.T) {
	i := start(t, server.Config{})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	ear, mouth := i.connect(), i.connect()
	must := func(c *pgx.Conn, sql string) {
		t.Helper()
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	hear := func(want ...string) {
		t.Helper()
		for _, w := range want {
			n, err := ear.WaitForNotification(ctx)
			if err != nil {
				t.Fatalf("waiting for %q: %v", w, err)
			}
			if got := n.Channel + " " + n.Payload; got != w || n.PID != mouth.PgConn().PID() {
				t.Errorf("heard %q of %d, want %q of %d", got, n.PID, w, mouth.PgConn().PID())
			}
		}
	}
	must(ear, "LISTEN a")
	must(ear, "LISTEN b")
	must(mouth, "NOTIFY a, 'one'")
	hear("a one")
	must(mouth, "BEGIN; NOTIFY a, '1'; NOTIFY b; NOTIFY a, '1'; SELECT pg_notify('a', '2'); NOTIFY c, 'nobody'")
	must(mouth, "SAVEPOINT s; NOTIFY a, 'undone'; ROLLBACK TO s; NOTIFY a, '3'")
	short, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	if n, err := ear.WaitForNotification(short); err == nil {
		t.Errorf("heard %v before the commit", n)
	}
	stop()
	ear = i.connect() // pgx closes a connection whose wait ended
	must(ear, "LISTEN a")
	must(ear, "LISTEN b")
	must(mouth, "COMMIT")
	hear("a 1", "b ", "a 2", "a 3")
	must(mouth, "BEGIN; NOTIFY a, 'rolled back'; ROLLBACK")
	must(ear, "BEGIN") // in a transaction nothing is heard
	must(mouth, "NOTIFY a, 'late'")
	must(ear, "UNLISTEN b; COMMIT")
	must(mouth, "NOTIFY b; NOTIFY a, 'last'")
	hear("a late", "a last")
}

// TestNotifyBurst: many committers and a listener that reads all of it, in each committer's order.
func TestNotifyBurst(t *testing.T) {
	i := start(t, server.Config{})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	ear := i.connect()
	if _, err := ear.Exec(ctx, "LISTEN burst"); err != nil {
		t.Fatal(err)
	}
	const speakers, words = 4, 50
	var speaking sync.WaitGroup
	defer speaking.Wait() // before their connections are closed
	for range speakers {
		c := i.connect()
		speaking.Go(func() {
			for n := range words {
				_, _ = c.Exec(ctx, fmt.Sprintf("NOTIFY burst, '%d'", n)) // a loss shows in the count
			}
		})
	}
	next := map[uint32]int{}
	for range speakers * words {
		n, err := ear.WaitForNotification(ctx)
		if err != nil {
			t.Fatalf("after %v: %v", next, err)
		}
		if want := fmt.Sprint(next[n.PID]); n.Payload != want {
			t.Fatalf("heard %q of %d, want %q", n.Payload, n.PID, want)
		}
		next[n.PID]++
	}
}
