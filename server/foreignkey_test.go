package server_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/seguedb/segue/server"
)

// TestForeignKeysHoldUnderConcurrency lets sessions delete parents and insert children of the same few keys, in and out of
// transactions: whatever they were told, no child is left without its parent.
func TestForeignKeysHoldUnderConcurrency(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	i, ctx := start(t, server.Config{}), context.Background()
	admin, err := pgx.Connect(ctx, i.url())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, `CREATE TABLE parent (id int PRIMARY KEY);
		CREATE TABLE child (id int GENERATED ALWAYS AS IDENTITY, parent int REFERENCES parent DEFERRABLE);
		CREATE TABLE ward (parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE)`); err != nil {
		t.Fatal(err)
	}
	var sessions errgroup.Group
	for worker := range uint64(4) {
		sessions.Go(func() error {
			conn, err := pgx.Connect(ctx, i.url())
			if err != nil {
				return err
			}
			defer conn.Close(ctx)
			return mixReferences(ctx, conn, rand.New(rand.NewPCG(seed, worker)))
		})
	}
	if err := sessions.Wait(); err != nil {
		t.Error(err)
	}
	var children, orphans int
	err = admin.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM parent p WHERE p.id = c.parent))
		FROM (SELECT parent FROM child UNION ALL SELECT parent FROM ward) c`).Scan(&children, &orphans)
	if err != nil || orphans > 0 {
		t.Errorf("%d of %d children have no parent (%v)", orphans, children, err)
	}
}

// mixReferences runs random statements; what a constraint, a deadlock or a concurrent update refuses is no failure.
func mixReferences(ctx context.Context, conn *pgx.Conn, rng *rand.Rand) error {
	statements := []string{
		"INSERT INTO parent VALUES ($1) ON CONFLICT DO NOTHING", "INSERT INTO child (parent) VALUES ($1)",
		"INSERT INTO ward VALUES ($1)", "DELETE FROM parent WHERE id = $1", "DELETE FROM child WHERE parent = $1",
		"UPDATE parent SET id = id + 4 WHERE id = $1",
	}
	refused := []string{"23503", "23505", "40P01", "40001", "25P02"}
	run := func(sql string, args ...any) error {
		_, err := conn.Exec(ctx, sql, args...)
		var pg *pgconn.PgError
		if errors.As(err, &pg) && slices.Contains(refused, pg.Code) {
			return nil
		}
		return err
	}
	for range 60 {
		block := rng.IntN(3) == 0
		if block {
			if err := run("BEGIN; SET CONSTRAINTS ALL DEFERRED"); err != nil {
				return err
			}
		}
		for range 1 + rng.IntN(3) {
			if err := run(statements[rng.IntN(len(statements))], rng.IntN(6)); err != nil {
				return err
			}
		}
		if block {
			if err := run("COMMIT"); err != nil {
				return err
			}
		}
	}
	return nil
}
