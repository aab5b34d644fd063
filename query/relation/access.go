package relation

import (
	"context"
	"errors"
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/storage"
)

// ChangeAccess implements exec.Relations. The change holds the whole result, so it is right only on the catalog that it
// was worked out from: on another one the statement is bound again.
func (s *Stmt) ChangeAccess(ctx context.Context, c *plan.ChangeAccess) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	if s.base != c.Base {
		return exec.ErrConflict
	}
	if c.Drop != nil {
		if err := s.Drop(ctx, c.Drop); err != nil {
			return err
		}
	}
	for _, oid := range c.DropRoles {
		s.catalog.RemoveRole(oid)
		s.writes.Delete(storage.CatalogKey(kindRole, uint32(oid)))
	}
	if err := s.putRoles(c.Roles); err != nil {
		return err
	}
	for _, x := range c.RoleSettings {
		if err := s.putRoleSetting(*x); err != nil {
			return err
		}
	}
	for _, r := range c.Rights {
		if err := s.putRights(*r); err != nil {
			return err
		}
	}
	return s.changeDefaults(c)
}

// alterOwner carries out ALTER TABLE … OWNER TO; nil is nothing to do.
func (s *Stmt) alterOwner(c *plan.ChangeAccess) error {
	if c == nil {
		return nil
	}
	if s.base != c.Base {
		return exec.ErrConflict
	}
	for _, r := range c.Rights {
		if err := s.putRights(*r); err != nil {
			return err
		}
	}
	return nil
}

// putRoles stores roles. A new one is numbered first: those that become its members name it by 0.
func (s *Stmt) putRoles(roles []*catalog.Role) error {
	var fresh catalog.OID
	for _, def := range roles {
		r := *def
		if r.OID == 0 {
			fresh = s.newOID()
			r.OID = fresh
		}
		r.MemberOf = append([]catalog.Membership(nil), def.MemberOf...)
		for i := range r.MemberOf {
			if r.MemberOf[i].Role == 0 {
				r.MemberOf[i].Role = fresh
			}
		}
		value, err := catalog.EncodeRole(&r)
		if err != nil {
			return fmt.Errorf("encode role: %w", err)
		}
		s.catalog.PutRole(&r)
		s.writes.Set(storage.CatalogKey(kindRole, uint32(r.OID)), value)
	}
	return nil
}

func (s *Stmt) putRoleSetting(x catalog.RoleSetting) error {
	if x.OID == 0 {
		x.OID = s.newOID()
	}
	s.catalog.PutRoleSetting(&x)
	if len(x.Values) == 0 {
		s.writes.Delete(storage.CatalogKey(kindSettings, uint32(x.OID)))
		return nil
	}
	value, err := catalog.EncodeRoleSetting(&x)
	if err != nil {
		return fmt.Errorf("encode role setting: %w", err)
	}
	s.writes.Set(storage.CatalogKey(kindSettings, uint32(x.OID)), value)
	return nil
}

func (s *Stmt) putRights(r catalog.Rights) error {
	if r.OID == 0 {
		if r.Empty() {
			return nil
		}
		r.OID = s.newOID()
	}
	s.catalog.PutRights(&r)
	if r.Empty() {
		s.writes.Delete(storage.CatalogKey(kindRights, uint32(r.OID)))
		return nil
	}
	value, err := catalog.EncodeRights(&r)
	if err != nil {
		return fmt.Errorf("encode rights: %w", err)
	}
	s.writes.Set(storage.CatalogKey(kindRights, uint32(r.OID)), value)
	return nil
}

func (s *Stmt) changeDefaults(c *plan.ChangeAccess) error {
	for _, def := range c.Defaults {
		d := *def
		if d.OID == 0 {
			d.OID = s.newOID()
		}
		value, err := catalog.EncodeDefaultRights(&d)
		if err != nil {
			return fmt.Errorf("encode default rights: %w", err)
		}
		s.catalog.PutDefaultRights(&d)
		s.writes.Set(storage.CatalogKey(kindDefaults, uint32(d.OID)), value)
	}
	for _, oid := range c.DropDefaults {
		s.dropDefaults(oid)
	}
	return nil
}

func (s *Stmt) dropDefaults(oid catalog.OID) {
	s.catalog.RemoveDefaultRights(oid)
	s.writes.Delete(storage.CatalogKey(kindDefaults, uint32(oid)))
}

// own gives a new object to the role that creates it, with the privileges that objects of its begin with. It does
// nothing for an object that is there already; for the bootstrap superuser nothing is stored.
func (s *Stmt) own(kind catalog.ObjectKind, oid, schema catalog.OID) error {
	if s.catalog.SchemaOf(kind, oid) != nil || kind == catalog.ObjectSchema && s.catalog.SchemaByOID(oid) != nil {
		return nil
	}
	owner := s.tx.Role
	if owner == 0 {
		owner = catalog.OwnerOID
	}
	r := catalog.Rights{Class: kind.Class(), Object: oid}
	again := kind == catalog.ObjectSchema && oid == catalog.PublicOID
	if owner != catalog.OwnerOID || again {
		r.Owner = owner
	}
	if again { // made again, it is a schema as any other: initdb's grants are gone
		r.Set, r.ACL = true, catalog.ACL{{Grantee: owner, Grantor: owner, Privileges: kind.All()}}
	}
	if acl := s.catalog.InitialACL(kind, owner, schema); acl != nil {
		r.Set, r.ACL = true, acl
	}
	return s.putRights(r)
}

// sweepRights drops the rights of what the statement dropped.
func (s *Stmt) sweepRights() {
	if !s.defined {
		return
	}
	for _, r := range s.catalog.SweepRights() {
		s.catalog.PutRights(&catalog.Rights{OID: r.OID, Class: r.Class, Object: r.Object})
		s.writes.Delete(storage.CatalogKey(kindRights, uint32(r.OID)))
	}
	for _, d := range s.catalog.SweepDefaultRights() {
		s.dropDefaults(d.OID)
	}
}

// loadAccess adds a stored role, or what is kept of rights.
func loadAccess(snap *catalog.Snapshot, kind byte, value []byte) (err error) {
	switch kind {
	case kindRole:
		var r *catalog.Role
		if r, err = catalog.DecodeRole(value); err == nil {
			snap.PutRole(r)
		}
	case kindRights:
		var r *catalog.Rights
		if r, err = catalog.DecodeRights(value); err == nil {
			snap.PutRights(r)
		}
	case kindDefaults:
		var d *catalog.DefaultRights
		if d, err = catalog.DecodeDefaultRights(value); err == nil {
			snap.PutDefaultRights(d)
		}
	case kindSettings:
		var x *catalog.RoleSetting
		if x, err = catalog.DecodeRoleSetting(value); err == nil {
			snap.PutRoleSetting(x)
		}
	default:
		err = fmt.Errorf("an object of kind %q", kind)
	}
	return err
}

// nameBootstrap gives the first superuser the name that Options say, and keeps it, so that whoever opens the directory
// next need not know.
func (db *Database) nameBootstrap(snap *catalog.Snapshot) error {
	named, err := snap.NameBootstrap(db.opts.Superuser)
	if err != nil || named == nil {
		return err
	}
	value, err := catalog.EncodeRole(named)
	if err != nil {
		return fmt.Errorf("encode role: %w", err)
	}
	b := db.store.NewBatch()
	if err := b.Set(storage.CatalogKey(kindRole, uint32(named.OID)), value); err != nil {
		return errors.Join(err, b.Close())
	}
	return db.store.Commit(b)
}
