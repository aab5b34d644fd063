package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/bench/rival"
)

const dims = 768

// copies: rows of (int, text, 768 floats), each COPY one durable transaction. PostgreSQL has no vector type in this
// package, so its column is real[]: the same floats, 4 bytes each, which it stores out of line as pgvector's would be.
func copies(ctx context.Context, o options, p *pair, r *report) error {
	for _, s := range p.both() {
		column := "vector(768)"
		if s == p.postgres {
			column = "real[]"
		}
		if err := s.Exec(ctx, "CREATE TABLE embeddings (id int, path text, emb "+column+")"); err != nil {
			return err
		}
	}
	r.section("COPY of (int, text, 768 floats), rows a second, durable; PostgreSQL's floats are real[]")
	for _, f := range []struct {
		name, options string
		encode        func(rows int, array bool) []byte
	}{{"text", "", textRows}, {"binary", " WITH (FORMAT binary)", binaryRows}} {
		ours, theirs, err := copyRace(ctx, o, p, f.options, f.encode)
		if err != nil {
			return err
		}
		r.rate(f.name, "", ours, theirs, 3)
	}
	return p.equal(ctx, "SELECT count(*), sum(id), min(path), max(path) FROM embeddings")
}

func copyRace(ctx context.Context, o options, p *pair, options string, encode func(int, bool) []byte) (ours, theirs float64, err error) {
	rates := make([][]float64, 2)
	for round := range o.rounds + 1 {
		for i, s := range p.both() {
			rate, err := copyTurn(ctx, s, options, encode(o.copyRows, s == p.postgres), o.copyRows)
			if err != nil {
				return 0, 0, fmt.Errorf("%s: %w", s.Name, err)
			}
			if round > 0 {
				rates[i] = append(rates[i], rate)
			}
		}
	}
	return median(rates[0]), median(rates[1]), nil
}

func copyTurn(ctx context.Context, s *rival.Server, options string, data []byte, rows int) (float64, error) {
	c, err := s.Connect(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close(ctx)
	start := time.Now()
	tag, err := c.PgConn().CopyFrom(ctx, bytes.NewReader(data), "COPY embeddings FROM STDIN"+options)
	if err != nil {
		return 0, err
	}
	if tag.RowsAffected() != int64(rows) {
		return 0, fmt.Errorf("%d rows copied, not %d", tag.RowsAffected(), rows)
	}
	return float64(rows) / time.Since(start).Seconds(), nil
}

// embedding is row i's floats: a unit vector, as models give.
func embedding(rng *rand.Rand) []float32 {
	v := make([]float32, dims)
	var sum float64
	for i := range v {
		v[i] = float32(rng.NormFloat64())
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func textRows(rows int, array bool) []byte {
	rng := rand.New(rand.NewPCG(1, 1))
	brackets := "[]"
	if array {
		brackets = "{}"
	}
	var out []byte
	for i := range rows {
		out = strconv.AppendInt(out, int64(i), 10)
		out = fmt.Appendf(out, "\tlibrary/artist/%d.flac\t%c", i, brackets[0])
		for k, f := range embedding(rng) {
			if k > 0 {
				out = append(out, ',')
			}
			out = strconv.AppendFloat(out, float64(f), 'g', -1, 32)
		}
		out = append(out, brackets[1], '\n')
	}
	return out
}

func binaryRows(rows int, array bool) []byte {
	rng := rand.New(rand.NewPCG(1, 1))
	out := []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for i := range rows {
		out = binary.BigEndian.AppendUint16(out, 3)
		out = binary.BigEndian.AppendUint32(out, 4)
		out = binary.BigEndian.AppendUint32(out, uint32(i))
		path := fmt.Sprintf("library/artist/%d.flac", i)
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(path))), path...)
		if array {
			out = appendArray(out, embedding(rng))
		} else {
			out = appendVector(out, embedding(rng))
		}
	}
	return binary.BigEndian.AppendUint16(out, math.MaxUint16)
}

// appendVector writes pgvector's binary format.
func appendVector(out []byte, v []float32) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(4+4*len(v)))
	out = binary.BigEndian.AppendUint16(out, uint16(len(v)))
	out = binary.BigEndian.AppendUint16(out, 0)
	for _, f := range v {
		out = binary.BigEndian.AppendUint32(out, math.Float32bits(f))
	}
	return out
}

// appendArray writes a float4[] of one dimension.
func appendArray(out []byte, v []float32) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(20+8*len(v)))
	for _, word := range []uint32{1, 0, 700, uint32(len(v)), 1} {
		out = binary.BigEndian.AppendUint32(out, word)
	}
	for _, f := range v {
		out = binary.BigEndian.AppendUint32(out, 4)
		out = binary.BigEndian.AppendUint32(out, math.Float32bits(f))
	}
	return out
}

// equal runs a query on both servers and compares the answers.
func (p *pair) equal(ctx context.Context, sql string) error {
	var answers [2][]string
	for i, s := range p.both() {
		c, err := s.Connect(ctx)
		if err != nil {
			return err
		}
		answers[i], _, err = answer(ctx, c, sql)
		_ = c.Close(ctx)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", s.Name, sql, err)
		}
	}
	return sameAnswer(sql, answers[0], answers[1])
}

// answer runs a query in text and returns its rows and how long they took to arrive.
func answer(ctx context.Context, c *pgx.Conn, sql string) (rows []string, took time.Duration, err error) {
	start := time.Now()
	res := c.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil)
	for res.NextRow() {
		rows = append(rows, string(bytes.Join(res.Values(), []byte("\t"))))
	}
	_, err = res.Close()
	return rows, time.Since(start), err
}
