package storage

import "fmt"

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

// Trim begins to write what is in memory into files, where it is more than keepBytes: the memory is free once that is done.
func (s *Store) Trim(keepBytes uint64) error {
	if s.db.Metrics().MemTable.Size <= keepBytes {
		return nil
	}
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if err := s.Failed(); err != nil {
		return err
	}
	return s.guard(func() error {
		_, err := s.db.AsyncFlush()
		return err
	})
}
