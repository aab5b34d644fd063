package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/bench/rival"
)

const pointRows = 100_000

// pointSelects: one row by its primary key, prepared, binary both ways.
func pointSelects(ctx context.Context, o options, p *pair, r *report) error {
	for _, s := range p.both() {
		if err := s.Exec(ctx, "CREATE TABLE points (id int PRIMARY KEY, artist text, title text, bpm real)",
			fmt.Sprintf("INSERT INTO points SELECT i, 'artist ' || i %% 1000, 'title ' || i, (i %% 1000) / 10.0 "+
				"FROM generate_series(1, %d) i", pointRows), "ANALYZE points"); err != nil {
			return err
		}
	}
	prepare := func(ctx context.Context, c *pgconn.PgConn) error {
		_, err := c.Prepare(ctx, "point", "SELECT id, artist, title, bpm FROM points WHERE id = $1", nil)
		return err
	}
	r.section("prepared point select, rows a second")
	for _, way := range []struct {
		name string
		dsn  func(*rival.Server) string
	}{{"TCP", (*rival.Server).TCP}, {"Unix socket", (*rival.Server).Unix}} {
		for _, n := range []struct {
			clients int
			bar     float64
		}{{1, 0.8}, {16, 1.2}} {
			ours, theirs, err := p.race(ctx, o, n.clients, way.dsn, prepare, pointLoad)
			if err != nil {
				return err
			}
			r.race(fmt.Sprintf("%s, %s", clientCount(n.clients), way.name), ours, theirs, n.bar)
		}
	}
	return nil
}

func clientCount(n int) string {
	if n == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", n)
}

var binaryFormat = []int16{1}

// pointLoad reads a row and checks that it is the one asked for.
func pointLoad(ctx context.Context, c *pgconn.PgConn, client, n int) error {
	id := rand.Int32N(pointRows) + 1
	key := binary.BigEndian.AppendUint32(nil, uint32(id))
	res := c.ExecPrepared(ctx, "point", [][]byte{key}, binaryFormat, binaryFormat)
	ok := false
	for res.NextRow() {
		v := res.Values()
		ok = string(v[0]) == string(key) && string(v[2]) == fmt.Sprint("title ", id)
	}
	if _, err := res.Close(); err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("wrong row for id %d", id)
	}
	return nil
}
