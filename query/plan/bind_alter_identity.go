package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

func (a *alteration) addIdentity(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	col := &a.table.Columns[i]
	switch {
	case !col.NotNull:
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState,
			"column %q of relation %q must be declared NOT NULL before identity can be added", col.Name, a.table.Name)
	case col.Identity != 0:
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "column %q of relation %q is already an identity column",
			col.Name, a.table.Name)
	case col.Default != "":
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "column %q of relation %q already has a default value",
			col.Name, a.table.Name)
	}
	return a.identity(i, *c.Constraint)
}

func (a *alteration) setIdentity(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	col := &a.table.Columns[i]
	q := a.b.cat.Snapshot().SequenceByOID(col.Sequence)
	if col.Identity == 0 || q == nil {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "column %q of relation %q is not an identity column",
			col.Name, a.table.Name)
	}
	var options []parse.DefElem
	for _, o := range c.Options {
		if o.Name == "generated" {
			kind, err := optionInt(o)
			if err != nil {
				return err
			}
			col.Identity = byte(kind)
			continue
		}
		options = append(options, o)
	}
	if len(options) == 0 {
		return nil
	}
	fresh, restart, err := changeSequence(q, options)
	if err == nil {
		a.alter.Sequences = append(a.alter.Sequences, ChangedSequence{Sequence: fresh, Restart: restart})
	}
	return err
}

// changeSequence applies options to a sequence that exists: what they do not name stays.
func changeSequence(q *catalog.Sequence, opts []parse.DefElem) (*catalog.Sequence, *int64, error) {
	typ := datum.TypeByOID(q.TypeOID)
	fresh := *q
	s := &sequenceSpec{typ: typ, seq: &fresh, min: &q.Min, max: &q.Max, start: &q.Start}
	var restart *int64
	seen := map[string]bool{}
	for _, o := range typeFirst(opts) {
		if seen[o.Name] {
			return nil, nil, fail(o.Pos(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		seen[o.Name] = true
		if o.Name != "restart" {
			if err := s.option(o); err != nil {
				return nil, nil, err
			}
			continue
		}
		n, err := optionLimit(o)
		if err != nil {
			return nil, nil, err
		}
		restart = n
	}
	if err := s.complete(); err != nil {
		return nil, nil, err
	}
	if seen["restart"] && restart == nil {
		restart = &fresh.Start
	}
	return &fresh, restart, restartWithin(&fresh, restart)
}

func restartWithin(q *catalog.Sequence, restart *int64) error {
	switch {
	case restart == nil:
	case *restart < q.Min:
		return sqlstate.New(sqlstate.InvalidParameterValue, "RESTART value (%d) cannot be less than MINVALUE (%d)", *restart, q.Min)
	case *restart > q.Max:
		return sqlstate.New(sqlstate.InvalidParameterValue, "RESTART value (%d) cannot be greater than MAXVALUE (%d)", *restart, q.Max)
	}
	return nil
}

func (a *alteration) dropIdentity(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	col := &a.table.Columns[i]
	if col.Identity == 0 {
		return a.notSo(c, "column %q of relation %q is not an identity column", col.Name)
	}
	a.dropSequence(col.Sequence)
	col.Identity, col.Sequence = 0, 0
	return nil
}

func (a *alteration) dropSequence(oid catalog.OID) {
	if q := a.b.cat.Snapshot().SequenceByOID(oid); q != nil && !slices.Contains(a.alter.Dropped, q) {
		a.alter.Dropped = append(a.alter.Dropped, q)
	}
}
