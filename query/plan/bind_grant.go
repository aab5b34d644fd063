package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// GRANT and REVOKE of privileges, as aclchk.c has them.

// grantKind is a kind of object that GRANT knows: what its messages call it, and which privileges may be named.
type grantKind struct {
	kind    catalog.ObjectKind
	word    string
	allowed catalog.Privileges
}

func grantKindOf(kind string) (grantKind, error) {
	switch kind {
	case "table", "view", "materialized view":
		return grantKind{catalog.ObjectTable, "relation", catalog.ObjectTable.All() | catalog.ObjectSequence.All()}, nil
	case "domain":
		return grantKind{catalog.ObjectType, "domain", catalog.ObjectType.All()}, nil
	case "procedure", "routine", "aggregate":
		return grantKind{catalog.ObjectFunction, kind, catalog.ObjectFunction.All()}, nil
	}
	for k, word := range map[catalog.ObjectKind]string{catalog.ObjectSequence: "sequence", catalog.ObjectDatabase: "database",
		catalog.ObjectFunction: "function", catalog.ObjectLanguage: "language", catalog.ObjectSchema: "schema",
		catalog.ObjectTablespace: "tablespace", catalog.ObjectType: "type"} {
		if word == kind {
			return grantKind{k, word, k.All()}, nil
		}
	}
	return grantKind{}, unsupported(-1, "GRANT on a "+strings.TrimSuffix(kind, " acl"))
}

// granter carries one GRANT or REVOKE from object to object.
type granter struct {
	b        *binder
	c        *ChangeAccess
	s        *parse.GrantStmt
	kind     grantKind
	grantees []catalog.OID
	all      bool // ALL PRIVILEGES
	named    catalog.Privileges
	columns  []parse.AccessPriv
}

func (b *binder) grant(s *parse.GrantStmt) (*Plan, error) {
	g, err := b.newGranter(s)
	if err != nil {
		return nil, err
	}
	objects, err := g.objects()
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if err := g.object(o); err != nil {
			return nil, err
		}
	}
	if s.Grant {
		return g.c.plan("GRANT"), nil
	}
	return g.c.plan("REVOKE"), nil
}

func (b *binder) newGranter(s *parse.GrantStmt) (*granter, error) {
	g := &granter{b: b, c: b.changeAccess(), s: s, all: len(s.Privileges) == 0}
	var err error
	if g.kind, err = grantKindOf(s.Kind); err != nil {
		return nil, err
	}
	if s.Grantor != nil {
		grantor, err := b.namedRole(*s.Grantor)
		if err != nil {
			return nil, err
		}
		if grantor.OID != b.me() {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "grantor must be current user")
		}
	}
	for _, spec := range s.Grantees {
		if spec.Kind == "public" {
			g.grantees = append(g.grantees, 0)
			continue
		}
		role, err := b.namedRole(spec)
		if err != nil {
			return nil, err
		}
		g.grantees = append(g.grantees, role.OID)
	}
	return g, g.readPrivileges()
}

// readPrivileges reads the list of privileges; those with columns are kept for their columns' turn.
func (g *granter) readPrivileges() error {
	for _, p := range g.s.Privileges {
		if len(p.Cols) > 0 {
			if g.kind.kind != catalog.ObjectTable || g.s.Target != "object" {
				if g.s.Target == "defaults" {
					return sqlstate.New(sqlstate.InvalidGrantOperation, "default privileges cannot be set for columns")
				}
				return sqlstate.New(sqlstate.InvalidGrantOperation, "column privileges are only valid for relations")
			}
			g.columns = append(g.columns, p)
			continue
		}
		one, err := g.privilege(p.Name, g.kind.allowed, g.kind.word)
		if err != nil {
			return err
		}
		g.named |= one
	}
	if g.all {
		g.named = g.kind.kind.All()
	}
	return nil
}

func (g *granter) privilege(name string, allowed catalog.Privileges, word string) (catalog.Privileges, error) {
	one := catalog.PrivilegeNamed(strings.ToUpper(name))
	if one == 0 {
		return 0, sqlstate.New(sqlstate.SyntaxError, "unrecognized privilege type %q", name)
	}
	if one&allowed == 0 {
		return 0, invalidPrivilege(one, word)
	}
	return one, nil
}

func invalidPrivilege(p catalog.Privileges, word string) error {
	var name string
	p.Each(func(_ catalog.Privileges, n string) {
		if name == "" {
			name = n
		}
	})
	return sqlstate.New(sqlstate.InvalidGrantOperation, "invalid privilege type %s for %s", name, word)
}

