package plan

import "github.com/seguedb/segue/query/catalog"

// classObject is an operator class of an extension, which goes with that, and the indexes with it.
func (b *binder) classObject(c catalog.ClassName) dropObject {
	return dropObject{oid: c.OID, name: "operator class " + c.Name + " for access method " + c.Method,
		below: func() []dropDependent {
			var out []dropDependent
			tables, indexes := b.cat.Snapshot().IndexesOf(c)
			for i, ix := range indexes {
				dropped := DroppedIndex{Table: tables[i], Index: ix}
				out = append(out, dropDependent{dropObject: dropObject{oid: ix.OID, name: "index " + b.shownName(ix.OID),
					apply: func(d *Drop) { d.Indexes = append(d.Indexes, dropped) }}})
			}
			return out
		}}
}
