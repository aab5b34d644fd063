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
