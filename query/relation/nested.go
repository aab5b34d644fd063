package relation

import (
	"context"

	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/storage"
)

// A VOLATILE function's statement is a Stmt of its own between the parts of the one that called it: it reads a snapshot
// of its own over everything that was written before it, by the calling statement, too, and what it writes is the
// calling statement's when it finishes. The calling statement goes on reading what it began with.

// Nested implements exec.Relations.
func (s *Stmt) Nested(ctx context.Context) (exec.Nested, error) {
	s.setAside()
	child, err := s.tx.Statement(ctx)
	if err != nil {
		return nil, err
	}
	child.parent = s
	if s.inDefinition() {
		child.catalog = s.catalog
	}
	child.layers = s.layers
	child.view = storage.NewView(child.snap.Snapshot, child.layers)
	return child, nil
}

// inDefinition says whether the statement's catalog has definitions of its own transaction: its own, those of the
// statements that it is nested in, or those of earlier ones.
func (s *Stmt) inDefinition() bool {
	for at := s; at != nil; at = at.parent {
		if at.defined {
			return true
		}
	}
	return s.tx.state.catalog != nil
}

// setAside freezes what the statement has written so far, so that others can read it; its own view stays.
func (s *Stmt) setAside() {
	layer := s.writes.Freeze()
	if layer.Len() == 0 {
		return
	}
	s.aside(layer)
}

// aside is for a layer of what the statement has written.
func (s *Stmt) aside(layer *storage.Layer) {
	s.writes = storage.Buffer{}
	s.frozen, s.mine = append(s.frozen, layer), storage.Push(s.mine, layer)
	s.layers = storage.Push(s.layers, layer)
	s.exclusions = nil // which are of the writes at hand; those in layers are found there
}

// wroteItself says whether the statement has written a key, functions that it called apart.
func (s *Stmt) wroteItself(key []byte) bool {
	if _, _, found := s.writes.Get(key); found {
		return true
	}
	_, _, found := storage.Lookup(s.mine, key)
	return found
}

// join makes a finished nested statement's writes the calling one's.
func (s *Stmt) join(child *Stmt) error {
	for _, layer := range append(child.frozen, child.writes.Freeze()) {
		if layer.Len() > 0 {
			s.frozen = append(s.frozen, layer)
			s.layers = storage.Push(s.layers, layer)
		}
	}
	for table, n := range child.counts {
		s.count(table, n)
	}
	if child.defined {
		if !s.defined {
			s.base = child.base
		}
		s.catalog, s.defined = child.catalog, true
	}
	s.permanent = s.permanent || child.permanent
	s.deferred = append(s.deferred, child.deferred...)
	s.triggered = append(s.triggered, child.triggered...)
	s.dropped = append(s.dropped, child.dropped...)
	return s.makeRoom()
}
