package relation

import (
	"context"
	"errors"

	"github.com/cespare/xxhash/v2"

	"github.com/seguedb/segue/storage"
)

// pruneCache drops the entries of the embedding cache whose vector no committed row has, and returns how many. Which
// entry a row came from is not recorded; an entry that is dropped though it was wanted is computed again.
func (db *Database) pruneCache(ctx context.Context, vectorOf func([]byte) []byte) (int, error) {
	live := map[uint64]bool{} // the vectors of the entries, by hash, and whether a row has them
	err := db.each(ctx, storage.CacheRange(), func(_, value []byte) error {
		if v := vectorOf(value); v != nil {
			live[xxhash.Sum64(v)] = false
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if len(live) > 0 {
		err = db.each(ctx, storage.AllVectorRange(), func(_, value []byte) error {
			if h := xxhash.Sum64(value); hasKey(live, h) {
				live[h] = true
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	batch, n := db.store.NewBatch(), 0
	err = db.each(ctx, storage.CacheRange(), func(key, value []byte) error {
		if v := vectorOf(value); v != nil && live[xxhash.Sum64(v)] {
			return nil
		}
		n++
		return batch.Delete(key)
	})
	if err != nil {
		return 0, errors.Join(err, batch.Close())
	}
	return n, db.store.Commit(batch)
}

func hasKey(m map[uint64]bool, key uint64) bool {
	_, ok := m[key]
	return ok
}

// each reads a range of the latest committed state.
func (db *Database) each(ctx context.Context, r storage.Range, f func(key, value []byte) error) error {
	it, err := db.store.Iter(r, false)
	if err != nil {
		return err
	}
	for it.Next() {
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), it.Close())
		}
		if err := f(it.Key(), it.Value()); err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return errors.Join(it.Err(), it.Close())
}
