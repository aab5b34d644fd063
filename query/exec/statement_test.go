package exec_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/exec/exectest"
	"github.com/seguedb/segue/query/sqlstate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func mustExec(t *testing.T, db *exectest.DB, sql string) *exectest.Result {
	t.Helper()
	res, err := db.Exec(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return res
}

// TestEmbedIsConstant: embed('x.wav') runs once a statement, and not at all where no row needs it.
func TestEmbedIsConstant(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (id int, v vector(3))")
	mustExec(t, db, "INSERT INTO t SELECT g, '[1,2,3]' FROM generate_series(1, 3000) g")
	for _, c := range []struct {
		sql  string
		want int64
	}{
		{"SELECT count(*) FROM t WHERE v <-> embed('x.wav') < 100 AND id % 2 = 0", 1},
		{"SELECT v <-> embed('x.wav') FROM t", 1},
		{"SELECT CASE WHEN id > 0 THEN 0 ELSE v <-> embed('x.wav') END FROM t", 0},
		{"SELECT id FROM t WHERE id < 0 AND v <-> embed('x.wav') < 1", 0},
		{"SELECT id FROM t WHERE id < 0 ORDER BY v <-> embed('x.wav') LIMIT 3", 0},
		{"SELECT id FROM t ORDER BY v <-> embed('x.wav') LIMIT 3", 1},
		{"SELECT embed('x' || id || '.wav') FROM t WHERE id <= 10", 10},
	} {
		before := db.Embedder.Embedded.Load()
		mustExec(t, db, c.sql)
		if got := db.Embedder.Embedded.Load() - before; got != c.want {
			t.Errorf("%s: embedded %d files, want %d", c.sql, got, c.want)
		}
	}
}

// TestSkippedRowsAreNotEmbedded: ON CONFLICT DO NOTHING looks before it embeds.
func TestSkippedRowsAreNotEmbedded(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (path text PRIMARY KEY, v vector(3) GENERATED ALWAYS AS (embed(path)) STORED)")
	mustExec(t, db, "INSERT INTO t VALUES ('a'), ('b')")
	before := db.Embedder.Embedded.Load()
	res := mustExec(t, db, "INSERT INTO t VALUES ('a'), ('c'), ('b') ON CONFLICT DO NOTHING")
	if got := db.Embedder.Embedded.Load() - before; got != 1 || res.Affected != 1 {
		t.Errorf("embedded %d files and inserted %d rows, want 1 and 1", got, res.Affected)
	}
}

// TestUpdateEmbedsOnlyWhatChanged: a generated column is computed again only when what it reads changes.
func TestUpdateEmbedsOnlyWhatChanged(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (path text, n int, v vector(3) GENERATED ALWAYS AS (embed(path)) STORED)")
	mustExec(t, db, "INSERT INTO t VALUES ('a', 1), ('b', 2)")
	before := db.Embedder.Embedded.Load()
	mustExec(t, db, "UPDATE t SET n = n + 1")
	if got := db.Embedder.Embedded.Load() - before; got != 0 {
		t.Errorf("an update of another column embedded %d files", got)
	}
	mustExec(t, db, "UPDATE t SET path = path || '!' WHERE n = 2")
	if got := db.Embedder.Embedded.Load() - before; got != 1 {
		t.Errorf("an update of one path embedded %d files", got)
	}
}

// TestFailedStatementLeavesNothing: the third batch fails, the first two are not there either.
func TestFailedStatementLeavesNothing(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (n int CHECK (n < 2500))")
	_, err := db.Exec(t.Context(), "INSERT INTO t SELECT * FROM generate_series(1, 3000)")
	if sqlstate.CodeOf(err) != sqlstate.CheckViolation {
		t.Fatal(err)
	}
	if got := mustExec(t, db, "SELECT count(*) FROM t").Strings()[0][0]; got != "0" {
		t.Errorf("%s rows are left", got)
	}
}

