package plan

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// comment binds COMMENT ON: the kinds of objects that keep one.
func (b *binder) comment(s *parse.CommentStmt) (*Plan, error) {
	node := &Comment{Text: s.Text}
	plan := &Plan{Root: node, Tag: "COMMENT", Writes: true, DDL: true}
	switch s.Kind {
	case "table", "view", "materialized view", "index", "sequence":
		return plan, b.commentOnRelation(node, s)
	case "column":
		return plan, b.commentOnColumn(node, s.Name)
	case "constraint":
		return plan, b.commentOnConstraint(node, s.Name)
	case "domain constraint":
		return b.commentOnDomainConstraint(s)
	case "schema":
		if node.Schema = b.anySchema(s.Name[0]); node.Schema == nil {
			return nil, sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", s.Name[0])
		}
		if systemSchema(node.Schema) {
			return nil, unsupported(-1, "COMMENT ON SCHEMA "+node.Schema.Name)
		}
		return plan, nil
	case "type", "domain":
		return plan, b.commentOnType(node, s)
	case "role":
		return b.commentOnRole(s)
	case "database":
		return b.commentOnDatabase(s)
	case "function", "procedure", "routine", "aggregate":
		p, err := b.userRoutine(s.Kind, *s.Func)
		if err != nil {
			return nil, err
		}
		node.Function = p.User
		return plan, nil
	case "operator":
		var err error
		node.Operator, err = b.userOperator(*s.Func)
		return plan, err
	case "event trigger":
		return b.commentOnEventTrigger(s)
	case "rule":
		name := s.Name[:len(s.Name)-1]
		t, err := b.ruleTable(name, -1)
		if err != nil {
			return nil, err
		}
		at := t.Rule(s.Name[len(s.Name)-1])
		if at < 0 {
			return nil, noRule(s.Name[len(s.Name)-1], t)
		}
		node.Table, node.Rule = t, t.Rules[at].OID
		return plan, nil
	case "cast":
		return b.commentOnCast(node, s)
	case "extension":
		if err := b.commentOnExtension(node, s); err != nil || node.Extension == nil {
			return &Plan{Tag: "COMMENT"}, err
		}
		return plan, nil
	case "trigger":
		t, at, err := b.namedTrigger(s.Name[:len(s.Name)-1], -1, s.Name[len(s.Name)-1])
		if err != nil {
			return nil, err
		}
		node.Table, node.Trigger = t, t.Triggers[at].OID
		return plan, nil
	}
	return nil, unsupported(-1, "COMMENT ON "+strings.ToUpper(s.Kind))
}

// commentOnType is of any type that a user made; a composite type keeps its comment as its relation.
func (b *binder) commentOnType(node *Comment, s *parse.CommentStmt) error {
	found, err := b.findType(s.Name)
	if err != nil {
		return err
	}
	if found != nil {
		if t := b.cat.Snapshot().TableOfType(found.OID); t != nil && t.Composite && s.Kind == "type" {
			node.Table = t
			return nil
		}
		if s.Kind == "domain" && !found.IsDomain() {
			return notDomain(s.Name)
		}
	}
	node.Type, err = b.userType(s.Name)
	node.Multirange = found != nil && found.IsMultirange()
	return err
}

// notDomain refuses what is a type but no domain.
func notDomain(name parse.Name) error {
	return sqlstate.New(sqlstate.WrongObjectType, "%q is not a domain", strings.Join(name, "."))
}

func (b *binder) commentOnRelation(node *Comment, s *parse.CommentStmt) error {
	schema, rel, found := b.findRelation(s.Name)
	if !found {
		_, err := b.table(s.Name, -1)
		return err
	}
	snap := b.cat.Snapshot()
	actual := ""
	if node.Sequence = snap.Sequence(schema, rel); node.Sequence != nil {
		actual = "sequence"
	} else if t, ix := snap.Index(schema, rel); ix != nil {
		node.Table, node.Index, actual = t, ix, "index"
	} else {
		node.Table = snap.Table(schema, rel)
		actual = relationKinds[node.Table.Kind()]
		if err := dropVirtual(node.Table); err != nil {
			return err
		}
	}
	if actual == s.Kind {
		return nil
	}
	article := "a "
	if s.Kind == "index" {
		article = "an "
	}
	return sqlstate.New(sqlstate.WrongObjectType, "%q is not %s%s", rel, article, s.Kind)
}