// grantTarget is one object.
type grantTarget struct {
	kind catalog.ObjectKind
	oid  catalog.OID
	name string
}

// objects finds what the statement is about.
func (g *granter) objects() ([]grantTarget, error) {
	var out []grantTarget
	for _, o := range g.s.Objects {
		if g.s.Target == "schema" {
			all, err := g.inSchema(o.Name[0])
			if err != nil {
				return nil, err
			}
			out = append(out, all...)
			continue
		}
		t, err := g.b.grantTarget(g.kind.kind, o)
		if err != nil {
			return nil, err
		}
		if g.s.Kind == "domain" && !g.b.cat.Snapshot().TypeByOID(t.oid).IsDomain() {
			return nil, notDomain(o.Name)
		}
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out, nil
}

func (g *granter) inSchema(name string) ([]grantTarget, error) {
	sc, err := g.b.schemaNamed(name, -1)
	if err != nil {
		return nil, err
	}
	var out []grantTarget
	snap := g.b.cat.Snapshot()
	switch g.kind.kind {
	case catalog.ObjectTable:
		for _, t := range snap.Tables() {
			if t.Schema == sc.OID {
				out = append(out, grantTarget{catalog.ObjectTable, t.OID, t.Name})
			}
		}
	case catalog.ObjectSequence:
		for _, q := range snap.Sequences() {
			if q.Schema == sc.OID {
				out = append(out, grantTarget{catalog.ObjectSequence, q.OID, q.Name})
			}
		}
	case catalog.ObjectFunction:
		for _, p := range catalog.Builtin().Procs {
			if p.Schema == sc.OID {
				out = append(out, grantTarget{catalog.ObjectFunction, p.OID, p.Name})
			}
		}
	}
	return out, nil
}

// grantTarget finds one object by the name that GRANT and ALTER … OWNER give it.
func (b *binder) grantTarget(kind catalog.ObjectKind, o parse.GrantObject) (grantTarget, error) {
	last := o.Name[len(o.Name)-1]
	switch kind {
	case catalog.ObjectTable, catalog.ObjectSequence:
		return b.grantRelation(kind, o)
	case catalog.ObjectSchema:
		sc := b.cat.Snapshot().Schema(last)
		if sc == nil {
			return grantTarget{}, sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", last)
		}
		return grantTarget{kind, sc.OID, sc.Name}, nil
	case catalog.ObjectDatabase:
		if last != b.cat.Info().Database {
			return grantTarget{}, sqlstate.New(sqlstate.InvalidCatalogName, "database %q does not exist", last)
		}
		return grantTarget{kind, catalog.DatabaseOID, last}, nil
	case catalog.ObjectType:
		t, _, err := b.typeName(&parse.TypeName{At: -1, Name: o.Name})
		if err != nil {
			return grantTarget{}, err
		}
		return grantTarget{kind, t.OID, t.Name}, nil
	case catalog.ObjectFunction:
		return b.grantFunction(o)
	case catalog.ObjectOperator:
		op, err := b.namedOperator(o)
		if err != nil {
			return grantTarget{}, err
		}
		return grantTarget{kind, op.OID, op.Name}, nil
	case catalog.ObjectLanguage:
		if oid := catalog.LanguageOID(last); oid != 0 {
			return grantTarget{kind, oid, last}, nil
		}
		return grantTarget{}, sqlstate.New(sqlstate.UndefinedObject, "language %q does not exist", last)
	}
	return grantTarget{}, unsupported(-1, "GRANT on a tablespace")
}

func (b *binder) grantRelation(kind catalog.ObjectKind, o parse.GrantObject) (grantTarget, error) {
	schema, rel, found := b.findRelation(o.Name)
	if !found {
		return grantTarget{}, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", strings.Join(o.Name, "."))
	}
	snap := b.cat.Snapshot()
	if q := snap.Sequence(schema, rel); q != nil {
		return grantTarget{catalog.ObjectSequence, q.OID, rel}, nil
	}
	t := snap.Table(schema, rel)
	switch {
	case t == nil:
		return grantTarget{}, sqlstate.New(sqlstate.WrongObjectType, "%q is an index", rel)
	case kind == catalog.ObjectSequence:
		return grantTarget{}, sqlstate.New(sqlstate.WrongObjectType, "%q is not a sequence", rel)
	}
	return grantTarget{catalog.ObjectTable, t.OID, rel}, nil
}

func (b *binder) grantFunction(o parse.GrantObject) (grantTarget, error) {
	text := quoteName(o.Name)
	var p *catalog.Proc
	var err error
	args := make([]string, len(o.Args))
	if o.HasArgs {
		for i := range o.Args {
			t, _, err := b.typeName(&o.Args[i])
			if err != nil {
				return grantTarget{}, err
			}
			args[i] = t.String()
		}
		p, err = catalog.ResolveProcedure(b.cat.Snapshot(), b.cat.Info().Path(), text+"("+strings.Join(args, ",")+")")
	} else {
		p, err = catalog.ResolveProc(b.cat.Snapshot(), b.cat.Info().Path(), text)
	}
	if sqlstate.CodeOf(err) == sqlstate.UndefinedFunction && o.HasArgs {
		return grantTarget{}, sqlstate.New(sqlstate.UndefinedFunction, "function %s(%s) does not exist", text, strings.Join(args, ", "))
	}
	if err != nil {
		return grantTarget{}, err
	}
	return grantTarget{catalog.ObjectFunction, p.OID, p.Name}, nil
}

func quoteName(n parse.Name) string {
	parts := make([]string, len(n))
	for i, p := range n {
		parts[i] = parse.QuoteIdent(p)
	}
	return strings.Join(parts, ".")
}

// object changes one object's list, and its columns'.
func (g *granter) object(o grantTarget) error {
	wanted := g.named
	if o.kind != g.kind.kind { // a sequence in GRANT ON TABLE
		if g.all {
			wanted = o.kind.All()
		} else if wanted&^o.kind.All() != 0 {
			g.c.warn(sqlstate.New(sqlstate.InvalidGrantOperation,
				"sequence %q only supports USAGE, SELECT, and UPDATE privileges", o.name))
			wanted &= o.kind.All()
		}
	} else if wanted&^o.kind.All() != 0 {
		return invalidPrivilege(wanted&^o.kind.All(), "table")
	}
	if wanted != 0 {
		if err := g.list(o, wanted); err != nil {
			return err
		}
		if err := g.revokeFromColumns(o, wanted); err != nil {
			return err
		}
	}
	for _, p := range g.columns {
		if err := g.columnList(o, p); err != nil {
			return err
		}
	}
	return nil
}

// list changes the object's own list.
func (g *granter) list(o grantTarget, wanted catalog.Privileges) error {
	snap := g.c.Base
	owner := snap.Owner(o.kind.Class(), o.oid)
	r := g.c.rights(o.kind.Class(), o.oid)
	acl := snap.EffectiveACL(o.kind, o.oid)
	if r.Set {
		acl = r.ACL
	}
	grantor, options := snap.Grantor(g.b.me(), owner, acl, wanted)
	if options == 0 && snap.Held(grantor, o.kind, o.oid, o.kind.All()) == 0 && !g.anyColumn(o) {
		return deniedOn(g.b.cat.Snapshot(), o.kind, o.oid, o.name)
	}
	wanted = g.within(wanted, options, strconv.Quote(o.name))
	next, err := g.apply(acl, owner, grantor, wanted)
	if err != nil {
		return err
	}
	r.Set, r.ACL = true, next
	return nil
}

// anyColumn says whether any column of a table was granted to the current role.
func (g *granter) anyColumn(o grantTarget) bool {
	t := g.c.Base.TableByOID(o.oid)
	if o.kind != catalog.ObjectTable || t == nil {
		return false
	}
	return slices.ContainsFunc(t.Columns, func(col catalog.Column) bool {
		return g.c.Base.HeldOnColumn(g.b.me(), o.oid, col.AttNum, catalog.ObjectColumn.All()) != 0
	})
}

// within cuts the wanted privileges down to those that the grantor may grant, and says so.
func (g *granter) within(wanted, options catalog.Privileges, object string) catalog.Privileges {
	got := wanted & options
	code, verb := sqlstate.PrivilegeNotGranted, "were granted"
	if !g.s.Grant {
		code, verb = sqlstate.PrivilegeNotRevoked, "could be revoked"
	}
	switch {
	case got == 0:
		g.c.warn(sqlstate.New(code, "no privileges %s for %s", verb, object))
	case got != wanted && !g.all:
		g.c.warn(sqlstate.New(code, "not all privileges %s for %s", verb, object))
	}
	return got
}

// apply merges the statement into a list.
func (g *granter) apply(acl catalog.ACL, owner, grantor catalog.OID, p catalog.Privileges) (catalog.ACL, error) {
	if p == 0 {
		return acl, nil
	}
	if acl == nil {
		acl = catalog.ACL{}
	}
	for _, grantee := range g.grantees {
		if g.s.Grant {
			if grantee == 0 && g.s.GrantOption {
				return nil, sqlstate.New(sqlstate.InvalidGrantOperation, "grant options can only be granted to roles")
			}
			acl = acl.Grant(grantor, grantee, p, g.s.GrantOption && grantee != owner)
			continue
		}
		next, ok := acl.Revoke(owner, grantor, grantee, p, g.s.GrantOption, g.s.Cascade)
		if !ok {
			return nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "dependent privileges exist").
				WithHint("Use CASCADE to revoke them too.")
		}
		acl = next
	}
	return acl, nil
}

