package server_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
)

// TestLargeTransaction: a transaction of more than fits into its memory reads its own writes, undoes them to a savepoint, meets
// its own keys, and is there whole, for others, for the indexes and after a restart; its temporary files are nobody's then.
func TestLargeTransaction(t *testing.T) {
	i := start(t, server.Config{})
	c := i.connect()
	do := func(sql string) {
		t.Helper()
		if _, err := c.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	const rows = 50_000 // of 2 KB
	do("CREATE TABLE big (id int PRIMARY KEY, body text, emb vector(3))")
	do("CREATE INDEX ON big (substr(body, 1, 8))")
	do("INSERT INTO big SELECT g, md5(g::text), ARRAY[g % 97, g % 89, g % 83]::vector FROM generate_series(1, 500) g")
	do("BEGIN")
	do("INSERT INTO big SELECT g, repeat(md5(g::text), 64), ARRAY[g % 97, g % 89, g % 83]::vector FROM generate_series(501, 50000) g")
	check := func(c *pgx.Conn, when string, count int) {
		t.Helper()
		var n, long, nearest, scanned, byKey int
		err := c.QueryRow(context.Background(), `SELECT (SELECT count(*) FROM big), (SELECT count(*) FROM big WHERE length(body) > 32),
			(SELECT sum(id) FROM (SELECT id FROM big ORDER BY emb <-> '[50.2,40.1,30]' LIMIT 20) x),
			(SELECT sum(id) FROM (SELECT id FROM big ORDER BY sqrt((emb <-> '[50.2,40.1,30]') ^ 2), id LIMIT 20) x),
			(SELECT id FROM big WHERE substr(body, 1, 8) = substr(md5('777'), 1, 8))`).Scan(&n, &long, &nearest, &scanned, &byKey)
		if err != nil || n != count || long != count-500 || nearest != scanned || byKey != 777 {
			t.Errorf("%s: %d rows, %d long, nearest %d, by a scan %d, by key %d: %v", when, n, long, nearest, scanned, byKey, err)
		}
	}
	check(c, "in the transaction", rows)
	do("SAVEPOINT s")
	do("UPDATE big SET body = 'x', emb = '[1,2,3]' WHERE id % 2 = 0")
	do("ROLLBACK TO s")
	check(c, "after ROLLBACK TO", rows)
	if _, err := c.Exec(context.Background(), "INSERT INTO big VALUES (40000)"); codeOf(err) != "23505" {
		t.Errorf("a second row 40000: %v", err)
	}
	do("ROLLBACK TO s")
	do("DELETE FROM big WHERE id > 49000")
	var seen int
	if err := i.connect().QueryRow(context.Background(), "SELECT count(*) FROM big").Scan(&seen); err != nil || seen != 500 {
		t.Errorf("another session sees %d rows: %v", seen, err)
	}
	do("COMMIT")
	check(c, "after COMMIT", rows-1000)
	check(i.connect(), "another session", rows-1000)
	for _, dir := range []string{"tmp", "incoming"} {
		if left, err := os.ReadDir(filepath.Join(i.config.DataDir, dir)); err != nil || len(left) > 0 {
			t.Errorf("left in %s: %v %v", dir, left, err)
		}
	}
	i.restart()
	check(i.connect(), "after a restart", rows-1000)
}
