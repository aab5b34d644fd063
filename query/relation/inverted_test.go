package relation_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/storage"
)

// tagged is a table of one column of tags with an inverted index, what it should hold, and what transactions that are still
// open should see of it.
type tagged struct {
	*fixture
	rng   *rand.Rand
	model map[int64][]string // by the rows' identities
	older []olderReader
	// raised counts the VACUUMs that have brought later rows into blocks.
	raised int
}

// olderReader is a transaction of one snapshot.
type olderReader struct {
	tx    *relation.Tx
	model map[int64][]string
}

func newTagged(t *testing.T, rng *rand.Rand, spill int64, rows int) *tagged {
	f := &tagged{fixture: newSpilling(t, vfs.NewCrashableMem(), t.TempDir(), spill), rng: rng, model: map[int64][]string{}}
	f.do(func(s *relation.Stmt) error {
		_, err := s.CreateTable(ctx, &plan.CreateTable{Table: &catalog.Table{Schema: catalog.PublicOID, Name: "t", NextAttNum: 2,
			Columns: []catalog.Column{{AttNum: 1, Name: "tags", Type: datum.TextArray, TypeOID: datum.TextArray.OID, Typmod: -1}}}})
		return err
	})
	f.look()
	f.do(func(s *relation.Stmt) error { return f.insertRows(s, f.model, f.rng.IntN(rows)) })
	f.do(func(s *relation.Stmt) error {
		return s.CreateIndex(ctx, &plan.CreateIndex{Table: f.table, Index: &catalog.Index{Name: "t_tags", Method: "gin",
			Keys: []catalog.KeyPart{{AttNum: 1}}}})
	})
	f.look()
	return f
}

func (f *tagged) look() { f.table = f.db.Catalog().Table(catalog.PublicOID, "t") }

// tableOf is the table as a statement has it.
func tableOf(s *relation.Stmt) (*catalog.Table, exec.Table, error) {
	def := s.Catalog().Table(catalog.PublicOID, "t")
	t, err := s.Table(def)
	return def, t, err
}

// pack is VACUUM.
func (f *tagged) pack() error {
	defer f.look()
	if f.rng.IntN(2) == 0 {
		return f.db.Fold(ctx, []*catalog.Table{f.table})
	}
	before := f.table.Indexes[0].Packed
	err := f.db.Pack(ctx, []*catalog.Table{f.table})
	if f.look(); f.table.Indexes[0].Packed > before {
		f.raised++
	}
	return err
}

// tag is one of those that half of the rows have, or a rare one.
func (f *tagged) tag() string {
	if f.rng.IntN(3) > 0 {
		return fmt.Sprint("common", f.rng.IntN(3))
	}
	return fmt.Sprint("rare", f.rng.IntN(60))
}

func (f *tagged) tags() []string {
	out := make([]string, f.rng.IntN(4))
	for i := range out {
		out[i] = f.tag()
	}
	return out
}

func tagsOf(rows ...[]string) *datum.Batch {
	b := datum.NewBatch([]*datum.Type{datum.TextArray}, len(rows))
	for _, tags := range rows {
		b.AppendRow([]datum.Datum{textArray(tags)})
	}
	return b
}

func textArray(tags []string) datum.Datum {
	elems := make([]datum.Datum, len(tags))
	for i, tag := range tags {
		elems[i] = datum.NewString(tag)
	}
	return datum.ArrayFrom(datum.Text, elems)
}

func (f *tagged) insertRows(s *relation.Stmt, model map[int64][]string, n int) error {
	_, t, err := tableOf(s)
	if err != nil {
		return err
	}
	rows := make([][]string, n)
	for i := range rows {
		rows[i] = f.tags()
	}
	ids, err := t.Insert(ctx, tagsOf(rows...))
	for i, id := range ids {
		model[id] = rows[i]
	}
	return err
}

