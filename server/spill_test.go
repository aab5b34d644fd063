package server_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/server"
)

// spilling are queries that need more than 64 kB in one step, and what EXPLAIN ANALYZE says of it, "" for nothing.
var spilling = []struct{ name, sql, says string }{
	{"sort", "SELECT * FROM big ORDER BY word, id", "Sort Method: external merge  Disk: "},
	{"distinct", "SELECT DISTINCT word FROM big", "Disk Usage: "},
	{"distinct on", "SELECT DISTINCT ON (word) word, id FROM big ORDER BY word, id DESC", "Disk: "},
	{"distinct on, any row", "SELECT count(*) FROM (SELECT DISTINCT ON (word) word, id FROM big) d", "Disk Usage: "},
	{"union", "SELECT word FROM big UNION SELECT word || 'x' FROM big", "Disk Usage: "},
	{"intersect", "SELECT word FROM big INTERSECT SELECT word FROM big WHERE id % 2 = 0", ""},
	{"intersect all", "SELECT word FROM big INTERSECT ALL SELECT word FROM big WHERE id % 2 = 0", ""},
	{"except", "SELECT word FROM big EXCEPT SELECT word FROM big WHERE id % 3 = 0", ""},
	{"except all", "SELECT word FROM big EXCEPT ALL SELECT word FROM big WHERE id % 3 = 0", ""},
	{"except, little right", "SELECT word FROM big EXCEPT SELECT word FROM big WHERE id < 10", ""},
	{"group", "SELECT word, count(*), sum(id) FROM big GROUP BY word", "Disk Usage: "},
	{"grouping sets", "SELECT word, id % 7, count(*), grouping(word) FROM big GROUP BY CUBE (word, id % 7)", "Disk Usage: "},
	{"distinct aggregate", "SELECT count(DISTINCT word), count(DISTINCT id) FROM big", ""},
	{"distinct aggregate by group", "SELECT id % 3, array_agg(DISTINCT word)::text FROM big GROUP BY 1", ""},
	{"ordered aggregate", "SELECT md5(string_agg(word, ',' ORDER BY word DESC, id)) FROM big", ""},
	{"distinct ordered aggregate", "SELECT md5(string_agg(DISTINCT word, ',' ORDER BY word DESC)) FROM big", ""},
	{"hash join", "SELECT a.id, b.id FROM big a JOIN big b ON a.word = b.word AND a.id < 3000", "Batches: "},
	{"left join", "SELECT a.id, b.id FROM big a LEFT JOIN big b ON a.word = b.word || 'y'", "Batches: "},
	{"full join", "SELECT a.id, b.id FROM big a FULL JOIN (SELECT * FROM big WHERE id % 2 = 0) b ON a.id = b.id", "Batches: "},
	{"semi join", "SELECT id FROM big a WHERE EXISTS (SELECT FROM big b WHERE b.word = a.word AND b.id > a.id)", ""},
	{"nested loop", "SELECT count(*), sum(b.id) FROM (SELECT * FROM big WHERE id % 3000 = 7) a JOIN big b ON a.word < b.word", ""},
	{"nested left join", "SELECT a.id, b.id FROM (SELECT * FROM big WHERE id % 3000 = 7) a LEFT JOIN big b ON a.id + 1 >= b.id AND a.id <= b.id", ""},
	{"materialised", "WITH c AS MATERIALIZED (SELECT * FROM big) SELECT count(*), sum(x.id + y.id) FROM c x JOIN c y ON x.id = y.id", ""},
	{"recursive", `WITH RECURSIVE c AS (SELECT id, word, 0 AS n FROM big UNION ALL SELECT id, word, n + 1 FROM c WHERE n < 2)
		SELECT n, count(*), sum(id) FROM c GROUP BY n`, ""},
	{"recursive union", `WITH RECURSIVE c AS (SELECT id, word FROM big UNION SELECT id + 1, word FROM c WHERE id < 9000 AND id % 10 > 0)
		SELECT count(*), sum(id) FROM c`, ""},
	{"within group", `SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY word), percentile_cont(array[0, 0.3, 1]) WITHIN GROUP (ORDER BY id),
		mode() WITHIN GROUP (ORDER BY length(word)), rank(5000) WITHIN GROUP (ORDER BY id DESC), dense_rank('word number 3') WITHIN GROUP (ORDER BY word),
		cume_dist(7) WITHIN GROUP (ORDER BY id) FROM big`, ""},
	{"within group by group", `SELECT id % 7, percentile_disc(0.9) WITHIN GROUP (ORDER BY word || id DESC), mode() WITHIN GROUP (ORDER BY NULLIF(id % 3, 1))
		FROM big GROUP BY 1 ORDER BY 1`, ""},
	{"most of the rows", "SELECT word, id FROM big ORDER BY word, id LIMIT 8000", "external merge"},
	{"the last rows", "SELECT word, id FROM big ORDER BY word, id LIMIT 1000 OFFSET 7000", "external merge"},
	{"few rows", "SELECT word, id FROM big ORDER BY word DESC, id LIMIT 10", "top-N heapsort"},
	{"incremental sort", "SELECT id, word FROM (SELECT * FROM big ORDER BY id LIMIT 8999) b ORDER BY id, word", ""},
	{"incremental sort of large groups", "SELECT id, word FROM (SELECT id, word, id % 2 AS odd FROM big ORDER BY odd LIMIT 8999) b ORDER BY odd, word, id", "external merge"},
	{"window", "SELECT id, row_number() OVER w, rank() OVER w, sum(id) OVER w, lag(word, 3) OVER w FROM big WINDOW w AS (ORDER BY word)", ""},
	{"window over everything", "SELECT id, count(*) OVER (), max(word) OVER (), last_value(id) OVER (ORDER BY id ROWS BETWEEN 5 PRECEDING AND 5 FOLLOWING) FROM big", ""},
	{"window partitions", "SELECT id, ntile(4) OVER w, first_value(word) OVER w, count(*) FILTER (WHERE id % 2 = 0) OVER w FROM big WINDOW w AS (PARTITION BY id % 5 ORDER BY id)", ""},
	{"window range", "SELECT id, sum(id) OVER (ORDER BY id RANGE BETWEEN 10 PRECEDING AND CURRENT ROW) FROM big", ""},
	{"function scan", "SELECT count(*), count(DISTINCT a.i) FROM generate_series(1, 20000) a(i) JOIN generate_series(1, 20000, 2) b(i) USING (i)", ""},
}

