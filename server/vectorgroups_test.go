package server_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue/server"
)

// groupQueries ask for the nearest row of every group: %T is the table, %Q a vector.
var groupQueries = []string{
	"SELECT DISTINCT ON (kind) kind, id FROM %T ORDER BY kind, emb <=> %Q, id",
	"SELECT DISTINCT ON (kind) kind, id, emb <-> %Q AS d FROM %T ORDER BY kind DESC, d, id",
	"SELECT DISTINCT ON (kind) kind, id, emb <+> %Q FROM %T WHERE id % 3 <> 1 ORDER BY kind, emb <+> %Q, id DESC LIMIT 3",
	"SELECT DISTINCT ON (kind) id FROM %T ORDER BY kind, similarity(emb, %Q) DESC NULLS LAST, id",
	"SELECT DISTINCT ON (kind) kind, id FROM %T WHERE emb IS NOT NULL ORDER BY kind, emb <#> %Q, id",
	"SELECT DISTINCT ON (rare) rare, id FROM %T ORDER BY rare, emb <-> %Q, id",
}

// TestNearestOfEachGroup: DISTINCT ON by a distance has the same rows where it reads the nearest until every group has one
// as where it reads them all: of groups that are far away, of NULL, without any vector, and after changes.
func TestNearestOfEachGroup(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 6))
	conn := start(t, server.Config{}).connect()
	execute(t, conn, "CREATE TABLE indexed (id int PRIMARY KEY, kind int, rare int, emb vector(3))")
	execute(t, conn, "CREATE TABLE plain (id int PRIMARY KEY, kind int, rare int, emb vector)")
	both := func(sql string) {
		for _, table := range []string{"indexed", "plain"} {
			execute(t, conn, strings.ReplaceAll(sql, "%T", table))
		}
	}
	rows := func(from, to int) string {
		var out []string
		for id := from; id < to; id++ {
			kind, rare, emb := fmt.Sprint(rng.IntN(5)), "0", smallVector(rng)
			if kind == "4" {
				kind = "NULL"
			}
			switch {
			case id%500 == 7: // one group far away, one without a vector
				rare, emb = "1", "'[90,90,90]'"
			case id%500 == 8:
				rare, emb = "2", "NULL"
			case rng.IntN(20) == 0:
				emb = "NULL"
			}
			out = append(out, fmt.Sprintf("(%d, %s, %s, %s)", id, kind, rare, emb))
		}
		return strings.Join(out, ", ")
	}
	both("INSERT INTO %T VALUES " + rows(0, 3000))
	execute(t, conn, "ANALYZE")
	grown := 0
	ask := func() {
		t.Helper()
		for _, query := range groupQueries {
			query = strings.ReplaceAll(query, "%Q", smallVector(rng))
			indexed := strings.ReplaceAll(query, "%T", "indexed")
			got, want := rowsOf(t, conn, indexed), rowsOf(t, conn, strings.ReplaceAll(query, "%T", "plain"))
			if !slices.Equal(got, want) {
				t.Errorf("%s\n%v\nnot %v\n%s", indexed, got, want, strings.Join(rowsOf(t, conn, "EXPLAIN (ANALYZE) "+indexed), "\n"))
			}
			if strings.Contains(strings.Join(rowsOf(t, conn, "EXPLAIN "+indexed), "\n"), "Groups: ") {
				grown++
			}
		}
	}
	if ask(); grown < len(groupQueries)-1 { // similarity, whose NULLs come first
		t.Errorf("only %d of %d queries read the nearest rows", grown, len(groupQueries))
	}
	both(fmt.Sprintf("DELETE FROM %%T WHERE id %% 7 = %d", rng.IntN(7)))
	ask()
	execute(t, conn, "BEGIN")
	both("INSERT INTO %T VALUES " + rows(3000, 3400))
	both(fmt.Sprintf("UPDATE %%T SET kind = 9 WHERE id %% 400 = %d", rng.IntN(400)))
	ask()
	execute(t, conn, "ROLLBACK")
	ask()
	both("DELETE FROM %T")
	ask()
}
