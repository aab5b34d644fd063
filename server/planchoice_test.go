package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
)

// alternatives are settings that make the planner choose otherwise.
var alternatives = [][]string{
	{"enable_seqscan = off"}, {"enable_indexscan = off"}, {"enable_hashjoin = off"}, {"enable_nestloop = off"},
	{"enable_hashjoin = off", "enable_seqscan = off"}, {"work_mem = '64kB'"}, {"work_mem = '64kB'", "enable_indexscan = off"},
}

var alternativeQueries = []string{
	"SELECT * FROM songs WHERE id = 17",
	"SELECT * FROM songs WHERE id IN (3, 5, 5, NULL, 1999, 70000)",
	"SELECT * FROM songs WHERE artist = ANY ('{1,7,7,99}') AND year > 1990",
	"SELECT * FROM songs WHERE artist = ANY (SELECT id FROM artists WHERE id < 3)",
	"SELECT id FROM songs WHERE artist = 4 AND year BETWEEN 1980 AND 1990",
	"SELECT id FROM songs WHERE artist IS NULL",
	"SELECT s.id, a.name FROM songs s JOIN artists a ON a.id = s.artist WHERE s.id < 20",
	"SELECT s.id, a.name FROM songs s LEFT JOIN artists a ON a.id = s.artist AND a.name LIKE '%7' WHERE s.year = 1983",
	"SELECT a.name, count(*) FROM artists a JOIN songs s ON s.artist = a.id WHERE a.id = 5 GROUP BY a.name",
	"SELECT a.name, p.at FROM artists a JOIN songs s ON s.artist = a.id JOIN plays p ON p.song = s.id WHERE a.id BETWEEN 3 AND 5",
	"SELECT name FROM artists a WHERE EXISTS (SELECT FROM songs s WHERE s.artist = a.id AND s.year = 1999)",
	"SELECT name FROM artists a WHERE NOT EXISTS (SELECT FROM songs s WHERE s.artist = a.id)",
	"SELECT s.id, p.at FROM songs s FULL JOIN plays p ON p.song = s.id WHERE coalesce(s.id, 0) % 50 = 0",
	"SELECT artist, year, count(*), min(id) FROM songs GROUP BY artist, year",
	"SELECT id FROM songs ORDER BY year DESC NULLS LAST, id",
	"SELECT id FROM songs ORDER BY id DESC LIMIT 5",
	"SELECT max(id), min(year) FROM songs",
	"SELECT DISTINCT year FROM songs s WHERE s.artist IN (SELECT id FROM artists WHERE name < 'name 3')",
}

// TestPlanAlternatives: whatever plan is chosen, a query has the same rows, before and after ANALYZE.
func TestPlanAlternatives(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	for _, sql := range []string{
		"CREATE TABLE artists (id int PRIMARY KEY, name text)",
		"CREATE TABLE songs (id bigint PRIMARY KEY, artist int, year int, title text)",
		"CREATE TABLE plays (song int, at int)",
		"INSERT INTO artists SELECT i, 'name ' || i FROM generate_series(0, 119) i",
		`INSERT INTO songs SELECT i, CASE WHEN i % 13 > 0 THEN i % 101 END, CASE WHEN i % 17 > 0 THEN 1960 + i % 47 END, 'title ' || i
			FROM generate_series(0, 3999) i`,
		"INSERT INTO plays SELECT i % 5003, i FROM generate_series(0, 5999) i",
		"CREATE INDEX ON songs (artist, year)", "CREATE INDEX ON plays (song)",
	} {
		execute(t, conn, sql)
	}
	for range 2 {
		for _, sql := range alternativeQueries {
			want := rowsOf(t, conn, sql)
			for _, settings := range alternatives {
				for _, s := range settings {
					execute(t, conn, "SET "+s)
				}
				if got := rowsOf(t, conn, sql); !slices.Equal(got, want) {
					t.Errorf("%s\nwith %s: %d rows, not %d\n%s", sql, settings, len(got), len(want),
						strings.Join(rowsOf(t, conn, "EXPLAIN "+sql), "\n"))
				}
				execute(t, conn, "RESET ALL")
			}
		}
		execute(t, conn, "ANALYZE")
	}
}

func execute(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// rowsOf are a query's rows as text; sorted where it does not sort them.
func rowsOf(t *testing.T, conn *pgx.Conn, sql string) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (string, error) {
		values, err := r.Values()
		return fmt.Sprint(values...), err
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if !strings.Contains(sql, "ORDER BY") && !strings.HasPrefix(sql, "EXPLAIN") {
		slices.Sort(out)
	}
	return out
}
