package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
)

// sequenceTable finds a sequence by name and shows it as a relation of one row, nil for none: SELECT last_value FROM s,
// which pg_dump asks of every sequence.
func (b *binder) sequenceTable(name parse.Name) *catalog.Table {
	snap, last := b.cat.Snapshot(), name[len(name)-1]
	schemas := b.searchPath()
	if len(name) > 1 {
		sc := snap.Schema(name[len(name)-2])
		if sc == nil {
			return nil
		}
		schemas = []catalog.OID{sc.OID}
	}
	for _, schema := range schemas {
		if q := snap.Sequence(schema, last); q != nil {
			return catalog.SequenceTable(q)
		}
	}
	return nil
}
