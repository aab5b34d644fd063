package exec

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// BuiltinTrigger finds a trigger function of PostgreSQL's own; nil is none.
func BuiltinTrigger(p *catalog.Proc) TriggerBody {
	switch p.Key {
	case "suppress_redundant_updates_trigger()":
		return triggerFunc(suppressRedundant)
	case "tsvector_update_trigger()":
		return triggerFunc(func(f *Firing, env *Env) ([]datum.Datum, error) { return updateVector(f, env, false) })
	case "tsvector_update_trigger_column()":
		return triggerFunc(func(f *Firing, env *Env) ([]datum.Datum, error) { return updateVector(f, env, true) })
	}
	return nil
}

type triggerFunc func(f *Firing, env *Env) ([]datum.Datum, error)

// Fire implements TriggerBody.
func (t triggerFunc) Fire(_ context.Context, env *Env, f *Firing) ([]datum.Datum, error) {
	return t(f, env)
}

// suppressRedundant leaves out updates that change nothing (trigfuncs.c).
func suppressRedundant(f *Firing, _ *Env) ([]datum.Datum, error) {
	complain := func(what string) error {
		return sqlstate.New(sqlstate.TriggerProtocolViolated, "suppress_redundant_updates_trigger: must be called %s", what)
	}
	switch {
	case f.Event != parse.TriggerUpdate:
		return nil, complain("for update")
	case f.Trigger.Moment() != catalog.FiresBefore:
		return nil, complain("before update")
	case !f.Trigger.ForRow():
		return nil, complain("for each row")
	}
	for i, c := range f.Table.Columns {
		if !identical(c.Type, f.Old[i], f.New[i]) {
			return f.New, nil
		}
	}
	return nil, nil
}

// identical says whether two values are the same bytes, which is more than being equal.
func identical(t *datum.Type, a, b datum.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return bytes.Equal(datum.AppendValue(nil, t, a), datum.AppendValue(nil, t, b))
}

// updateVector fills a tsvector column from others (tsvector_update_trigger of tsvector_op.c). The configuration is the
// second argument, or the value of the column that this names.
func updateVector(f *Firing, env *Env, configColumn bool) ([]datum.Datum, error) {
	broken := func(what string) error {
		return sqlstate.New(sqlstate.InternalError, "tsvector_update_trigger: %s", what)
	}
	args := f.Trigger.Args
	switch {
	case !f.Trigger.ForRow():
		return nil, broken("must be fired for row")
	case f.Trigger.Moment() != catalog.FiresBefore:
		return nil, broken("must be fired BEFORE event")
	case f.Event != parse.TriggerInsert && f.Event != parse.TriggerUpdate:
		return nil, broken("must be fired for INSERT or UPDATE")
	case len(args) < 3:
		return nil, broken("arguments must be tsvector_field, ts_config, text_field1, ...)")
	}
	to := f.Table.ColumnIndex(args[0])
	if to < 0 {
		return nil, sqlstate.New(sqlstate.UndefinedColumn, "tsvector column %q does not exist", args[0])
	}
	if f.Table.Columns[to].Type != datum.TSVector {
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "column %q is not of tsvector type", args[0])
	}
	config, err := vectorConfig(f, env, configColumn)
	if err != nil {
		return nil, err
	}
	texts, needed, err := vectorTexts(f)
	if err != nil || !needed {
		return f.New, err
	}
	v, err := builtin.TSVectorOf(config, texts, func(e *sqlstate.Error) { env.Session.Notice("NOTICE", e) })
	if err != nil {
		return nil, err
	}
	row := slices.Clone(f.New)
	row[to] = v
	return row, nil
}

// vectorConfig is the configuration, a regconfig.
func vectorConfig(f *Firing, env *Env, column bool) (datum.Datum, error) {
	name := f.Trigger.Args[1]
	if !column {
		if !strings.Contains(name, ".") {
			return datum.Null, sqlstate.New(sqlstate.SyntaxError, "text search configuration name %q must be schema-qualified", name)
		}
		return datum.ParseText(datum.Regconfig, -1, name, env.Session.DatumEnv())
	}
	at := f.Table.ColumnIndex(name)
	switch {
	case at < 0:
		return datum.Null, sqlstate.New(sqlstate.UndefinedColumn, "configuration column %q does not exist", name)
	case f.Table.Columns[at].Type != datum.Regconfig:
		return datum.Null, sqlstate.New(sqlstate.DatatypeMismatch, "column %q is not of regconfig type", name)
	case f.New[at].IsNull():
		return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "configuration column %q must not be null", name)
	}
	return f.New[at], nil
}

// vectorTexts are the texts that are not NULL; needed says whether one of their columns may have changed.
func vectorTexts(f *Firing) (texts []string, needed bool, err error) {
	needed = f.Event == parse.TriggerInsert
	for _, name := range f.Trigger.Args[2:] {
		at := f.Table.ColumnIndex(name)
		if at < 0 {
			return nil, false, sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", name)
		}
		switch t := f.Table.Columns[at].Type.Root(); t {
		case datum.Text, datum.Varchar, datum.Bpchar:
		default:
			return nil, false, sqlstate.New(sqlstate.DatatypeMismatch, "column %q is not of a character type", name)
		}
		needed = needed || slices.Contains(f.Changed, at)
		if !f.New[at].IsNull() {
			texts = append(texts, f.New[at].Str())
		}
	}
	return texts, needed, nil
}