// TestCancel: a statement that would run for ever stops soon after its context does.
func TestCancel(t *testing.T) {
	for _, sql := range []string{
		"SELECT count(*) FROM generate_series(1, 1000000000000) g",
		"SELECT count(*) FROM generate_series(1, 100000) g, generate_series(1, 100000) h WHERE g + h = -1",
		"SELECT g FROM generate_series(1, 1000000000000) g ORDER BY g LIMIT 1",
		"SELECT generate_series(1, 1000000000000) EXCEPT SELECT 1",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		start := time.Now()
		_, err := exectest.New().Exec(ctx, sql)
		cancel()
		if sqlstate.CodeOf(err) != sqlstate.QueryCanceled || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %v after %v", sql, err, time.Since(start))
		}
	}
}

// TestCancelCause: the session's own reason, such as a statement timeout, is what the client sees.
func TestCancelCause(t *testing.T) {
	timeout := sqlstate.New(sqlstate.QueryCanceled, "canceling statement due to statement timeout")
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, timeout)
	defer cancel()
	if _, err := exectest.New().Exec(ctx, "SELECT count(*) FROM generate_series(1, 1000000000000) g"); err != error(timeout) {
		t.Errorf("%v, want the cause", err)
	}
}

// TestForeignCause: a reason that is not in SQL's words, such as a server going down, reaches the session as it is.
func TestForeignCause(t *testing.T) {
	shutdown := errors.New("going down")
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, shutdown)
	defer cancel()
	_, err := exectest.New().Exec(ctx, "SELECT count(*) FROM generate_series(1, 1000000000000) g")
	if !errors.Is(err, shutdown) {
		t.Errorf("%v, want the cause", err)
	}
}