func (b *binder) commentOnColumn(node *Comment, name parse.Name) error {
	if len(name) < 2 {
		return sqlstate.New(sqlstate.SyntaxError, "column name must be qualified")
	}
	t, err := b.table(name[:len(name)-1], -1)
	if err != nil {
		return err
	}
	if err := dropVirtual(t); err != nil {
		return err
	}
	column := name[len(name)-1]
	i := t.ColumnIndex(column)
	if i < 0 {
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", column, t.Name)
	}
	node.Table, node.AttNum = t, t.Columns[i].AttNum
	return nil
}

// commentOnConstraint finds a constraint by its table's name, which comes first, and its own.
func (b *binder) commentOnConstraint(node *Comment, name parse.Name) error {
	t, err := b.table(name[:len(name)-1], -1)
	if err != nil {
		return err
	}
	if err := dropVirtual(t); err != nil {
		return err
	}
	if node.Constraint = name[len(name)-1]; !hasConstraint(t, node.Constraint) {
		return sqlstate.New(sqlstate.UndefinedObject, "constraint %q for table %q does not exist", node.Constraint, t.Name)
	}
	node.Table = t
	return nil
}

// commentOnDomainConstraint finds a constraint by its domain's name and its own.
func (b *binder) commentOnDomainConstraint(s *parse.CommentStmt) (*Plan, error) {
	old, err := b.domain(s.Name[:len(s.Name)-1])
	if err != nil {
		return nil, err
	}
	fresh, name := old.EditDomain(), s.Name[len(s.Name)-1]
	at := checkNamed(fresh.Domain, name)
	if at < 0 {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "constraint %q for domain %s does not exist", name, old.T)
	}
	fresh.Domain.Checks[at].Comment = s.Text
	return typePlan(&ChangeType{Old: old, New: fresh}, "COMMENT"), nil
}

// commentOnRole checks who may as check_object_ownership does.
func (b *binder) commentOnRole(s *parse.CommentStmt) (*Plan, error) {
	r, err := b.namedRole(parse.RoleSpec{Name: s.Name[0]})
	if err != nil {
		return nil, err
	}
	switch {
	case r.Super && !b.superuser():
		return nil, denied("must be superuser")
	case !b.mayCreateRoles():
		return nil, denied("must have CREATEROLE privilege")
	}
	c := b.changeAccess()
	c.role(r.OID).Comment = s.Text
	return c.plan("COMMENT"), nil
}

// commentOnDatabase only warns of a name that there is no database of, so that dumps restore: CommentObject.
func (b *binder) commentOnDatabase(s *parse.CommentStmt) (*Plan, error) {
	c := b.changeAccess()
	if s.Name[0] != b.cat.Info().Database {
		c.warn(sqlstate.New(sqlstate.InvalidCatalogName, "database %q does not exist", s.Name[0]))
		return c.plan("COMMENT"), nil
	}
	if !b.cat.Snapshot().Owns(b.me(), catalog.ClassDatabase, catalog.DatabaseOID) {
		return nil, denied("must be owner of database %s", s.Name[0])
	}
	c.rights(catalog.ClassDatabase, catalog.DatabaseOID).Comment = s.Text
	return c.plan("COMMENT"), nil
}

// commentOnExtension lets a dump be restored, which repeats the comment that the extension has.
func (b *binder) commentOnExtension(node *Comment, s *parse.CommentStmt) error {
	name := s.Name[0]
	if node.Extension = b.cat.Snapshot().Extension(name); node.Extension != nil {
		return mustOwn(b.cat.Snapshot(), b.me(), catalog.ObjectExtension, node.Extension.OID)
	}
	if !installedExtension(name) || catalog.AvailableExtension(name) != nil {
		return noExtension(name)
	}
	if s.Text != catalog.ExtensionComment(name) {
		return unsupported(-1, "COMMENT ON EXTENSION of one that is built in")
	}
	return nil
}
