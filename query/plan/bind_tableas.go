package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// createTableAs binds CREATE TABLE … AS: the table has the query's columns.
func (b *binder) createTableAs(s *parse.CreateTableAsStmt) (*Plan, error) {
	switch {
	}
	q, ok := s.Query.(*parse.SelectStmt)
	if !ok {
		return nil, unsupported(s.Pos(), "CREATE TABLE AS EXECUTE")
	}
	if s.Materialized {
		return b.createMatView(s, q)
	}
	node, names, err := b.newTable(s.Name, s.Persistence, s.IfNotExists, s.Pos())
	if err != nil {
		return nil, err
	}
	plan := &Plan{Root: node, Tag: "CREATE TABLE AS", Writes: true, DDL: true}
	if node.Exists {
		return plan, nil
	}
	node.Table.Unlogged, node.Table.OnCommit = s.Persistence == 'u', s.OnCommit
	source, err := b.selectPlan(q)
	if err != nil {
		return nil, err
	}
	if err := queryColumns(node.Table, s.Cols, source.Columns); err != nil {
		return nil, err
	}
	addVectorIndexes(node.Table, names)
	if s.WithNoData {
		b.ctes = nil // not even those that modify data
	} else {
		node.Source, plan.Tag = source.Root, "SELECT"
	}
	return plan, nil
}

// selectInto is SELECT … INTO: CREATE TABLE AS in other words.
func (b *binder) selectInto(s *parse.SelectStmt) (*Plan, error) {
	query := *s
	query.Into = nil
	p, err := b.createTableAs(&parse.CreateTableAsStmt{At: s.At, Name: s.Into, Persistence: s.IntoPersistence, Query: &query})
	if err != nil {
		return nil, err
	}
	if node, ok := p.Root.(*CreateTable); ok {
		node.Into = true
	}
	return p, nil
}

func queryColumns(t *catalog.Table, names []string, cols []Column) error {
	if len(names) > len(cols) {
		return sqlstate.New(sqlstate.SyntaxError, "too many column names were specified")
	}
	for i, c := range cols {
		name := c.Name
		if i < len(names) {
			name = names[i]
		}
		if err := checkColumnName(t, name, -1); err != nil {
			return err
		}
		if c.Type.Pseudo {
			return sqlstate.New(sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", name, c.Type)
		}
		addColumn(t, catalog.Column{Name: name, Type: c.Type, Typmod: c.Typmod})
	}
	return nil
}
