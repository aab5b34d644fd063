package server_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/server"
)

// TestSnapshotLent: a transaction that takes a snapshot over reads what the lender read, whatever was written or defined
// since; when the lender has ended, the name is nobody's, and who has taken it over goes on reading it.
func TestSnapshotLent(t *testing.T) {
	i := start(t, server.Config{})
	ctx := context.Background()
	lender, borrower, writer := i.connect(), i.connect(), i.connect()
	must := func(c *pgx.Conn, sql string) {
		t.Helper()
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	count := func(c *pgx.Conn) (n int) {
		t.Helper()
		if err := c.QueryRow(ctx, "SELECT count(*) FROM t").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	must(writer, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)")
	for _, level := range []string{"READ COMMITTED", "REPEATABLE READ"} {
		must(lender, "BEGIN ISOLATION LEVEL "+level+"; INSERT INTO t VALUES (0)")
		var name string
		if err := lender.QueryRow(ctx, "SELECT pg_export_snapshot()").Scan(&name); err != nil {
			t.Fatal(err)
		}
		must(writer, "INSERT INTO t VALUES (3); DROP TABLE IF EXISTS later; CREATE TABLE later ()")
		must(borrower, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '"+name+"'")
		if n, now := count(borrower), count(writer); n != now-1 {
			t.Errorf("%s: the borrower sees %d rows, the writer %d", level, n, now)
		}
		must(lender, "ROLLBACK")
		if n, now := count(borrower), count(writer); n != now-1 {
			t.Errorf("%s: after the lender's end the borrower sees %d rows, the writer %d", level, n, now)
		}
		must(borrower, "ROLLBACK")
		_, err := borrower.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '"+name+"'")
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "22023" {
			t.Errorf("a name whose lender has ended: %v", err)
		}
		must(borrower, "ROLLBACK")
	}
}
