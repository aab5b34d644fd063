package vector

import (
	"fmt"
	"io/fs"
	"sync"
)

// MemStore is a SegmentStore in memory. It is safe for use by several goroutines.
type MemStore struct {
	mu       sync.Mutex
	manifest []byte
	segments map[string][]byte
}

// NewMemStore returns an empty store.
func NewMemStore() *MemStore { return &MemStore{segments: make(map[string][]byte)} }

// ReadManifest implements SegmentStore.
func (s *MemStore) ReadManifest() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.manifest == nil {
		return nil, fmt.Errorf("vector: manifest: %w", fs.ErrNotExist)
	}
	return append([]byte(nil), s.manifest...), nil
}

// WriteManifest implements SegmentStore.
func (s *MemStore) WriteManifest(data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.manifest = append([]byte{}, data...)
	return nil
}

// Create implements SegmentStore.
func (s *MemStore) Create(name string) (SegmentWriter, error) {
	return &memWriter{store: s, name: name}, nil
}

// Open implements SegmentStore.
func (s *MemStore) Open(name string) (SegmentData, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.segments[name]
	if !ok {
		return nil, fmt.Errorf("vector: segment %s: %w", name, fs.ErrNotExist)
	}
	return memData(data), nil
}

// Remove implements SegmentStore.
func (s *MemStore) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.segments, name)
	return nil
}

// List implements SegmentStore.
func (s *MemStore) List() ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.segments {
		names = append(names, name)
	}
	return names, nil
}

// memWriter gathers a segment until it is committed.
type memWriter struct {
	store *MemStore
	name  string
	data  []byte
}

func (w *memWriter) Write(p []byte) (int, error) {
	w.data = append(w.data, p...)
	return len(p), nil
}

func (w *memWriter) Commit() error {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	w.store.segments[w.name] = w.data
	return nil
}

func (w *memWriter) Abort() error { return nil }

// memData is a committed segment; the garbage collector closes it.
type memData []byte

func (d memData) Bytes() []byte { return d }
func (d memData) Unload()       {}
func (d memData) Close() error  { return nil }
