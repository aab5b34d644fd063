package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// alterPass orders the subcommands of one ALTER TABLE, as Postgres's AT_PASS_*: what is dropped makes room for what is
// added, whatever the order they are written in.
type alterPass int

const (
	passDrop alterPass = iota
	passType
	passAddColumn
	passAddCheck
	passColumn
	passAddIndex
	passAddOther
	passMisc
	passes
)

// alteration is an ALTER TABLE being bound. Its tableDefinition's table is a copy, on which each step builds.
type alteration struct {
	tableDefinition
	old   *catalog.Table
	alter *AlterTable
	steps [passes][]func() error
	// values are new values over the old row, by attribute number; computed are generated columns to fill.
	values   map[int16]Expr
	computed map[int16]bool
	notNull  map[int16]bool
	verify   map[string]bool // checks
	validate map[string]bool // foreign keys
	// recheck says that a type changed, so that stored expressions must be read again.
	recheck bool
	// askedSegments says that SET names the storage parameter segments.
	askedSegments bool
}

func (b *binder) newAlteration(t *catalog.Table) *alteration {
	fresh := copyTable(t)
	a := &alteration{old: t, alter: &AlterTable{Table: t, New: fresh}, values: map[int16]Expr{}, computed: map[int16]bool{},
		notNull: map[int16]bool{}, verify: map[string]bool{}, validate: map[string]bool{}}
	a.tableDefinition = tableDefinition{b: b, node: &CreateTable{Table: fresh}, table: fresh, null: map[int]bool{},
		names: &namer{snap: b.cat.Snapshot(), schema: t.Schema}, generated: map[int]parse.Constraint{}}
	return a
}

// copyTable copies what a change of the definition may change.
func copyTable(t *catalog.Table) *catalog.Table {
	out := *t
	out.Columns, out.Indexes = slices.Clone(t.Columns), slices.Clone(t.Indexes)
	out.Checks, out.ForeignKeys = slices.Clone(t.Checks), slices.Clone(t.ForeignKeys)
	out.Dropped, out.Options, out.Triggers = slices.Clone(t.Dropped), slices.Clone(t.Options), slices.Clone(t.Triggers)
	out.Rules = slices.Clone(t.Rules)
	return &out
}

func (b *binder) alterTable(s *parse.AlterTableStmt) (*Plan, error) {
	tag := "ALTER " + strings.ToUpper(s.Kind)
	if s.Kind == "index" {
		return b.alterIndex(s)
	}
	if s.Kind == "sequence" || s.Kind == "table" && b.namesSequence(s.Table.Name) {
		return b.alterSequenceAsTable(s)
	}
	if s.Kind == "type" {
		return b.alterType(s)
	}
	if s.Kind != "table" && s.Kind != "view" && s.Kind != "materialized view" {
		return nil, unsupported(s.Pos(), tag)
	}
	t, err := b.alteredTable(s.Table.Name, s.Table.Pos(), s.IfExists)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return skipped(tag, s.Table.Name), nil
	}
	if t.View != nil || s.Kind != "table" {
		return b.alterViewOf(s, t)
	}
	a := b.newAlteration(t)
	for i := range s.Cmds {
		if err := a.plan(&s.Cmds[i]); err != nil {
			return nil, err
		}
	}
	for pass := range a.steps {
		for i := 0; i < len(a.steps[pass]); i++ { // a step may add others to later passes
			if err := a.steps[pass][i](); err != nil {
				return nil, err
			}
		}
	}
	if err := a.finish(); err != nil {
		return nil, err
	}
	return &Plan{Root: a.alter, Tag: tag, Writes: true, DDL: true}, nil
}

// skipped is a statement about something that does not exist, which IF EXISTS forgives.
func skipped(tag string, name parse.Name) *Plan {
	node := &AlterTable{}
	node.notice("00000", "relation %q does not exist, skipping", strings.Join(name, "."))
	return &Plan{Root: node, Tag: tag, Writes: true, DDL: true}
}

