package catalog

import (
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// Referential actions, as in pg_constraint.confdeltype.
const (
	NoAction   byte = 'a'
	Restrict   byte = 'r'
	Cascade    byte = 'c'
	SetNull    byte = 'n'
	SetDefault byte = 'd'
)

// ForeignKey is a FOREIGN KEY constraint of the table that references. Columns[i] references RefColumns[i].
type ForeignKey struct {
	OID        OID     `json:"oid"`
	Name       string  `json:"name"`
	Columns    []int16 `json:"columns"`
	RefTable   OID     `json:"ref_table"`
	RefColumns []int16 `json:"ref_columns"`
	// RefIndex is the unique index that the referenced columns are the key of.
	RefIndex OID  `json:"ref_index"`
	OnDelete byte `json:"on_delete"`
	OnUpdate byte `json:"on_update"`
	// DeleteColumns are those that ON DELETE SET NULL and SET DEFAULT set, nil for all.
	DeleteColumns []int16 `json:"delete_columns,omitempty"`
	// MatchFull is MATCH FULL: NULL in all of the columns or in none.
	MatchFull  bool   `json:"match_full,omitempty"`
	Deferrable bool   `json:"deferrable,omitempty"`
	Deferred   bool   `json:"deferred,omitempty"` // INITIALLY DEFERRED
	NotValid   bool   `json:"not_valid,omitempty"`
	Comment    string `json:"comment,omitempty"`
	// Triggers is the first of four OIDs, which pg_trigger gives the triggers that PostgreSQL would have.
	Triggers OID `json:"triggers"`
}

// Reference is a foreign key with the table that has it.
type Reference struct {
	Table *Table
	Key   *ForeignKey
}

// ReferencesTo lists the foreign keys that reference a table, by OID.
func (s *Snapshot) ReferencesTo(oid OID) []Reference {
	var out []Reference
	for _, from := range s.referencing[oid] {
		t := s.tables[from]
		for i := range t.ForeignKeys {
			if t.ForeignKeys[i].RefTable == oid {
				out = append(out, Reference{t, &t.ForeignKeys[i]})
			}
		}
	}
	slices.SortFunc(out, func(a, b Reference) int { return int(a.Key.OID) - int(b.Key.OID) })
	return out
}

// Referenced says whether any foreign key references a table.
func (s *Snapshot) Referenced(oid OID) bool { return len(s.referencing[oid]) > 0 }

// ForeignKeyByOID finds a foreign key.
func (s *Snapshot) ForeignKeyByOID(oid OID) (Reference, bool) {
	for _, list := range s.referencing {
		for _, from := range list {
			t := s.tables[from]
			for i := range t.ForeignKeys {
				if t.ForeignKeys[i].OID == oid {
					return Reference{t, &t.ForeignKeys[i]}, true
				}
			}
		}
	}
	return Reference{}, false
}

func (s *Snapshot) addReferences(t *Table) {
	for i := range t.ForeignKeys {
		to := t.ForeignKeys[i].RefTable
		if !slices.Contains(s.referencing[to], t.OID) {
			s.referencing[to] = append(slices.Clone(s.referencing[to]), t.OID)
		}
	}
}

func (s *Snapshot) removeReferences(t *Table) {
	for i := range t.ForeignKeys {
		to := t.ForeignKeys[i].RefTable
		left := slices.DeleteFunc(slices.Clone(s.referencing[to]), func(from OID) bool { return from == t.OID })
		if len(left) == 0 {
			delete(s.referencing, to)
		} else {
			s.referencing[to] = left
		}
	}
}

// foreignKey sets the columns of pg_constraint that only foreign keys have.
func (w *rowWriter) foreignKey(snap *Snapshot, k *ForeignKey) {
	w.oid("conindid", k.RefIndex).oid("confrelid", k.RefTable).char("confupdtype", k.OnUpdate).char("confdeltype", k.OnDelete).
		char("confmatchtype", k.matchType()).set("confkey", datum.ArrayFrom(datum.Int2, int2Datums(k.RefColumns)))
	if len(k.DeleteColumns) > 0 {
		w.set("confdelsetcols", datum.ArrayFrom(datum.Int2, int2Datums(k.DeleteColumns)))
	}
	if to := snap.TableByOID(k.RefTable); to != nil {
		equal := make([]datum.Datum, len(k.RefColumns))
		for i, att := range k.RefColumns {
			equal[i] = datum.NewInt(int64(equalityOf(to.typeOf(att))))
		}
		for _, column := range []string{"conpfeqop", "conppeqop", "conffeqop"} {
			w.set(column, datum.ArrayFrom(datum.Oid, equal))
		}
	}
}

func (k *ForeignKey) matchType() byte {
	if k.MatchFull {
		return 'f'
	}
	return 's'
}

// equalityOf is the OID of a type's operator =.
func equalityOf(t *datum.Type) OID {
	t = opClassType(t)
	for _, o := range Builtin().Operators {
		if o.Name == "=" && o.Left == t && o.Right == t {
			return o.OID
		}
	}
	return 0
}

// trigger is a row of pg_trigger: PostgreSQL has four for every foreign key, and dump tools and ORMs look for them.
type trigger struct {
	oid, table, other, function OID
	kind                        int64 // tgtype: 1 for each row, 4 insert, 8 delete, 16 update
	name                        string
	off, deferrable, deferred   bool
}

// triggers lists those of a foreign key of table t: two on the table that it references, two on its own.
func (s *Snapshot) triggers(t *Table, k *ForeignKey) []trigger {
	// Functions in the order of the actions a, r, c, n, d.
	deletes := map[byte]OID{NoAction: 1654, Cascade: 1646, Restrict: 1648, SetNull: 1650, SetDefault: 1652}
	updates := map[byte]OID{NoAction: 1655, Cascade: 1647, Restrict: 1649, SetNull: 1651, SetDefault: 1653}
	const insertCheck, updateCheck OID = 1644, 1645
	out := []trigger{
		{table: k.RefTable, other: t.OID, function: deletes[k.OnDelete], kind: 1 | 8, deferrable: k.OnDelete == NoAction},
		{table: k.RefTable, other: t.OID, function: updates[k.OnUpdate], kind: 1 | 16, deferrable: k.OnUpdate == NoAction},
		{table: t.OID, other: k.RefTable, function: insertCheck, kind: 1 | 4, deferrable: true},
		{table: t.OID, other: k.RefTable, function: updateCheck, kind: 1 | 16, deferrable: true},
	}
	for i := range out {
		tr, side := &out[i], "c"
		if i < 2 {
			side = "a"
		}
		tr.oid = k.Triggers + OID(i)
		tr.name = fmt.Sprintf("RI_ConstraintTrigger_%s_%d", side, tr.oid)
		tr.deferred, tr.deferrable = tr.deferrable && k.Deferred, tr.deferrable && k.Deferrable
		if on := s.TableByOID(tr.table); on != nil {
			tr.off = on.TriggersOff
		}
	}
	return out
}

func triggerRows(env *VirtualEnv, w *rowWriter) {
	w.zero("tgparentid", "tgnargs").yes("tgisinternal").set("tgattr", int2Vector(nil)).set("tgargs", datum.NewString("")).keep()
	for _, t := range env.Snapshot.userTables() {
		userTriggerRows(env, w, t)
		for i := range t.ForeignKeys {
			k := &t.ForeignKeys[i]
			for _, tr := range env.Snapshot.triggers(t, k) {
				enabled := byte('O')
				if tr.off {
					enabled = 'D'
				}
				w.oid("oid", tr.oid).oid("tgrelid", tr.table).str("tgname", tr.name).oid("tgfoid", tr.function).int("tgtype", tr.kind).
					char("tgenabled", enabled).oid("tgconstrrelid", tr.other).oid("tgconstrindid", k.RefIndex).
					oid("tgconstraint", k.OID).bool("tgdeferrable", tr.deferrable).bool("tginitdeferred", tr.deferred).end()
			}
		}
	}
}

// foreignDependencies: a foreign key needs the columns that it references and their index; its triggers are part of it.
func foreignDependencies(k *ForeignKey) []dependency {
	self := object{constraintClassOID, k.OID, 0}
	out := []dependency{{self, relationObject(k.RefIndex, 0), 'n'}}
	for _, att := range k.RefColumns {
		out = append(out, dependency{self, relationObject(k.RefTable, att), 'n'})
	}
	for i := range OID(4) {
		out = append(out, dependency{object{triggerClassOID, k.Triggers + i, 0}, self, 'i'})
	}
	return out
}

// placeInKey is a referencing column's place in the unique key that it references, 0 for none.
func (s *Snapshot) placeInKey(k *ForeignKey, i int) int64 {
	if k == nil {
		return 0
	}
	_, ix := s.IndexByOID(k.RefIndex)
	if ix == nil {
		return 0
	}
	return int64(slices.Index(ix.attNums(), k.RefColumns[i]) + 1)
}

// uses is what a constraint uses: a foreign key's columns are those that it references.
func (c infoConstraint) uses(snap *Snapshot) (*Table, []int16) {
	if k := c.of.foreign; k != nil {
		if to := snap.TableByOID(k.RefTable); to != nil {
			return to, k.RefColumns
		}
	}
	return c.table, c.attrs
}

func infoReferentialRows(env *VirtualEnv, w *rowWriter) {
	for _, c := range env.Snapshot.infoConstraints() {
		k := c.of.foreign
		if k == nil {
			continue
		}
		match := "NONE"
		if k.MatchFull {
			match = "FULL"
		}
		w.constraintName(env, c).str("match_option", match).str("update_rule", actionWords[k.OnUpdate]).
			str("delete_rule", actionWords[k.OnDelete])
		if t, ix := env.Snapshot.IndexByOID(k.RefIndex); ix != nil {
			w.str("unique_constraint_catalog", env.Session.Database).
				str("unique_constraint_schema", env.Snapshot.schemaName(t.Schema)).str("unique_constraint_name", ix.Name)
		}
		w.end()
	}
}

// DeferrableConstraints lists the deferrable constraints of a name in a schema; known says that there is one of the name,
// deferrable or not.
func (s *Snapshot) DeferrableConstraints(schema OID, name string) (list []OID, known bool) {
	for _, t := range s.userTables() {
		if t.Schema != schema {
			continue
		}
		for _, c := range t.constraints() {
			if c.name != name {
				continue
			}
			known = true
			if c.deferrable() {
				list = append(list, c.oid)
			}
		}
	}
	return list, known
}
