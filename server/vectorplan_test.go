package server_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
)

// rankedQueries are asked of indexed and of plain, which has the same rows and no vector index: %T is the table, %Q a
// vector. Each has one answer whatever the plan, since its keys tell all rows apart.
var rankedQueries = []string{
	"SELECT id FROM %T ORDER BY emb <=> %Q, id LIMIT 9",
	"SELECT id, emb <-> %Q AS d FROM %T ORDER BY d, id LIMIT 9 OFFSET 3",
	"SELECT id, emb <#> %Q AS d FROM %T WHERE year > 1990 ORDER BY d, id LIMIT 20",
	"SELECT id FROM %T ORDER BY emb <+> %Q, year DESC, id LIMIT 15",
	"SELECT id, similarity(emb, %Q) FROM %T ORDER BY similarity(emb, %Q) DESC NULLS LAST, id LIMIT 10",
	"SELECT id FROM (SELECT id FROM %T ORDER BY emb <-> %Q FETCH FIRST 5 ROWS WITH TIES) s ORDER BY id",
	"SELECT id FROM %T ORDER BY emb <=> %Q, id LIMIT 100000",
	"SELECT id FROM %T WHERE id <> 5 AND id <> 6 ORDER BY emb <-> %Q, id LIMIT 10",
	"SELECT id FROM %T WHERE emb IS NOT NULL AND year <> 1985 ORDER BY emb <=> %Q, id LIMIT 12",
	"SELECT t.id, a.name FROM %T t LEFT JOIN artists a ON a.id = t.other ORDER BY t.emb <=> %Q, t.id LIMIT 10",
	"SELECT t.id, a.name FROM %T t JOIN artists a ON a.id = t.artist ORDER BY t.emb <-> %Q, t.id LIMIT 10",
	"SELECT t.id, a.name FROM %T t JOIN artists a ON a.id = t.other ORDER BY t.emb <-> %Q, t.id LIMIT 10",
	"SELECT t.id FROM %T t JOIN artists a ON a.id = t.artist WHERE a.name LIKE '%3' ORDER BY t.emb <=> %Q, t.id LIMIT 10",
	"SELECT t.id FROM %T t WHERE EXISTS (SELECT FROM artists a WHERE a.id = t.other AND a.id > 5) ORDER BY t.emb <+> %Q, t.id LIMIT 7",
	"SELECT id FROM %T ORDER BY 0.7 * similarity(e2, %Q) + 0.3 * pop DESC, id LIMIT 10",
	"SELECT id, 0.7 * similarity(emb, %Q) + 0.3 * heat AS score FROM %T ORDER BY score DESC NULLS LAST, id LIMIT 10",
	"SELECT id FROM %T ORDER BY 0.5 * pop + 0.5 * coalesce(similarity(emb, %Q), 0) DESC, id LIMIT 10",
	"SELECT id FROM %T WHERE year > 1980 ORDER BY 2 * (e2 <-> %Q) - 0.1 * year, id LIMIT 10",
	"SELECT id FROM %T ORDER BY 0.4 * (emb <=> %Q) - 0.001 * year, id LIMIT 10",
	"SELECT id FROM %T ORDER BY similarity(e2, %Q) - year / 100.0 DESC, id LIMIT 10",
	"SELECT id, 1 - (e2 <=> %Q) AS s FROM %T ORDER BY s DESC, id LIMIT 10",
	"SELECT id, 1 - (emb <=> %Q) AS s FROM %T ORDER BY s DESC NULLS LAST, id LIMIT 10",
	`SELECT id, d FROM (SELECT id, emb <-> %Q AS d FROM %T UNION ALL SELECT -id, e2 <-> %Q FROM %T WHERE year < 1990) u
		ORDER BY d, id LIMIT 12`,
	`SELECT a.id, x.id FROM %T a, LATERAL (SELECT b.id FROM %T b WHERE b.id <> a.id ORDER BY b.emb <-> a.emb, b.id LIMIT 3) x
		WHERE a.id < 60 ORDER BY a.id, x.id`,
	`SELECT a.id, x.id FROM %T a LEFT JOIN LATERAL (SELECT b.id FROM %T b ORDER BY b.e2 <=> a.emb, b.id LIMIT 2) x ON true
		WHERE a.id < 60 ORDER BY a.id, x.id`,
	"SELECT t.id FROM %T t JOIN %T q ON q.id = 7 AND t.id <> q.id ORDER BY t.emb <=> q.e2, t.id LIMIT 8",
	"SELECT id FROM %T WHERE similarity(emb, %Q) > 0.5 ORDER BY id",
	"SELECT id FROM %T WHERE emb <-> %Q <= 2 AND year > 1985 AND emb <=> %Q < 0.5 ORDER BY id",
	"SELECT id FROM %T WHERE emb <-> %Q < 2.5 ORDER BY emb <=> %Q, id LIMIT 6",
	"SELECT id FROM %T ORDER BY e2 <=> (SELECT emb FROM %T WHERE id = 3), id LIMIT 5",
	"SELECT id FROM %T ORDER BY e2 <=> (SELECT emb FROM %T WHERE id = -3), id LIMIT 5",
	"SELECT count(*) FROM (SELECT 1 FROM %T ORDER BY e2 <=> (SELECT emb FROM %T WHERE id = -3) LIMIT 5) s",
	"SELECT artist, min(emb <=> %Q) AS d FROM %T GROUP BY artist ORDER BY d, artist LIMIT 6",
	"SELECT artist, min(e2 <-> %Q) FROM %T WHERE year > 1975 GROUP BY artist ORDER BY 2, 1 LIMIT 4 OFFSET 2",
	"SELECT artist, max(similarity(e2, %Q)) AS s FROM %T GROUP BY artist ORDER BY s DESC, artist LIMIT 5",
	"SELECT artist, min(emb <-> %Q) AS d FROM %T GROUP BY artist HAVING min(emb <-> %Q) > 1 ORDER BY d, artist LIMIT 5",
	"SELECT id % 40 AS g, min(emb <+> %Q) AS d FROM %T GROUP BY g ORDER BY d, g LIMIT 5",
	"SELECT artist, max(0.5 * similarity(e2, %Q) + 0.1 * pop) AS s FROM %T GROUP BY artist ORDER BY s DESC, artist LIMIT 5",
	`SELECT id, artist, d FROM (SELECT DISTINCT ON (artist) id, artist, emb <=> %Q AS d FROM %T ORDER BY artist, d, id) s
		ORDER BY d, id LIMIT 6`,
	`SELECT id, artist FROM (SELECT DISTINCT ON (artist) id, artist, e2 <-> %Q AS d FROM %T WHERE year > 1980
		ORDER BY artist, e2 <-> %Q, year DESC, id) s ORDER BY d, artist LIMIT 5`,
	"SELECT DISTINCT ON (artist) artist, id FROM %T ORDER BY artist, emb <=> %Q, id",
	"SELECT DISTINCT ON (year) year, id, e2 <-> %Q FROM %T WHERE artist < 20 ORDER BY year DESC, e2 <-> %Q, id LIMIT 7",
	`WITH near AS (SELECT id, year, emb <-> %Q AS d FROM %T ORDER BY d, id LIMIT 40)
		SELECT DISTINCT ON (year) year, id FROM near ORDER BY year, d, id`,
}

