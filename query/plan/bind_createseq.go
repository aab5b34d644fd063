package plan

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// createSequence binds CREATE SEQUENCE.
func (b *binder) createSequence(s *parse.CreateSequenceStmt) (*Plan, error) {
	sc, temp, err := b.creationPlace(s.Name, s.Persistence, s.Pos())
	if err != nil {
		return nil, err
	}
	name := s.Name[len(s.Name)-1]
	if s.Persistence == 'u' {
		return nil, unsupported(s.Pos(), "CREATE UNLOGGED SEQUENCE")
	}
	node := &ChangeSequence{}
	plan := &Plan{Root: node, Tag: "CREATE SEQUENCE", Writes: true, DDL: true}
	if b.cat.Snapshot().Relation(sc.OID, name) != 0 {
		if !s.IfNotExists {
			return nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", name)
		}
		node.Notices = append(node.Notices,
			sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists, skipping", name))
		return plan, nil
	}
	owner, options := splitOwner(s.Options)
	seq, _, err := sequenceOptions(datum.Int8, options)
	if err != nil {
		return nil, err
	}
	seq.Schema, seq.Name, seq.Temp = sc.OID, name, temp
	node.New, node.TempSchema = seq, sc.Name
	return plan, b.ownSequence(seq, owner)
}

// splitOwner takes OWNED BY out of the options.
func splitOwner(opts []parse.DefElem) (owner *parse.DefElem, rest []parse.DefElem) {
	for i := range opts {
		if opts[i].Name == "owned_by" {
			owner = &opts[i]
			continue
		}
		rest = append(rest, opts[i])
	}
	return owner, rest
}

// ownSequence applies OWNED BY.
func (b *binder) ownSequence(seq *catalog.Sequence, o *parse.DefElem) error {
	if o == nil {
		return nil
	}
	if len(o.List) < 2 {
		if len(o.List) == 1 && o.List[0] == "none" {
			seq.OwnerTable, seq.OwnerAttNum = 0, 0
			return nil
		}
		return sqlstate.New(sqlstate.SyntaxError, "invalid OWNED BY option").
			WithHint("Specify OWNED BY table.column or OWNED BY NONE.")
	}
	n := len(o.List) - 1
	t, err := b.table(o.List[:n], -1)
	if err != nil {
		return err
	}
	i := t.ColumnIndex(o.List[n])
	switch {
	case t.Kind() != catalog.KindTable && t.Kind() != catalog.KindView:
		return sqlstate.New(sqlstate.WrongObjectType, "sequence cannot be owned by relation %q", t.Name)
	case t.Schema != seq.Schema:
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "sequence must be in same schema as table it is linked to")
	case i < 0:
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", o.List[n], t.Name)
	}
	seq.OwnerTable, seq.OwnerAttNum = t.OID, t.Columns[i].AttNum
	return nil
}

// alteredSequence finds the sequence of an ALTER; nil with a notice in the node where IF EXISTS skips it.
func (b *binder) alteredSequence(node *ChangeSequence, name parse.Name, ifExists bool) (*catalog.Sequence, error) {
	schema, rel, found := b.findRelation(name)
	full := strings.Join(name, ".")
	if !found {
		if ifExists {
			node.Notices = append(node.Notices, sqlstate.New("00000", "relation %q does not exist, skipping", full))
			return nil, nil
		}
		return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", full)
	}
	q := b.cat.Snapshot().Sequence(schema, rel)
	if q == nil {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not a sequence", rel)
	}
	return q, nil
}

// alterSequence binds ALTER SEQUENCE with options.
func (b *binder) alterSequence(s *parse.AlterSequenceStmt) (*Plan, error) {
	node := &ChangeSequence{}
	plan := &Plan{Root: node, Tag: "ALTER SEQUENCE", Writes: true, DDL: true}
	q, err := b.alteredSequence(node, s.Name, s.IfExists)
	if err != nil || q == nil {
		return plan, err
	}
	owner, options := splitOwner(s.Options)
	if owner != nil {
		if err := b.notIdentity(q, "cannot change ownership of identity sequence"); err != nil {
			return nil, err
		}
	}
	node.Old, node.Renew = q, len(options) > 0
	if node.New, node.Restart, err = changeSequence(q, options); err != nil {
		return nil, err
	}
	return plan, b.ownSequence(node.New, owner)
}

// notIdentity protects what an identity column needs of its sequence.
func (b *binder) notIdentity(q *catalog.Sequence, message string) error {
	t := b.cat.Snapshot().TableByOID(q.OwnerTable)
	if t == nil {
		return nil
	}
	if i := t.Ordinal(q.OwnerAttNum); i < 0 || t.Columns[i].Identity == 0 {
		return nil
	}
	return sqlstate.New(sqlstate.FeatureNotSupported, "%s", message).WithDetail("Sequence %q is linked to table %q.", q.Name, t.Name)
}

