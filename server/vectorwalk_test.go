package server_test

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
	"github.com/seguedb/segue/vector"
)

var walkSeed = flag.Uint64("vector.seed", 0, "run TestVectorWalk with this seed alone")

const walkDim = 12

// TestVectorWalk does random things to a table with vectors over a real server: statements, transactions that commit, roll
// back, or roll back to a savepoint, VACUUM, restarts. In between it asks top-k and cut-off queries under filters,
// inside the transaction and outside it, and compares the answers with brute force over what the rows must be.
// SEGUE_CONFORMANCE=30m walks for so long; a failure prints the seed that repeats it.
func TestVectorWalk(t *testing.T) {
	long, err := time.ParseDuration(cmp.Or(os.Getenv("SEGUE_CONFORMANCE"), "0s"))
	if err != nil {
		t.Fatal(err)
	}
	for start, n := time.Now(), 0; n == 0 || time.Since(start) < long && !t.Failed(); n++ {
		seed := cmp.Or(*walkSeed, rand.Uint64())
		t.Run("", func(t *testing.T) {
			t.Logf("repeat with: go test ./server -run TestVectorWalk -vector.seed=%d", seed)
			w := newVectorWalk(t, seed)
			for range 120 {
				w.step()
			}
		})
	}
}

// item is a row; a nil vector is a NULL.
type item struct {
	attr int
	emb  []float32
}

// vectorWalk is one random life of a table.
type vectorWalk struct {
	*testing.T
	at     *instance
	rng    *rand.Rand
	writer *pgx.Conn
	reader *pgx.Conn
	// committed is what every new snapshot sees; pending what the writer's open transaction sees, saved what it saw at its
	// savepoint; frozen what the reader's REPEATABLE READ transaction sees. Those that are not open are nil.
	committed, pending, saved, frozen map[int]item
}

func newVectorWalk(t *testing.T, seed uint64) *vectorWalk {
	w := &vectorWalk{T: t, at: start(t, server.Config{}), rng: rand.New(rand.NewPCG(seed, 0)), committed: map[int]item{}}
	w.dial()
	w.must(w.writer, fmt.Sprintf("CREATE TABLE items (id int PRIMARY KEY, attr int NOT NULL, emb vector(%d))", walkDim))
	if w.rng.IntN(2) == 0 {
		w.must(w.writer, "CREATE INDEX ON items (attr)")
	}
	if w.rng.IntN(2) == 0 {
		w.must(w.writer, "CREATE INDEX ON items USING hnsw (emb vector_cosine_ops)")
	}
	return w
}

func (w *vectorWalk) dial() { w.writer, w.reader = w.at.connect(), w.at.connect() }

func (w *vectorWalk) must(c *pgx.Conn, sql string) {
	w.Helper()
	if _, err := c.Exec(context.Background(), sql); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
}

// rows is what the writer sees.
func (w *vectorWalk) rows() map[int]item {
	if w.pending != nil {
		return w.pending
	}
	return w.committed
}

// step does one thing.
func (w *vectorWalk) step() {
	switch w.rng.IntN(12) {
	case 0, 1:
		w.insert()
	case 2:
		w.update()
	case 3:
		w.remove()
	case 4, 5:
		w.transaction()
	case 6:
		w.snapshot()
	case 7:
		if w.pending == nil {
			w.must(w.writer, "VACUUM items")
		}
	case 8:
		if w.rng.IntN(4) == 0 {
			w.restart()
		}
	default:
		w.ask(w.writer, w.rows())
		if w.frozen != nil {
			w.ask(w.reader, w.frozen)
		} else {
			w.ask(w.reader, w.committed)
		}
	}
}

func (w *vectorWalk) insert() {
	n := []int{1, 20, 300}[w.rng.IntN(3)]
	var values []string
	for range n {
		id := w.rng.IntN(2000)
		if _, ok := w.rows()[id]; ok {
			continue
		}
		it := w.item()
		w.rows()[id] = it
		values = append(values, fmt.Sprintf("(%d, %d, %s)", id, it.attr, literal(it.emb)))
	}
	if len(values) > 0 {
		w.must(w.writer, "INSERT INTO items VALUES "+strings.Join(values, ", "))
	}
}

// item makes a row: near others, equal to others, all zeros, tiny, huge, or without a vector.
func (w *vectorWalk) item() item {
	it := item{attr: w.rng.IntN(100), emb: make([]float32, walkDim)}
	kind := w.rng.IntN(12)
	if kind == 0 {
		it.emb = nil
	}
	scale := 1.0
	if kind == 1 {
		scale = 1e-30
	} else if kind == 2 {
		scale = 1e15
	}
	for i := range it.emb {
		switch {
		case kind == 3:
		case kind < 6: // many are alike
			it.emb[i] = float32(w.rng.IntN(2))
		default:
			it.emb[i] = float32(scale * (float64(i%3) + 0.4*w.rng.NormFloat64()))
		}
	}
	return it
}

// update gives the rows of an attribute, or one row, another vector or attribute.
func (w *vectorWalk) update() {
	attr, it := w.rng.IntN(100), w.item()
	rows, set, where := w.rows(), "emb = "+literal(it.emb), fmt.Sprintf("attr = %d", attr)
	if w.rng.IntN(3) == 0 {
		set = fmt.Sprintf("attr = %d", it.attr)
	}
	for id, old := range rows {
		if old.attr != attr {
			continue
		}
		if strings.HasPrefix(set, "emb") {
			old.emb = it.emb
		} else {
			old.attr = it.attr
		}
		rows[id] = old
	}
	w.must(w.writer, "UPDATE items SET "+set+" WHERE "+where)
}