func (n *AlterTable) notice(code sqlstate.Code, format string, args ...any) {
	n.Notices = append(n.Notices, Notice{Severity: "NOTICE", Code: code, Text: fmt.Sprintf(format, args...)})
}

// alteredTable finds a table to change; nil when there is none and that is no error.
func (b *binder) alteredTable(name parse.Name, pos int, ifExists bool) (*catalog.Table, error) {
	schema, rel, found := b.findRelation(name)
	if !found {
		if ifExists {
			return nil, nil
		}
		return b.table(name, -1)
	}
	t := b.cat.Snapshot().Table(schema, rel)
	if t == nil {
		return nil, fail(pos, sqlstate.WrongObjectType, "%q is not a table", rel)
	}
	if t.Virtual != nil {
		return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: %q is a system catalog", t.Name)
	}
	if t.Composite {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is a composite type", rel).
			WithHint("Use ALTER TYPE instead.").At(pos)
	}
	if t.SegmentsOf != 0 {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "cannot alter segment table %q", rel).
			WithDetail("Its definition follows from that of the table that it belongs to.")
	}
	return t, nil
}

// plan puts a subcommand into its pass.
func (a *alteration) plan(c *parse.AlterCmd) error {
	pass, step := a.step(c)
	if step == nil {
		return unsupported(c.Pos(), "this form of ALTER TABLE")
	}
	a.later(pass, func() error { return step(c) })
	return nil
}

func (a *alteration) later(pass alterPass, step func() error) {
	a.steps[pass] = append(a.steps[pass], step)
}

func (a *alteration) step(c *parse.AlterCmd) (alterPass, func(*parse.AlterCmd) error) {
	switch c.Kind {
	case parse.AlterAddColumn:
		return passAddColumn, a.addColumn
	case parse.AlterDropColumn:
		return passDrop, a.dropColumn
	case parse.AlterColumnType:
		return passType, a.columnType
	case parse.AlterColumnDefault:
		if c.Expr == nil {
			return passDrop, a.setDefault
		}
		return passAddOther, a.setDefault
	case parse.AlterSetNotNull:
		return passColumn, a.setNotNull
	case parse.AlterDropNotNull:
		return passDrop, a.dropNotNull
	case parse.AlterDropExpression:
		return passDrop, a.dropExpression
	case parse.AlterAddIdentity:
		return passAddOther, a.addIdentity
	case parse.AlterSetIdentity:
		return passAddOther, a.setIdentity
	case parse.AlterDropIdentity:
		return passDrop, a.dropIdentity
	case parse.AlterAddConstraint:
		return a.constraintPass(c.Constraint), a.addConstraint
	case parse.AlterDropConstraint:
		return passDrop, a.dropConstraint
	case parse.AlterValidateConstraint:
		return passMisc, a.validateConstraint
	case parse.AlterAlterConstraint:
		return passMisc, a.alterConstraint
	}
	return passMisc, a.miscStep(c.Kind)
}

func (a *alteration) miscStep(k parse.AlterKind) func(*parse.AlterCmd) error {
	switch k {
	case parse.AlterSetStatistics:
		return a.setStatistics
	case parse.AlterSetStorage:
		return a.setStorage
	case parse.AlterSetCompression:
		return a.setCompression
	case parse.AlterColumnOptions, parse.AlterResetColumnOptions:
		return a.columnOptions
	case parse.AlterOwner:
		return a.setOwner
	case parse.AlterSetOptions:
		return a.setOptions
	case parse.AlterResetOptions:
		return a.resetOptions
	case parse.AlterClusterOn, parse.AlterDropCluster:
		return a.setCluster
	case parse.AlterSetLogged, parse.AlterSetUnlogged:
		return a.setLogged
	case parse.AlterSetTablespace, parse.AlterSetAccessMethod:
		return a.setPlace
	case parse.AlterEnableRule, parse.AlterDisableRule, parse.AlterEnableAlwaysRule, parse.AlterEnableReplicaRule:
		return a.setRules
	case parse.AlterEnableTrigger, parse.AlterDisableTrigger, parse.AlterEnableUserTriggers, parse.AlterDisableUserTriggers,
		parse.AlterEnableAlwaysTrigger, parse.AlterEnableReplicaTrigger:
		return a.setTriggers
	}
	return nil
}

