package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// TypeName implements catalog.ViewReader.
func (v Views) TypeName(oid catalog.OID) string {
	return catalog.TypeName(v.Snapshot, v.Info.Path(), oid)
}

// QualifiedClass implements catalog.ViewReader.
func (v Views) QualifiedClass(schema func(*catalog.Snapshot) catalog.OID, name string) string {
	return catalog.Qualified(v.Snapshot, v.Info.Path(), schema(v.Snapshot), name)
}

// Default is a column's default or generation expression as pg_get_expr writes it: bound again, so that a constant has
// its type and an operator its casts, as ORMs compare them. A sequence's nextval stands as it is kept.
func (v Views) Default(t *catalog.Table, c *catalog.Column) string {
	if c.Generated != "" {
		return v.stored(t, c.Generated, inGenerated, c.Type, false)
	}
	if c.Default == "" || c.Sequence != 0 {
		return c.Default
	}
	return v.stored(nil, c.Default, inDefault, c.Type, false)
}

// Check is a CHECK constraint's expression as pg_get_constraintdef writes it.
func (v Views) Check(t *catalog.Table, text string, pretty bool) string {
	return v.stored(t, text, inCheck, datum.Bool, pretty)
}

// Index is an expression of an index, or a partial one's predicate, as pg_get_indexdef writes it.
func (v Views) Index(t *catalog.Table, text string, pretty bool) string {
	return v.stored(t, text, inIndex, datum.Text, pretty)
}

// stored writes a kept expression. One that no longer binds is shown as it is kept: a catalog has no way to complain.
func (v Views) stored(t *catalog.Table, text, clause string, to *datum.Type, pretty bool) string {
	b := &binder{cat: viewCatalog{v}, rec: newRecorder()}
	e, err := b.stored(t, text, clause)
	if err != nil {
		return catalog.ShowFrozen(v.Snapshot, v.Info.Path(), text)
	}
	if k, ok := e.(*Const); ok && k.T == datum.Unknown {
		if e, err = b.coerce(e, to, -1, assignment, -1); err != nil {
			return text
		}
	}
	w := &ruler{views: v, rec: b.rec, pretty: pretty}
	if t != nil && t.Name == "" {
		w.labels = []string{"VALUE"} // the row of a domain's conditions
	}
	w.expr(e)
	return w.String()
}

// When is a trigger's condition as pg_get_triggerdef writes it.
func (v Views) When(t *catalog.Table, tr *catalog.Trigger, pretty bool) string {
	b := &binder{cat: viewCatalog{v}, rec: newRecorder()}
	e, err := b.storedWhen(t, tr)
	if err != nil {
		return tr.When
	}
	w := &ruler{views: v, rec: b.rec, pretty: pretty}
	for _, row := range []string{"old.", "new."} {
		for i := range t.Columns {
			w.labels = append(w.labels, row+parse.QuoteIdent(t.Columns[i].Name))
		}
	}
	w.expr(e)
	return w.String()
}
