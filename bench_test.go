package segue_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue"
)

// BenchmarkTopK is the ten nearest of normalised vectors around 2,000 centres, prepared and in process: of a library's
// 1,300 rows, and of 100,000 exactly, at a recall, and under filters that leave 0.1, 5 and 50 % of them.
func BenchmarkTopK(b *testing.B) {
	for _, c := range []struct {
		rows   int
		recall float64
		where  string
	}{{1300, 1, ""}, {100_000, 1, ""}, {100_000, 0.95, ""}, {100_000, 0.99, ""}, {100_000, 1, " WHERE attr < 1"},
		{100_000, 1, " WHERE attr < 50"}, {100_000, 1, " WHERE attr < 500"}} {
		b.Run(fmt.Sprint(c.rows, " recall ", c.recall, c.where), func(b *testing.B) { benchmarkTopK(b, c.rows, c.recall, c.where) })
	}
}

const benchDim = 768

func benchmarkTopK(b *testing.B, rows int, recall float64, where string) {
	ctx := b.Context()
	db, err := segue.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	}()
	if _, err := db.Exec(ctx, fmt.Sprintf("CREATE TABLE items (id int PRIMARY KEY, attr int NOT NULL, emb vector(%d) NOT NULL)", benchDim)); err != nil {
		b.Fatal(err)
	}
	vectors := newClustered(rows)
	if _, err := db.CopyFrom(ctx, "COPY items FROM STDIN WITH (FORMAT binary)", vectors.copyData(rows)); err != nil {
		b.Fatal(err)
	}
	for _, s := range []string{"CREATE INDEX ON items (attr)", "VACUUM items", "ANALYZE items"} {
		if _, err := db.Exec(ctx, s); err != nil {
			b.Fatal(err)
		}
	}
	session := db.Session()
	defer session.Close()
	if _, err := session.Exec(ctx, fmt.Sprint("SET segue.recall = ", recall)); err != nil {
		b.Fatal(err)
	}
	stmt, err := session.Prepare(ctx, "SELECT id FROM items"+where+" ORDER BY emb <=> $1 LIMIT 10")
	if err != nil {
		b.Fatal(err)
	}
	queries := make([][]float32, 64)
	for i := range queries {
		queries[i] = vectors.next()
	}
	n := 0
	for b.Loop() {
		got, err := stmt.Query(ctx, queries[n%len(queries)])
		if err != nil {
			b.Fatal(err)
		}
		found := 0
		for n++; got.Next(); found++ {
			var id int
			if err := got.Scan(&id); err != nil {
				b.Fatal(err)
			}
		}
		if err := got.Close(); err != nil || found != 10 {
			b.Fatalf("%d rows, %v", found, err)
		}
	}
}

// clustered makes vectors around centres.
type clustered struct {
	r       *rand.Rand
	centres [][]float32
}

func newClustered(rows int) *clustered {
	c := &clustered{r: rand.New(rand.NewPCG(1, 2))}
	for range min(2000, max(1, rows/20)) {
		v := make([]float32, benchDim)
		for i := range v {
			v[i] = float32(c.r.NormFloat64()) / float32(math.Sqrt(float64(i+1)))
		}
		c.centres = append(c.centres, v)
	}
	return c
}

func (c *clustered) next() []float32 {
	v, square := make([]float32, benchDim), 0.0
	for i, x := range c.centres[c.r.IntN(len(c.centres))] {
		v[i] = x + 0.7*float32(c.r.NormFloat64())/float32(math.Sqrt(float64(i+1)))
		square += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(square))
	}
	return v
}

// copyData is so many rows in COPY's binary format.
func (c *clustered) copyData(rows int) io.Reader {
	r, w := io.Pipe()
	go func() {
		buf := []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
		for i := range rows {
			buf = binary.BigEndian.AppendUint16(buf, 3)
			for _, n := range []int{i, c.r.IntN(1000)} {
				buf = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(buf, 4), uint32(n))
			}
			buf = binary.BigEndian.AppendUint32(buf, 4+4*benchDim)
			buf = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(buf, benchDim), 0)
			for _, x := range c.next() {
				buf = binary.BigEndian.AppendUint32(buf, math.Float32bits(x))
			}
			if len(buf) > 1<<19 || i == rows-1 {
				if _, err := w.Write(buf); err != nil {
					return // the reader is gone, and knows why
				}
				buf = buf[:0]
			}
		}
		_, err := w.Write(binary.BigEndian.AppendUint16(buf, math.MaxUint16))
		_ = w.CloseWithError(err)
	}()
	return r
}