// columnNamed finds a column of the table as it is by now.
func (a *alteration) columnNamed(name string) (int, error) {
	if i := a.table.ColumnIndex(name); i >= 0 {
		return i, nil
	}
	if systemColumn(name) {
		return 0, sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter system column %q", name)
	}
	return 0, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, a.table.Name)
}

func systemColumn(name string) bool {
	return slices.Contains([]string{"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"}, name)
}

// finish turns what the steps noted into the node.
func (a *alteration) finish() error {
	if a.recheck || len(a.values)+len(a.computed)+len(a.alter.Missing) > 0 {
		if err := a.b.unused(a.old.RowType(), "table"); err != nil {
			return err
		}
	}
	for _, step := range []func() error{a.bindNewChecks, a.bindNewGenerated, a.vectorIndexes, a.rereadStored, a.rows,
		a.conditions, a.segments} {
		if err := step(); err != nil {
			return err
		}
	}
	a.alter.Added = a.node.Sequences
	for name := range a.validate {
		a.alter.Validate = append(a.alter.Validate, name)
	}
	slices.Sort(a.alter.Validate)
	return nil
}

// rows decides whether rows are written again, and how: only when something must be computed for each.
func (a *alteration) rows() error {
	if len(a.values)+len(a.computed) == 0 {
		return nil
	}
	t := a.table
	a.alter.Rewrite, a.alter.Generated = make([]Expr, len(t.Columns)), make([]Expr, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		if e, ok := a.values[c.AttNum]; ok {
			a.alter.Rewrite[i] = e
		} else if o := a.old.Ordinal(c.AttNum); o >= 0 {
			was := &a.old.Columns[o]
			a.alter.Rewrite[i] = &Col{Typed: Typed{was.Type, was.Typmod}, Index: o, Name: was.Name}
		} else if m := a.missingOf(i); m != nil {
			a.alter.Rewrite[i] = m
		} else {
			a.alter.Rewrite[i] = nullOf(c)
		}
		c.Missing = nil
		if a.computed[c.AttNum] {
			var err error
			if a.alter.Generated[i], err = a.b.columnGenerated(t, c); err != nil {
				return err
			}
		}
		if c.NotNull {
			a.notNull[c.AttNum] = true
		}
	}
	a.alter.Missing, t.Dropped = nil, nil
	return nil
}

func (a *alteration) missingOf(ordinal int) Expr {
	for _, m := range a.alter.Missing {
		if m.Ordinal == ordinal {
			return m.Value
		}
	}
	return nil
}

// conditions binds what every row must meet.
func (a *alteration) conditions() error {
	for i := range a.table.Columns {
		if a.notNull[a.table.Columns[i].AttNum] {
			a.alter.NotNull = append(a.alter.NotNull, i)
		}
	}
	for i := range a.table.Checks {
		k := &a.table.Checks[i]
		if !a.verify[k.Name] || k.NotValid {
			continue
		}
		e, err := a.b.checkExpr(a.table, k)
		if err != nil {
			return err
		}
		a.alter.Checks = append(a.alter.Checks, e)
	}
	return nil
}

// rereadStored makes sure that stored expressions still bind after a type has changed.
func (a *alteration) rereadStored() error {
	if !a.recheck {
		return nil
	}
	for i := range a.table.Checks {
		if _, err := a.b.checkExpr(a.table, &a.table.Checks[i]); err != nil {
			return err
		}
	}
	for i := range a.table.Indexes {
		ix := &a.table.Indexes[i]
		ix.Keys = slices.Clone(ix.Keys)
		for k := range ix.Keys {
			if ix.Keys[k].Expr == "" {
				continue
			}
			e, err := a.b.indexKey(a.table, ix.Keys[k])
			if err != nil {
				return err
			}
			ix.Keys[k].TypeOID = e.Type().OID
		}
	}
	return nil
}
