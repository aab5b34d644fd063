package storage

import (
	"context"
	"fmt"
)

// SizeBytes estimates the room that a range's keys take on disk. What was written last is still in the log and in memory,
// and not counted.
func (s *Store) SizeBytes(r Range) (int64, error) {
	n, err := s.db.EstimateDiskUsage(r.Low, r.High)
	if err != nil {
		return 0, fmt.Errorf("estimate disk usage: %w", err)
	}
	return int64(n), nil
}

// Flush writes what is still in memory into files, and waits for it.
func (s *Store) Flush() error {
	if err := s.db.Flush(); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	return nil
}

// Trim writes what is in memory into files, where it is more than keepBytes, and returns when that is done and the memory
// is garbage, or ctx is.
func (s *Store) Trim(ctx context.Context, keepBytes uint64) error {
	if s.db.Metrics().MemTable.Size <= keepBytes {
		return nil
	}
	flushed, err := s.beginFlush()
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-flushed:
		return nil
	}
}

func (s *Store) beginFlush() (flushed <-chan struct{}, err error) {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if err := s.Failed(); err != nil {
		return nil, err
	}
	err = s.guard(func() (err error) {
		flushed, err = s.db.AsyncFlush()
		return err
	})
	return flushed, err
}

// queueEntries is more than Pebble's queue of memory tables has room for before it moves.
const queueEntries = 4

// letGo makes Pebble forget a large batch. It keeps such a batch as a memory table of its own, flushes it at once, and takes
// it off the queue's front, whose array still points at it until other tables have filled that up: after a COPY of 50,000
// vectors 150 MiB, for as long as little is written (pebble 2.1.7, DB.flush1; heap profile of 2026-11-30). A flush of
// nothing takes some milliseconds.
func (s *Store) letGo() {
	for range queueEntries {
		flushed, err := s.beginFlush()
		if err != nil {
			return // the next to write will say so
		}
		select {
		case <-flushed:
		case <-s.closing:
			return
		}
	}
}
