package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"path/filepath"

	"github.com/seguedb/segue"
)

// segueEngine is the database in process: segue.Open, SQL, one session.
type segueEngine struct {
	db       *segue.DB
	session  *segue.Session
	prepared map[int]*segue.Statement // by filter
	effort   float64
}

func openSegue(ctx context.Context, dir string) (engine, error) {
	db, err := segue.Open(filepath.Join(dir, "data"), segue.Logger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, err
	}
	return &segueEngine{db: db, session: db.Session(), prepared: map[int]*segue.Statement{}}, nil
}

func (e *segueEngine) build(ctx context.Context, d *dataset, _ string) error {
	for _, s := range schema(d.dim, "") {
		if _, err := e.db.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	if _, err := e.db.CopyFrom(ctx, copyItems, copyStream(d.dim, 0, d.len(), d.row)); err != nil {
		return err
	}
	for _, s := range settle {
		if _, err := e.session.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func (e *segueEngine) search(ctx context.Context, query []float32, t turn) ([]int, error) {
	if t.effort != e.effort {
		if _, err := e.session.Exec(ctx, fmt.Sprintf("SET segue.recall = %g", exactWhenZero(t.effort))); err != nil {
			return nil, err
		}
		e.effort = t.effort
	}
	st := e.prepared[t.below]
	if st == nil {
		var err error
		if st, err = e.session.Prepare(ctx, topK(t.k, t.below)); err != nil {
			return nil, err
		}
		e.prepared[t.below] = st
	}
	rows, err := st.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	ids := make([]int, 0, t.k)
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		ids = append(ids, id)
	}
	return ids, errors.Join(rows.Err(), rows.Close())
}

func (e *segueEngine) close() error {
	e.session.Close()
	return e.db.Close()
}

// exactWhenZero is the recall that a turn without an effort asks for.
func exactWhenZero(effort float64) float64 {
	if effort == 0 {
		return 1
	}
	return effort
}

// schema is the table; index is what pgvector is told beyond it.
func schema(dim int, index string) []string {
	s := []string{
		fmt.Sprintf("CREATE TABLE items (id int PRIMARY KEY, attr int NOT NULL, emb vector(%d) NOT NULL)", dim),
		"CREATE INDEX ON items (attr)",
	}
	if index != "" {
		s = append(s, index)
	}
	return s
}

// settle puts a loaded table at rest: vectors sealed, statistics taken.
var settle = []string{"VACUUM items", "ANALYZE items"}

const copyItems = "COPY items FROM STDIN WITH (FORMAT binary)"

func topK(k, below int) string {
	where := ""
	if below > 0 {
		where = fmt.Sprintf(" WHERE attr < %d", below)
	}
	return fmt.Sprintf("SELECT id FROM items%s ORDER BY emb <=> $1 LIMIT %d", where, k)
}

// copyStream is rows from first on in COPY's binary format.
func copyStream(dim, first, rows int, row func(i int) []float32) io.Reader {
	r, w := io.Pipe()
	go func() {
		buf := append(make([]byte, 0, 1<<20), "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
		for i := first; i < first+rows; i++ {
			buf = appendItem(buf, dim, i, row(i))
			if len(buf) > 1<<19 {
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

func appendItem(buf []byte, dim, i int, v []float32) []byte {
	be := binary.BigEndian
	buf = be.AppendUint16(buf, 3)
	buf = be.AppendUint32(be.AppendUint32(buf, 4), uint32(i))
	buf = be.AppendUint32(be.AppendUint32(buf, 4), uint32(attr(i)))
	return appendVector(be.AppendUint32(buf, uint32(4+4*dim)), v)
}

// appendVector writes pgvector's binary form.
func appendVector(buf []byte, v []float32) []byte {
	be := binary.BigEndian
	buf = be.AppendUint16(be.AppendUint16(buf, uint16(len(v))), 0)
	for _, x := range v {
		buf = be.AppendUint32(buf, math.Float32bits(x))
	}
	return buf
}
