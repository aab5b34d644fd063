package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// exchange sends messages and says what came back up to the last ReadyForQuery, one word or two for each message.
func exchange(t *testing.T, f *pgproto3.Frontend, messages ...pgproto3.FrontendMessage) string {
	t.Helper()
	ready := 0
	for _, m := range messages {
		f.Send(m)
		switch m.(type) {
		case *pgproto3.Query, *pgproto3.Sync:
			ready++
		}
	}
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	var out []string
	for ready > 0 {
		m, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *pgproto3.DataRow:
			out = append(out, "row "+string(m.Values[0]))
		case *pgproto3.RowDescription:
			out = append(out, "columns "+string(m.Fields[0].Name))
		case *pgproto3.CommandComplete:
			out = append(out, string(m.CommandTag))
		case *pgproto3.PortalSuspended:
			out = append(out, "suspended")
		case *pgproto3.NoData:
			out = append(out, "no data")
		case *pgproto3.CopyInResponse:
			out = append(out, "copy in")
		case *pgproto3.ErrorResponse:
			out = append(out, m.Code+" "+m.Message)
		case *pgproto3.ReadyForQuery:
			out = append(out, fmt.Sprintf("ready %c", m.TxStatus))
			ready--
		}
	}
	return strings.Join(out, ", ")
}

func query(sql string) *pgproto3.Query { return &pgproto3.Query{String: sql} }

// steps are exchanges with what comes back. With -oracle DSN they run against a PostgreSQL.
type step struct {
	send []pgproto3.FrontendMessage
	want string
}

func runSteps(t *testing.T, f *pgproto3.Frontend, steps []step) {
	t.Helper()
	for i, s := range steps {
		if got := exchange(t, f, s.send...); got != s.want {
			t.Errorf("step %d:\n got %s\nwant %s", i+1, got, s.want)
		}
	}
}

type send = []pgproto3.FrontendMessage

// TestPortalsAndCursorsAreOne: FETCH reads a portal that Bind opened from where Execute stopped, and the other way round.
func TestPortalsAndCursorsAreOne(t *testing.T) {
	f := openPlace(t).connect().PgConn().Frontend()
	const numbers = "SELECT n FROM generate_series(1, 9) n"
	runSteps(t, f, []step{
		{send{query("BEGIN")}, "BEGIN, ready T"},
		{send{&pgproto3.Parse{Query: numbers}, &pgproto3.Bind{DestinationPortal: "p"},
			&pgproto3.Execute{Portal: "p", MaxRows: 2}, &pgproto3.Sync{}}, "row 1, row 2, suspended, ready T"},
		{send{query("FETCH 2 FROM p")}, "columns n, row 3, row 4, FETCH 2, ready T"},
		{send{&pgproto3.Execute{Portal: "p", MaxRows: 1}, &pgproto3.Sync{}}, "row 5, suspended, ready T"},
		{send{query("SELECT name FROM pg_cursors ORDER BY 1")}, "columns name, row p, SELECT 1, ready T"},
		{send{query("MOVE 2 FROM p")}, "MOVE 2, ready T"},
		{send{&pgproto3.Execute{Portal: "p"}, &pgproto3.Sync{}}, "row 8, row 9, SELECT 2, ready T"},
		{send{query("FETCH p")}, "columns n, FETCH 0, ready T"},
		{send{query("CLOSE p")}, "CLOSE CURSOR, ready T"},
		{send{query("DECLARE c CURSOR FOR " + numbers)}, "DECLARE CURSOR, ready T"},
		{send{query("FETCH 1 FROM c")}, "columns n, row 1, FETCH 1, ready T"},
		{send{&pgproto3.Describe{ObjectType: 'P', Name: "c"}, &pgproto3.Execute{Portal: "c", MaxRows: 2}, &pgproto3.Sync{}},
			"columns n, row 2, row 3, suspended, ready T"},
		{send{query("FETCH 1 FROM c")}, "columns n, row 4, FETCH 1, ready T"},
		{send{&pgproto3.Close{ObjectType: 'P', Name: "c"}, &pgproto3.Sync{}}, "ready T"},
		{send{query("FETCH 1 FROM c")}, `34000 cursor "c" does not exist, ready E`},
		{send{query("ROLLBACK")}, "ROLLBACK, ready I"},
		{send{&pgproto3.Execute{Portal: "p"}, &pgproto3.Sync{}}, `34000 portal "p" does not exist, ready I`},
	})
}