// renameSequence binds ALTER SEQUENCE … RENAME TO and ALTER TABLE … RENAME TO of a sequence.
func (b *binder) renameSequence(s *parse.RenameStmt) (*Plan, error) {
	node := &ChangeSequence{}
	plan := &Plan{Root: node, Tag: "ALTER " + strings.ToUpper(s.Kind), Writes: true, DDL: true}
	q, err := b.alteredSequence(node, s.Name, s.IfExists)
	if err != nil || q == nil {
		return plan, err
	}
	if b.cat.Snapshot().Relation(q.Schema, s.To) != 0 {
		return nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", s.To)
	}
	fresh := *q
	fresh.Name = s.To
	node.Old, node.New = q, &fresh
	return plan, nil
}

// namesSequence says whether a name is a sequence's.
func (b *binder) namesSequence(name parse.Name) bool {
	schema, rel, found := b.findRelation(name)
	return found && b.cat.Snapshot().Sequence(schema, rel) != nil
}

// alterSequenceAsTable binds the forms of ALTER SEQUENCE that ALTER TABLE has, too, under either name: OWNER TO, which
// pg_dump writes as ALTER TABLE.
func (b *binder) alterSequenceAsTable(s *parse.AlterTableStmt) (*Plan, error) {
	node := &ChangeSequence{}
	plan := &Plan{Root: node, Tag: "ALTER " + strings.ToUpper(s.Kind), Writes: true, DDL: true}
	q, err := b.alteredSequence(node, s.Table.Name, s.IfExists)
	if err != nil || q == nil {
		return plan, err
	}
	for i := range s.Cmds {
		switch c := &s.Cmds[i]; c.Kind {
		case parse.AlterOwner:
			owner := b.changeAccess()
			if err := b.changeSequenceOwner(owner, q, c.Role); err != nil {
				return nil, err
			}
			plan.Root = owner
		case parse.AlterSetLogged, parse.AlterSetUnlogged:
			return nil, unsupported(c.Pos(), "ALTER SEQUENCE … SET LOGGED and UNLOGGED")
		default:
			return nil, sqlstate.New(sqlstate.WrongObjectType, "ALTER action cannot be performed on relation %q", q.Name).
				WithDetail("This operation is not supported for sequences.")
		}
	}
	return plan, nil
}

// moveSequence binds ALTER SEQUENCE … SET SCHEMA.
func (b *binder) moveSequence(s *parse.SetSchemaStmt) (*Plan, error) {
	node := &ChangeSequence{}
	plan := &Plan{Root: node, Tag: "ALTER " + strings.ToUpper(s.Kind), Writes: true, DDL: true}
	q, err := b.alteredSequence(node, s.Name, s.IfExists)
	if err != nil || q == nil {
		return plan, err
	}
	sc, err := b.namedSchema(s.Schema, q.Name, -1)
	if err != nil {
		return nil, err
	}
	if t := b.cat.Snapshot().TableByOID(q.OwnerTable); t != nil {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "cannot move an owned sequence into another schema").
			WithDetail("Sequence %q is linked to table %q.", q.Name, t.Name)
	}
	if b.cat.Snapshot().Relation(sc.OID, q.Name) != 0 {
		return nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists in schema %q", q.Name, sc.Name)
	}
	fresh := *q
	fresh.Schema = sc.OID
	node.Old, node.New = q, &fresh
	return plan, nil
}

// storedDefault is a column's default as the catalog keeps it: the sequences that nextval draws from are named by OID, so
// that they may be renamed.
func (b *binder) storedDefault(e parse.Expr) string {
	return parse.Deparse(parse.Rewrite(b.ids.freeze(e), func(n any) any {
		call, ok := n.(*parse.FuncCall)
		if !ok || call.Name[len(call.Name)-1] != "nextval" || len(call.Args) != 1 {
			return nil
		}
		arg := call.Args[0]
		if c, isCast := arg.(*parse.CastExpr); isCast && c.Type.Name[len(c.Type.Name)-1] == "regclass" {
			arg = c.Arg
		}
		k, isConst := arg.(*parse.Const)
		if !isConst || k.Kind != parse.ConstString {
			return nil
		}
		oid, err := catalog.ResolveRelation(b.cat.Snapshot(), b.cat.Info().Path(), k.Val)
		if err != nil {
			return nil
		}
		text, err := parse.ParseExpr(catalog.NextVal(oid))
		if err != nil {
			return nil
		}
		return text
	}))
}
