package plan

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// CLUSTER writes a table's rows again in the order of an index: a row's key is its identity, and identities rise, so that a
// scan gives the rows in that order, and those that are near in the index are near in the store.

// cluster binds CLUSTER (cluster in cluster.c).
func (b *binder) cluster(s *parse.ClusterStmt) (*Plan, error) {
	node, verbose := &Cluster{}, false
	plan := &Plan{Root: node, Tag: "CLUSTER", Writes: true, DDL: true}
	for _, o := range s.Options {
		if o.Name != "verbose" {
			return nil, fail(o.Pos(), sqlstate.SyntaxError, "unrecognized CLUSTER option \"%s\"", o.Name)
		}
		var err error
		if verbose, err = optionBool(o); err != nil {
			return nil, err
		}
	}
	if s.Name == nil {
		plan.OutsideBlock = "CLUSTER"
		for _, t := range b.cat.Snapshot().Tables() {
			if ix := t.ClusteredBy(); ix != nil && b.cat.Snapshot().Owns(b.me(), catalog.ObjectTable.Class(), t.OID) {
				node.Tables = append(node.Tables, b.inOrderOf(t, ix, verbose))
			}
		}
		return plan, nil
	}
	t, err := b.clusteredTable(s.Name)
	if err != nil {
		return nil, err
	}
	ix := t.ClusteredBy()
	if s.Index != "" {
		ix, err = b.clusterIndex(t, s.Index)
	} else if ix == nil {
		err = sqlstate.New(sqlstate.UndefinedObject, "there is no previously clustered index for table \"%s\"", t.Name)
	}
	if err != nil {
		return nil, err
	}
	node.Tables = []*AlterTable{b.inOrderOf(t, ix, verbose)}
	return plan, nil
}

// clusteredTable finds a table to write again.
func (b *binder) clusteredTable(name parse.Name) (*catalog.Table, error) {
	schema, rel, found := b.findRelation(name)
	if !found {
		return nil, sqlstate.New(sqlstate.UndefinedTable, "relation \"%s\" does not exist", strings.Join(name, "."))
	}
	t := b.cat.Snapshot().Table(schema, rel)
	switch {
	case t == nil || t.Kind() != catalog.KindTable && t.Kind() != catalog.KindMatView:
		return nil, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is not a table or materialized view", rel)
	case t.Virtual != nil:
		return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", t.Name)
	case t.SegmentsOf != 0:
		return nil, sqlstate.New(sqlstate.WrongObjectType, "cannot cluster segment table \"%s\"", t.Name)
	}
	return t, mustOwn(b.cat.Snapshot(), b.me(), catalog.ObjectTable, t.OID)
}

// clusterIndex finds an index whose order rows can have (check_index_is_clusterable).
func (b *binder) clusterIndex(t *catalog.Table, name string) (*catalog.Index, error) {
	snap := b.cat.Snapshot()
	if snap.Relation(t.Schema, name) == 0 {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "index \"%s\" for table \"%s\" does not exist", name, t.Name)
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		switch {
		case ix.Name != name:
		case ix.Method != "btree":
			return nil, sqlstate.New(sqlstate.FeatureNotSupported,
				"cannot cluster on index \"%s\" because access method does not support clustering", name)
		case ix.Where != "":
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "cannot cluster on partial index \"%s\"", name)
		default:
			return ix, nil
		}
	}
	return nil, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is not an index for table \"%s\"", name, t.Name)
}

// inOrderOf writes every row again, in the order of an index.
func (b *binder) inOrderOf(t *catalog.Table, ix *catalog.Index, verbose bool) *AlterTable {
	out := &AlterTable{Table: t, New: copyTable(t), By: ix, Generated: make([]Expr, len(t.Columns))}
	markClustered(out.New, ix.Name)
	for i := range t.Columns {
		c := &t.Columns[i]
		out.Rewrite = append(out.Rewrite, &Col{Typed: Typed{c.Type, c.Typmod}, Index: i, Name: c.Name})
	}
	if verbose {
		out.Notices = []Notice{{Severity: "INFO", Code: "00000", Text: "clustering \"" + b.schemaName(t.Schema) + "." + t.Name +
			"\" using index scan on \"" + ix.Name + "\""}}
	}
	return out
}

// markClustered says by which index a table was clustered last, "" for none.
func markClustered(t *catalog.Table, index string) {
	for i := range t.Indexes {
		t.Indexes[i].Clustered = t.Indexes[i].Name == index
	}
}

// setCluster is CLUSTER ON and SET WITHOUT CLUSTER, which the next CLUSTER goes by.
func (a *alteration) setCluster(c *parse.AlterCmd) error {
	if c.Kind == parse.AlterClusterOn {
		if _, err := a.b.clusterIndex(a.table, c.Name); err != nil {
			return err
		}
	}
	markClustered(a.table, c.Name)
	return nil
}
