package storage

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Batch is what a commit writes: all of it, or nothing.
type Batch struct{ b *pebble.Batch }

// NewBatch starts a batch. Hand it to Write, or Close it.
func (s *Store) NewBatch() *Batch { return &Batch{s.db.NewBatch()} }

// Set writes a key.
func (b *Batch) Set(key, value []byte) error { return b.b.Set(key, value, nil) }

// Delete deletes a key.
func (b *Batch) Delete(key []byte) error { return b.b.Delete(key, nil) }

// DeleteRange deletes a range of keys.
func (b *Batch) DeleteRange(r Range) error { return b.b.DeleteRange(r.Low, r.High, nil) }

// Layer writes a layer.
func (b *Batch) Layer(l *Layer) error {
	for i := range l.entries {
		e := &l.entries[i]
		var err error
		if e.deleted {
			err = b.b.Delete([]byte(e.key), nil)
		} else {
			err = b.b.Set([]byte(e.key), e.value, nil)
		}
		if err != nil {
			return fmt.Errorf("fill batch: %w", err)
		}
	}
	return nil
}

// Close drops the batch.
func (b *Batch) Close() error { return b.b.Close() }

// Write makes the batch visible to everyone, and returns a function that waits until it is durable: nobody may be
// told of the commit before. The batch is closed by it.
func (s *Store) Write(b *Batch) (durable func() error, err error) {
	if err := s.db.ApplyNoSyncWait(b.b, pebble.Sync); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return func() error {
		err := b.b.SyncWait()
		if closeErr := b.b.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return fmt.Errorf("sync commit: %w", err)
		}
		return nil
	}, nil
}

// Sync waits until everything written so far is durable.
func (s *Store) Sync() error {
	if err := s.db.LogData(nil, pebble.Sync); err != nil {
		return fmt.Errorf("sync the log: %w", err)
	}
	return nil
}

// CacheGet reads an entry of the embedding cache.
func (s *Store) CacheGet(key []byte) ([]byte, bool, error) { return s.Get(cacheKey(key)) }

// CachePut writes an entry of the embedding cache. It is not synced: what a crash takes is computed again.
func (s *Store) CachePut(key, value []byte) error {
	if err := s.db.Set(cacheKey(key), value, pebble.NoSync); err != nil {
		return fmt.Errorf("write the embedding cache: %w", err)
	}
	return nil
}
