package relation

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// changeOperator creates an operator, or puts a new definition in the place of an old one. Its commutator and negator are
// told of it, and made as shells where they are not there yet.
func (s *Stmt) changeOperator(ctx context.Context, c *plan.ChangeOperator) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	o := *c.New
	switch {
	case c.Old != nil && s.operatorAt(c.Old) != c.Old:
		return exec.ErrConflict
	case c.Old == nil:
		if err := s.freeOperator(&o); err != nil {
			return err
		}
		o.OID = s.newOID()
	}
	if c.OwnCommutator {
		o.Commutator = o.OID
	}
	if p := c.Commutator; p != nil {
		oid, err := s.partner(p, func(q *catalog.OperatorDef) *catalog.OID { return &q.Commutator }, o.OID)
		if err != nil {
			return err
		}
		o.Commutator = oid
	}
	if p := c.Negator; p != nil {
		oid, err := s.partner(p, func(q *catalog.OperatorDef) *catalog.OID { return &q.Negator }, o.OID)
		if err != nil {
			return err
		}
		o.Negator = oid
	}
	return put(s, &o)
}

// freeOperator refuses an operator whose name and operands another one has.
func (s *Stmt) freeOperator(o *catalog.OperatorDef) error {
	left, right := s.catalog.TypeByOID(o.Left), s.catalog.TypeByOID(o.Right)
	if s.catalog.UserOperator(o.Schema, o.Name, left, right) != nil {
		return sqlstate.New(sqlstate.DuplicateFunction, "operator %s already exists", o.Name)
	}
	return nil
}

// partner links another operator to one, unless it has such a link already, and gives its OID.
func (s *Stmt) partner(p *catalog.OperatorDef, link func(*catalog.OperatorDef) *catalog.OID, to catalog.OID) (catalog.OID, error) {
	fresh := *p
	if p.OID == 0 {
		fresh.OID = s.newOID()
	} else if now := s.catalog.OperatorByOID(p.OID); now == nil || now.User == nil {
		return 0, exec.ErrConflict
	} else {
		fresh = *now.User
	}
	if at := link(&fresh); *at == 0 {
		*at = to
		return fresh.OID, put(s, &fresh)
	}
	return fresh.OID, nil
}

// operatorAt is an operator's definition by now.
func (s *Stmt) operatorAt(o *catalog.OperatorDef) *catalog.OperatorDef {
	if now := s.catalog.OperatorByOID(o.OID); now != nil {
		return now.User
	}
	return nil
}

func (s *Stmt) dropOperator(oid catalog.OID) error {
	s.permanent = true
	s.writes.Delete(storage.CatalogKey(kindOperator, uint32(oid)))
	for _, o := range s.catalog.RemoveOperator(oid) {
		if err := put(s, o); err != nil {
			return err
		}
	}
	return nil
}
