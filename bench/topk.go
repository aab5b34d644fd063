package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/faiss"
)

// Options sizes the benchmarks.
type Options struct {
	Rows, Dim int // of the top-k benchmark (default 1,300 × 768: a DJ's library of tracks)
	K         int // default 10
	Queries   int // timed ones (default 2,000)
	AudioRoot string
	Out       io.Writer
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field  *int
		preset int
	}{{&o.Rows, 1300}, {&o.Dim, 768}, {&o.K, 10}, {&o.Queries, 2000}} {
		if *d.field == 0 {
			*d.field = d.preset
		}
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	return o
}

// TopK times the ten-nearest query three ways over the same vectors, interleaved so that the machine's moods
// hit all alike: a prepared statement over a socket, the vector operator alone, and FAISS Flat through our
// binding. Every answer of the three is compared.
func TopK(ctx context.Context, o Options) error {
	o = o.withDefaults()
	rows, queries := clustered(o.Rows, o.Dim, 1), clustered(o.Queries, o.Dim, 2)
	sql, closeSQL, err := openSQL(ctx, o, rows)
	if err != nil {
		return err
	}
	defer closeSQL()
	index, err := openIndex(o, rows)
	if err != nil {
		return err
	}
	defer index.Close()
	flat, err := openFlat(o, rows)
	if err != nil {
		return err
	}
	defer flat.Close()

	var socket, scan, rival timings
	for i, q := range queries {
		var bySQL, byScan, byFAISS []int64
		errs := []error{
			socket.time(func() (err error) { bySQL, err = sql(ctx, q); return }),
			scan.time(func() (err error) { byScan, err = search(ctx, index, q, o.K); return }),
			rival.time(func() (err error) { byFAISS, err = searchFlat(flat, q, o.K); return }),
		}
		if err := errors.Join(errs...); err != nil {
			return fmt.Errorf("query %d: %w", i, err)
		}
		if err := agree(rows, q, bySQL, byScan, byFAISS); err != nil {
			return fmt.Errorf("query %d: %w", i, err)
		}
	}
	fmt.Fprintf(o.Out, "top-%d of %d × %d, %d queries, kernels %s, one connection\n",
		o.K, o.Rows, o.Dim, o.Queries, index.Stats().Kernel)
	table(o.Out, []timed{
		{"SQL over TCP, prepared, binary", &socket}, {"vector operator alone", &scan}, {"FAISS Flat (IP, OpenBLAS)", &rival},
	})
	return nil
}

// clustered makes unit vectors around a few dozen centres, as music's embeddings are.
func clustered(n, dim int, seed uint64) [][]float32 {
	centres := gaussians(40, dim, rand.New(rand.NewPCG(7, 7)))
	rng := rand.New(rand.NewPCG(seed, 1))
	out := gaussians(n, dim, rng)
	for _, v := range out {
		c := centres[rng.IntN(len(centres))]
		norm := 0.0
		for i := range v {
			v[i] = c[i] + 0.7*v[i]
			norm += float64(v[i]) * float64(v[i])
		}
		scale := float32(1 / math.Sqrt(norm))
		for i := range v {
			v[i] *= scale
		}
	}
	return out
}

func gaussians(n, dim int, rng *rand.Rand) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		out[i] = make([]float32, dim)
		for j := range out[i] {
			out[i][j] = float32(rng.NormFloat64())
		}
	}
	return out
}

