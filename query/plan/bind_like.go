package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// likeSource is a LIKE clause of CREATE TABLE with the relation that it names.
type likeSource struct {
	*parse.TableLike
	from *catalog.Table
}

// like adds the columns of a LIKE clause where it stands: names, types and NOT NULL, and of their values what INCLUDING says.
func (d *tableDefinition) like(l *parse.TableLike) error {
	src, err := d.b.table(l.Table, l.Pos())
	if err != nil {
		return d.b.notLikeable(l, err)
	}
	d.b.needsTable(src, catalog.PrivSelect)
	d.likes = append(d.likes, likeSource{l, src})
	for i := range src.Columns {
		c := &src.Columns[i]
		if err := checkColumnName(d.table, c.Name, -1); err != nil {
			return err
		}
		addColumn(d.table, d.likeColumn(l, c))
		if c.Identity == 0 || !l.Including(parse.LikeIdentity) {
			continue
		}
		if err := d.likeIdentity(c); err != nil {
			return err
		}
	}
	return nil
}

// notLikeable says of a sequence or an index that it has no columns to take.
func (b *binder) notLikeable(l *parse.TableLike, missing error) error {
	schema, name, found := b.findRelation(l.Table)
	if !found {
		return missing
	}
	snap := b.cat.Snapshot()
	if _, ix := snap.Index(schema, name); ix != nil {
		return sqlstate.New(sqlstate.WrongObjectType, "relation %q is invalid in LIKE clause", name).
			WithDetail("This operation is not supported for indexes.").At(l.Pos())
	}
	if snap.Sequence(schema, name) != nil {
		return sqlstate.New(sqlstate.WrongObjectType, "relation %q is invalid in LIKE clause", name).
			WithDetail("This operation is not supported for sequences.").At(l.Pos())
	}
	return missing
}

func (d *tableDefinition) likeColumn(l *parse.TableLike, c *catalog.Column) catalog.Column {
	out := catalog.Column{Name: c.Name, Type: c.Type, Typmod: c.Typmod, NotNull: c.NotNull}
	if l.Including(parse.LikeDefaults) && c.Identity == 0 {
		out.Default = c.Default
	}
	if l.Including(parse.LikeGenerated) {
		out.Generated, out.Model, out.ModelHash = c.Generated, c.Model, c.ModelHash
	}
	if l.Including(parse.LikeIdentity) {
		out.Identity = c.Identity
	}
	if l.Including(parse.LikeStorage) {
		out.Storage = c.Storage
	}
	if l.Including(parse.LikeComments) {
		out.Comment = c.Comment
	}
	return out
}

// likeIdentity gives the column just added a sequence of its own, by the rules of the one that it is like.
func (d *tableDefinition) likeIdentity(c *catalog.Column) error {
	old := d.b.cat.Snapshot().SequenceByOID(c.Sequence)
	if old == nil {
		return sqlstate.New(sqlstate.InternalError, "column %q has no sequence", c.Name)
	}
	seq, err := d.sequenceFor(c.Name, c.Type, nil, d.table.NextAttNum-1)
	if err != nil {
		return err
	}
	seq.Start, seq.Increment, seq.Min, seq.Max = old.Start, old.Increment, old.Min, old.Max
	seq.Cache, seq.Cycle = old.Cache, old.Cycle
	return nil
}

// bindLikes adds what LIKE clauses bring beside columns, once the table's own constraints are there.
func (d *tableDefinition) bindLikes() error {
	for _, l := range d.likes {
		if l.Including(parse.LikeConstraints) {
			if err := d.likeChecks(l); err != nil {
				return err
			}
		}
		if l.Including(parse.LikeIndexes) {
			if err := d.likeIndexes(l); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *tableDefinition) likeChecks(l likeSource) error {
	checks := slices.SortedFunc(slices.Values(l.from.Checks), func(a, b catalog.Check) int { return strings.Compare(a.Name, b.Name) })
	for _, k := range checks {
		if hasConstraint(d.table, k.Name) {
			return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for relation %q already exists", k.Name, d.table.Name)
		}
		out := catalog.Check{Name: k.Name, Expr: k.Expr, NoInherit: k.NoInherit}
		if l.Including(parse.LikeComments) {
			out.Comment = k.Comment
		}
		d.table.Checks = append(d.table.Checks, out)
	}
	return nil
}

func (d *tableDefinition) likeIndexes(l likeSource) error {
	for i := range l.from.Indexes {
		old := &l.from.Indexes[i]
		if old.Implicit {
			continue
		}
		ix := *old
		ix.OID, ix.ID, ix.Comment, ix.ConstraintComment, ix.Clustered = 0, 0, "", "", false
		if ix.Constraint != 0 {
			ix.Constraint = catalog.Unnumbered
		}
		if l.Including(parse.LikeComments) {
			ix.Comment = old.Comment
		}
		if ix.Primary && d.table.PrimaryKey() != nil {
			return sqlstate.New(sqlstate.InvalidTableDefinition,
				"multiple primary keys for table %q are not allowed", d.table.Name)
		}
		ix.Keys, ix.Include = slices.Clone(old.Keys), slices.Clone(old.Include)
		var names []string
		for k := range ix.Keys {
			part := &ix.Keys[k]
			names = append(names, likeKeyName(l.from, *part))
			part.AttNum = d.likeAttNum(l.from, part.AttNum)
		}
		for k, att := range ix.Include {
			names = append(names, l.from.Columns[l.from.Ordinal(att)].Name)
			ix.Include[k] = d.likeAttNum(l.from, att)
		}
		ix.Name = d.likeIndexName(&ix, names)
		d.table.Indexes = append(d.table.Indexes, ix)
	}
	return nil
}

func (d *tableDefinition) likeIndexName(ix *catalog.Index, columns []string) string {
	if ix.Excludes() {
		return d.names.relation(d.table.Name, strings.Join(columns, "_"), "excl")
	}
	if ix.Constraint != 0 {
		return d.keyName(ix.Primary, columns)
	}
	return d.names.relation(d.table.Name, strings.Join(columns, "_"), "idx")
}

// likeAttNum is the attribute number here of the source's column, 0 of an expression.
func (d *tableDefinition) likeAttNum(from *catalog.Table, att int16) int16 {
	if att == 0 {
		return 0
	}
	return d.table.Columns[d.table.ColumnIndex(from.Columns[from.Ordinal(att)].Name)].AttNum
}

func likeKeyName(from *catalog.Table, k catalog.KeyPart) string {
	if k.AttNum != 0 {
		return from.Columns[from.Ordinal(k.AttNum)].Name
	}
	if k.Name != "" {
		return k.Name
	}
	if tree, err := storedTrees.parse(k.Expr); err == nil {
		return indexColumnName(tree)
	}
	return "expr"
}
