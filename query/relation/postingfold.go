package relation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
)

// Fold brings what was written to rows since into the blocks of tables' inverted indexes, and drops what it replaces, so that
// neither says anything of a row that is no more. It changes nothing of what is found: who reads an older state reads the old
// keys, and a transaction that has not committed writes keys that count before any block.
func (db *Database) Fold(ctx context.Context, tables []*catalog.Table) error {
	return db.fold(ctx, tables, nil)
}

// fold is Fold; blocked has the row, by the index's ID, beyond which there are no blocks yet.
func (db *Database) fold(ctx context.Context, tables []*catalog.Table, blocked map[uint32]uint64) error {
	db.foldMu.Lock()
	defer db.foldMu.Unlock()
	for _, t := range tables {
		now := db.Catalog().TableByOID(t.OID)
		if now == nil {
			continue
		}
		for i := range now.Indexes {
			ix := &now.Indexes[i]
			if !inverted(ix) || ix.Packed == 0 {
				continue
			}
			f := &postingFold{db: db, ix: ix, blocked: ix.Packed}
			if row, raised := blocked[ix.ID]; raised {
				f.blocked = row
			}
			if err := f.run(ctx); err != nil {
				return fmt.Errorf("fold index %s: %w", ix.Name, err)
			}
		}
	}
	return nil
}

// foldKeys is about how many keys are written again in one critical section, which nobody commits in.
const foldKeys = 4096

// postingFold is one index's. It (1) reads the index for groups of keys that are to become one, (2) reads some groups again
// where nobody commits, and writes them as blocks. A group is of one part, and ends with a block, with the part, or where no
// block follows: so blocks that are written in its place overlap no others.
type postingFold struct {
	db      *Database
	ix      *catalog.Index
	blocked uint64 // rows beyond are in no block
	groups  []foldGroup
	keys    int // in groups

	part   []byte // at hand
	now    storage.Range
	size   int // of the group at hand: its keys
	rows   int // of those, with a row of their own
	lost   int // rows that have lost the part
	blocks int
	small  int // blocks that are less than half full
}

// foldGroup is a range of keys, and how many they are.
type foldGroup struct {
	storage.Range
	keys int
}

// run is step 1.
func (f *postingFold) run(ctx context.Context) error {
	it, err := f.db.store.Iter(storage.IndexRange(f.ix.ID), false)
	if err != nil {
		return err
	}
	for n := 0; err == nil && it.Next(); n++ {
		if n%foldKeys == 0 && ctx.Err() != nil {
			err = context.Cause(ctx)
			break
		}
		if err = f.see(it.Key(), it.Value()); err == nil && f.keys >= foldKeys {
			err = f.write()
		}
	}
	if err = errors.Join(err, it.Err(), it.Close()); err != nil {
		return err
	}
	f.end()
	return f.write()
}

// see puts a key into the group at hand.
func (f *postingFold) see(key, value []byte) error {
	kind, err := postingKind(key, value)
	if err != nil {
		return err
	}
	part := partOf(kind, key)
	if !bytes.Equal(part, f.part) {
		f.end()
		f.part = append(f.part[:0], part...)
	}
	if kind != postingBlock && storage.RowOf(key) > f.ix.Packed {
		f.end()
		return nil
	}
	if f.size++; f.size == 1 {
		f.now.Low = slices.Clone(key)
	}
	f.now.High = append(append(f.now.High[:0], key...), 0, 0) // beyond the block of the same row
	switch kind {
	case lostPosting:
		f.lost++
		return nil
	case onePosting:
		if f.rows++; f.size >= foldKeys && storage.RowOf(key) > f.blocked {
			f.end()
		}
		return nil
	}
	if f.blocks++; len(value) < blockBytes/2 {
		f.small++
		return nil
	}
	f.end()
	return nil
}

// end ends the group at hand, and keeps it if there is something to do.
func (f *postingFold) end() {
	if f.lost > 0 || f.rows > 0 && f.blocks > 0 || f.rows+f.small > 1 {
		f.groups = append(f.groups, foldGroup{storage.Range{Low: f.now.Low, High: slices.Clone(f.now.High)}, f.size})
		f.keys += f.size
	}
	f.now.Low, f.size, f.rows, f.lost, f.blocks, f.small = nil, 0, 0, 0, 0, 0
}

// write is step 2. A crash may take it: nothing is lost then.
func (f *postingFold) write() error {
	if len(f.groups) == 0 {
		return nil
	}
	f.db.commitMu.Lock()
	defer f.db.commitMu.Unlock()
	batch := f.db.store.NewBatch()
	for _, g := range f.groups {
		if err := f.fold(batch, g); err != nil {
			return errors.Join(err, batch.Close())
		}
	}
	f.groups, f.keys = f.groups[:0], 0
	return f.db.store.WriteUnsynced(batch)
}

// rangeKeys are deleted as one range, which takes less to write and more to read than they do.
const rangeKeys = 64

// fold writes one group again.
func (f *postingFold) fold(batch *storage.Batch, g foldGroup) error {
	it, err := f.db.store.Iter(g.Range, false)
	if err != nil {
		return err
	}
	if g.keys >= rangeKeys {
		err = batch.DeleteRange(g.Range)
	}
	l := &postingList{it: it, ix: f.ix}
	var rows []uint64
	for err == nil && it.Next() {
		var found bool
		if found, err = l.take(it.Key(), it.Value()); found {
			rows = append(rows, l.batch...)
		}
		if g.keys < rangeKeys {
			err = errors.Join(err, batch.Delete(it.Key()))
		}
	}
	if err = errors.Join(err, it.Err(), l.close()); err != nil {
		return err
	}
	slices.Sort(rows)
	return putBlocks(batch, l.part, slices.Compact(rows))
}

// putBlocks writes a part's rows. The last block may have one row, so that it is filled up when others come.
func putBlocks(batch *storage.Batch, part []byte, rows []uint64) (err error) {
	set := func(key, value []byte) { err = errors.Join(err, batch.Set(key, value)) }
	if len(rows) == 1 {
		set(postingKey(part, rows[0]), []byte{})
		return err
	}
	for len(rows) > 0 {
		var w blockWriter
		for len(rows) > 0 && !w.full() {
			w.add(rows[0])
			rows = rows[1:]
		}
		w.put(part, set)
	}
	return err
}
