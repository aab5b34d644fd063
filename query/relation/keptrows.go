package relation

import (
	"context"
	"errors"
	"sync"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// keptIndexes holds in memory the bit strings and sparse vectors that indexes keep (kept.go), from the first search on. What
// is held is of one commit, and of every row that a commit has written since the number of the last such commit is noted,
// before anyone can take a snapshot of it. So a search at any snapshot knows which rows to read from its own view instead.
type keptIndexes struct {
	db     *Database
	mu     sync.Mutex
	opened map[uint32]*keptIndex // by catalog.Index.ID
}

// keptIndex is one of them.
type keptIndex struct {
	id       uint32
	typ      *datum.Type
	building sync.Mutex

	mu sync.Mutex
	// floor is the commit from which on changed knows all: no older snapshot can be served.
	floor   uint64
	built   *keptRows
	changed map[uint64]uint64 // by row
	// refused is the number of bytes at which there was no room.
	refused int64
}

// keptRows never change. One of bits and sparse is there, or neither where there are no rows.
type keptRows struct {
	commit uint64
	bits   *vector.BitRows
	sparse *vector.SparseRows
}

func (r *keptRows) len() int {
	switch {
	case r.bits != nil:
		return r.bits.Len()
	case r.sparse != nil:
		return r.sparse.Len()
	}
	return 0
}

func (r *keptRows) sizeBytes() int64 {
	switch {
	case r == nil:
		return 0
	case r.bits != nil:
		return r.bits.SizeBytes()
	case r.sparse != nil:
		return r.sparse.SizeBytes()
	}
	return 0
}

// add appends a row; false when it is of another length than those before, which no key's type allows.
func (r *keptRows) add(row uint64, t *datum.Type, v datum.Datum) bool {
	if t == datum.Sparsevec {
		if r.sparse == nil {
			r.sparse = vector.NewSparseRows()
		}
		r.sparse.Add(row, sparseOf(v))
		return true
	}
	if r.bits == nil {
		r.bits = vector.NewBitRows(len(v.Str()))
	}
	if r.bits.Bits() != len(v.Str()) {
		return false
	}
	r.bits.Add(row, v.Str())
	return true
}

func sparseOf(v datum.Datum) vector.Sparse {
	return vector.Sparse{Indices: v.Sparse().Indices, Values: v.Sparse().Values}
}

// get finds an index, or begins to note its changes.
func (k *keptIndexes) get(id uint32, t *datum.Type) *keptIndex {
	k.mu.Lock()
	x := k.opened[id]
	k.mu.Unlock()
	if x != nil {
		return x
	}
	k.db.commitMu.Lock() // no commit is half noted
	defer k.db.commitMu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if x = k.opened[id]; x == nil {
		x = &keptIndex{id: id, typ: t, floor: k.db.commits.Load(), changed: map[uint64]uint64{}}
		if k.opened == nil {
			k.opened = map[uint32]*keptIndex{}
		}
		k.opened[id] = x
	}
	return x
}

// note is told of a commit in its critical section.
func (k *keptIndexes) note(commit uint64, writes *storage.Layer, gone []dropped) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, d := range gone {
		for _, id := range d.indexes {
			delete(k.opened, id)
		}
	}
	for _, x := range k.opened {
		x.mu.Lock()
		writes.Range(storage.VectorRange(x.id, keptValues), func(key, _ []byte, _ bool) {
			x.changed[storage.RowOf(key)] = commit
		})
		x.mu.Unlock()
	}
}

// drop frees the memory.
func (k *keptIndexes) drop() {
	k.mu.Lock()
	k.opened = nil
	k.mu.Unlock()
	k.db.columns.setAside(0)
}

// at is the rows held and those of them that the view of a snapshot must be asked for; nil when it must be asked for all.
func (k *keptIndexes) at(ctx context.Context, x *keptIndex, s *snapshot) (*keptRows, *roaring64.Bitmap, error) {
	const leastChanged = 1000
	x.mu.Lock()
	due := x.built == nil || len(x.changed) > max(leastChanged, x.built.len()/8)
	x.mu.Unlock()
	if due {
		if err := k.build(ctx, x); err != nil {
			return nil, nil, err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.built == nil || s.commits < x.floor {
		return nil, nil, nil
	}
	changed := roaring64.New()
	for row, commit := range x.changed {
		if commit > min(s.commits, x.built.commit) {
			changed.Add(row)
		}
	}
	return x.built, changed, nil
}

// build reads the rows as the last commit has them. It leaves things as they are where there is no room, or where that
// commit is older than the floor.
func (k *keptIndexes) build(ctx context.Context, x *keptIndex) error {
	x.building.Lock()
	defer x.building.Unlock()
	snap := k.db.snapshot()
	defer k.db.dropSnapshot(snap)
	room := k.room(x)
	x.mu.Lock()
	skip := snap.commits < x.floor || x.built != nil && x.built.commit == snap.commits || x.refused > room
	x.mu.Unlock()
	if skip {
		return nil
	}
	rows, err := k.read(ctx, x, snap)
	if err != nil {
		return err
	}
	x.mu.Lock()
	if x.built = rows; rows != nil {
		x.floor = snap.commits
		for row, commit := range x.changed {
			if commit <= snap.commits {
				delete(x.changed, row)
			}
		}
	}
	x.mu.Unlock()
	k.db.columns.setAside(k.sizeBytes())
	return nil
}

// read fills rows from a snapshot; nil when there is no room for them.
func (k *keptIndexes) read(ctx context.Context, x *keptIndex, snap *snapshot) (out *keptRows, err error) {
	it, err := storage.NewView(snap.Snapshot, nil).Iter(storage.VectorRange(x.id, keptValues), false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	out = &keptRows{commit: snap.commits}
	room := k.room(x)
	for n := 0; it.Next(); n++ {
		v, _, err := datum.DecodeValue(x.typ, it.Value())
		if err != nil {
			return nil, damagedKey(x.id, err)
		}
		if n%addRows == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !out.add(storage.RowOf(it.Key()), x.typ, v) || out.sizeBytes() > room {
			x.mu.Lock()
			x.refused = room + 1
			x.mu.Unlock()
			return nil, nil
		}
	}
	return out, it.Err()
}

// sizeBytes is what all of them take.
func (k *keptIndexes) sizeBytes() (n int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, x := range k.opened {
		x.mu.Lock()
		n += x.built.sizeBytes()
		x.mu.Unlock()
	}
	return n
}

// room is what an index may take: half of the column cache, which they share, but for what the others have.
func (k *keptIndexes) room(x *keptIndex) int64 {
	others := int64(0)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, o := range k.opened {
		if o != x {
			o.mu.Lock()
			others += o.built.sizeBytes()
			o.mu.Unlock()
		}
	}
	return k.db.columns.max/2 - others
}
