package relation

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// changeFunction creates a function, or puts a new definition in the place of an old one.
func (s *Stmt) changeFunction(ctx context.Context, c *plan.ChangeFunction) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	f := *c.New
	if c.TempSchema != "" {
		var err error
		if f.Schema, err = s.tempPlace(c.TempSchema); err != nil {
			return err
		}
	}
	var args []*datum.Type
	for i := range f.Params {
		if f.Params[i].Input() {
			args = append(args, s.catalog.TypeByOID(f.Params[i].Type))
		}
	}
	same := s.catalog.FunctionOf(f.Schema, f.Name, args)
	switch {
	case c.Old == nil && same != nil, c.Old != nil && same != nil && same.OID != f.OID:
		return sqlstate.New(sqlstate.DuplicateFunction, "function %q already exists with same argument types", f.Name)
	case c.Old == nil:
		f.OID = s.newOID()
	case s.functionAt(c.Old) != c.Old:
		return exec.ErrConflict
	}
	return put(s, &f)
}

// functionAt is a function's definition by now.
func (s *Stmt) functionAt(f *catalog.Function) *catalog.Function {
	if p := s.catalog.ProcByOID(f.OID); p != nil {
		return p.User
	}
	return nil
}

func (s *Stmt) dropFunction(oid catalog.OID) {
	s.permanent = true
	s.catalog.RemoveFunction(oid)
	s.writes.Delete(storage.CatalogKey(kindFunction, uint32(oid)))
}
