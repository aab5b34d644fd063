package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue/server"
)

// keyQueries are asked of indexed and of plain, as rankedQueries are: %S is a sparse vector, %B 70 bits.
var keyQueries = []string{
	"SELECT id FROM %T ORDER BY emb::halfvec(3) <-> %Q::halfvec(3), id LIMIT 5",
	"SELECT id, emb::halfvec(3) <=> %Q::halfvec(3) AS d FROM %T ORDER BY d, id LIMIT 9 OFFSET 2",
	"SELECT id FROM %T WHERE emb::halfvec(3) <+> %Q::halfvec(3) < 2 ORDER BY id",
	"SELECT id FROM %T ORDER BY emb::halfvec(3) <#> %Q::halfvec(3), id LIMIT 2000",
	"SELECT id FROM %T ORDER BY subvector(emb, 1, 2)::vector(2) <=> subvector(%Q, 1, 2), id LIMIT 6",
	`SELECT id FROM (SELECT * FROM %T ORDER BY subvector(emb, 1, 2)::vector(2) <-> subvector(%Q, 1, 2), id LIMIT 20) s
		ORDER BY emb <=> %Q, id LIMIT 5`,
	"SELECT id, code <~> %B FROM %T ORDER BY code <~> %B, id LIMIT 7",
	"SELECT id, code <%> %B AS d FROM %T WHERE year > 1985 ORDER BY d, id LIMIT 7",
	"SELECT id FROM %T WHERE code <~> %B < 33 ORDER BY id",
	"SELECT id FROM %T WHERE code <%> %B <= 0.5 AND year < 1990 ORDER BY id",
	"SELECT id FROM %T ORDER BY binary_quantize(emb)::bit(3) <~> binary_quantize(%Q), id LIMIT 11",
	`SELECT id FROM (SELECT * FROM %T ORDER BY binary_quantize(emb)::bit(3) <~> binary_quantize(%Q), id LIMIT 20) s
		ORDER BY emb <-> %Q, id LIMIT 5`,
	"SELECT id, sp <-> %S FROM %T ORDER BY sp <-> %S, id LIMIT 10",
	"SELECT id, sp <=> %S AS d FROM %T ORDER BY d, id LIMIT 10",
	"SELECT id, sp <#> %S AS d FROM %T WHERE year <> 1990 ORDER BY d, id LIMIT 10",
	"SELECT id, sp <+> %S AS d FROM %T ORDER BY d, year, id LIMIT 700",
	"SELECT id FROM %T WHERE sp <-> %S < 2 AND year > 1980 ORDER BY id",
	"SELECT id FROM %T WHERE sp <=> %S <= 0.3 ORDER BY id",
	"SELECT id FROM %T WHERE year = 1990 ORDER BY loose::vector(3) <-> %Q, id LIMIT 5",
	"SELECT id FROM %T WHERE year = 1990 AND id > 40 ORDER BY loose::vector(3) <=> %Q, id LIMIT 5",
	"SELECT id FROM %T WHERE year = 1991 ORDER BY code <~> %B, id LIMIT 5",
	`SELECT a.id, x.id FROM %T a, LATERAL (SELECT b.id FROM %T b ORDER BY b.code <~> a.code, b.id LIMIT 3) x
		WHERE a.id < 40 ORDER BY a.id, x.id`,
	`SELECT a.id, x.id FROM %T a, LATERAL (SELECT b.id FROM %T b ORDER BY b.sp <-> a.sp, b.id LIMIT 3) x
		WHERE a.id < 40 ORDER BY a.id, x.id`,
	`SELECT a.id, x.id FROM %T a, LATERAL (SELECT b.id FROM %T b ORDER BY b.emb::halfvec(3) <-> a.emb::halfvec(3), b.id LIMIT 3) x
		WHERE a.id < 40 ORDER BY a.id, x.id`,
	"SELECT count(*) FROM (SELECT 1 FROM %T ORDER BY code <~> (SELECT code FROM %T WHERE id = -3) LIMIT 5) s",
	"SELECT count(*) FROM (SELECT 1 FROM %T ORDER BY sp <-> (SELECT sp FROM %T WHERE id = -3) LIMIT 5) s",
	"SELECT id FROM (SELECT id FROM %T ORDER BY code <~> %B FETCH FIRST 5 ROWS WITH TIES) s ORDER BY id",
	"SELECT id FROM (SELECT id FROM %T ORDER BY sp <=> %S FETCH FIRST 5 ROWS WITH TIES) s ORDER BY id",
}

// keyIndexes are pgvector's README's.
var keyIndexes = []string{
	"hnsw ((emb::halfvec(3)) halfvec_l2_ops)", "hnsw ((subvector(emb, 1, 2)::vector(2)) vector_cosine_ops)",
	"hnsw (code bit_hamming_ops)", "ivfflat (code bit_hamming_ops) WHERE year = 1991",
	"hnsw ((binary_quantize(emb)::bit(3)) bit_hamming_ops)", "hnsw (sp sparsevec_l2_ops)",
	"hnsw ((loose::vector(3)) vector_l2_ops) WHERE (year = 1990)",
}

