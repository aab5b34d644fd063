package main

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/bench/rival"
)

const updateRows = 10_000

// commits: single-row statements, each its own durable transaction.
func commits(ctx context.Context, o options, p *pair, r *report) error {
	for _, s := range p.both() {
		if err := s.Exec(ctx, "CREATE TABLE events (id bigint PRIMARY KEY, track int NOT NULL, note text)",
			"CREATE TABLE counters (id int PRIMARY KEY, plays bigint NOT NULL, note text)",
			fmt.Sprintf("INSERT INTO counters SELECT i, 0, 'counter ' || i FROM generate_series(0, %d) i", updateRows-1)); err != nil {
			return err
		}
	}
	prepare := func(ctx context.Context, c *pgconn.PgConn) error {
		if _, err := c.Prepare(ctx, "insert", "INSERT INTO events VALUES ($1, $2, $3)", nil); err != nil {
			return err
		}
		_, err := c.Prepare(ctx, "update", "UPDATE counters SET plays = plays + 1 WHERE id = $1", nil)
		return err
	}
	r.section("single-row commits a second, fsync on")
	base := uint64(0)
	for _, n := range []int{1, 16} {
		base++
		insert := insertLoad(base << 40)
		ours, theirs, err := p.race(ctx, o, n, (*rival.Server).TCP, prepare, insert)
		if err != nil {
			return err
		}
		r.race("INSERT, "+clientCount(n), ours, theirs, 1)
		if ours, theirs, err = p.race(ctx, o, n, (*rival.Server).TCP, prepare, updateLoad); err != nil {
			return err
		}
		r.race("UPDATE, "+clientCount(n), ours, theirs, 1)
	}
	return nil
}

func insertLoad(base uint64) load {
	return func(ctx context.Context, c *pgconn.PgConn, client, n int) error {
		id := binary.BigEndian.AppendUint64(nil, base+uint64(client)<<32+uint64(n))
		track := binary.BigEndian.AppendUint32(nil, uint32(n))
		return one(c.ExecPrepared(ctx, "insert", [][]byte{id, track, []byte("played to the end")}, binaryFormat, nil), "INSERT 0 1")
	}
}

// updateLoad gives each client rows of its own: the line is about commits, not about waiting for a lock.
func updateLoad(ctx context.Context, c *pgconn.PgConn, client, n int) error {
	id := binary.BigEndian.AppendUint32(nil, uint32((client+16*n)%updateRows))
	return one(c.ExecPrepared(ctx, "update", [][]byte{id}, binaryFormat, nil), "UPDATE 1")
}

// one checks a statement's command tag.
func one(res *pgconn.ResultReader, want string) error {
	tag, err := res.Close()
	if err == nil && tag.String() != want {
		err = fmt.Errorf("the command tag is %q, not %q", tag, want)
	}
	return err
}