// TestVectorPlansAgree: a ranked query has the same rows with its index as without, over ties, NULLs, zero vectors, deleted
// rows and those of the transaction at hand.
func TestVectorPlansAgree(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	conn := start(t, server.Config{}).connect()
	execute(t, conn, "CREATE TABLE artists (id int PRIMARY KEY, name text)")
	execute(t, conn, "INSERT INTO artists SELECT i, 'name ' || i FROM generate_series(0, 29) i")
	for table, width := range map[string]string{"indexed": "(3)", "plain": ""} {
		execute(t, conn, fmt.Sprintf(`CREATE TABLE %s (id int PRIMARY KEY, artist int NOT NULL REFERENCES artists, other int,
			year int NOT NULL, pop real NOT NULL, heat float8, emb vector%s, e2 vector%s NOT NULL)`, table, width, width))
	}
	execute(t, conn, "CREATE INDEX ON indexed (pop)")
	both := func(sql string) {
		for _, table := range []string{"indexed", "plain"} {
			execute(t, conn, strings.ReplaceAll(sql, "%T", table))
		}
	}
	both("INSERT INTO %T VALUES " + rankedRows(rng, 0, 700))
	if searched := agree(t, conn, rng, rankedQueries); searched < len(rankedQueries)-6 {
		t.Errorf("only %d of %d queries are served by the index", searched, len(rankedQueries))
	}
	both(fmt.Sprintf("DELETE FROM %%T WHERE id %% 7 = %d", rng.IntN(7)))
	both(fmt.Sprintf("UPDATE %%T SET emb = %s, year = year - 1 WHERE id %% 11 = %d", smallVector(rng), rng.IntN(11)))
	execute(t, conn, "ANALYZE")
	agree(t, conn, rng, rankedQueries)
	execute(t, conn, "BEGIN")
	both("INSERT INTO %T VALUES " + rankedRows(rng, 700, 760))
	both(fmt.Sprintf("UPDATE %%T SET e2 = %s, emb = NULL WHERE id %% 13 = %d", smallVector(rng), rng.IntN(13)))
	both("DELETE FROM %T WHERE id % 17 = 3")
	agree(t, conn, rng, rankedQueries)
	execute(t, conn, "ROLLBACK")
	agree(t, conn, rng, rankedQueries)
}

