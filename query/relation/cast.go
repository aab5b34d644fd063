package relation

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

func (s *Stmt) createCast(ctx context.Context, c *plan.CreateCast) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	from, to := s.catalog.TypeByOID(c.Cast.Source), s.catalog.TypeByOID(c.Cast.Target)
	if s.catalog.UserCast(from, to) != nil {
		return sqlstate.New(sqlstate.DuplicateObject, "cast from type %s to type %s already exists", from, to)
	}
	fresh := *c.Cast
	fresh.OID = s.newOID()
	return put(s, &fresh)
}

// castAt is a cast's definition by now.
func (s *Stmt) castAt(c *catalog.CastDef) *catalog.CastDef {
	return s.catalog.UserCast(s.catalog.TypeByOID(c.Source), s.catalog.TypeByOID(c.Target))
}

func (s *Stmt) dropCast(c *catalog.CastDef) {
	s.permanent = true
	s.writes.Delete(storage.CatalogKey(kindCast, uint32(c.OID)))
	s.catalog.RemoveCast(c)
}
