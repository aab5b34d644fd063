package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// namedOperator finds an operator that DROP, ALTER or COMMENT names (LookupOperWithArgs).
func (b *binder) namedOperator(o parse.GrantObject) (*catalog.Operator, error) {
	if n := len(o.Name); n >= 2 {
		if _, err := b.schemaNamed(o.Name[n-2], -1); err != nil {
			return nil, err
		}
	}
	var operands [2]*datum.Type
	for i := range o.Args {
		if len(o.Args[i].Name) == 0 {
			continue
		}
		t, _, err := b.typeName(&o.Args[i])
		if err != nil {
			return nil, unplaced(err)
		}
		operands[i] = t
	}
	if found := b.operatorExactly(o.Name, operands[0], operands[1]); found != nil {
		return found, nil
	}
	shown := strings.Join(o.Name, ".") + " " + operands[1].String()
	if operands[0] != nil {
		shown = operands[0].String() + " " + shown
	}
	return nil, sqlstate.New(sqlstate.UndefinedFunction, "operator does not exist: %s", shown)
}

// userOperator is namedOperator where it must be a user's.
func (b *binder) userOperator(o parse.GrantObject) (*catalog.OperatorDef, error) {
	op, err := b.namedOperator(o)
	if err != nil {
		return nil, err
	}
	if op.User == nil {
		return nil, denied("must be owner of operator %s", op.Name)
	}
	return op.User, mustOwn(b.cat.Snapshot(), b.me(), catalog.ObjectOperator, op.OID)
}

// dropOperator binds DROP OPERATOR.
func (b *binder) dropOperator(s *parse.DropFunctionStmt) (*Plan, error) {
	node := &Drop{Kind: s.Kind}
	var named []dropObject
	noted := len(b.access)
	for _, o := range s.Funcs {
		op, err := b.namedOperator(o)
		if skip := b.skipOperator(s, o, err); skip != nil {
			node.Notices = append(node.Notices, skip)
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := b.ofNoExtension("operator "+b.operatorSignature(op.OID), op.OID); err != nil {
			return nil, err
		}
		if op.User == nil {
			return nil, sqlstate.New(sqlstate.DependentObjectsStillExist,
				"cannot drop operator %s because it is required by the database system", b.operatorSignature(op.OID))
		}
		if !slices.ContainsFunc(named, func(x dropObject) bool { return x.oid == op.OID }) {
			named = append(named, b.operatorObject(op.User))
			b.own(catalog.ObjectOperator, op.OID, true)
		}
	}
	if err := CheckAccess(b.cat.Snapshot(), b.me(), b.access[noted:]); err != nil {
		return nil, err
	}
	if err := b.dropObjects(node, named, s.Cascade); err != nil {
		return nil, err
	}
	return &Plan{Root: node, Tag: "DROP OPERATOR", Writes: true, DDL: true}, nil
}

// skipOperator is the notice of IF EXISTS, nil where there is nothing to skip.
func (b *binder) skipOperator(s *parse.DropFunctionStmt, o parse.GrantObject, err error) *sqlstate.Error {
	if !s.IfExists {
		return nil
	}
	switch sqlstate.CodeOf(err) {
	case sqlstate.UndefinedFunction:
		return sqlstate.New("00000", "operator %s does not exist, skipping", strings.Join(o.Name, "."))
	case sqlstate.InvalidSchemaName, sqlstate.UndefinedObject:
		return b.skipRoutine(s, o, err)
	}
	return nil
}

func (b *binder) operatorSignature(oid catalog.OID) string {
	name, _ := catalog.OperatorSignature(b.cat.Snapshot(), b.cat.Info().Path(), oid)
	return name
}

func (b *binder) operatorObject(o *catalog.OperatorDef) dropObject {
	return dropObject{oid: o.OID, name: "operator " + b.operatorSignature(o.OID),
		apply: func(d *Drop) { d.Operators = append(d.Operators, o) }}
}

// operatorDependents are the views, defaults and so on that use an operator, as those of a function are found.
func (b *binder) operatorDependents(o *catalog.OperatorDef) []dropDependent {
	name := o.Name
	if slices.Contains(rowOperators, name) {
		name = "" // which IN, BETWEEN and USING imply
	}
	return b.functionDependents(&catalog.Proc{OID: o.OID, Name: name})
}

// alterOperator binds ALTER OPERATOR … SET (RESTRICT = …, JOIN = …).
func (b *binder) alterOperator(s *parse.AlterOperatorStmt) (*Plan, error) {
	old, err := b.userOperator(s.Operator)
	if err != nil {
		return nil, err
	}
	fresh := *old
	for i := range s.Attributes {
		a := &s.Attributes[i]
		given := a
		if a.Type == nil && a.Operator == nil && !a.HasText {
			given = nil // = NONE
		}
		switch a.Name {
		case "restrict":
			fresh.Restrict, err = b.restrictEstimator(given)
		case "join":
			fresh.Join, err = b.joinEstimator(given)
		case "leftarg", "rightarg", "function", "procedure", "commutator", "negator", "hashes", "merges":
			return nil, sqlstate.New(sqlstate.SyntaxError, "operator attribute \"%s\" cannot be changed", a.Name)
		default:
			return nil, sqlstate.New(sqlstate.SyntaxError, "operator attribute \"%s\" not recognized", a.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case old.Left == 0 && fresh.Join != 0:
		return nil, badFunction("only binary operators can have join selectivity")
	case old.Result != datum.Bool.OID && fresh.Restrict != 0:
		return nil, badFunction("only boolean operators can have restriction selectivity")
	case old.Result != datum.Bool.OID && fresh.Join != 0:
		return nil, badFunction("only boolean operators can have join selectivity")
	}
	return &Plan{Root: &ChangeOperator{Old: old, New: &fresh}, Tag: "ALTER OPERATOR", Writes: true, DDL: true}, nil
}

// moveOperator binds ALTER OPERATOR … SET SCHEMA.
func (b *binder) moveOperator(s *parse.SetSchemaStmt) (*Plan, error) {
	old, err := b.userOperator(*s.Func)
	if err != nil {
		return nil, err
	}
	sc, err := b.namedSchema(s.Schema, old.Name, -1)
	if err != nil {
		return nil, err
	}
	op := b.cat.Snapshot().OperatorByOID(old.OID)
	if sc.OID != old.Schema && b.cat.Snapshot().UserOperator(sc.OID, old.Name, op.Left, op.Right) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateFunction, "operator %s already exists in schema \"%s\"",
			b.operatorSignature(old.OID), sc.Name)
	}
	fresh := *old
	fresh.Schema = sc.OID
	return &Plan{Root: &ChangeOperator{Old: old, New: &fresh}, Tag: "ALTER OPERATOR", Writes: true, DDL: true}, nil
}