// TestVectorKeysAgree: queries ranked by the keys of indexes on expressions, bits and sparse vectors have the same rows as
// without the indexes, whatever was written since, in the transaction at hand or after an older snapshot, and after a restart.
func TestVectorKeysAgree(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	at := start(t, server.Config{})
	conn := at.connect()
	for _, table := range []string{"indexed", "plain"} {
		execute(t, conn, fmt.Sprintf(`CREATE TABLE %s (id int PRIMARY KEY, year int NOT NULL, emb vector(3), loose vector,
			code bit(70), sp sparsevec(9))`, table))
	}
	both := func(sql string) {
		for _, table := range []string{"indexed", "plain"} {
			execute(t, conn, strings.ReplaceAll(sql, "%T", table))
		}
	}
	index := func() {
		for _, ix := range keyIndexes {
			execute(t, conn, "CREATE INDEX ON indexed USING "+ix)
		}
	}
	execute(t, conn, "BEGIN") // rows before and after their index, in one transaction
	both("INSERT INTO %T VALUES " + keyRows(rng, 0, 300))
	index()
	both("INSERT INTO %T VALUES " + keyRows(rng, 300, 400))
	agree(t, conn, rng, keyQueries)
	execute(t, conn, "COMMIT")
	if searched := agree(t, conn, rng, keyQueries); searched < len(keyQueries) {
		t.Errorf("only %d of %d queries are served by an index", searched, len(keyQueries))
	}
	old := at.connect()
	execute(t, old, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	agree(t, old, rng, keyQueries)
	changes := func() {
		both(fmt.Sprintf("DELETE FROM %%T WHERE id %% 7 = %d", rng.IntN(7)))
		both(fmt.Sprintf("UPDATE %%T SET emb = %s, code = %s, year = CASE year WHEN 1990 THEN 1991 ELSE year END WHERE id %% 11 = %d", smallVector(rng),
			someBits(rng), rng.IntN(11)))
		both(fmt.Sprintf("UPDATE %%T SET sp = %s, emb = NULL, code = NULL WHERE id %% 13 = %d", smallSparse(rng), rng.IntN(13)))
		both(fmt.Sprintf("UPDATE %%T SET loose = '[1,2,3]', year = 1990 WHERE id %% 19 = %d", rng.IntN(19)))
	}
	changes()
	both("INSERT INTO %T VALUES " + keyRows(rng, 400, 2000))
	agree(t, conn, rng, keyQueries)
	agree(t, old, rng, keyQueries)
	execute(t, conn, "BEGIN")
	changes()
	execute(t, conn, "SAVEPOINT s")
	changes()
	agree(t, conn, rng, keyQueries)
	execute(t, conn, "ROLLBACK TO s")
	agree(t, conn, rng, keyQueries)
	execute(t, conn, "ROLLBACK")
	agree(t, conn, rng, keyQueries)
	agree(t, old, rng, keyQueries)
	execute(t, old, "COMMIT")
	execute(t, conn, "VACUUM (ERASE, ANALYZE) indexed")
	agree(t, conn, rng, keyQueries)
	for _, c := range []interface{ Close(context.Context) error }{old, conn} {
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	at.restart()
	conn = at.connect()
	agree(t, conn, rng, keyQueries)
	execute(t, conn, "REINDEX TABLE indexed")
	changes()
	agree(t, conn, rng, keyQueries)
	both("ALTER TABLE %T ALTER COLUMN year TYPE bigint")
	agree(t, conn, rng, keyQueries)
	both("TRUNCATE %T")
	both("INSERT INTO %T VALUES " + keyRows(rng, 0, 50))
	agree(t, conn, rng, keyQueries)
}

// keyRows are rows of few distinct values, some without one. Only those of 1990 have three dimensions for sure.
func keyRows(rng *rand.Rand, from, to int) string {
	orNull := func(v string) string {
		if rng.IntN(15) == 0 {
			return "NULL"
		}
		return v
	}
	var rows []string
	for id := from; id < to; id++ {
		year, loose := 1980+rng.IntN(20), "'[1,2]'"
		if year == 1990 {
			loose = smallVector(rng)
		}
		rows = append(rows, fmt.Sprintf("(%d, %d, %s, %s, %s, %s)", id, year, orNull(smallVector(rng)), orNull(loose),
			orNull(someBits(rng)), orNull(smallSparse(rng))))
	}
	return strings.Join(rows, ", ")
}

// smallSparse has few of nine dimensions, now and then none.
func smallSparse(rng *rand.Rand) string {
	var parts []string
	for i := 1; i <= 9; i++ {
		if rng.IntN(4) == 0 {
			parts = append(parts, fmt.Sprintf("%d:%g", i, float64(rng.IntN(9)-4)/4))
		}
	}
	return "'{" + strings.Join(parts, ",") + "}/9'::sparsevec"
}

// someBits are 70, more of them 0 than 1, now and then all.
func someBits(rng *rand.Rand) string {
	out, share := make([]byte, 70), rng.IntN(4)
	for i := range out {
		out[i] = '0'
		if rng.IntN(6) < share {
			out[i] = '1'
		}
	}
	return fmt.Sprintf("B'%s'", out)
}
