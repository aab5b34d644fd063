package plan

import (
	"errors"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// createCast binds CREATE CAST, with the checks of PostgreSQL's CreateCast in their order.
func (b *binder) createCast(s *parse.CreateCastStmt) (*Plan, error) {
	from, _, err := b.typeName(s.From)
	if err != nil {
		return nil, unplaced(err)
	}
	to, _, err := b.typeName(s.To)
	if err != nil {
		return nil, unplaced(err)
	}
	for i, t := range []*datum.Type{from, to} {
		if t.Pseudo {
			return nil, sqlstate.New(sqlstate.WrongObjectType, "%s data type %s is a pseudo-type", [...]string{"source", "target"}[i], t)
		}
	}
	snap := b.cat.Snapshot()
	if err := b.ownsEither(from, to); err != nil {
		return nil, err
	}
	node := &CreateCast{Cast: &catalog.CastDef{Source: from.OID, Target: to.OID, Context: s.Context}}
	for i, t := range []*datum.Type{from, to} {
		if t.IsDomain() {
			node.Warnings = append(node.Warnings, Notice{Severity: "WARNING", Code: sqlstate.WrongObjectType,
				Text: "cast will be ignored because the " + [...]string{"source", "target"}[i] + " data type is a domain"})
		}
	}
	switch {
	case s.InOut:
		node.Cast.Method = 'i'
	case s.Func != nil:
		node.Cast.Method = 'f'
		if node.Cast.Proc, err = b.castFunction(*s.Func, from, to); err != nil {
			return nil, err
		}
	default:
		node.Cast.Method = 'b'
		if err := b.alike(from, to); err != nil {
			return nil, err
		}
	}
	if from == to && (s.Func == nil || len(snap.ProcByOID(node.Cast.Proc).Args) == 1) {
		return nil, badObject("source data type and target data type are the same")
	}
	if snap.FindCast(from, to) != nil || from.IsRange() && to == from.Multirange {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "cast from type %s to type %s already exists", from, to)
	}
	return &Plan{Root: node, Tag: "CREATE CAST", Writes: true, DDL: true}, nil
}

func badObject(format string, args ...any) *sqlstate.Error {
	return sqlstate.New(sqlstate.InvalidObjectDefinition, format, args...)
}

// ownsEither is the right to make, drop or comment a cast: to own one of its types.
func (b *binder) ownsEither(from, to *datum.Type) error {
	snap := b.cat.Snapshot()
	if mustOwn(snap, b.me(), catalog.ObjectType, from.OID) == nil || mustOwn(snap, b.me(), catalog.ObjectType, to.OID) == nil {
		return nil
	}
	return denied("must be owner of type %s or type %s", from, to)
}

// castFunction finds the function of a cast and holds it to the cast's types.
func (b *binder) castFunction(o parse.GrantObject, from, to *datum.Type) (catalog.OID, error) {
	p, err := b.routine("function", o)
	if err != nil {
		return 0, err
	}
	switch n := len(p.Args); {
	case n < 1 || n > 3:
		return 0, badObject("cast function must take one to three arguments")
	case !binaryCoercible(from, p.Args[0]):
		return 0, badObject("argument of cast function must match or be binary-coercible from source data type")
	case n > 1 && p.Args[1] != datum.Int4:
		return 0, badObject("second argument of cast function must be type integer")
	case n > 2 && p.Args[2] != datum.Bool:
		return 0, badObject("third argument of cast function must be type boolean")
	case !binaryCoercible(p.Ret, to):
		return 0, badObject("return data type of cast function must match or be binary-coercible to target data type")
	case p.Kind != 'f':
		return 0, badObject("cast function must be a normal function")
	case p.RetSet:
		return 0, badObject("cast function must not return a set")
	}
	return p.OID, nil
}

// alike refuses WITHOUT FUNCTION where values of one type cannot be taken for values of the other.
func (b *binder) alike(from, to *datum.Type) error {
	if !b.superuser() {
		return denied("must be superuser to create a cast WITHOUT FUNCTION")
	}
	if from.Len != to.Len || from.IsRecord() != to.IsRecord() {
		return badObject("source and target data types are not physically compatible")
	}
	is := func(kind func(*datum.Type) bool) bool { return kind(from) || kind(to) }
	switch {
	case is((*datum.Type).IsRecord):
		return badObject("composite data types are not binary-compatible")
	case is((*datum.Type).IsEnum):
		return badObject("enum data types are not binary-compatible")
	case is((*datum.Type).IsArray):
		return badObject("array data types are not binary-compatible")
	case is((*datum.Type).IsDomain):
		return badObject("domain data types must not be marked binary-compatible")
	case from == to:
		return badObject("source data type and target data type are the same")
	}
	if !heldAlike(from, to) {
		return unsupported(-1, "a cast WITHOUT FUNCTION from "+from.String()+" to "+to.String())
	}
	return nil
}

// heldAlike says whether a value of one type is the same bits of the other in PostgreSQL, and here too.
func heldAlike(from, to *datum.Type) bool {
	plainText := []*datum.Type{datum.Text, datum.Varchar, datum.Bpchar, datum.Bytea, datum.JSON}
	signed := []*datum.Type{datum.Int2, datum.Int4, datum.Int8, datum.Date, datum.Time, datum.Timestamp, datum.Timestamptz, datum.Money}
	switch {
	case slices.Contains(plainText, from):
		return slices.Contains(plainText, to)
	case slices.Contains(signed, from):
		return slices.Contains(signed, to)
	}
	return false
}

