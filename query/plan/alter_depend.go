package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// columnDrop is columns that go, with what depends on them: the table's own constraints and indexes go silently;
// generated columns and foreign keys of other tables need CASCADE.
type columnDrop struct {
	a       *alteration
	columns []int16
	keys    []catalog.Reference
	gone    []dropObject // views, and what is dropped with them
	lines   []string     // what needs CASCADE, in the words of the error's detail
	notices []string
}

// references lists the foreign keys to the table, by other tables and by itself.
func (a *alteration) references() []catalog.Reference {
	var out []catalog.Reference
	for _, r := range a.b.cat.Snapshot().ReferencesTo(a.old.OID) {
		if r.Table.OID != a.old.OID && a.otherHas(r) {
			out = append(out, r)
		}
	}
	for i := range a.table.ForeignKeys {
		if k := &a.table.ForeignKeys[i]; k.RefTable == a.old.OID {
			out = append(out, catalog.Reference{Table: a.table, Key: k})
		}
	}
	return out
}

// otherHas says that another table's foreign key was not dropped by this statement before.
func (a *alteration) otherHas(r catalog.Reference) bool {
	for _, o := range a.alter.Others {
		if o.Table.OID == r.Table.OID {
			return slices.ContainsFunc(o.New.ForeignKeys, func(k catalog.ForeignKey) bool { return k.OID == r.Key.OID })
		}
	}
	return true
}

// add takes a column and what follows from it.
func (d *columnDrop) add(att int16) {
	d.columns = append(d.columns, att)
	t := d.a.table
	name, shown := t.Columns[t.Ordinal(att)].Name, d.a.b.shownName(d.a.old.OID)
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Generated == "" || slices.Contains(d.columns, c.AttNum) || !slices.Contains(catalog.ColumnsIn(t, c.Generated), att) {
			continue
		}
		d.lines = append(d.lines, "column "+c.Name+" of table "+shown+" depends on column "+name+" of table "+shown)
		d.notices = append(d.notices, "column "+c.Name+" of table "+shown)
		d.add(c.AttNum)
	}
	d.views(att, name)
	for _, o := range d.a.b.ruleObjects(d.a.old.OID, att) {
		d.lines = append(d.lines, o.name+" depends on column "+name+" of table "+shown)
		if !slices.Contains(d.notices, o.name) {
			d.notices = append(d.notices, o.name)
		}
	}
	for i := range t.Triggers {
		tr := &t.Triggers[i]
		if !tr.Names(t, att) {
			continue
		}
		what := catalog.TriggerName(tr, t.Name)
		d.lines = append(d.lines, what+" depends on column "+name+" of table "+shown)
		if !slices.Contains(d.notices, what) {
			d.notices = append(d.notices, what)
		}
	}
	for _, r := range d.a.references() {
		own := r.Table == t && slices.ContainsFunc(r.Key.Columns, func(x int16) bool { return slices.Contains(d.columns, x) })
		known := slices.ContainsFunc(d.keys, func(k catalog.Reference) bool { return k.Key.Name == r.Key.Name && k.Table == r.Table })
		if own || known || !slices.Contains(r.Key.RefColumns, att) {
			continue
		}
		d.keys = append(d.keys, r)
		what := "constraint " + r.Key.Name + " on table " + r.Table.Name
		d.lines = append(d.lines, what+" depends on column "+name+" of table "+shown)
		d.notices = append(d.notices, what)
	}
}

// allowed refuses without CASCADE, and says what goes with it.
func (d *columnDrop) allowed(column string, cascade bool) error {
	if len(d.lines) > 0 && !cascade {
		return stillNeeded("column "+column+" of table "+d.a.b.shownName(d.a.old.OID), d.lines)
	}
	d.a.alter.Notices = append(d.a.alter.Notices, cascades(d.notices)...)
	return nil
}

