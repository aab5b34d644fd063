package relation_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"golang.org/x/sync/errgroup"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
)

// crashPoint is a machine that stopped: its disk, and the transactions that may be on it.
type crashPoint struct {
	op      int64
	what    string
	fs      *vfs.MemFS
	vectors string // the vector indexes' files at that moment
	done    int    // transactions that were acknowledged before
	upTo    int    // transactions that had begun to commit after
}

// crasher stops a machine at every change of its disk.
type crasher struct {
	t       *testing.T
	mem     *vfs.MemFS
	still   sync.RWMutex // held while mem is cloned
	dir     string
	spill   int64 // relation.Options.SpillBytes
	stopped atomic.Bool
	ops     atomic.Int64
	done    atomic.Int32
	started atomic.Int32

	mu     sync.Mutex
	rng    *rand.Rand
	points []crashPoint
}

// MaybeError implements errorfs.Injector; it never makes an error.
func (c *crasher) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || c.stopped.Load() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.spill > 0 && c.rng.IntN(3) > 0 { // there are many
		return nil
	}
	p := crashPoint{op: c.ops.Add(1), what: fmt.Sprintf("%d on %s", op.Kind, op.Path), done: int(c.done.Load())}
	c.still.Lock()
	p.fs = c.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: c.rng.IntN(3) * 50, RNG: c.rng})
	c.still.Unlock()
	p.vectors = filepath.Join(c.t.TempDir(), "vectors")
	if err := os.CopyFS(p.vectors, os.DirFS(c.dir)); err != nil {
		p.vectors = filepath.Join(c.t.TempDir(), "none") // files came and went: a crash that lost them all
	}
	p.upTo = int(c.started.Load())
	c.points = append(c.points, p)
	return nil
}

func (c *crasher) String() string { return "crash" }

// calm is a MemFS that is not cloned while it does what it takes its lock for twice: who clones it in between waits for ever.
type calm struct {
	*vfs.MemFS
	still *sync.RWMutex
}

func (fs calm) Link(old, name string) error {
	fs.still.RLock()
	defer fs.still.RUnlock()
	return fs.MemFS.Link(old, name)
}

func (fs calm) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	fs.still.RLock()
	defer fs.still.RUnlock()
	return fs.MemFS.ReuseForWrite(old, name, category)
}

