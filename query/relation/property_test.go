package relation_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// step is one random change, made to the model as well.
func (f *fixture) step(rng *rand.Rand, s *relation.Stmt, model map[int64]row) error {
	return f.stepOn(rng.Int64N(40), rng, s, model)
}

func (f *fixture) stepOn(id int64, rng *rand.Rand, s *relation.Stmt, model map[int64]row) error {
	r := row{id: id, name: fmt.Sprint("n", rng.IntN(5)), emb: []float32{float32(rng.IntN(9)), float32(id)}}
	if rng.IntN(5) == 0 {
		r.emb = nil
	}
	_, taken := model[id]
	switch n := rng.IntN(10); {
	case !taken:
		model[id] = r
		return f.insert(s, r)
	case n < 3:
		delete(model, id)
		return f.delete(s, id)
	default:
		model[id] = r
		return f.update(s, id, r)
	}
}

// failHalfway runs a statement that fails after some of its rows: nothing of it may stay.
func (f *fixture) failHalfway(rng *rand.Rand, tx *relation.Tx, model map[int64]row) error {
	for id := range model {
		err := f.in(tx, func(s *relation.Stmt) error {
			if err := f.stepOn(1000+rng.Int64N(5), rng, s, map[int64]row{}); err != nil {
				return err
			}
			return f.insert(s, row{id, "a second one", []float32{0, 0}})
		})
		if sqlstate.CodeOf(err) != sqlstate.UniqueViolation {
			return fmt.Errorf("a second row with id %d: %w", id, err)
		}
		return nil
	}
	return nil
}

// TestRandomTransactions runs random transactions with savepoints, rollbacks, seals and restarts against a map.
func TestRandomTransactions(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for _, spill := range []int64{0, 1, 600} { // bytes: nothing, everything and some of it goes to files
		t.Run(fmt.Sprint("spill ", spill), func(t *testing.T) {
			randomTransactions(t, rand.New(rand.NewPCG(seed, uint64(spill))), spill)
		})
	}
}

func randomTransactions(t *testing.T, rng *rand.Rand, spill int64) {
	f := newSpilling(t, vfs.NewMem(), t.TempDir(), spill)
	f.create()
	model := map[int64]row{}
	for range 150 {
		tx := f.db.Begin(relation.Isolation(rng.IntN(2)), false)
		mine := maps.Clone(model)
		saved, sp := maps.Clone(mine), tx.Savepoint()
		for range rng.IntN(8) {
			if err := f.in(tx, func(s *relation.Stmt) error { return f.step(rng, s, mine) }); err != nil {
				t.Fatal(err)
			}
			if err := f.in(tx, func(s *relation.Stmt) error { return f.verify(s, mine) }); err != nil {
				t.Fatal(err)
			}
			if err := f.failHalfway(rng, tx, mine); err != nil {
				t.Fatal(err)
			}
			switch rng.IntN(6) {
			case 0:
				saved, sp = maps.Clone(mine), tx.Savepoint()
			case 1:
				if err := tx.RollbackTo(sp); err != nil {
					t.Fatal(err)
				}
				mine = maps.Clone(saved)
			}
		}
		if rng.IntN(4) == 0 {
			tx.Rollback()
		} else if err := tx.Commit(ctx); err != nil {
			t.Fatal(err)
		} else {
			model = mine
		}
		switch rng.IntN(10) {
		case 0:
			if err := f.db.Seal(ctx); err != nil {
				t.Fatal(err)
			}
		case 1:
			f.close()
			f = newSpilling(t, f.fs, f.dir, spill)
		}
		f.mustVerify(model)
		if n := f.db.TableRows(f.table); int(n) != len(model) {
			t.Fatalf("TableRows says %v, want %d", n, len(model))
		}
	}
	f.close()
}