// TestPortalScrolls: a portal that Bind opened goes forward only; what DECLARE said holds for Execute.
func TestPortalScrolls(t *testing.T) {
	f := openPlace(t).connect().PgConn().Frontend()
	runSteps(t, f, []step{
		{send{query("BEGIN")}, "BEGIN, ready T"},
		{send{&pgproto3.Parse{Query: "SELECT n FROM generate_series(1, 3) n ORDER BY n"}, &pgproto3.Bind{DestinationPortal: "p"},
			&pgproto3.Execute{Portal: "p", MaxRows: 2}, &pgproto3.Sync{}}, "row 1, row 2, suspended, ready T"},
		{send{query("FETCH BACKWARD 1 FROM p")}, "55000 cursor can only scan forward, ready E"},
		{send{query("ROLLBACK")}, "ROLLBACK, ready I"},
		{send{query("BEGIN")}, "BEGIN, ready T"},
		{send{query("DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT n FROM generate_series(1, 3) n")}, "DECLARE CURSOR, ready T"},
		{send{query("FETCH LAST FROM c")}, "columns n, row 3, FETCH 1, ready T"},
		{send{query("FETCH BACKWARD 2 FROM c")}, "columns n, row 2, row 1, FETCH 2, ready T"},
		{send{query("COMMIT")}, "COMMIT, ready I"},
		{send{&pgproto3.Execute{Portal: "c", MaxRows: 1}, &pgproto3.Sync{}}, "row 2, suspended, ready I"},
		{send{query("FETCH ALL FROM c")}, "columns n, row 3, FETCH 1, ready I"},
		{send{query("CLOSE c")}, "CLOSE CURSOR, ready I"},
	})
}

// TestCopyFail: a COPY that the client gives up stores nothing, and the connection goes on.
func TestCopyFail(t *testing.T) {
	f := openPlace(t).connect().PgConn().Frontend()
	runSteps(t, f, []step{
		{send{query("CREATE TABLE copied (id int PRIMARY KEY, t text)")}, "CREATE TABLE, ready I"},
		{send{query("INSERT INTO copied VALUES (0, 'before')")}, "INSERT 0 1, ready I"},
		{send{query("COPY copied FROM STDIN"), &pgproto3.CopyData{Data: []byte("1\tone\n2\ttw")},
			&pgproto3.CopyFail{Message: "no more"}}, "copy in, 57014 COPY from stdin failed: no more, ready I"},
		{send{query("SELECT count(*)::text FROM copied")}, "columns count, row 1, SELECT 1, ready I"},
		{send{query("BEGIN")}, "BEGIN, ready T"},
		{send{query("COPY copied FROM STDIN"), &pgproto3.CopyFail{Message: ""}}, "copy in, 57014 COPY from stdin failed: , ready E"},
		{send{query("SELECT 1")}, "25P02 current transaction is aborted, commands ignored until end of transaction block, ready E"},
		{send{query("ROLLBACK")}, "ROLLBACK, ready I"},
		// By the extended protocol the messages up to Sync are passed over.
		{send{&pgproto3.Parse{Query: "COPY copied FROM STDIN"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.CopyData{Data: []byte("3\tx\n")},
			&pgproto3.CopyFail{Message: "stopped"}, &pgproto3.Sync{}}, "copy in, 57014 COPY from stdin failed: stopped, ready I"},
		{send{query("COPY copied FROM STDIN"), &pgproto3.CopyData{Data: []byte("1\tone\n")}, &pgproto3.CopyDone{}}, "copy in, COPY 1, ready I"},
		{send{query("SELECT count(*)::text FROM copied")}, "columns count, row 2, SELECT 1, ready I"},
	})
}