// TestCrashAtEveryWrite runs transactions of all kinds and stops the machine at the disk's every write, sync,
// rename…: after a restart each transaction is there whole or not at all, what was acknowledged is there, and rows,
// unique and secondary indexes and the vector index agree.
func TestCrashAtEveryWrite(t *testing.T) {
	if *spillFlag > 0 {
		t.Skip("it has a part with large transactions")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	t.Run("", func(t *testing.T) { crashAtEveryWrite(t, seed, 0) })
	t.Run("large", func(t *testing.T) { crashAtEveryWrite(t, seed, 1000) })
}

// crashAtEveryWrite has transactions that go to files when they have so many bytes.
func crashAtEveryWrite(t *testing.T, seed uint64, spill int64) {
	c := &crasher{t: t, mem: vfs.NewCrashableMem(), dir: t.TempDir(), spill: spill, rng: rand.New(rand.NewPCG(seed, 1))}
	states := crashWorkload(t, c, rand.New(rand.NewPCG(seed, 0)))
	if len(c.points) < 100 {
		t.Fatalf("only %d crashes", len(c.points))
	}
	t.Logf("%d transactions, %d crashes", len(states)-1, len(c.points))
	var restarts errgroup.Group
	restarts.SetLimit(4)
	for i, p := range c.points {
		restarts.Go(func() error {
			if err := p.verify(t, states); err != nil {
				return fmt.Errorf("crash %d at write %d (%s): %w", i, p.op, p.what, err)
			}
			return nil
		})
	}
	if err := restarts.Wait(); err != nil {
		t.Error(err)
	}
}

// verify restarts the machine. Some restarts lose the vector files, or find one of them cut in half.
func (p *crashPoint) verify(t *testing.T, states []map[int64]row) error {
	switch p.op % 4 {
	case 0:
		p.vectors = t.TempDir()
	case 1:
		if files, _ := filepath.Glob(filepath.Join(p.vectors, "*", "*")); len(files) > 0 {
			name := files[int(p.op/4)%len(files)]
			if info, err := os.Stat(name); err == nil {
				if err := os.Truncate(name, info.Size()/2); err != nil {
					return err
				}
			}
		}
	}
	f, err := openFixture(t, p.fs, p.vectors)
	if err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	defer f.close()
	for n := p.done; n <= min(p.upTo, len(states)-1); n++ {
		switch {
		case states[n] == nil && f.table == nil:
			return nil
		case states[n] == nil || f.table == nil:
			continue
		}
		if err = f.check(states[n]); err == nil {
			return f.usable(states[n])
		}
	}
	return fmt.Errorf("it is in none of the states after transactions %d to %d: %w", p.done, p.upTo, err)
}

// usable adds a row to a restarted database: what counts rows and numbers must go on from the right place.
func (f *fixture) usable(model map[int64]row) error {
	if n := f.db.TableRows(f.table); int(n) != len(model) {
		return fmt.Errorf("TableRows says %v, want %d", n, len(model))
	}
	model = maps.Clone(model)
	model[1<<40] = row{1 << 40, "new", []float32{1, 2}}
	tx := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(tx, func(s *relation.Stmt) error { return f.insert(s, model[1<<40]) }); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	return f.check(model)
}

// crashWorkload returns what there is after each transaction; nil when there is no table.
func crashWorkload(t *testing.T, c *crasher, rng *rand.Rand) []map[int64]row {
	f := newSpilling(t, errorfs.Wrap(calm{c.mem, &c.still}, c), c.dir, c.spill)
	states := []map[int64]row{nil}
	model := map[int64]row{}
	commit := func(work func(s *relation.Stmt) error) {
		t.Helper()
		tx := f.db.Begin(relation.ReadCommitted, false)
		if err := f.in(tx, work); err != nil {
			t.Fatal(err)
		}
		states = append(states, maps.Clone(model))
		c.started.Add(1)
		if err := tx.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		c.done.Add(1)
		f.table = f.db.Catalog().Table(catalog.PublicOID, "t")
	}
	commit(func(s *relation.Stmt) error {
		_, err := s.CreateTable(ctx, &plan.CreateTable{Table: definition()})
		return err
	})
	transactions := 60
	if c.spill > 0 { // each writes several times as many files
		transactions = 20
	}
	for n := range transactions {
		switch {
		case n%20 == 7: // as COPY does
			commit(func(s *relation.Stmt) error { return f.insert(s, manyRows(model, int64(n)*1000, 500)...) })
		case n%20 == 11:
			commit(func(s *relation.Stmt) error {
				keys := []catalog.KeyPart{{AttNum: 2}, {AttNum: 1}}
				ix := &catalog.Index{Name: fmt.Sprint("t_more", n), Method: "btree", Keys: keys}
				return s.CreateIndex(ctx, &plan.CreateIndex{Table: f.table, Index: ix})
			})
		case n%20 == 15:
			clear(model)
			commit(func(s *relation.Stmt) error {
				return s.Truncate(ctx, &plan.Truncate{Tables: []*catalog.Table{f.table}})
			})
		case n == 38 || n == 18 && c.spill > 0:
			clear(model)
			commit(func(s *relation.Stmt) error {
				if err := s.Drop(ctx, &plan.Drop{Tables: []*catalog.Table{f.table}}); err != nil {
					return err
				}
				_, err := s.CreateTable(ctx, &plan.CreateTable{Table: definition()})
				return err
			})
		case n%9 == 4:
			if err := f.db.Seal(ctx); err != nil {
				t.Fatal(err)
			}
		default:
			commit(func(s *relation.Stmt) error { return f.someSteps(rng, s, model) })
		}
	}
	c.stopped.Store(true)
	f.close()
	return states
}

// manyRows makes rows and puts them into the model.
func manyRows(model map[int64]row, from int64, n int) []row {
	var out []row
	for id := from; id < from+int64(n); id++ {
		r := row{id, fmt.Sprint("copied", id%7), []float32{float32(id % 50), float32(id % 31)}}
		model[id] = r
		out = append(out, r)
	}
	return out
}

// someSteps changes several rows in one statement, each once.
func (f *fixture) someSteps(rng *rand.Rand, s *relation.Stmt, model map[int64]row) error {
	touched := map[int64]bool{}
	for range 1 + rng.IntN(5) {
		id := rng.Int64N(40)
		if touched[id] {
			continue
		}
		touched[id] = true
		if err := f.stepOn(id, rng, s, model); err != nil {
			return err
		}
	}
	return nil
}
