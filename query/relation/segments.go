package relation

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
)

// createSegments makes a table's segment table, and ties the two together. It returns the table's descriptor, which is
// another one then.
func (s *Stmt) createSegments(t, def *catalog.Table) (*catalog.Table, error) {
	seg := *def
	seg.OID, seg.ID, seg.SegmentsOf = s.newOID(), s.newID(), t.OID
	seg.Name = s.freeName(seg.Schema, seg.Name)
	seg.Columns, seg.Indexes = slices.Clone(seg.Columns), slices.Clone(seg.Indexes)
	for i := range seg.Indexes {
		s.numberIndex(&seg.Indexes[i])
		seg.Indexes[i].Name = s.freeName(seg.Schema, seg.Indexes[i].Name)
	}
	seg.ForeignKeys = slices.Clone(seg.ForeignKeys)
	seg.ForeignKeys[0].RefTable = t.OID
	tied := *t
	tied.Segments = seg.OID
	if err := put(s, &tied); err != nil {
		return nil, err
	}
	if err := s.numberReferences(&seg); err != nil {
		return nil, err
	}
	if err := put(s, &seg); err != nil {
		return nil, err
	}
	return s.catalog.TableByOID(t.OID), nil
}

// forgetSegments tells a table that stays that its segments go.
func (s *Stmt) forgetSegments(seg *catalog.Table) error {
	owner := s.catalog.TableByOID(seg.SegmentsOf)
	if owner == nil || owner.Segments != seg.OID {
		return nil
	}
	fresh := *owner
	fresh.Segments = 0
	fresh.Options = slices.DeleteFunc(slices.Clone(owner.Options), func(o string) bool {
		return strings.HasPrefix(o, catalog.SegmentsOption+"=")
	})
	return put(s, &fresh)
}
