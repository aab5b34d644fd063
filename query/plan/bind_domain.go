package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// domainDefinition is a domain being made or altered.
type domainDefinition struct {
	b    *binder
	t    *catalog.Type
	base *datum.Type
	// null remembers an explicit NULL or NOT NULL.
	null, notNull bool
}

// createDomain binds CREATE DOMAIN, in the order of DefineDomain's checks.
func (b *binder) createDomain(s *parse.CreateDomainStmt) (*Plan, error) {
	sc, name, err := b.newTypeName(s.Name, s.Pos())
	if err != nil {
		return nil, err
	}
	base, typmod, err := b.typeName(&s.Type)
	if err != nil {
		return nil, err
	}
	if base.Pseudo {
		return nil, fail(s.Type.Pos(), sqlstate.DatatypeMismatch, "\"%s\" is not a valid base type for a domain", base)
	}
	t := &catalog.Type{Schema: sc.OID, Name: name, Domain: &catalog.Domain{Base: base.OID, Typmod: typmod}}
	if len(s.Collation) > 0 {
		if _, err := columnCollation(&parse.ColumnDef{At: -1, Collation: s.Collation}, base); err != nil {
			return nil, err
		}
		t.Domain.Collation = s.Collation[len(s.Collation)-1]
	}
	d := &domainDefinition{b: b, t: t, base: base}
	for i := range s.Constraints {
		if err := d.constraint(&s.Constraints[i]); err != nil {
			return nil, err
		}
	}
	return typePlan(&ChangeType{New: t}, "CREATE DOMAIN"), nil
}

func (d *domainDefinition) constraint(k *parse.Constraint) error {
	if k.Deferrable || k.InitiallyDeferred {
		return fail(k.Pos(), sqlstate.FeatureNotSupported, "specifying constraint deferrability not supported for domains")
	}
	switch k.Kind {
	case parse.ConDefault:
		if d.t.Domain.Default != "" {
			return sqlstate.New(sqlstate.SyntaxError, "multiple default expressions")
		}
		return d.setDefault(k.Expr)
	case parse.ConNotNull, parse.ConNull:
		d.null, d.notNull = d.null || k.Kind == parse.ConNull, d.notNull || k.Kind == parse.ConNotNull
		if d.null && d.notNull {
			return sqlstate.New(sqlstate.SyntaxError, "conflicting NULL/NOT NULL constraints")
		}
		d.t.Domain.NotNull = d.notNull
		return nil
	case parse.ConCheck:
		if k.NoInherit {
			return sqlstate.New(sqlstate.InvalidObjectDefinition, "check constraints for domains cannot be marked NO INHERIT")
		}
		return d.check(k)
	}
	words := map[parse.ConstraintKind]string{parse.ConUnique: "unique", parse.ConPrimary: "primary key",
		parse.ConExclusion: "exclusion", parse.ConForeign: "foreign key"}
	if word := words[k.Kind]; word != "" {
		return sqlstate.New(sqlstate.SyntaxError, "%s constraints not possible for domains", word)
	}
	return unsupported(k.Pos(), "this constraint of a domain")
}

// setDefault keeps what columns of the domain begin with; NULL is nothing.
func (d *domainDefinition) setDefault(tree parse.Expr) error {
	d.t.Domain.Default = ""
	if tree == nil {
		return nil
	}
	e, err := d.b.tableExpr(nil, tree, inDefault)
	if err != nil {
		return err
	}
	col := &catalog.Column{Name: d.t.Name, Type: d.base, Typmod: d.t.Domain.Typmod}
	if err := d.b.fitsColumn(e, col, tree.Pos()); err != nil {
		return err
	}
	if c, ok := e.(*Const); !ok || !c.Value.IsNull() {
		d.t.Domain.Default = d.b.storedDefault(tree)
	}
	return nil
}

// check adds a condition on VALUE, with a name of its own.
func (d *domainDefinition) check(k *parse.Constraint) error {
	over := domainValue(d.base, d.t.Domain.Typmod)
	if _, err := d.b.checkCondition(over, k.Expr); err != nil {
		return err
	}
	name := k.Name
	if name == "" {
		names := &namer{snap: d.b.cat.Snapshot(), schema: d.t.Schema}
		name = names.choose(d.t.Name, "", "check", d.has)
	} else if d.has(name) {
		return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for domain %q already exists", name, d.t.Name)
	}
	d.t.Domain.Checks = append(d.t.Domain.Checks, catalog.Check{Name: name, Expr: d.b.storedText(over, k.Expr), NotValid: k.NotValid})
	return nil
}

func (d *domainDefinition) has(name string) bool { return checkNamed(d.t.Domain, name) >= 0 }

// checkNamed is where a domain has the constraint, -1 for nowhere.
func checkNamed(d *catalog.Domain, name string) int {
	return slices.IndexFunc(d.Checks, func(k catalog.Check) bool { return k.Name == name })
}

// domain finds what ALTER DOMAIN names.
func (b *binder) domain(name parse.Name) (*catalog.Type, error) {
	t, _, err := b.namedType("domain", name)
	return t, err
}

// alterDomain binds ALTER DOMAIN.
func (b *binder) alterDomain(s *parse.AlterDomainStmt) (*Plan, error) {
	old, err := b.domain(s.Name)
	if err != nil {
		return nil, err
	}
	node := &ChangeType{Old: old, New: old.EditDomain()}
	d := &domainDefinition{b: b, t: node.New, base: old.T.Base}
	switch s.Action {
	case parse.DomainDefault:
		err = d.setDefault(s.Default)
	case parse.DomainDropNotNull:
		node.New.Domain.NotNull = false
	case parse.DomainSetNotNull:
		if !old.Domain.NotNull {
			node.New.Domain.NotNull = true
			err = b.domainColumns(node, old.T, nil)
		}
	case parse.DomainAddConstraint:
		err = d.addConstraint(node, s.Constraint)
	case parse.DomainDropConstraint:
		err = d.dropConstraint(node, s)
	case parse.DomainValidateConstraint:
		err = d.validateConstraint(node, s.Sub)
	}
	return typePlan(node, "ALTER DOMAIN"), err
}

