package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// dropFunction binds DROP FUNCTION, PROCEDURE and ROUTINE.
func (b *binder) dropFunction(s *parse.DropFunctionStmt) (*Plan, error) {
	if s.Kind == "operator" {
		return b.dropOperator(s)
	}
	node := &Drop{Kind: s.Kind}
	var named []dropObject
	noted := len(b.access)
	for _, o := range s.Funcs {
		p, err := b.routine(s.Kind, o)
		if skip := b.skipRoutine(s, o, err); skip != nil {
			node.Notices = append(node.Notices, skip)
			continue
		}
		if err != nil {
			return nil, err
		}
		if p.Makes != nil {
			of := "type " + b.typeNameOf(p.Makes)
			return nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop function %s because %s requires it",
				b.signature(p), of).WithHint("You can drop %s instead.", of)
		}
		if err := b.ofNoExtension("function "+b.signature(p), p.OID); err != nil {
			return nil, err
		}
		if s.Kind == "function" && p.Kind == 'a' {
			return nil, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is an aggregate function", p.Name).
				WithHint("Use DROP AGGREGATE to drop aggregate functions.")
		}
		if p.User == nil {
			return nil, sqlstate.New(sqlstate.DependentObjectsStillExist,
				"cannot drop function %s because it is required by the database system", b.signature(p))
		}
		if !slices.ContainsFunc(named, func(x dropObject) bool { return x.oid == p.OID }) {
			named = append(named, b.functionObject(p))
			b.dropAccess("function", p.OID)
		}
	}
	if err := CheckAccess(b.cat.Snapshot(), b.me(), b.access[noted:]); err != nil {
		return nil, err
	}
	if err := b.dropObjects(node, named, s.Cascade); err != nil {
		return nil, err
	}
	return &Plan{Root: node, Tag: "DROP " + strings.ToUpper(s.Kind), Writes: true, DDL: true}, nil
}

// skipRoutine is the notice of IF EXISTS, nil where there is nothing to skip.
func (b *binder) skipRoutine(s *parse.DropFunctionStmt, o parse.GrantObject, err error) *sqlstate.Error {
	if !s.IfExists {
		return nil
	}
	switch sqlstate.CodeOf(err) {
	case sqlstate.UndefinedFunction:
		words := make([]string, len(o.Args))
		for i := range o.Args {
			words[i] = strings.Join(o.Args[i].Name, ".") + strings.Repeat("[]", o.Args[i].ArrayDims)
		}
		return sqlstate.New("00000", "%s %s(%s) does not exist, skipping", s.Kind, strings.Join(o.Name, "."), strings.Join(words, ","))
	case sqlstate.InvalidSchemaName:
		return sqlstate.New("00000", "schema \"%s\" does not exist, skipping", o.Name[len(o.Name)-2])
	case sqlstate.UndefinedObject, sqlstate.FeatureNotSupported:
		for i := range o.Args {
			if _, _, err := b.typeName(&o.Args[i]); err != nil {
				return sqlstate.New("00000", "type \"%s\" does not exist, skipping", strings.Join(o.Args[i].Name, "."))
			}
		}
	}
	return nil
}

func (b *binder) functionObject(p *catalog.Proc) dropObject {
	word := p.RoutineWord()
	if p.Kind == 'a' {
		word = "function" // getObjectDescription's
	}
	return dropObject{oid: p.OID, name: word + " " + b.signature(p),
		apply: func(d *Drop) { d.Functions = append(d.Functions, p.User) }}
}

// renameFunction binds ALTER FUNCTION … RENAME TO.
func (b *binder) renameFunction(s *parse.RenameStmt) (*Plan, error) {
	p, err := b.userRoutine(s.Kind, *s.Func)
	if err != nil {
		return nil, err
	}
	if b.cat.Snapshot().FunctionOf(p.Schema, s.To, p.Args) != nil {
		return nil, b.takenFunction(p, s.To, p.Schema)
	}
	f := *p.User
	f.Name = s.To
	return functionPlan(p, &f, "ALTER "+strings.ToUpper(s.Kind)), nil
}

// moveFunction binds ALTER FUNCTION … SET SCHEMA.
func (b *binder) moveFunction(s *parse.SetSchemaStmt) (*Plan, error) {
	p, err := b.userRoutine(s.Kind, *s.Func)
	if err != nil {
		return nil, err
	}
	sc, err := b.namedSchema(s.Schema, p.Name, -1)
	if err != nil {
		return nil, err
	}
	if sc.OID != p.Schema && b.cat.Snapshot().FunctionOf(sc.OID, p.Name, p.Args) != nil {
		return nil, b.takenFunction(p, p.Name, sc.OID)
	}
	f := *p.User
	f.Schema = sc.OID
	return functionPlan(p, &f, "ALTER "+strings.ToUpper(s.Kind)), nil
}

func (b *binder) takenFunction(p *catalog.Proc, name string, schema catalog.OID) error {
	words := make([]string, len(p.Args))
	for i, t := range p.Args {
		words[i] = t.String()
	}
	return sqlstate.New(sqlstate.DuplicateFunction, "%s %s(%s) already exists in schema \"%s\"", p.RoutineWord(), name,
		strings.Join(words, ", "), b.schemaName(schema))
}