// openSQL serves the vectors from a fresh database and returns the query as a client runs it.
func openSQL(ctx context.Context, o Options, rows [][]float32) (func(context.Context, []float32) ([]int64, error), func(), error) {
	dir, err := os.MkdirTemp("", "segue-bench-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a data directory: %w", err)
	}
	s, err := serve(ctx, server.Config{DataDir: dir, AudioRoot: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	conn, err := pgx.Connect(ctx, "postgres://segue@"+s.address+"/segue?sslmode=disable")
	end := func() {
		if conn != nil {
			_ = conn.Close(ctx)
		}
		if err := errors.Join(s.stop(), os.RemoveAll(dir)); err != nil {
			fmt.Fprintln(o.Out, "bench:", err)
		}
	}
	if err == nil {
		err = load(ctx, conn, o, rows)
	}
	if err != nil {
		end()
		return nil, nil, err
	}
	query := fmt.Sprintf("SELECT id FROM items ORDER BY similarity(emb, $1) LIMIT %d", o.K)
	if _, err := conn.Prepare(ctx, "topk", query); err != nil {
		end()
		return nil, nil, fmt.Errorf("prepare the query: %w", err)
	}
	return func(ctx context.Context, q []float32) ([]int64, error) {
		formats := []int16{pgx.BinaryFormatCode}
		r := conn.PgConn().ExecPrepared(ctx, "topk", [][]byte{vectorBinary(q)}, formats, formats).Read()
		ids := make([]int64, len(r.Rows))
		for i, row := range r.Rows {
			ids[i] = int64(binaryOrder.Uint64(row[0]))
		}
		return ids, r.Err
	}, end, nil
}

var binaryOrder = binary.BigEndian

// vectorBinary is pgvector's binary form: the number of dimensions, an unused field, the numbers.
func vectorBinary(v []float32) []byte {
	b := binaryOrder.AppendUint16(make([]byte, 0, 4+4*len(v)), uint16(len(v)))
	b = binaryOrder.AppendUint16(b, 0)
	for _, x := range v {
		b = binaryOrder.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// load fills a table and seals it, as a database at rest is.
func load(ctx context.Context, conn *pgx.Conn, o Options, rows [][]float32) error {
	if _, err := conn.Exec(ctx, fmt.Sprintf("CREATE TABLE items (id bigint PRIMARY KEY, emb vector(%d) NOT NULL)", o.Dim)); err != nil {
		return fmt.Errorf("create the table: %w", err)
	}
	var data strings.Builder
	for i, v := range rows {
		fmt.Fprintf(&data, "%d\t%s\n", i, vectorText(v))
	}
	if _, err := conn.PgConn().CopyFrom(ctx, strings.NewReader(data.String()), "COPY items FROM STDIN"); err != nil {
		return fmt.Errorf("copy the vectors: %w", err)
	}
	_, err := conn.Exec(ctx, "VACUUM items")
	return err
}

func vectorText(v []float32) string {
	b := make([]byte, 0, 12*len(v))
	b = append(b, '[')
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(x), 'g', -1, 32)
	}
	return string(append(b, ']'))
}

// openIndex holds the vectors in the operator alone.
func openIndex(o Options, rows [][]float32) (*vector.Index, error) {
	ix, err := vector.Open(vector.NewMemStore(), vector.Options{Dim: o.Dim, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("open an index: %w", err)
	}
	deltas := make([]vector.Delta, len(rows))
	for i, v := range rows {
		deltas[i] = vector.Delta{Row: uint64(i), Vec: v}
	}
	ix.Apply(1, deltas)
	if err := ix.Seal(context.Background(), 1); err != nil {
		return nil, fmt.Errorf("seal the index: %w", err)
	}
	return ix, nil
}

func search(ctx context.Context, ix *vector.Index, q []float32, k int) ([]int64, error) {
	r, err := ix.Search(ctx, vector.Query{Vec: q, Metric: vector.Cosine, K: k, Seq: 1})
	ids := make([]int64, len(r.Hits))
	for i, h := range r.Hits {
		ids[i] = int64(h.Row)
	}
	return ids, err
}

// openFlat holds the vectors in FAISS; they are unit vectors, so the inner product orders by cosine. FAISS is let use
// OpenBLAS for single queries, which it does for batches only on its own: at this size that is its fastest way.
func openFlat(o Options, rows [][]float32) (*faiss.Index, error) {
	faiss.SetBLASThreshold(1)
	ix, err := faiss.NewIndex(o.Dim, "Flat", faiss.InnerProduct)
	if err != nil {
		return nil, fmt.Errorf("open FAISS: %w", err)
	}
	for _, v := range rows {
		if err := ix.Add(v); err != nil {
			ix.Close()
			return nil, fmt.Errorf("fill FAISS: %w", err)
		}
	}
	return ix, nil
}

func searchFlat(ix *faiss.Index, q []float32, k int) ([]int64, error) {
	_, ids, err := ix.Search(q, k)
	return ids, err
}

// agree compares answers by their similarities: equal vectors may stand in either order, and FAISS rounds.
func agree(rows [][]float32, q []float32, answers ...[]int64) error {
	for _, ids := range answers[1:] {
		if len(ids) != len(answers[0]) {
			return fmt.Errorf("answers of %d and %d rows", len(answers[0]), len(ids))
		}
		for i := range ids {
			a, b := vector.Distance(vector.Cosine, rows[answers[0][i]], q), vector.Distance(vector.Cosine, rows[ids[i]], q)
			if math.Abs(a-b) > 1e-6 {
				return fmt.Errorf("place %d: row %d at %g and row %d at %g", i, answers[0][i], a, ids[i], b)
			}
		}
	}
	return nil
}
