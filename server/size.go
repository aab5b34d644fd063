package server

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec/builtin"
)

// RelationSize implements builtin.Measurer.
func (s *Session) RelationSize(oid catalog.OID) (int64, bool) {
	snap := s.Snapshot()
	if t := snap.TableByOID(oid); t != nil {
		if t.Virtual != nil || t.View != nil && t.Kind() == catalog.KindView {
			return 0, true
		}
		return s.measured(s.engine.db.TableBytes(t))
	}
	for _, t := range snap.Tables() {
		for i := range t.Indexes {
			if t.Indexes[i].OID == oid {
				return s.measured(s.engine.db.IndexBytes(&t.Indexes[i]))
			}
		}
	}
	return 0, false
}

// measured drops the error of an estimate: the size is then unknown, NULL.
func (s *Session) measured(bytes int64, err error) (int64, bool) {
	if err != nil {
		s.engine.log.Warn("measure a relation", "error", err)
	}
	return bytes, err == nil
}

// DatabaseSize implements builtin.Measurer.
func (s *Session) DatabaseSize() int64 { return s.engine.db.DiskBytes() }

var _ builtin.Measurer = (*Session)(nil)