// TestCloseHalfway: a portal that is closed before its end leaves no coroutine behind; TestMain looks.
func TestCloseHalfway(t *testing.T) {
	p, err := exectest.New().Plan("SELECT g, h FROM generate_series(1, 1000000) g, unnest(ARRAY[1, 2]) h")
	if err != nil {
		t.Fatal(err)
	}
	q, err := exec.Run(t.Context(), p, &exec.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := q.Next(t.Context()); err != nil || b.Rows == 0 {
		t.Fatalf("%v, %v", b, err)
	}
	q.Close()
	if b, err := q.Next(t.Context()); b != nil || err != nil {
		t.Errorf("a closed query gives %v, %v", b, err)
	}
}

// TestWorkMem: what outgrows work_mem goes on in temporary files, with the same rows.
func TestWorkMem(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE a (id int8, name text, n numeric, tags text[])")
	mustExec(t, db, "CREATE TABLE b (id int8, f float8, v vector(2))")
	mustExec(t, db, "INSERT INTO a SELECT g % 4001, 'name ' || g % 977, g / 8.0, CASE WHEN g % 3 > 0 THEN ARRAY['x', g::text] END "+
		"FROM generate_series(1, 9000) g")
	mustExec(t, db, "INSERT INTO b SELECT CASE WHEN g % 11 > 0 THEN g % 6007 END, g / 4.0, CASE WHEN g % 2 > 0 THEN '[1,2]'::vector END "+
		"FROM generate_series(1, 9000) g")
	for _, sql := range []string{
		"SELECT * FROM a ORDER BY name DESC, n, id",
		"SELECT * FROM b ORDER BY id NULLS FIRST, f",
		"SELECT id, name, count(*), sum(n), min(tags), max(name) FROM a GROUP BY id, name",
		"SELECT id, count(*), avg(f) FROM b GROUP BY id",
		"SELECT a.id, a.n, b.f, b.v FROM a JOIN b ON a.id = b.id",
		"SELECT a.id, a.tags, b.f FROM a LEFT JOIN b ON a.id = b.id AND b.f > 700",
		"SELECT a.n, b.f, b.id FROM a FULL JOIN b ON a.id = b.id",
		"SELECT a.n, b.f, b.id FROM a RIGHT JOIN b ON a.id = b.id AND a.n > 300",
		"SELECT n FROM a WHERE EXISTS (SELECT FROM b WHERE b.id = a.id)",
		"SELECT n FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.id = a.id)",
	} {
		db.WorkMemBytes = 0
		want := sortedRows(t, db, sql)
		db.WorkMemBytes = 50_000
		if got := sortedRows(t, db, sql); !slices.Equal(got, want) {
			t.Errorf("%s: %d rows in little memory, %d in much", sql, len(got), len(want))
		}
	}
	for i, row := range mustExec(t, db, "SELECT f * 4 FROM b ORDER BY f DESC, id").Strings() {
		if want := fmt.Sprint(9000 - i); row[0] != want {
			t.Fatalf("row %d is %s, want %s", i, row[0], want)
		}
	}
}

// sortedRows are a query's rows as text, in an order of their own.
func sortedRows(t *testing.T, db *exectest.DB, sql string) []string {
	t.Helper()
	var out []string
	for _, row := range mustExec(t, db, sql).Strings() {
		out = append(out, strings.Join(row, "|"))
	}
	slices.Sort(out)
	return out
}

// TestCopyProgress: the counts only grow, and end at the whole.
func TestCopyProgress(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (path text, v vector(3) GENERATED ALWAYS AS (embed(path)) STORED)")
	data := strings.Repeat("x.wav\n", 600) + strings.Repeat("bad\nout.wav\n", 100)
	for sql, want := range map[string]exec.CopyProgress{
		"COPY t FROM STDIN (ON_ERROR ignore) WHERE path <> 'out.wav'": {Bytes: int64(len(data)), Rows: 600, Excluded: 100, Skipped: 100},
		"COPY t FROM 'music' (FORMAT audio, ON_ERROR ignore) WHERE path <> 'music/c.wav'": {Bytes: 29, BytesTotal: 29, Rows: 1,
			Excluded: 1, Skipped: 1},
	} {
		var now exec.CopyProgress
		db.Progress = func(p exec.CopyProgress) {
			if p.Bytes < now.Bytes || p.Rows < now.Rows || p.Excluded < now.Excluded || p.Skipped < now.Skipped {
				t.Errorf("progress went back from %+v to %+v", now, p)
			}
			now = p
		}
		if _, err := db.Copy(t.Context(), sql, data); err != nil {
			t.Fatal(err)
		}
		if now != want {
			t.Errorf("%s: progress ends at %+v, want %+v", sql, now, want)
		}
	}
}

// TestRejects: what was left out is kept, with its reason.
func TestRejects(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (path text, year int, v vector(3) GENERATED ALWAYS AS (embed(path)) STORED)")
	if _, err := db.Copy(t.Context(), "COPY t FROM STDIN (ON_ERROR ignore)", "a.wav\tsoon\nb.wav\t1959\nbad.wav\t1960\n"); err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, "COPY t (path) FROM 'music' (FORMAT audio, ON_ERROR ignore)")
	var got []string
	for _, r := range db.Kept {
		got = append(got, fmt.Sprint(r.Line, " ", r.Format, " ", r.Path, " ", r.Column, " ", r.Value, " ", r.Code))
	}
	want := []string{"1 text  year soon 22P02", "3 text bad.wav v bad.wav 42501", "2 audio bad.wav v bad.wav 42501"}
	if !slices.Equal(got, want) {
		t.Errorf("rejected %q, want %q", got, want)
	}
	got = nil
	for _, row := range mustExec(t, db, "SELECT path, year FROM t ORDER BY path").Strings() {
		got = append(got, strings.Join(row, " "))
	}
	if want := []string{"b.wav 1959", "music/a.wav NULL", "music/c.wav NULL"}; !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
}

