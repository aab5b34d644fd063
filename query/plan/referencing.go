package plan

import "github.com/seguedb/segue/query/catalog"

// reach binds what a write to a table may have to write elsewhere: the rows of tables whose foreign keys have an action on
// its keys, and so on from there.
func (b *binder) reach(t *catalog.Table) error {
	for _, r := range b.cat.Snapshot().ReferencesTo(t.OID) {
		if !acts(r.Key.OnDelete) && !acts(r.Key.OnUpdate) || b.referencing[r.Table.OID] != nil {
			continue
		}
		exprs, err := b.rowExprs(r.Table)
		if err != nil {
			return err
		}
		if b.referencing == nil {
			b.referencing = map[catalog.OID]*Referencing{}
		}
		b.referencing[r.Table.OID] = &Referencing{Table: r.Table, Exprs: exprs}
		if err := b.reach(r.Table); err != nil {
			return err
		}
	}
	return nil
}

// acts says whether an action writes rows.
func acts(action byte) bool {
	return action == catalog.Cascade || action == catalog.SetNull || action == catalog.SetDefault
}