// agree asks both tables, and counts the plans with a search in them.
func agree(t *testing.T, conn *pgx.Conn, rng *rand.Rand, queries []string) (searched int) {
	t.Helper()
	for _, query := range queries {
		for what, make := range map[string]func(*rand.Rand) string{"%Q": smallVector, "%S": smallSparse, "%B": someBits} {
			query = strings.ReplaceAll(query, what, make(rng))
		}
		indexed, plain := strings.ReplaceAll(query, "%T", "indexed"), strings.ReplaceAll(query, "%T", "plain")
		got, want := rowsOf(t, conn, indexed), rowsOf(t, conn, plain)
		if !slices.Equal(got, want) {
			t.Errorf("%s\n%v\nnot %v\n%s", indexed, got, want, strings.Join(rowsOf(t, conn, "EXPLAIN (ANALYZE) "+indexed), "\n"))
		}
		if plan := strings.Join(rowsOf(t, conn, "EXPLAIN "+indexed), "\n"); strings.Contains(plan, "Vector Search") {
			searched++
		} else {
			t.Logf("%s\n%s", indexed, plan)
		}
	}
	return searched
}

// rankedRows are rows of few distinct vectors, some without one.
func rankedRows(rng *rand.Rand, from, to int) string {
	var rows []string
	for id := from; id < to; id++ {
		emb, heat, other := smallVector(rng), fmt.Sprint(rng.Float64()), fmt.Sprint(rng.IntN(30))
		if rng.IntN(12) == 0 {
			emb = "NULL"
		}
		if rng.IntN(9) == 0 {
			heat = "NULL"
		}
		if rng.IntN(4) == 0 {
			other = "NULL"
		}
		rows = append(rows, fmt.Sprintf("(%d, %d, %s, %d, %g, %s, %s, %s)", id, rng.IntN(30), other, 1970+rng.IntN(40),
			float32(rng.IntN(50))/50, heat, emb, smallVector(rng)))
	}
	return strings.Join(rows, ", ")
}

// smallVector is one of few, now and then the zero vector.
func smallVector(rng *rand.Rand) string {
	return fmt.Sprintf("'[%d,%d,%d]'::vector", rng.IntN(5)-2, rng.IntN(5)-2, rng.IntN(5)-2)
}
