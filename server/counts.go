package server

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec/builtin"
)

// RelationCounts implements catalog.Counter: of users' tables and their indexes.
func (s *Session) RelationCounts(oid catalog.OID) (catalog.RelationCounts, bool) {
	snap := s.Snapshot()
	if t := snap.TableByOID(oid); t != nil {
		if !t.HasRows() {
			return catalog.RelationCounts{}, false
		}
		return s.engine.db.TableCounts(t), true
	}
	if _, ix := snap.IndexByOID(oid); ix != nil {
		return s.engine.db.RelationCounts(oid), true
	}
	return catalog.RelationCounts{}, false
}

// DatabaseCounts implements catalog.Counter.
func (s *Session) DatabaseCounts() catalog.DatabaseCounts { return s.engine.db.DatabaseCounts() }

// WALBytes implements catalog.Counter.
func (s *Session) WALBytes() int64 { return s.engine.db.WALBytes() }

// ResetCounts implements builtin.CounterResetter.
func (s *Session) ResetCounts() { s.engine.db.ResetCounts() }

// ResetRelationCounts implements builtin.CounterResetter.
func (s *Session) ResetRelationCounts(oid catalog.OID) { s.engine.db.ResetRelationCounts(oid) }

var _ interface {
	catalog.Counter
	builtin.CounterResetter
} = (*Session)(nil)
