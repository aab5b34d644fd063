package relation

import (
	"context"
	"errors"

	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// wake lets the sealer look whether there is something to do.
func (v *vectorIndexes) wake() {
	select {
	case v.woken <- struct{}{}:
	default: // it will look anyway
	}
}

// sealer seals the tails that have grown, in the background.
func (v *vectorIndexes) sealer(ctx context.Context) {
	defer close(v.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.woken:
		}
		if err := v.sealAll(ctx, sealDeltas); err != nil && ctx.Err() == nil {
			v.db.log.Error("relation: seal vector indexes", "error", err)
		}
		v.db.faiss.refresh(ctx)
	}
}

// Seal writes every vector index's tail to its files and compacts them: VACUUM.
func (db *Database) Seal(ctx context.Context) error { return db.vectors.sealAll(ctx, 0) }

// sealDeltas is the size of a tail that is worth a file: at 768 dimensions 50 MB, and a second of log to replay.
const sealDeltas = 16_384

// sealAll seals the indexes with at least so many deltas in memory, and drops the part of the log that they do not
// need any more. What an index holds must be durable in the store before it is in the index's files.
func (v *vectorIndexes) sealAll(ctx context.Context, least int) error {
	v.sealMu.Lock()
	defer v.sealMu.Unlock()
	v.mu.RLock()
	list := map[vectorColumn]*vector.Index{}
	for col, ix := range v.opened {
		if ix.Stats().TailDeltas >= least {
			list[col] = ix
		}
	}
	v.mu.RUnlock()
	if len(list) == 0 {
		return nil
	}
	if err := v.db.store.Sync(); err != nil {
		return err
	}
	for _, ix := range list {
		seal := ix.Seal
		if least == 0 {
			seal = ix.Compact
		}
		if err := seal(ctx, v.db.oldestSeq()); err != nil && !errors.Is(err, vector.ErrClosed) {
			return err
		}
	}
	return v.trim(list)
}

// trim deletes what each index's files hold from the index's log, and marks how far the log is gone: files that turn up
// older than that, from a backup or a disk that lied, are made again.
func (v *vectorIndexes) trim(list map[vectorColumn]*vector.Index) error {
	batch := v.db.store.NewBatch()
	var err error
	for col, ix := range list {
		mark := ix.Watermark()
		if mark == v.trimmed[col] || v.get(col) != ix { // dropped meanwhile: its log went with it
			continue
		}
		err = errors.Join(err, batch.DeleteRange(storage.LogRange(col.table, col.place, 0, mark)),
			batch.Set(storage.LogKey(col.table, col.place, 0), uint64Value(mark)))
		v.trimmed[col] = mark
	}
	if err != nil {
		return errors.Join(err, batch.Close())
	}
	return v.db.store.Commit(batch)
}
