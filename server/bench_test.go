package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/seguedb/segue/server"
)

// benchClient is a connection with a prepared statement s.
func benchClient(b *testing.B, i *instance, sql string) *pgconn.PgConn {
	b.Helper()
	conn, err := pgconn.Connect(context.Background(), i.url())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Prepare(context.Background(), "s", sql, nil); err != nil {
		b.Fatal(err)
	}
	return conn
}

func benchExec(b *testing.B, i *instance, statements ...string) {
	b.Helper()
	conn := i.connect()
	for _, s := range statements {
		if _, err := conn.Exec(context.Background(), s); err != nil {
			b.Fatal(err)
		}
	}
}

var binaryFormat = []int16{1}

func benchRun(b *testing.B, c *pgconn.PgConn, param []byte) {
	res := c.ExecPrepared(context.Background(), "s", [][]byte{param}, binaryFormat, binaryFormat).Read()
	if res.Err != nil || res.CommandTag.RowsAffected() != 1 {
		b.Errorf("%s, %v", res.CommandTag, res.Err)
	}
}

const benchRows = 50_000

func benchTable(b *testing.B) *instance {
	i := start(b, server.Config{})
	benchExec(b, i, "CREATE TABLE points (id int PRIMARY KEY, artist text, title text, bpm real, plays int8)",
		fmt.Sprintf("INSERT INTO points SELECT i, 'artist ' || i %% 1000, 'title ' || i, i / 10.0, 0 "+
			"FROM generate_series(0, %d) i", benchRows-1))
	return i
}

// BenchmarkPointSelect is one row by its key, prepared, over TCP.
func BenchmarkPointSelect(b *testing.B) {
	c := benchClient(b, benchTable(b), "SELECT id, artist, title, bpm FROM points WHERE id = $1")
	n := uint32(0)
	for b.Loop() {
		benchRun(b, c, binary.BigEndian.AppendUint32(nil, n*7919%benchRows))
		n++
	}
}

// BenchmarkUpdateCommit is one durable change of one row.
func BenchmarkUpdateCommit(b *testing.B) {
	c := benchClient(b, benchTable(b), "UPDATE points SET plays = plays + 1 WHERE id = $1")
	n := uint32(0)
	for b.Loop() {
		benchRun(b, c, binary.BigEndian.AppendUint32(nil, n*7919%benchRows))
		n++
	}
}

// BenchmarkInsertCommit is one durable row.
func BenchmarkInsertCommit(b *testing.B) {
	i := benchTable(b)
	c := benchClient(b, i, "INSERT INTO points (id, title) VALUES ($1, 'a title')")
	n := uint32(benchRows)
	for b.Loop() {
		benchRun(b, c, binary.BigEndian.AppendUint32(nil, n))
		n++
	}
}

// BenchmarkCopyVectors is COPY of (int, text, 768 floats), 2,000 rows a transaction.
func BenchmarkCopyVectors(b *testing.B) {
	const rows, dims = 2000, 768
	var text, bin bytes.Buffer
	bin.WriteString("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for r := range rows {
		fmt.Fprintf(&text, "%d\ttrack %d\t[", r, r)
		_ = binary.Write(&bin, binary.BigEndian, uint16(3))
		_ = binary.Write(&bin, binary.BigEndian, []uint32{4, uint32(r), 5})
		bin.WriteString("track")
		_ = binary.Write(&bin, binary.BigEndian, uint32(4+4*dims))
		_ = binary.Write(&bin, binary.BigEndian, []uint16{dims, 0})
		for d := range dims {
			f := float32(math.Sin(float64(r*dims + d)))
			fmt.Fprint(&text, map[bool]string{true: ",", false: ""}[d > 0], f)
			_ = binary.Write(&bin, binary.BigEndian, f)
		}
		text.WriteString("]\n")
	}
	_ = binary.Write(&bin, binary.BigEndian, uint16(math.MaxUint16))
	for name, data := range map[string][]byte{"text": text.Bytes(), "binary": bin.Bytes()} {
		b.Run(name, func(b *testing.B) {
			i := start(b, server.Config{})
			benchExec(b, i, "CREATE TABLE embeddings (id int, path text, emb vector(768))")
			c := i.connect().PgConn()
			for b.Loop() {
				if _, err := c.CopyFrom(context.Background(), bytes.NewReader(data), "COPY embeddings FROM STDIN (FORMAT "+name+")"); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkPointSelectBytes is BenchmarkPointSelect with a client that costs nothing: the same bytes again and again, and
// whatever comes back up to ReadyForQuery. Its allocations are the server's.
func BenchmarkPointSelectBytes(b *testing.B) {
	i := benchTable(b)
	c := benchClient(b, i, "SELECT id, artist, title, bpm FROM points WHERE id = $1")
	var ask []byte
	for _, m := range []pgproto3.FrontendMessage{
		&pgproto3.Bind{PreparedStatement: "s", ParameterFormatCodes: binaryFormat, ResultFormatCodes: binaryFormat,
			Parameters: [][]byte{binary.BigEndian.AppendUint32(nil, 4711)}},
		&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}, &pgproto3.Sync{},
	} {
		var err error
		if ask, err = m.Encode(ask); err != nil {
			b.Fatal(err)
		}
	}
	h, err := c.Hijack()
	if err != nil {
		b.Fatal(err)
	}
	answer := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Conn.Write(ask); err != nil {
			b.Fatal(err)
		}
		n := 0
		for n < 6 || answer[n-6] != 'Z' {
			got, err := h.Conn.Read(answer[n:])
			if err != nil {
				b.Fatal(err)
			}
			n += got
		}
	}
	_ = h.Conn.Close()
}
