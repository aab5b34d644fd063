package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

func (a *alteration) setStatistics(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	const most = 10000 // MAX_STATISTICS_TARGET
	n := c.Number
	if n < -1 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "statistics target %d is too low", n)
	}
	if n > most {
		n = most
		a.alter.Notices = append(a.alter.Notices, Notice{Severity: "WARNING", Code: sqlstate.InvalidParameterValue,
			Text: "lowering statistics target to 10000"})
	}
	a.table.Columns[i].Statistics = n + 1
	return nil
}

func (a *alteration) setStorage(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	col := &a.table.Columns[i]
	word := strings.ToLower(c.Options[0].Name)
	letter := map[string]byte{"plain": 'p', "external": 'e', "extended": 'x', "main": 'm'}[word]
	if letter == 0 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "invalid storage type %q", c.Options[0].Name)
	}
	if letter != 'p' && col.Type.Len > 0 {
		return sqlstate.New(sqlstate.FeatureNotSupported, "column data type %s can only have storage PLAIN", col.Type)
	}
	col.Storage = letter
	return nil
}

// setCompression: how values are packed is the store's business here.
func (a *alteration) setCompression(c *parse.AlterCmd) error {
	if _, err := a.columnNamed(c.Name); err != nil {
		return err
	}
	switch word := strings.ToLower(c.Options[0].Name); word {
	case "pglz", "lz4", "default":
		return nil
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid compression method %q", c.Options[0].Name)
}

// columnOptions: n_distinct and n_distinct_inherited steer ANALYZE, whose numbers are counted here.
func (a *alteration) columnOptions(c *parse.AlterCmd) error {
	if _, err := a.columnNamed(c.Name); err != nil {
		return err
	}
	for _, o := range c.Options {
		if o.Name != "n_distinct" && o.Name != "n_distinct_inherited" {
			return unknownParameter(o)
		}
	}
	return unsupported(c.Pos(), "ALTER COLUMN … SET (n_distinct)")
}

// setOwner gives the table to another role, and the sequences of its columns and its segments with it.
func (a *alteration) setOwner(c *parse.AlterCmd) error {
	if a.alter.Owner == nil {
		a.alter.Owner = a.b.changeAccess()
	}
	for _, kept := range a.old.SegmentTables() {
		if err := a.b.changeOwner(a.alter.Owner, catalog.ObjectTable, kept, c.Role); err != nil {
			return err
		}
	}
	return a.b.changeOwner(a.alter.Owner, catalog.ObjectTable, a.old.OID, c.Role)
}

func (a *alteration) setOptions(c *parse.AlterCmd) error {
	options, err := tableOptions(c.Options)
	if err != nil {
		return err
	}
	a.table.Options = mergeOptions(a.table.Options, options)
	for _, o := range c.Options {
		a.askedSegments = a.askedSegments || o.Name == catalog.SegmentsOption
	}
	return nil
}

func (a *alteration) resetOptions(c *parse.AlterCmd) error {
	for _, o := range c.Options {
		a.table.Options = withoutOption(a.table.Options, o.Name)
	}
	return nil
}

func mergeOptions(have, add []string) []string {
	for _, o := range add {
		name, _, _ := strings.Cut(o, "=")
		have = append(withoutOption(have, name), o)
	}
	return have
}

func withoutOption(have []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(have), func(o string) bool { return strings.HasPrefix(o, name+"=") })
}

func (a *alteration) setLogged(c *parse.AlterCmd) error {
	if a.table.Unlogged = c.Kind == parse.AlterSetUnlogged; a.table.Unlogged != a.old.Unlogged {
		a.alter.Reason |= rewritePersistence
	}
	return a.persistentReferences()
}

// persistentReferences: a table that survives a crash may not depend on one that PostgreSQL would empty.
func (a *alteration) persistentReferences() error {
	snap := a.b.cat.Snapshot()
	for i := range a.table.ForeignKeys {
		to := snap.TableByOID(a.table.ForeignKeys[i].RefTable)
		if to != nil && to.OID != a.old.OID && to.Unlogged && !a.table.Unlogged {
			return sqlstate.New(sqlstate.InvalidTableDefinition,
				"could not change table %q to logged because it references unlogged table %q", a.table.Name, to.Name)
		}
	}
	for _, r := range snap.ReferencesTo(a.old.OID) {
		if r.Table.OID != a.old.OID && a.table.Unlogged && !r.Table.Unlogged {
			return sqlstate.New(sqlstate.InvalidTableDefinition,
				"could not change table %q to unlogged because it references logged table %q", a.table.Name, r.Table.Name)
		}
	}
	return nil
}

// setPlace is SET TABLESPACE and SET ACCESS METHOD: there is one of each.
func (a *alteration) setPlace(c *parse.AlterCmd) error {
	switch {
	case c.Kind == parse.AlterSetTablespace && c.Name == "pg_default", c.Kind == parse.AlterSetAccessMethod && c.Name == "heap":
		return nil
	case c.Kind == parse.AlterSetTablespace:
		return sqlstate.New(sqlstate.UndefinedObject, "tablespace %q does not exist", c.Name)
	}
	return sqlstate.New(sqlstate.UndefinedObject, "access method %q does not exist", c.Name)
}

// indexedVector says that the vector operator indexes a column.
func indexedVector(c *catalog.Column) bool { return c.Type.Kind == datum.KindVector && c.Typmod > 0 }

func vectorIndex(t *catalog.Table, c *catalog.Column, names *namer) catalog.Index {
	return catalog.Index{Name: names.relation(t.Name, c.Name, "vector"), Method: "vector",
		Keys: []catalog.KeyPart{{AttNum: c.AttNum}}, Implicit: true}
}
