package server

import (
	"context"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// setConstraints is SET CONSTRAINTS.
func (s *Session) setConstraints(ctx context.Context, n *parse.SetConstraintsStmt) error {
	inBlock := s.txn.block || s.within != nil
	if !inBlock {
		s.Notice("WARNING", errNeedsBlock("SET CONSTRAINTS"))
	}
	var list []catalog.OID
	for _, name := range n.Names {
		found, err := s.constraintsNamed(name)
		if err != nil {
			return err
		}
		list = append(list, found...)
	}
	if !inBlock {
		return nil
	}
	if err := s.ensureTransaction().SetConstraints(ctx, list, n.Deferred); err != nil || n.Deferred {
		return err
	}
	return s.fireDeferred(ctx, false)
}

// constraintsNamed finds the deferrable constraints of a name, in the first schema of the search path that has one.
func (s *Session) constraintsNamed(name parse.Name) ([]catalog.OID, error) {
	snap, path := s.Snapshot(), s.info.Path()
	bare := name[len(name)-1]
	if len(name) > 1 {
		if snap.Schema(name[len(name)-2]) == nil {
			return nil, sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", name[len(name)-2])
		}
		path = []string{name[len(name)-2]}
	}
	for _, schema := range path {
		sc := snap.Schema(schema)
		if sc == nil {
			continue
		}
		list, known := snap.DeferrableConstraints(sc.OID, bare)
		if len(list) > 0 {
			return list, nil
		}
		if known {
			return nil, sqlstate.New(sqlstate.WrongObjectType, "constraint %q is not deferrable", bare)
		}
	}
	return nil, sqlstate.New(sqlstate.UndefinedObject, "constraint %q does not exist", strings.Join(name, "."))
}