// TestCopyRoundTrip: what COPY TO writes COPY FROM reads, in every format, one Write a row.
func TestCopyRoundTrip(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (i int, big bigint, f float8, b bool, s text, v vector(2), a int[], y bytea)")
	mustExec(t, db, `INSERT INTO t VALUES
		(1, -9223372036854775808, 'NaN', true, E'tab\there, "quoted"\nline', '[1,2.5]', '{1,NULL,3}', '\x00ff'),
		(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		(-7, 5, 1e-300, false, '', '[0,0]', '{}', ''),
		(0, 0, -0.5, false, '\N', '[3,4]', '{{1},{2}}', '\x5c')`)
	want := mustExec(t, db, "SELECT * FROM t").Strings()
	for _, options := range []string{"", "(FORMAT csv)", "(FORMAT csv, HEADER, DELIMITER ';', QUOTE '''', NULL 'nil')",
		"(FORMAT binary)"} {
		out := mustExec(t, db, "COPY t TO STDOUT "+options)
		extra := map[bool]int{strings.Contains(options, "HEADER"): 1, strings.Contains(options, "binary"): 1}[true]
		if out.Affected != 4 || out.Writes != 4+extra {
			t.Errorf("%s: %d rows in %d writes", options, out.Affected, out.Writes)
		}
		mustExec(t, db, "TRUNCATE t")
		if _, err := db.Copy(t.Context(), "COPY t FROM STDIN "+options, string(out.CopyOut)); err != nil {
			t.Errorf("%s: %v in\n%q", options, err, out.CopyOut)
			continue
		}
		got := mustExec(t, db, "SELECT * FROM t").Strings()
		for i := range want {
			if strings.Join(got[i], "|") != strings.Join(want[i], "|") {
				t.Errorf("%s: row %d is %q, want %q", options, i, got[i], want[i])
			}
		}
	}
}

// TestParams: $1 is a value like another, in index bounds too.
func TestParams(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (id int PRIMARY KEY, s text)")
	mustExec(t, db, "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')")
	for _, c := range []struct {
		sql   string
		param datum.Datum
		want  string
	}{
		{"SELECT s FROM t WHERE id = $1", datum.NewInt(2), "b"},
		{"SELECT s FROM t WHERE id > $1 ORDER BY id LIMIT 1", datum.NewInt(1), "b"},
		{"SELECT count(*) FROM t WHERE id = $1", datum.Null, "0"},
		{"SELECT count(*) FROM t WHERE id = ANY ($1)",
			datum.ArrayFrom(datum.Int4, []datum.Datum{datum.NewInt(1), datum.NewInt(9)}), "1"},
	} {
		res, err := db.Exec(t.Context(), c.sql, c.param)
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
		} else if got := res.Strings()[0][0]; got != c.want {
			t.Errorf("%s gives %s, want %s", c.sql, got, c.want)
		}
	}
}

// TestConflictPasses: a write-write conflict reaches the session as it is, to run the statement again.
func TestConflictPasses(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (id int PRIMARY KEY, n int)")
	mustExec(t, db, "INSERT INTO t VALUES (1, 1)")
	db.Conflict = true
	for _, sql := range []string{"UPDATE t SET n = 2", "DELETE FROM t",
		"INSERT INTO t VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 3"} {
		if _, err := db.Exec(t.Context(), sql); err != error(exec.ErrConflict) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// TestCopyNamesTheLineInsideCase: the arm of a CASE is evaluated over fewer rows than the batch has,
// and an error in it still names the right line.
func TestCopyNamesTheLineInsideCase(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, `CREATE TABLE t (path text, v vector(3)
		GENERATED ALWAYS AS (CASE WHEN length(path) > 3 AND path <> 'skip' THEN embed(path) END) STORED)`)
	_, err := db.Copy(t.Context(), "COPY t FROM STDIN", "a\nlong.wav\nskip\nb\nbad.wav\nc\n")
	var e *sqlstate.Error
	if !errors.As(err, &e) || e.Where != `COPY t, line 5, column path: "bad.wav"` {
		t.Errorf("%v, at %q", err, e.Where)
	}
}

// The tag of COPY counts the rows sent, not those that the statement beneath it wrote.
func TestCopyReturning(t *testing.T) {
	db := exectest.New()
	mustExec(t, db, "CREATE TABLE t (i int)")
	out := mustExec(t, db, "COPY (INSERT INTO t VALUES (1), (2) RETURNING i) TO STDOUT")
	if out.Affected != 2 || string(out.CopyOut) != "1\n2\n" {
		t.Errorf("%d rows: %q", out.Affected, out.CopyOut)
	}
}
