package storage

import (
	"errors"
	"io"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Snapshot is the committed state at one moment. It may be read from any goroutine until Close.
type Snapshot struct{ snap *pebble.Snapshot }

// Snapshot takes one. Close it: it keeps what is deleted meanwhile on disk.
func (s *Store) Snapshot() *Snapshot { return &Snapshot{s.db.NewSnapshot()} }

// Close lets the snapshot go.
func (s *Snapshot) Close() error { return s.snap.Close() }

// Get reads a key's latest committed value; ok is false when there is none. The caller owns the bytes.
func (s *Store) Get(key []byte) (value []byte, ok bool, err error) { return get(s.db, key) }

// Get reads a key's value in the snapshot.
func (s *Snapshot) Get(key []byte) (value []byte, ok bool, err error) { return get(s.snap, key) }

func get(r pebble.Reader, key []byte) ([]byte, bool, error) {
	value, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, reading("read key", err)
	}
	out := slices.Clone(value)
	if out == nil {
		out = []byte{}
	}
	return out, true, closeAfter(closer)
}

func closeAfter(c io.Closer) error {
	return reading("read key", c.Close())
}

// Iter walks a range of the latest committed state.
func (s *Store) Iter(r Range, reverse bool) (*Iter, error) { return newIter(s.db, nil, r, reverse) }

// IterUnder is Iter under layers: the last one counts first.
func (s *Store) IterUnder(layers []*Layer, r Range, reverse bool) (*Iter, error) {
	return newIter(s.db, layers, r, reverse)
}

// View reads a snapshot under layers: the last one counts first. Nothing of it changes.
type View struct {
	snap   *Snapshot
	layers []*Layer
}

// NewView puts layers over a snapshot, which stays the caller's to close.
func NewView(snap *Snapshot, layers []*Layer) View { return View{snap, layers} }

// Get reads a key as the view has it. The bytes must not be changed.
func (v View) Get(key []byte) (value []byte, ok bool, err error) {
	for i := len(v.layers) - 1; i >= 0; i-- {
		if value, deleted, found := v.layers[i].get(string(key)); found {
			return value, !deleted, nil
		}
	}
	return v.snap.Get(key)
}

// Layers are what lies over the snapshot, the topmost last.
func (v View) Layers() []*Layer { return v.layers }

// Own reads a key from the layers alone; found is false when none of them says something of it.
func (v View) Own(key []byte) (value []byte, ok, found bool) { return Lookup(v.layers, key) }

// Iter walks a range of the view. Close the iterator.
func (v View) Iter(r Range, reverse bool) (*Iter, error) {
	return newIter(v.snap.snap, v.layers, r, reverse)
}
