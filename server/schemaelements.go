package server

import (
	"context"

	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// createSchema is CREATE SCHEMA with elements: the schema, then a statement each, in the same transaction, by the schema's
// owner and with the schema in front of the search path. They run one after the other rather than as one plan, because
// each is bound against the catalog that the one before it leaves.
func (p *Portal) createSchema(ctx context.Context, n *parse.CreateSchemaStmt) error {
	s := p.session
	if n.IfNotExists {
		return sqlstate.New(sqlstate.FeatureNotSupported, "CREATE SCHEMA IF NOT EXISTS cannot include schema elements")
	}
	name, owner, err := plan.NewSchema(s, n)
	if err != nil {
		return err
	}
	bare := *n
	bare.Elements = nil
	if err := p.runInside(ctx, &bare); err != nil {
		return err
	}
	elements, err := plan.SchemaElements(name, n)
	if err != nil {
		return err
	}
	role, user, path := s.info.Role, s.info.User, s.info.SearchPath
	defer func() {
		s.info.Role, s.info.User, s.info.SearchPath, s.env = role, user, path, nil
	}()
	if owner != nil {
		s.info.Role, s.info.User = owner.OID, owner.Name
	}
	s.info.SearchPath, s.env = append([]string{name}, path...), nil
	for _, e := range elements {
		if err := p.runInside(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// runInside runs a statement without rows that is part of the portal's.
func (p *Portal) runInside(ctx context.Context, n parse.Stmt) error {
	st := &Statement{sql: p.statement.sql, parsed: p.statement.parsed, kind: "utility"}
	st.parsed.Node = n
	if err := p.session.bind(ctx, st); err != nil {
		return err
	}
	inner, err := p.session.Open(ctx, st, nil)
	if err != nil {
		return err
	}
	defer inner.Close()
	_, err = inner.Next(ctx)
	return err
}