// TestSpill: with a work_mem that its data does not fit into, a query has the same rows as with one that it does, and
// leaves no temporary file behind.
func TestSpill(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	execute(t, conn, "CREATE TABLE big (id int PRIMARY KEY, word text)")
	execute(t, conn, "INSERT INTO big SELECT i, 'word number ' || (i * 7919 % 5003) FROM generate_series(1, 9000) i")
	for _, q := range spilling {
		t.Run(q.name, func(t *testing.T) {
			execute(t, conn, "RESET work_mem")
			want := rowsOf(t, conn, q.sql)
			execute(t, conn, "SET work_mem = '64kB'")
			if got := rowsOf(t, conn, q.sql); !slices.Equal(got, want) {
				t.Errorf("%d rows, not %d, or others", len(got), len(want))
			}
			if plan := strings.Join(rowsOf(t, conn, "EXPLAIN ANALYZE "+q.sql), "\n"); !strings.Contains(plan, q.says) {
				t.Errorf("EXPLAIN ANALYZE does not say %q:\n%s", q.says, plan)
			}
		})
	}
	t.Run("merge", func(t *testing.T) {
		execute(t, conn, "CREATE TABLE copy (id int PRIMARY KEY, word text)")
		execute(t, conn, "INSERT INTO copy SELECT id, 'old' FROM big WHERE id % 3 = 0")
		execute(t, conn, `MERGE INTO copy c USING big b ON c.id = b.id WHEN MATCHED AND b.id % 2 = 0 THEN DELETE
			WHEN MATCHED THEN UPDATE SET word = b.word WHEN NOT MATCHED THEN INSERT VALUES (b.id, b.word)`)
		got := rowsOf(t, conn, "SELECT count(*)::int FROM copy c JOIN big b ON c.id = b.id AND c.word = b.word")
		if all := rowsOf(t, conn, "SELECT count(*)::int FROM copy"); len(got) != 1 || got[0] != "7500" || all[0] != "7500" {
			t.Errorf("%v of %v", got, all)
		}
	})
	t.Run("update and returning", func(t *testing.T) {
		got := rowsOf(t, conn, "WITH u AS (UPDATE big SET word = word || '!' RETURNING id) SELECT count(*), sum(id) FROM u")
		if want := "9000 {40504500 0 false finite true}"; len(got) != 1 || got[0] != want && !strings.HasPrefix(got[0], "9000 ") {
			t.Errorf("%v", got)
		}
		if n := len(rowsOf(t, conn, "DELETE FROM big RETURNING *")); n != 9000 {
			t.Errorf("%d rows", n)
		}
	})
}

// TestSpillLimit: temp_file_limit ends a statement, whose files are gone, and what went before does not count.
func TestSpillLimit(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	execute(t, conn, "SET work_mem = '64kB'")
	execute(t, conn, "SET temp_file_limit = '100kB'")
	for range 2 {
		_, err := conn.Exec(context.Background(), "SELECT 'word ' || i FROM generate_series(1, 100000) i ORDER BY 1")
		var sql *pgconn.PgError
		if !errors.As(err, &sql) || sql.Code != "53400" || sql.Message != "temporary file size exceeds temp_file_limit (100kB)" {
			t.Fatalf("%v", err)
		}
		if n := len(rowsOf(t, conn, "SELECT 'word ' || i FROM generate_series(1, 900) i ORDER BY 1")); n != 900 {
			t.Fatalf("%d rows", n)
		}
	}
}

// TestSpillHold: a cursor WITH HOLD keeps more rows than work_mem has room for.
func TestSpillHold(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	for _, sql := range []string{"SET work_mem = '64kB'", "BEGIN",
		"DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT i, 'word number ' || i FROM generate_series(1, 20000) i",
		"FETCH 10 FROM c", "COMMIT"} {
		execute(t, conn, sql)
	}
	if got := rowsOf(t, conn, "FETCH ABSOLUTE 19000 FROM c"); len(got) != 1 || got[0] != "19000word number 19000" && got[0] != "19000 word number 19000" {
		t.Errorf("%v", got)
	}
	if n := len(rowsOf(t, conn, "FETCH BACKWARD ALL FROM c")); n != 18999 {
		t.Errorf("%d rows back", n)
	}
	if n := len(rowsOf(t, conn, "FETCH ALL FROM c")); n != 20000 {
		t.Errorf("%d rows ahead", n)
	}
	execute(t, conn, "CLOSE c")
}

// TestSpillLeavesNothing: temporary files have no names, so that nothing is left of them whatever ends the process.
func TestSpillLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	i := start(t, server.Config{DataDir: dir})
	conn := i.connect()
	execute(t, conn, "SET work_mem = '64kB'")
	execute(t, conn, "BEGIN")
	execute(t, conn, "DECLARE c CURSOR FOR SELECT 'word ' || i FROM generate_series(1, 50000) i ORDER BY 1")
	if n := len(rowsOf(t, conn, "FETCH 10 FROM c")); n != 10 {
		t.Fatalf("%d rows", n)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "tmp"))
	if err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
}