// revokeFromColumns takes from the columns what is revoked on their table.
func (g *granter) revokeFromColumns(o grantTarget, wanted catalog.Privileges) error {
	r := g.c.rights(o.kind.Class(), o.oid)
	if g.s.Grant || len(r.Columns) == 0 {
		return nil
	}
	owner := g.c.Base.Owner(o.kind.Class(), o.oid)
	for att, acl := range r.Columns {
		grantor, options := g.c.Base.Grantor(g.b.me(), owner, append(slices.Clip(g.c.Base.EffectiveACL(o.kind, o.oid)), acl...), wanted)
		next, err := g.apply(acl, owner, grantor, wanted&options&catalog.ObjectColumn.All())
		if err != nil {
			return err
		}
		r.Columns[att] = next
	}
	dropEmptyColumns(r)
	return nil
}

func dropEmptyColumns(r *catalog.Rights) {
	for att, acl := range r.Columns {
		if len(acl) == 0 {
			delete(r.Columns, att)
		}
	}
}

// columnList changes the lists of the columns that one privilege names.
func (g *granter) columnList(o grantTarget, p parse.AccessPriv) error {
	t := g.c.Base.TableByOID(o.oid)
	if t == nil {
		return sqlstate.New(sqlstate.InvalidGrantOperation, "column privileges are only valid for relations")
	}
	wanted, all := catalog.ObjectColumn.All(), p.Name == ""
	if !all {
		var err error
		if wanted, err = g.privilege(p.Name, wanted, "column"); err != nil {
			return err
		}
	}
	r := g.c.rights(o.kind.Class(), o.oid)
	if r.Columns == nil {
		r.Columns = map[int16]catalog.ACL{}
	}
	owner := g.c.Base.Owner(o.kind.Class(), o.oid)
	for _, name := range p.Cols {
		i := t.ColumnIndex(name)
		if i < 0 {
			return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, t.Name)
		}
		att := t.Columns[i].AttNum
		both := append(slices.Clip(g.c.Base.EffectiveACL(o.kind, o.oid)), r.Columns[att]...)
		grantor, options := g.c.Base.Grantor(g.b.me(), owner, both, wanted)
		if options == 0 && g.c.Base.Held(grantor, o.kind, o.oid, o.kind.All()) == 0 && !g.anyColumn(o) {
			return deniedOn(g.c.Base, o.kind, o.oid, o.name)
		}
		got := g.within(wanted, options, "column \""+name+"\" of relation \""+o.name+"\"")
		next, err := g.apply(r.Columns[att], owner, grantor, got)
		if err != nil {
			return err
		}
		r.Columns[att] = next
	}
	dropEmptyColumns(r)
	return nil
}

// deniedOn is the refusal of aclcheck_error.
func deniedOn(snap *catalog.Snapshot, kind catalog.ObjectKind, oid catalog.OID, name string) *sqlstate.Error {
	return denied("permission denied for %s %s", objectWord(snap, kind, oid), name)
}

// objectWord is what messages call an object.
func objectWord(snap *catalog.Snapshot, kind catalog.ObjectKind, oid catalog.OID) string {
	switch kind {
	case catalog.ObjectSequence:
		return "sequence"
	case catalog.ObjectSchema:
		return "schema"
	case catalog.ObjectDatabase:
		return "database"
	case catalog.ObjectFunction:
		if p := snap.ProcByOID(oid); p != nil && p.Kind == 'a' {
			return "aggregate"
		}
		return "function"
	case catalog.ObjectType:
		return "type"
	case catalog.ObjectLanguage:
		return "language"
	case catalog.ObjectOperator:
		return "operator"
	case catalog.ObjectExtension:
		return "extension"
	}
	return snap.RelationWord(oid)
}