func (w *vectorWalk) remove() {
	first := w.rng.IntN(2000)
	last := first + w.rng.IntN(60)
	maps.DeleteFunc(w.rows(), func(id int, _ item) bool { return id >= first && id <= last })
	w.must(w.writer, fmt.Sprintf("DELETE FROM items WHERE id BETWEEN %d AND %d", first, last))
}

// transaction begins one, or does with the open one what may be done.
func (w *vectorWalk) transaction() {
	switch {
	case w.pending == nil:
		w.must(w.writer, "BEGIN")
		w.pending = maps.Clone(w.committed)
	case w.saved == nil && w.rng.IntN(3) == 0:
		w.must(w.writer, "SAVEPOINT s")
		w.saved = maps.Clone(w.pending)
	case w.saved != nil && w.rng.IntN(2) == 0:
		w.must(w.writer, "ROLLBACK TO s")
		w.pending = maps.Clone(w.saved)
	case w.rng.IntN(3) == 0:
		w.must(w.writer, "ROLLBACK")
		w.pending, w.saved = nil, nil
	default:
		w.must(w.writer, "COMMIT")
		w.committed, w.pending, w.saved = w.pending, nil, nil
	}
}

// snapshot lets the reader hold what it sees, or let go.
func (w *vectorWalk) snapshot() {
	if w.frozen != nil {
		w.must(w.reader, "COMMIT")
		w.frozen = nil
		return
	}
	w.must(w.reader, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	w.must(w.reader, "SELECT count(*) FROM items") // the snapshot is taken by the first statement
	w.frozen = maps.Clone(w.committed)
}

// restart loses open transactions.
func (w *vectorWalk) restart() {
	w.pending, w.saved, w.frozen = nil, nil, nil
	for _, c := range []*pgx.Conn{w.writer, w.reader} {
		if err := c.Close(context.Background()); err != nil {
			w.Fatal(err)
		}
	}
	w.at.restart()
	w.dial()
}

var walkMetrics = map[string]vector.Metric{"<=>": vector.Cosine, "<->": vector.L2, "<#>": vector.InnerProduct, "<+>": vector.L1}

// ask compares one query's answer with brute force over rows.
func (w *vectorWalk) ask(c *pgx.Conn, rows map[int]item) {
	w.Helper()
	operator := []string{"<=>", "<->", "<#>", "<+>"}[w.rng.IntN(4)]
	probe := w.item()
	if probe.emb == nil {
		probe.emb = make([]float32, walkDim)
		probe.emb[0] = 1
	}
	below, k := []int{0, 1, 5, 50, 100, 101}[w.rng.IntN(6)], []int{1, 10, 40, 3000}[w.rng.IntN(4)]
	where := fmt.Sprintf("emb IS NOT NULL AND attr < %d", below)
	limit := math.Inf(1)
	if w.rng.IntN(3) == 0 {
		limit = []float64{0, 0.3, 2, 20}[w.rng.IntN(4)]
		where += fmt.Sprintf(" AND emb %s $1 < %g", operator, limit)
	}
	sql := fmt.Sprintf("SELECT id, emb %[1]s $1 FROM items WHERE %[2]s ORDER BY emb %[1]s $1 LIMIT %[3]d", operator, where, k)
	var want []float64
	for _, it := range rows {
		d := math.NaN()
		if it.emb != nil {
			d = vector.Distance(walkMetrics[operator], probe.emb, it.emb)
		}
		if it.emb != nil && it.attr < below && (math.IsInf(limit, 1) || d < limit) {
			want = append(want, d)
		}
	}
	slices.SortFunc(want, nanLast)
	want = want[:min(k, len(want))]
	w.compare(c, sql, operator, probe.emb, rows, below, want)
}

// compare runs the query. Rows at the same distance may come in any order, and which of them come last is free.
func (w *vectorWalk) compare(c *pgx.Conn, sql, operator string, probe []float32, rows map[int]item, below int, want []float64) {
	w.Helper()
	res, err := c.Query(context.Background(), strings.ReplaceAll(sql, "$1", literal(probe)), pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
	defer res.Close()
	seen, n := map[int]bool{}, 0
	for ; res.Next(); n++ {
		var id int
		var d float64
		if err := res.Scan(&id, &d); err != nil {
			w.Fatal(err)
		}
		it, ok := rows[id]
		if !ok || seen[id] || it.emb == nil || it.attr >= below {
			w.Fatalf("%s: row %d at %g should not be there: %+v", sql, id, d, it)
		}
		seen[id] = true
		own := vector.Distance(walkMetrics[operator], probe, it.emb)
		if n >= len(want) || nanLast(own, d) != 0 || nanLast(want[n], d) != 0 {
			w.Fatalf("%s: hit %d is row %d at %v, which is at %v; want %v", sql, n, id, d, own, want[min(n, max(0, len(want)-1)):])
		}
	}
	if err := res.Err(); err != nil || n != len(want) {
		w.Fatalf("%s: %d rows, want %d (%v)", sql, n, len(want), err)
	}
}

// nanLast orders distances as SQL does.
func nanLast(a, b float64) int {
	if an, bn := math.IsNaN(a), math.IsNaN(b); an || bn {
		switch {
		case an && bn:
			return 0
		case an:
			return 1
		}
		return -1
	}
	return cmp.Compare(a, b)
}

// literal is a vector in SQL. JSON's numbers read back as the same float32.
func literal(v []float32) string {
	if v == nil {
		return "NULL"
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a NaN, which no test makes
	}
	return fmt.Sprintf("'%s'::vector(%d)", text, walkDim)
}
