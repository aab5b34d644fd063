package relation_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

const (
	accounts   = 12
	startMoney = 100
)

// TestTransfers lets many transactions move money between accounts, at both isolation levels, while readers, a sealer
// and in the end a crash look on. Money is a vector's first number, so the vector index must agree, too. No transfer
// may be lost or seen in half.
func TestTransfers(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	fs := vfs.NewCrashableMem()
	f := newFixture(t, fs, t.TempDir())
	f.create()
	f.do(func(s *relation.Stmt) error {
		for id := range int64(accounts) {
			if err := f.insert(s, row{id, "account", []float32{startMoney, 0}}); err != nil {
				return err
			}
		}
		return nil
	})
	stop := make(chan struct{})
	var writers, others sync.WaitGroup
	for w := range uint64(6) {
		writers.Go(func() {
			rng := rand.New(rand.NewPCG(seed, w))
			for range 60 {
				if err := f.transfer(rng, relation.Isolation(w%2)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 2 {
		others.Go(func() { f.watch(t, stop) })
	}
	others.Go(func() {
		for !stopped(stop) {
			if err := f.db.Seal(ctx); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Millisecond)
		}
	})
	var crashed []*vfs.MemFS
	for range 5 {
		time.Sleep(10 * time.Millisecond)
		crashed = append(crashed, fs.CrashClone(vfs.CrashCloneCfg{}))
	}
	writers.Wait()
	close(stop)
	others.Wait()
	f.watch(t, stop)
	f.close()
	for _, fs := range append(crashed, fs.CrashClone(vfs.CrashCloneCfg{})) {
		f := newFixture(t, fs, t.TempDir())
		f.watch(t, stop)
		f.close()
	}
}

func stopped(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// transfer moves money, again and again until no other transaction is in the way.
func (f *fixture) transfer(rng *rand.Rand, iso relation.Isolation) error {
	from, to := rng.Int64N(accounts), rng.Int64N(accounts)
	if from == to {
		return nil
	}
	for {
		tx := f.db.Begin(iso, false)
		err := f.in(tx, func(s *relation.Stmt) error { return f.change(s, from, -1) })
		if err == nil {
			err = f.in(tx, func(s *relation.Stmt) error { return f.change(s, to, +1) })
		}
		if err == nil {
			return tx.Commit(ctx)
		}
		tx.Rollback()
		if !errors.Is(err, exec.ErrConflict) && sqlstate.CodeOf(err) != sqlstate.DeadlockDetected {
			return err
		}
	}
}

// change adds to an account; now and then by taking it away and opening it anew.
func (f *fixture) change(s *relation.Stmt, id int64, by float32) error {
	_, r, ok, err := f.find(s, id)
	if err != nil || !ok {
		return errors.Join(err, fmt.Errorf("account %d: %v", id, ok))
	}
	r.emb = []float32{r.emb[0] + by, 0}
	if id%3 != 0 {
		return f.update(s, id, r)
	}
	if err := f.delete(s, id); err != nil {
		return err
	}
	return f.insert(s, r)
}

// watch sums up in one statement, once or until it is told to stop, by every way there is to the rows.
func (f *fixture) watch(t *testing.T, stop chan struct{}) {
	for {
		tx := f.db.Begin(relation.ReadCommitted, true)
		err := f.in(tx, func(s *relation.Stmt) error {
			for x := range f.table.Indexes {
				rows, err := f.by(s, &f.table.Indexes[x])
				if err != nil {
					return err
				}
				sum := float32(0)
				for _, r := range rows {
					sum += r.emb[0]
				}
				if len(rows) != accounts || sum != accounts*startMoney {
					return fmt.Errorf("by %s: %d accounts with %v together", f.table.Indexes[x].Name, len(rows), sum)
				}
			}
			return nil
		})
		tx.Rollback()
		if err != nil {
			t.Error(err)
			return
		}
		if stopped(stop) {
			return
		}
	}
}

func (f *fixture) by(s *relation.Stmt, ix *catalog.Index) ([]row, error) {
	if ix.Method == "btree" {
		return f.scan(s, ix, false)
	}
	rows, _, err := f.search(s, ix, -1)
	return rows, err
}
