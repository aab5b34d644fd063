package relation

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// createExtension makes an extension and its members.
func (s *Stmt) createExtension(ctx context.Context, c *plan.CreateExtension) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	if s.catalog.Extension(c.Of.Name) != nil {
		return sqlstate.New(sqlstate.DuplicateObject, "extension %q already exists", c.Of.Name)
	}
	e := &catalog.Extension{OID: s.newOID(), Schema: c.Schema, Name: c.Of.Name, Version: c.Of.Version}
	for range c.Of.Functions {
		e.Functions = append(e.Functions, s.newOID())
	}
	for range c.Of.Operators {
		e.Operators = append(e.Operators, s.newOID())
	}
	for i, of := range c.Of.Functions {
		f := *of
		f.OID, f.Schema = e.Functions[i], c.Schema
		if of.Agg != nil {
			agg := *of.Agg
			agg.Trans, agg.Combine, agg.SortOp = e.Functions[agg.Trans-1], e.Functions[agg.Combine-1], e.Operators[agg.SortOp-1]
			f.Agg = &agg
		}
		if p := s.catalog.Prototype(&f); s.catalog.FunctionOf(f.Schema, f.Name, p.Args) != nil {
			return sqlstate.New(sqlstate.DuplicateFunction, "function %q already exists with same argument types", f.Name)
		}
		if err := put(s, &f); err != nil {
			return err
		}
	}
	for i, of := range c.Of.Operators {
		o := *of
		o.OID, o.Schema, o.Proc = e.Operators[i], c.Schema, e.Functions[of.Proc-1]
		if of.Commutator != 0 {
			o.Commutator = e.Operators[of.Commutator-1]
		}
		if of.Negator != 0 {
			o.Negator = e.Operators[of.Negator-1]
		}
		if err := s.freeOperator(&o); err != nil {
			return err
		}
		if err := put(s, &o); err != nil {
			return err
		}
	}
	return put(s, e)
}

// moveExtension takes an extension and its members to another schema.
func (s *Stmt) moveExtension(ctx context.Context, c *plan.MoveExtension) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	if s.catalog.ExtensionByOID(c.Extension.OID) != c.Extension {
		return exec.ErrConflict
	}
	for _, oid := range c.Extension.Functions {
		f := *s.catalog.ProcByOID(oid).User
		f.Schema = c.Schema
		if err := put(s, &f); err != nil {
			return err
		}
	}
	for _, oid := range c.Extension.Operators {
		o := *s.catalog.OperatorByOID(oid).User
		o.Schema = c.Schema
		if err := put(s, &o); err != nil {
			return err
		}
	}
	e := *c.Extension
	e.Schema = c.Schema
	return put(s, &e)
}

func (s *Stmt) dropExtension(oid catalog.OID) {
	s.permanent = true
	s.catalog.RemoveExtension(oid)
	s.writes.Delete(storage.CatalogKey(kindExtension, uint32(oid)))
}