// namedCast finds the cast that DROP CAST and COMMENT ON CAST name.
func (b *binder) namedCast(fromName, toName *parse.TypeName) (*catalog.CastDef, *datum.Type, *datum.Type, error) {
	from, _, err := b.typeName(fromName)
	if err != nil {
		return nil, nil, nil, unplaced(err)
	}
	to, _, err := b.typeName(toName)
	if err != nil {
		return nil, nil, nil, unplaced(err)
	}
	if c := b.cat.Snapshot().UserCast(from, to); c != nil {
		return c, from, to, nil
	}
	if catalog.Builtin().FindCast(from, to) != nil {
		return nil, from, to, nil
	}
	return nil, nil, nil, sqlstate.New(sqlstate.UndefinedObject, "cast from type %s to type %s does not exist", from, to)
}

// dropCast binds DROP CAST.
func (b *binder) dropCast(s *parse.DropCastStmt) (*Plan, error) {
	node := &Drop{Kind: "cast"}
	plan := &Plan{Root: node, Tag: "DROP CAST", Writes: true, DDL: true}
	c, from, to, err := b.namedCast(s.From, s.To)
	if err != nil {
		if skip := skippedCast(s, err); s.IfExists && skip != nil {
			node.Notices = append(node.Notices, skip)
			return plan, nil
		}
		return nil, err
	}
	if err := b.ownsEither(from, to); err != nil {
		return nil, err
	}
	if c == nil {
		return nil, sqlstate.New(sqlstate.DependentObjectsStillExist,
			"cannot drop cast from %s to %s because it is required by the database system", from, to)
	}
	return plan, b.dropObjects(node, []dropObject{b.castObject(c)}, s.Cascade)
}

// skippedCast is the notice of IF EXISTS, nil where the error is another.
func skippedCast(s *parse.DropCastStmt, err error) *sqlstate.Error {
	if code := sqlstate.CodeOf(err); code != sqlstate.UndefinedObject && code != sqlstate.InvalidSchemaName {
		return nil
	}
	var e *sqlstate.Error
	if !errors.As(err, &e) || strings.HasPrefix(e.Message, "cast ") {
		return sqlstate.New("00000", "cast from type %s to type %s does not exist, skipping",
			s.From.Name[len(s.From.Name)-1], s.To.Name[len(s.To.Name)-1])
	}
	return sqlstate.New("00000", "%s, skipping", e.Message)
}

// commentOnCast binds COMMENT ON CAST.
func (b *binder) commentOnCast(node *Comment, s *parse.CommentStmt) (*Plan, error) {
	c, from, to, err := b.namedCast(s.From, s.To)
	if err != nil {
		return nil, err
	}
	if err := b.ownsEither(from, to); err != nil {
		return nil, err
	}
	if c == nil {
		return nil, unsupported(-1, "COMMENT ON CAST of the system's")
	}
	node.Cast = c
	return &Plan{Root: node, Tag: "COMMENT", Writes: true, DDL: true}, nil
}

func (b *binder) castObject(c *catalog.CastDef) dropObject {
	from, to := b.cat.Snapshot().TypeByOID(c.Source), b.cat.Snapshot().TypeByOID(c.Target)
	return dropObject{oid: c.OID, name: "cast from " + b.typeNameOf(from) + " to " + b.typeNameOf(to),
		apply: func(d *Drop) { d.Casts = append(d.Casts, c) }}
}

// castDependents are the views, defaults and so on that a cast is used in. PostgreSQL keeps what the cast came to, its
// function or its way, where these are bound again: they need the cast.
func (b *binder) castDependents(c *catalog.CastDef) []dropDependent {
	return b.functionDependents(&catalog.Proc{OID: c.OID})
}

// cast is how a call that a user's cast made is written: as a cast where one was, as its argument otherwise.
func (x *Call) cast() Expr {
	if x.Coercion == explicit {
		return &Cast{Typed: x.Typed, Arg: x.Args[0]}
	}
	return x.Args[0]
}

// converted is a value as a user's cast makes it one of another type.
func (b *binder) converted(c *catalog.CastDef, e Expr, to *datum.Type, typmod int32, ctx context, pos int) Expr {
	procs := b.procs
	b.procs = nil // what uses a cast depends on that alone
	defer func() {
		if b.procs = procs; procs != nil {
			procs[c.OID] = true
		}
	}()
	e = b.undomained(e)
	if c.Method != 'f' {
		return &Cast{Typed: Typed{to, typmod}, Arg: e, Explicit: ctx == explicit, Pos: pos, Method: c.Method}
	}
	p := b.cat.Snapshot().ProcByOID(c.Proc)
	b.callAccess(p)
	if e.Type() != p.Args[0] {
		e = &Cast{Typed: Typed{p.Args[0], -1}, Arg: e, Pos: -1}
	}
	call := &Call{Typed: Typed{p.Ret, -1}, Proc: p, Args: []Expr{e}, Pos: pos, Coercion: ctx}
	more := []Expr{&Const{Typed: Typed{datum.Int4, -1}, Value: datum.NewInt(int64(typmod))},
		&Const{Typed: Typed{datum.Bool, -1}, Value: datum.NewBool(ctx == explicit)}}
	call.Args = append(call.Args, more[:len(p.Args)-1]...)
	if len(p.Args) > 1 {
		call.Mod = typmod // the function has seen to it
	}
	if p.Ret == to && call.Mod == typmod {
		return call
	}
	return &Cast{Typed: Typed{to, typmod}, Arg: call, Explicit: ctx == explicit, Pos: pos}
}
