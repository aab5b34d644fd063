package server_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/seguedb/segue/server"
)

// codeOf is an error's SQLSTATE, "" for none.
func codeOf(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestReachOtherSessions cancels what another connection runs, and then ends the connection.
func TestReachOtherSessions(t *testing.T) {
	i := start(t, server.Config{})
	for _, c := range []struct{ function, code string }{{"pg_cancel_backend($1)", "57014"}, {"pg_terminate_backend($1)", "57P01"}} {
		victim, other := i.connect(), i.connect()
		failed := make(chan error, 1)
		go func() {
			_, err := victim.Exec(context.Background(), "SELECT pg_sleep(60)")
			failed <- err
		}()
		waitFor(t, other, "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND state = 'active'")
		var found bool
		if err := other.QueryRow(context.Background(), "SELECT "+c.function, int32(victim.PgConn().PID())).Scan(&found); err != nil || !found {
			t.Fatalf("%s: %v, %v", c.function, found, err)
		}
		if got := codeOf(<-failed); got != c.code {
			t.Errorf("%s ended the statement with %q, want %s", c.function, got, c.code)
		}
	}
}

// waitFor asks until the answer is true.
func waitFor(t *testing.T, conn *pgx.Conn, query string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var yes bool
		if err := conn.QueryRow(context.Background(), query, pgx.QueryExecModeSimpleProtocol).Scan(&yes); err != nil {
			t.Fatal(err)
		}
		if yes {
			return
		}
	}
	t.Fatalf("never true: %s", query)
}

// TestIdleTimeouts ends connections that are silent for longer than they said they would be.
func TestIdleTimeouts(t *testing.T) {
	i := start(t, server.Config{})
	for _, c := range []struct{ sql, code string }{
		{"SET idle_in_transaction_session_timeout = '50ms'; BEGIN", "25P03"},
		{"SET idle_session_timeout = '50ms'", "57P05"},
	} {
		conn := i.connect()
		if _, err := conn.Exec(context.Background(), c.sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if _, err := conn.PgConn().ReceiveMessage(ctx); codeOf(err) != c.code {
			t.Errorf("%s: ended with %v, want %s", c.sql, err, c.code)
		}
	}
}

// TestLockTimeout gives up on a row that another transaction holds.
func TestLockTimeout(t *testing.T) {
	i := start(t, server.Config{})
	holder, waiter := i.connect(), i.connect()
	ctx := context.Background()
	for _, sql := range []string{"CREATE TABLE held (a int4 PRIMARY KEY)", "INSERT INTO held VALUES (1)", "BEGIN", "DELETE FROM held"} {
		if _, err := holder.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := waiter.Exec(ctx, "SET lock_timeout = '50ms'"); err != nil {
		t.Fatal(err)
	}
	if _, err := waiter.Exec(ctx, "DELETE FROM held"); codeOf(err) != "55P03" {
		t.Errorf("got %v, want 55P03", err)
	}
}

// TestWhatClientsSend is statements that drivers and pools send without their user's knowledge.
func TestWhatClientsSend(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	for sql, code := range map[string]string{
		"SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;":    "", // asyncpg's pool
		"SET client_encoding TO '''utf-8'''":                                    "",
		"SET intervalstyle = iso_8601":                                          "", // Rails
		"SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = 0": "",
		"RESET ROLE; SET SESSION AUTHORIZATION DEFAULT":                         "",
		"SET synchronize_seqscans TO off; SET quote_all_identifiers = off":      "", // pg_dump
		"SELECT to_regtype('bit')::oid":                                         "", // pgvector's Python adapter
		"CLOSE nosuch":                                                          "34000",
		"SET ROLE somebody":                                                     "22023",
		"SELECT $1":                                                             "42P02",
	} {
		if _, err := conn.PgConn().Exec(context.Background(), sql).ReadAll(); codeOf(err) != code {
			t.Errorf("%s: got %v, want %q", sql, err, code)
		}
	}
}

// TestBinaryCopyHeader: the header comes in one message with the first row, where drivers look for it.
func TestBinaryCopyHeader(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect().PgConn()
	conn.Frontend().SendQuery(&pgproto3.Query{String: "COPY (SELECT 7) TO STDOUT (FORMAT binary)"})
	if err := conn.Frontend().Flush(); err != nil {
		t.Fatal(err)
	}
	var data [][]byte
	for {
		msg, err := conn.ReceiveMessage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		switch m := msg.(type) {
		case *pgproto3.CopyData:
			data = append(data, bytes.Clone(m.Data))
			continue
		case *pgproto3.ReadyForQuery:
		default:
			continue
		}
		break
	}
	row := []byte{0, 1, 0, 0, 0, 4, 0, 0, 0, 7}
	if len(data) != 2 || !bytes.HasPrefix(data[0], []byte("PGCOPY\n")) || !bytes.HasSuffix(data[0], row) {
		t.Errorf("got %q, want header and row, then the trailer", data)
	}
}

// TestTagOfEachExecute: SELECT's tag counts the rows of the last Execute; an unknown format code is refused.
func TestTagOfEachExecute(t *testing.T) {
	i := start(t, server.Config{})
	f := i.connect().PgConn()
	f.Frontend().Send(&parseMsg{Query: "SELECT generate_series(1, 5)"})
	f.Frontend().Send(&bindMsg{})
	f.Frontend().Send(&executeMsg{MaxRows: 3})
	f.Frontend().Send(&executeMsg{})
	f.Frontend().Send(&bindMsg{ResultFormatCodes: []int16{2}})
	f.Frontend().Send(&syncMsg{})
	if err := f.Frontend().Flush(); err != nil {
		t.Fatal(err)
	}
	var tag, code string
	for ready := false; !ready; {
		msg, err := f.ReceiveMessage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		switch m := msg.(type) {
		case *completeMsg:
			tag = string(m.CommandTag)
		case *errorMsg:
			code = m.Code
		case *readyMsg:
			ready = true
		}
	}
	if tag != "SELECT 2" || code != "22023" {
		t.Errorf("tag %q and error %q, want SELECT 2 and 22023", tag, code)
	}
}
