package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// ofKind holds ALTER VIEW and ALTER MATERIALIZED VIEW to what they name; ALTER TABLE takes any of them.
func ofKind(kind string, t *catalog.Table) error {
	if actual := relationKinds[t.Kind()]; kind == "table" || kind == actual {
		return nil
	}
	return sqlstate.New(sqlstate.WrongObjectType, "%q is not a %s", t.Name, kind)
}

// alterViewOf applies the subcommands that views have.
func (b *binder) alterViewOf(s *parse.AlterTableStmt, t *catalog.Table) (*Plan, error) {
	if err := ofKind(s.Kind, t); err != nil {
		return nil, err
	}
	a := b.newAlteration(t)
	view := *t.View
	a.table.View = &view
	for i := range s.Cmds {
		if err := a.alterView(&view, &s.Cmds[i]); err != nil {
			return nil, err
		}
	}
	return &Plan{Root: a.alter, Tag: "ALTER " + strings.ToUpper(s.Kind), Writes: true, DDL: true}, nil
}

func (a *alteration) alterView(v *catalog.View, c *parse.AlterCmd) error {
	switch c.Kind {
	case parse.AlterOwner:
		return a.setOwner(c)
	case parse.AlterSetOptions:
		if v.Materialized {
			return a.setOptions(c)
		}
		options, err := viewOptions(c.Options, "")
		v.Options = mergeOptions(v.Options, options)
		return err
	case parse.AlterResetOptions:
		for _, o := range c.Options {
			v.Options = withoutOption(v.Options, o.Name)
		}
		return nil
	case parse.AlterColumnDefault:
		if v.Materialized {
			break
		}
		return a.setDefault(c)
	}
	if v.Materialized && (c.Kind == parse.AlterClusterOn || c.Kind == parse.AlterDropCluster) {
		return a.setCluster(c)
	}
	if c.Kind >= parse.AlterEnableRule && c.Kind <= parse.AlterEnableReplicaRule {
		return a.setRules(c)
	}
	return sqlstate.New(sqlstate.WrongObjectType, "ALTER action %s cannot be performed on relation %q", alterAction(c.Kind), a.table.Name).
		WithDetail("This operation is not supported for %ss.", relationKinds[a.table.Kind()])
}

// alterAction names a subcommand as error messages do.
func alterAction(k parse.AlterKind) string {
	switch k {
	case parse.AlterClusterOn:
		return "CLUSTER ON"
	case parse.AlterDropCluster:
		return "SET WITHOUT CLUSTER"
	case parse.AlterEnableTrigger:
		return "ENABLE TRIGGER"
	case parse.AlterDisableTrigger:
		return "DISABLE TRIGGER"
	case parse.AlterEnableAlwaysTrigger:
		return "ENABLE ALWAYS TRIGGER"
	case parse.AlterEnableReplicaTrigger:
		return "ENABLE REPLICA TRIGGER"
	case parse.AlterEnableUserTriggers:
		return "ENABLE TRIGGER USER"
	case parse.AlterDisableUserTriggers:
		return "DISABLE TRIGGER USER"
	case parse.AlterAddColumn:
		return "ADD COLUMN"
	case parse.AlterDropColumn:
		return "DROP COLUMN"
	case parse.AlterColumnType:
		return "ALTER COLUMN ... SET DATA TYPE"
	case parse.AlterSetNotNull:
		return "ALTER COLUMN ... SET NOT NULL"
	case parse.AlterDropNotNull:
		return "ALTER COLUMN ... DROP NOT NULL"
	case parse.AlterColumnDefault:
		return "ALTER COLUMN ... SET DEFAULT"
	case parse.AlterAddConstraint:
		return "ADD CONSTRAINT"
	case parse.AlterDropConstraint:
		return "DROP CONSTRAINT"
	}
	return "of this kind"
}

// views adds the views that name a column, and what depends on them.
func (d *columnDrop) views(att int16, column string) {
	b := d.a.b
	w := &dropping{b: b, seen: map[catalog.OID]*dropEntry{}}
	roots := b.cat.Snapshot().ViewsOn(d.a.old.OID, att)
	for _, v := range slices.Backward(roots) {
		o := b.tableObject(v)
		if w.seen[o.oid] == nil && !slices.ContainsFunc(d.gone, func(x dropObject) bool { return x.oid == o.oid }) {
			e := &dropEntry{dropObject: o, via: "column " + column + " of table " + d.a.b.shownName(d.a.old.OID)}
			w.seen[o.oid] = e
			w.visit(e)
		}
	}
	for _, e := range slices.Backward(w.list) {
		if !e.silent {
			d.lines = append(d.lines, e.name+" depends on "+e.via)
			d.notices = append(d.notices, e.name)
		}
		d.gone = append(d.gone, e.dropObject)
	}
}

// retypable refuses a new type for a column that a view names.
func (a *alteration) retypable(col *catalog.Column) error {
	views := a.b.cat.Snapshot().ViewsOn(a.old.OID, col.AttNum)
	if len(views) == 0 {
		return a.unruled(col)
	}
	v := views[0]
	return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter type of a column used by a view or rule").
		WithDetail("rule _RETURN on %s %s depends on column %q", relationKinds[v.Kind()], a.b.shownName(v.OID), col.Name)
}
