package storage

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Batch is what a commit writes: all of it, or nothing.
type Batch struct{ b *pebble.Batch }

// NewBatch starts a batch. Hand it to Write, or Close it.
func (s *Store) NewBatch() *Batch { return &Batch{s.db.NewBatch()} }

// NewBatchOf starts a batch with a layer's writes. It is made as large as they are: growing by doubling would need
// twice the memory of a large commit.
func (s *Store) NewBatchOf(l *Layer) (*Batch, error) {
	const (
		entryBytes = 2 * binary.MaxVarintLen32 // lengths and kind of a key
		roomBytes  = 4 << 10                   // for what the commit adds
	)
	b := &Batch{s.db.NewBatchWithSize(int(l.bytes) + entryBytes*l.Len() + roomBytes)}
	for i := range l.Len() {
		e := l.at(i)
		if err := b.add(&e); err != nil {
			return nil, closing(b, fmt.Errorf("fill batch: %w", err))
		}
	}
	return b, nil
}

func (b *Batch) add(e *entry) error {
	if e.deleted {
		return b.b.Delete([]byte(e.key), nil)
	}
	return b.b.Set([]byte(e.key), e.value, nil)
}

// Set writes a key.
func (b *Batch) Set(key, value []byte) error { return b.b.Set(key, value, nil) }

// Delete deletes a key.
func (b *Batch) Delete(key []byte) error { return b.b.Delete(key, nil) }

// DeleteRange deletes a range of keys, those written by the batch before included.
func (b *Batch) DeleteRange(r Range) error { return b.b.DeleteRange(r.Low, r.High, nil) }

// Close drops the batch.
func (b *Batch) Close() error { return b.b.Close() }

func closing(b *Batch, err error) error { return errors.Join(err, b.Close()) }

// Write commits the batch to memory, where Get, Iter and Snapshot find it, and returns a function that waits until
// it is durable: nobody may be told of the commit, nor of what it wrote, before. It takes the batch over. When an
// error wraps ErrFailed, from either step, only opening the directory again can tell whether the batch is there.
func (s *Store) Write(b *Batch) (durable func() error, err error) {
	large := b.b.Len() > memTableBytes/2
	s.late.committing.Add(1)
	if err := s.apply(b, pebble.Sync); err != nil {
		s.late.committing.Add(-1)
		return nil, fmt.Errorf("commit: %w", err)
	}
	return func() error {
		defer s.late.committing.Add(-1)
		err := b.b.SyncWait()
		if err == nil {
			err = s.late.settle()
		}
		if err != nil {
			return fmt.Errorf("sync commit: %w", s.fail(err))
		}
		if large {
			s.background.Go(s.letGo)
		}
		return b.Close()
	}, nil
}

// Commit is Write, and waits.
func (s *Store) Commit(b *Batch) error {
	durable, err := s.Write(b)
	if err != nil {
		return err
	}
	return durable()
}

// WriteUnsynced commits a batch that a crash may take.
func (s *Store) WriteUnsynced(b *Batch) error {
	if err := s.apply(b, pebble.NoSync); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return b.Close()
}

// apply hands a batch to Pebble.
func (s *Store) apply(b *Batch, o *pebble.WriteOptions) error {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if err := s.Failed(); err != nil {
		return closing(b, err)
	}
	return s.guard(func() error {
		if o.Sync {
			return s.db.ApplyNoSyncWait(b.b, o)
		}
		return s.db.Apply(b.b, o)
	})
}

// guard calls into Pebble's commit pipeline, one at a time: the caller holds writeMu and has asked Failed. A log that cannot be
// written makes Pebble panic in there, with its lock held, which nobody frees then; whoever came next would wait for ever, so
// they are turned away before.
func (s *Store) guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s.stuck.Store(true)
			err = s.fail(fmt.Errorf("%v", r))
		}
	}()
	return f()
}

// Sync waits until everything written so far is durable.
func (s *Store) Sync() error {
	b := s.NewBatch()
	if err := b.b.LogData(nil, nil); err != nil {
		return closing(b, fmt.Errorf("sync the log: %w", err))
	}
	return s.Commit(b)
}