// cascades tells what a CASCADE takes with it.
func cascades(what []string) []Notice {
	switch len(what) {
	case 0:
		return nil
	case 1:
		return []Notice{{Severity: "NOTICE", Code: "00000", Text: "drop cascades to " + what[0]}}
	}
	lines := make([]string, len(what))
	for i, w := range what {
		lines[i] = "drop cascades to " + w
	}
	return []Notice{{Severity: "NOTICE", Code: "00000", Text: fmt.Sprintf("drop cascades to %d other objects", len(what)),
		Detail: strings.Join(lines, "\n")}}
}

// run takes everything out of the definitions.
func (d *columnDrop) run() {
	t := d.a.table
	for _, r := range d.keys {
		d.a.dropReference(r)
	}
	for _, o := range d.gone {
		if o.apply != nil {
			o.apply(&d.a.alter.Drop)
		}
	}
	gone := func(att int16) bool { return slices.Contains(d.columns, att) }
	for _, r := range d.a.b.cat.Snapshot().Tables() {
		reads := func(x catalog.Rule) bool {
			return slices.ContainsFunc(d.columns, func(att int16) bool { return x.ReadsColumn(t.OID, att) })
		}
		switch {
		case !slices.ContainsFunc(r.Rules, reads):
		case r.OID == t.OID:
			t.Rules = slices.DeleteFunc(t.Rules, reads)
		default:
			other := d.a.other(r)
			other.Rules = slices.DeleteFunc(other.Rules, reads)
		}
	}
	reads := func(expr string) bool { return expr != "" && slices.ContainsFunc(catalog.ColumnsIn(t, expr), gone) }
	t.Triggers = slices.DeleteFunc(t.Triggers, func(tr catalog.Trigger) bool {
		return slices.ContainsFunc(d.columns, func(att int16) bool { return tr.Names(t, att) })
	})
	t.Checks = slices.DeleteFunc(t.Checks, func(k catalog.Check) bool { return reads(k.Expr) })
	t.ForeignKeys = slices.DeleteFunc(t.ForeignKeys, func(k catalog.ForeignKey) bool { return slices.ContainsFunc(k.Columns, gone) })
	t.Indexes = slices.DeleteFunc(t.Indexes, func(ix catalog.Index) bool {
		return reads(ix.Where) || slices.ContainsFunc(ix.Include, gone) ||
			slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool { return gone(k.AttNum) || reads(k.Expr) })
	})
	for _, att := range d.columns {
		i := t.Ordinal(att)
		col := t.Columns[i]
		for _, q := range d.a.b.cat.Snapshot().Sequences() {
			if q.OwnerTable == t.OID && q.OwnerAttNum == att {
				d.a.dropSequence(q.OID)
			}
		}
		kept := datum.StoredAs(col.Type)
		t.Dropped = append(t.Dropped, catalog.DroppedColumn{AttNum: att, Type: kept, TypeOID: kept.OID})
		t.Columns = slices.Delete(t.Columns, i, i+1)
		delete(d.a.values, att)
		delete(d.a.notNull, att)
	}
}

// dropReference drops a foreign key to the table.
func (a *alteration) dropReference(r catalog.Reference) {
	without := func(keys []catalog.ForeignKey) []catalog.ForeignKey {
		return slices.DeleteFunc(slices.Clone(keys), func(k catalog.ForeignKey) bool { return k.Name == r.Key.Name })
	}
	if r.Table.OID == a.old.OID {
		a.table.ForeignKeys = without(a.table.ForeignKeys)
		return
	}
	other := a.other(r.Table)
	other.ForeignKeys = without(other.ForeignKeys)
}

// other is another table's definition, to be changed with this one.
func (a *alteration) other(t *catalog.Table) *catalog.Table {
	for _, o := range a.alter.Others {
		if o.Table.OID == t.OID {
			return o.New
		}
	}
	fresh := copyTable(t)
	a.alter.Others = append(a.alter.Others, AlteredTable{Table: t, New: fresh})
	return fresh
}