// change inserts, updates or deletes a few rows.
func (f *tagged) change(s *relation.Stmt, model map[int64][]string) error {
	if f.rng.IntN(3) == 0 || len(model) == 0 {
		return f.insertRows(s, model, 1+f.rng.IntN(50))
	}
	_, t, err := tableOf(s)
	if err != nil {
		return err
	}
	ids := slices.Sorted(maps.Keys(model))
	f.rng.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, id := range ids[:min(len(ids), 1+f.rng.IntN(20))] { // a statement changes a row once
		old := model[id]
		if f.rng.IntN(3) == 0 {
			delete(model, id)
			err = t.Delete(ctx, []int64{id}, tagsOf(old))
		} else {
			model[id] = f.tags()
			err = t.Update(ctx, []int64{id}, tagsOf(old), tagsOf(model[id]), []int{0})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// meets is what the operators of arrays say.
func meets(op string, tags, wanted []string) bool {
	within := func(of, all []string) bool {
		return !slices.ContainsFunc(of, func(tag string) bool { return !slices.Contains(all, tag) })
	}
	switch op {
	case "@>":
		return within(wanted, tags)
	case "<@":
		return within(tags, wanted)
	case "=":
		return slices.Equal(tags, wanted)
	}
	return slices.ContainsFunc(tags, func(tag string) bool { return slices.Contains(wanted, tag) })
}

// verify asks the index, and compares with what the model has.
func (f *tagged) verify(s *relation.Stmt, model map[int64][]string) error {
	for range 4 {
		wanted, op := []string{f.tag(), f.tag()}, []string{"@>", "&&", "<@", "="}[f.rng.IntN(4)]
		wanted = wanted[f.rng.IntN(3):]
		if op == "@>" && len(wanted) == 0 { // which an index cannot be asked
			continue
		}
		var want []int64
		for id, tags := range model {
			if meets(op, tags, wanted) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		got, err := f.search(s, op, wanted)
		if err != nil {
			return err
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("tags %s %v: rows %v, want %v", op, wanted, got, want)
		}
	}
	return nil
}

// search is the rows of which the index says that they may be wanted, and that are. By one tag, and by any of several, no others
// are found.
func (f *tagged) search(s *relation.Stmt, op string, wanted []string) ([]int64, error) {
	def, t, err := tableOf(s)
	if err != nil {
		return nil, err
	}
	value := textArray(wanted)
	it, err := t.Scan(ctx, exec.ScanSpec{Ordinals: []int{0}, RowID: true, Index: &def.Indexes[0],
		Bounds: &exec.IndexBounds{Search: &value, SearchOp: op}})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var out []int64
	for {
		b, err := it.Next(ctx)
		if err != nil || b == nil {
			return out, err
		}
		for i, id := range b.Cols[1].I {
			var tags []string
			for _, e := range b.Cols[0].Get(i).Array().Elems {
				tags = append(tags, e.Str())
			}
			switch {
			case meets(op, tags, wanted):
				out = append(out, id)
			case op == "&&" || op == "@>" && len(wanted) == 1:
				return nil, fmt.Errorf("row %d with %v is found by tags %s %v", id, tags, op, wanted)
			}
		}
	}
}

// transaction makes some changes, with savepoints, and looks at them.
func (f *tagged) transaction() error {
	tx := f.db.Begin(relation.Isolation(f.rng.IntN(2)), false)
	mine := maps.Clone(f.model)
	saved, sp := maps.Clone(mine), tx.Savepoint()
	for range f.rng.IntN(5) {
		if f.rng.IntN(4) == 0 { // which an open transaction does not hinder
			if err := f.pack(); err != nil {
				return err
			}
		}
		err := f.in(tx, func(s *relation.Stmt) error { return f.change(s, mine) })
		if errors.Is(err, exec.ErrConflict) { // its snapshot is of another definition
			tx.Rollback()
			return nil
		}
		if err != nil {
			return err
		}
		if err := f.in(tx, func(s *relation.Stmt) error { return f.verify(s, mine) }); err != nil {
			return err
		}
		switch f.rng.IntN(6) {
		case 0:
			saved, sp = maps.Clone(mine), tx.Savepoint()
		case 1:
			if err := tx.RollbackTo(sp); err != nil {
				return err
			}
			mine = maps.Clone(saved)
		}
	}
	if f.rng.IntN(4) == 0 {
		tx.Rollback()
		return nil
	}
	f.model = mine
	return tx.Commit(ctx)
}

// remember leaves a transaction open that goes on seeing what is there now, or ends those that are.
func (f *tagged) remember() error {
	if len(f.older) > 3 {
		return f.forget()
	}
	tx := f.db.Begin(relation.RepeatableRead, true)
	f.older = append(f.older, olderReader{tx, maps.Clone(f.model)})
	return f.in(tx, func(s *relation.Stmt) error { return f.verify(s, f.model) })
}

func (f *tagged) forget() error {
	var err error
	for _, o := range f.older {
		err = errors.Join(err, f.in(o.tx, func(s *relation.Stmt) error { return f.verify(s, o.model) }))
		o.tx.Rollback()
	}
	f.older = nil
	return err
}

// crash stops the machine and starts it again.
func (f *tagged) crash() error {
	if err := f.forget(); err != nil {
		return err
	}
	disk := f.fs.(*vfs.MemFS).CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: f.rng})
	f.close()
	f.fs = disk
	f.reopen()
	f.look()
	return nil
}

func (f *tagged) step() error {
	switch f.rng.IntN(12) {
	case 0:
		return f.pack()
	case 1:
		return f.crash()
	case 2, 3:
		return f.remember()
	case 4:
		if err := f.forget(); err != nil { // they would not know the index
			return err
		}
		f.do(func(s *relation.Stmt) error { return s.Define(ctx, &plan.Reindex{Tables: []*catalog.Table{f.table}}) })
		f.look()
		return nil
	}
	return f.transaction()
}

// TestInvertedIndex changes rows by random transactions, some of which are rolled back, while others read older states, the
// index is folded and built again, and the machine stops: what the index finds is what the rows have.
func TestInvertedIndex(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for _, c := range []struct {
		spill       int64
		rows, steps int
	}{{0, 300, 200}, {1, 300, 80}, {2000, 300, 100}, {0, 20_000, 40}} { // of so many rows, tags have several blocks
		t.Run(fmt.Sprintf("spill %d rows %d", c.spill, c.rows), func(t *testing.T) {
			f := newTagged(t, rand.New(rand.NewPCG(seed, uint64(c.spill))), c.spill, c.rows)
			for i := range c.steps {
				err := f.step()
				if err == nil {
					tx := f.db.Begin(relation.ReadCommitted, true)
					err = f.in(tx, func(s *relation.Stmt) error { return f.verify(s, f.model) })
					tx.Rollback()
				}
				if err != nil {
					t.Fatalf("step %d: %v", i, err)
				}
			}
			if err := f.forget(); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d rows, blocks raised %d times", len(f.model), f.raised)
			f.close()
		})
	}
}

// entries counts the keys of the index.
func (f *tagged) entries() int {
	f.t.Helper()
	it, err := f.store.Iter(storage.IndexRange(f.table.Indexes[0].ID), false)
	if err != nil {
		f.t.Fatal(err)
	}
	n := 0
	for it.Next() {
		n++
	}
	if err := errors.Join(it.Err(), it.Close()); err != nil {
		f.t.Fatal(err)
	}
	return n
}

// TestPack inserts rows after the index was built: VACUUM makes as few blocks of them as a build does, once, unless somebody
// writes; and of rows that are deleted nothing is left.
func TestPack(t *testing.T) {
	f := newTagged(t, rand.New(rand.NewPCG(1, 2)), 0, 1)
	f.do(func(s *relation.Stmt) error { return f.insertRows(s, f.model, 6000) })
	pack := func() int {
		if err := f.db.Pack(ctx, []*catalog.Table{f.table}); err != nil {
			t.Fatal(err)
		}
		f.look()
		return f.entries()
	}
	loose := f.entries()
	writer := f.db.Begin(relation.ReadCommitted, false)
	if err := f.in(writer, func(s *relation.Stmt) error { return f.insertRows(s, f.model, 1) }); err != nil {
		t.Fatal(err)
	}
	if n := pack(); n != loose {
		t.Errorf("%d keys were %d while somebody writes", n, loose)
	}
	if err := writer.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	packed := pack()
	f.do(func(s *relation.Stmt) error { return s.Define(ctx, &plan.Reindex{Tables: []*catalog.Table{f.table}}) })
	f.look()
	if built := f.entries(); packed > built+3 || loose < 50*built { // a group ends where it has many keys
		t.Errorf("%d keys became %d, and %d by REINDEX", loose, packed, built)
	}
	for _, n := range []int{pack(), pack()} {
		if n != f.entries() {
			t.Errorf("%d keys became %d", f.entries(), n)
		}
	}
	f.do(func(s *relation.Stmt) error {
		_, t, err := tableOf(s)
		if err != nil {
			return err
		}
		var ids []int64
		var rows [][]string
		for id, tags := range f.model {
			ids, rows = append(ids, id), append(rows, tags)
		}
		return t.Delete(ctx, ids, tagsOf(rows...))
	})
	if n := pack(); n != 0 {
		t.Errorf("%d keys of rows that are no more", n)
	}
	f.close()
}

// TestPackBesideWriters changes rows while VACUUM brings them into blocks.
func TestPackBesideWriters(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	f := newTagged(t, rand.New(rand.NewPCG(seed, 0)), 0, 2000)
	var writers, packer errgroup.Group
	models, done := make([]map[int64][]string, 3), make(chan struct{})
	for w := range models {
		models[w] = map[int64][]string{}
		mine := &tagged{fixture: f.fixture, rng: rand.New(rand.NewPCG(seed, uint64(w+1)))} // of rows of its own
		writers.Go(func() error {
			for range 150 {
				next := maps.Clone(models[w])
				tx := f.db.Begin(relation.ReadCommitted, false)
				err := f.in(tx, func(s *relation.Stmt) error { return mine.change(s, next) })
				if err == nil {
					err = tx.Commit(ctx)
				}
				tx.Rollback()
				switch {
				case err == nil:
					models[w] = next
				case !errors.Is(err, exec.ErrConflict):
					return err
				}
			}
			return nil
		})
	}
	packer.Go(func() error {
		for {
			select {
			case <-done:
				return nil
			default:
			}
			if err := f.db.Pack(ctx, []*catalog.Table{f.db.Catalog().Table(catalog.PublicOID, "t")}); err != nil {
				return err
			}
		}
	})
	err := writers.Wait()
	close(done)
	if err := errors.Join(err, packer.Wait()); err != nil {
		t.Fatal(err)
	}
	f.look()
	for _, m := range models {
		maps.Copy(f.model, m)
	}
	t.Logf("rows up to %d are in blocks", f.table.Indexes[0].Packed)
	f.do(func(s *relation.Stmt) error {
		for range 100 {
			if err := f.verify(s, f.model); err != nil {
				return err
			}
		}
		return nil
	})
	f.close()
}
