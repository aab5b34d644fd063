package server_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/seguedb/segue/server"
)

// TestRuleQueries: what queries in rules give goes to a client of the simple protocol, each with columns of its own, and to
// nobody of the extended one. The answers are PostgreSQL 15's.
func TestRuleQueries(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect().PgConn()
	if _, err := conn.Exec(context.Background(), `CREATE TABLE t (a int, b text); CREATE TABLE u (a int, b text);
		INSERT INTO u VALUES (1, 'u1'), (2, 'u2');
		CREATE RULE ins AS ON INSERT TO t DO ALSO SELECT new.a, new.b, u.b AS ub FROM u WHERE u.a = new.a;
		CREATE RULE upd AS ON UPDATE TO t DO INSTEAD (SELECT old.a, new.a AS na; SELECT 'second');
		CREATE RULE del AS ON DELETE TO t WHERE old.a = 1 DO INSTEAD SELECT old.*;
		CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$BEGIN INSERT INTO t VALUES (1, 'f'); RETURN 1; END$$;
		PREPARE p AS INSERT INTO t VALUES (1, 'p')`).ReadAll(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sql, simple, extended string }{
		{"INSERT INTO t VALUES (1, 'x')", "[a b ub] 1|x|u1 INSERT 0 1", "INSERT 0 1"},
		{"INSERT INTO t VALUES (9, 'y') RETURNING a", "[a] 9 INSERT 0 1", "9 INSERT 0 1"},
		{"EXECUTE p", "[a b ub] 1|p|u1 INSERT 0 1", "INSERT 0 1"},
		{"SELECT f()", "[f] 1 SELECT 1", "1 SELECT 1"},
		{"UPDATE t SET a = a + 1 WHERE a = 9", "[a na] 9|10 9|10 [?column?] second second UPDATE 0", "UPDATE 0"},
		{"DELETE FROM t WHERE a = 1 AND b = 'p'", "[a b] 1|p 1|p DELETE 0", "DELETE 0"},
		{"INSERT INTO t SELECT 7, 'z' WHERE false", "[a b ub] INSERT 0 0", "INSERT 0 0"},
	} {
		extended := answer(t, conn, &pgproto3.Parse{Query: c.sql}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{})
		if simple := answer(t, conn, &pgproto3.Query{String: c.sql}); simple != c.simple || extended != c.extended {
			t.Errorf("%s gave %q and %q, want %q and %q", c.sql, simple, extended, c.simple, c.extended)
		}
	}
}

// answer is what the server sends until it is ready: columns in brackets, rows, tags.
func answer(t *testing.T, conn *pgconn.PgConn, messages ...pgproto3.FrontendMessage) string {
	t.Helper()
	var out []string
	for _, m := range messages {
		conn.Frontend().Send(m)
	}
	if err := conn.Frontend().Flush(); err != nil {
		t.Fatal(err)
	}
	for {
		m, err := conn.Frontend().Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *pgproto3.RowDescription:
			var names []string
			for _, f := range m.Fields {
				names = append(names, string(f.Name))
			}
			out = append(out, "["+strings.Join(names, " ")+"]")
		case *pgproto3.DataRow:
			out = append(out, string(bytes.Join(m.Values, []byte("|"))))
		case *pgproto3.CommandComplete:
			out = append(out, string(m.CommandTag))
		case *pgproto3.ErrorResponse:
			out = append(out, m.Code)
		case *pgproto3.ReadyForQuery:
			return strings.Join(out, " ")
		}
	}
}