func (d *domainDefinition) addConstraint(node *ChangeType, k *parse.Constraint) error {
	if k.Kind == parse.ConNotNull || k.Kind == parse.ConNull || k.Kind == parse.ConDefault {
		return unsupported(k.Pos(), "this form of ALTER DOMAIN")
	}
	if err := d.constraint(k); err != nil {
		return err
	}
	if k.NotValid {
		return nil
	}
	return d.b.domainColumns(node, node.Old.T, k.Expr)
}

func (d *domainDefinition) noConstraint(name string) *sqlstate.Error {
	return sqlstate.New(sqlstate.UndefinedObject, "constraint %q of domain %q does not exist", name, d.t.Name)
}

func (d *domainDefinition) dropConstraint(node *ChangeType, s *parse.AlterDomainStmt) error {
	at := checkNamed(d.t.Domain, s.Sub)
	if at >= 0 {
		d.t.Domain.Checks = slices.Delete(d.t.Domain.Checks, at, at+1)
		return nil
	}
	if !s.IfExists {
		return d.noConstraint(s.Sub)
	}
	node.New = nil
	node.Notices = append(node.Notices, sqlstate.New("00000", "constraint %q of domain %q does not exist, skipping", s.Sub, d.t.Name))
	return nil
}

func (d *domainDefinition) validateConstraint(node *ChangeType, name string) error {
	at := checkNamed(d.t.Domain, name)
	if at < 0 {
		return d.noConstraint(name)
	}
	k := &d.t.Domain.Checks[at]
	if !k.NotValid {
		return nil
	}
	k.NotValid = false
	tree, err := storedTrees.parse(k.Expr)
	if err != nil {
		return err
	}
	return d.b.domainColumns(node, node.Old.T, tree)
}

// renameDomainConstraint binds ALTER DOMAIN … RENAME CONSTRAINT.
func (b *binder) renameDomainConstraint(s *parse.RenameStmt) (*Plan, error) {
	old, err := b.domain(s.Name)
	if err != nil {
		return nil, err
	}
	fresh := old.EditDomain()
	at := checkNamed(fresh.Domain, s.Sub)
	if at < 0 {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "constraint %q for domain %s does not exist", s.Sub, old.T)
	}
	if checkNamed(fresh.Domain, s.To) >= 0 {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "constraint %q for domain %s already exists", s.To, old.T)
	}
	fresh.Domain.Checks[at].Name = s.To
	return typePlan(&ChangeType{Old: old, New: fresh}, "ALTER DOMAIN"), nil
}

// domainColumns binds the search for stored values that a new constraint of a domain rules out: NULLs, or with a condition
// on VALUE those that fail it. Values inside others are not searched, so there may be none (get_rels_with_domain).
func (b *binder) domainColumns(node *ChangeType, t *datum.Type, cond parse.Expr) error {
	snap := b.cat.Snapshot()
	for _, table := range snap.Tables() {
		if !table.HasRows() {
			continue
		}
		for i := range table.Columns {
			col := &table.Columns[i]
			switch {
			case domainOver(col.Type, t):
				v, err := b.domainViolations(table, col, cond)
				if err != nil {
					return err
				}
				node.Violations = append(node.Violations, v)
			case holds(col.Type, t):
				return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter type %q because column \"%s.%s\" uses it",
					t.Name, table.Name, col.Name)
			}
		}
	}
	return nil
}

// domainOver says whether a type is the domain, or a domain over it.
func domainOver(in, t *datum.Type) bool {
	for ; in.Base != nil; in = in.Base {
		if in == t {
			return true
		}
	}
	return false
}

// Violations is a search for rows that must not be there, and the complaint when there are some.
type Violations struct {
	Rows Node
	Err  *sqlstate.Error
}

func (b *binder) domainViolations(t *catalog.Table, col *catalog.Column, cond parse.Expr) (Violations, error) {
	ref := &parse.ColumnRef{At: -1, Name: parse.Name{t.Name, col.Name}}
	v := Violations{Err: sqlstate.New(sqlstate.NotNullViolation, "column %q of table %q contains null values", col.Name, t.Name)}
	var where parse.Expr = &parse.NullTest{At: -1, Arg: ref}
	if cond != nil {
		v.Err = sqlstate.New(sqlstate.CheckViolation,
			"column %q of table %q contains values that violate the new constraint", col.Name, t.Name)
		over := parse.Rewrite(cond, func(n any) any {
			if c, ok := n.(*parse.ColumnRef); ok && len(c.Name) == 1 && c.Name[0] == "value" {
				return ref
			}
			return nil
		})
		where = &parse.BoolExpr{At: -1, Op: parse.Not, Args: []parse.Expr{over}}
	}
	schema := b.cat.Snapshot().SchemaByOID(t.Schema).Name
	v.Err.Schema, v.Err.Table, v.Err.Column = schema, t.Name, col.Name
	query := &parse.SelectStmt{At: -1, Targets: []parse.ResTarget{{At: -1, Val: &parse.Const{At: -1, Kind: parse.ConstInt, Val: "1"}}},
		From: []parse.FromItem{&parse.RangeTable{At: -1, Name: parse.Name{schema, t.Name}}}, Where: where}
	var err error
	v.Rows, err = b.queryIn(query, queryEnv{})
	return v, err
}
