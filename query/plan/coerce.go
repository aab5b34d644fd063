package plan

import (
	"errors"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// context is how far a conversion may go without being asked: pg_cast.castcontext.
type context byte

const (
	implicit   context = 'i'
	assignment context = 'a'
	explicit   context = 'e'
)

// allows says whether a cast of this context may be used in another.
func (c context) allows(ctx context) bool {
	return ctx == explicit || c == implicit || ctx == assignment && c == assignment
}

// castPath says whether from converts to to in a context, by pg_cast's rules, those of users' casts in snap and the I/O
// conversions.
func castPath(snap *catalog.Snapshot, from, to *datum.Type, ctx context) bool {
	if from == to || from == datum.Unknown || to == datum.Any || to == datum.AnyElement || to == datum.AnyCompatible {
		return true
	}
	from, to = from.Root(), to.Root() // domains convert as what they are over
	if from == to || to == datum.AnyNonArray || to == datum.AnyCompatibleNonArray {
		return true
	}
	if c := snap.UserCast(from, to); c != nil {
		return context(c.Context).allows(ctx)
	}
	if from.IsRecord() && to.IsRecord() {
		return from.Relation == 0 || to.Relation == 0 || from.Relation == to.Relation
	}
	if to == datum.AnyEnum {
		return from.IsEnum()
	}
	switch {
	case takesAnyArray(to) && from.IsArray(), takesAnyRange(to) && from.IsRange(), takesAnyMultirange(to) && from.IsMultirange():
		return true
	case from.IsRange() && to == from.Multirange:
		return ctx == explicit
	}
	if to == datum.Unknown {
		return false
	}
	if c := catalog.Builtin().FindCast(from, to); c != nil {
		return context(c.Context).allows(ctx)
	}
	// The vectors of the catalogs are arrays to read from only (find_coercion_pathway).
	if from.IsArray() && to.IsArray() && to != datum.OidVector && to != datum.Int2Vector {
		if c := snap.UserCast(from.Elem.Root(), to.Elem.Root()); c != nil && c.Method == 'f' {
			return false // elements are converted without calls
		}
		return castPath(snap, from.Elem, to.Elem, ctx)
	}
	return ioCast(from, to, ctx)
}

// ioCast: anything converts to a string type by assignment, and from one explicitly.
func ioCast(from, to *datum.Type, ctx context) bool {
	if from.Pseudo && from != datum.Cstring && from != datum.AnyArray && !from.IsRecord() {
		return false
	}
	if to.Category == 'S' && to != datum.Name {
		return ctx == explicit || ctx == assignment
	}
	if from.Category == 'S' {
		return ctx == explicit && !to.Pseudo
	}
	return to.Category == 'S' && ctx == explicit
}

// coerce converts e to a type in a context; the error is the context's.
func (b *binder) coerce(e Expr, to *datum.Type, typmod int32, ctx context, pos int) (Expr, error) {
	out, ok, err := b.tryCoerce(e, to, typmod, ctx, pos)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fail(pos, sqlstate.CannotCoerce, "cannot cast type %s to %s", e.Type(), to)
	}
	return out, nil
}

func (b *binder) tryCoerce(e Expr, to *datum.Type, typmod int32, ctx context, pos int) (Expr, bool, error) {
	from := e.Type()
	if from == datum.Unknown {
		out, err := b.coerceUnknown(e, to, typmod, ctx, pos)
		return out, err == nil, err
	}
	if isPolymorphic(to) {
		if takesParts(to) {
			e = b.undomained(e)
		}
		return e, castPath(b.cat.Snapshot(), from, to, ctx), nil
	}
	if from == to && (typmod < 0 || typmod == e.Typmod()) {
		return e, true, nil
	}
	if to.IsDomain() {
		return b.toDomain(e, to, ctx, pos)
	}
	if c := b.cat.Snapshot().UserCast(from.Root(), to); c != nil && from.Root() != to {
		if !context(c.Context).allows(ctx) {
			return nil, false, nil
		}
		return b.converted(c, e, to, typmod, ctx, pos), true, nil
	}
	if from.IsRecord() && to.IsRecord() {
		return b.coerceRow(e, to, ctx, pos)
	}
	if !castPath(b.cat.Snapshot(), from, to, ctx) {
		return nil, false, nil
	}
	return &Cast{Typed: Typed{to, typmod}, Arg: e, Explicit: ctx == explicit, Pos: pos}, true, nil
}

// coerceUnknown reads a string literal as the wanted type, or settles a parameter's type.
func (b *binder) coerceUnknown(e Expr, to *datum.Type, typmod int32, ctx context, pos int) (Expr, error) {
	if to == datum.Unknown || isPolymorphic(to) && to != datum.Any {
		to = datum.Text
	}
	if to == datum.Any {
		return e, nil
	}
	switch x := e.(type) {
	case *Const:
		if x.at > 0 {
			pos = x.at - 1 // the literal itself, as in Postgres
		}
		if to.IsDomain() {
			out, _, err := b.toDomain(e, to, ctx, pos)
			return out, err
		}
		return b.literal(x, to, typmod, ctx, pos)
	case *Param:
		if err := x.settle(to, pos); err != nil {
			return nil, err
		}
		if typmod >= 0 {
			return &Cast{Typed: Typed{to, typmod}, Arg: x, Explicit: ctx == explicit, Pos: pos}, nil
		}
		return x, nil
	default:
		return &Cast{Typed: Typed{to, typmod}, Arg: e, Explicit: ctx == explicit, Pos: pos}, nil
	}
}

func (b *binder) literal(c *Const, to *datum.Type, typmod int32, ctx context, pos int) (Expr, error) {
	if c.Value.IsNull() {
		return &Const{Typed: Typed{to, typmod}}, nil
	}
	if to.Kind == datum.KindString && typmod < 0 && (to == datum.Text || to == datum.Varchar) {
		return &Const{Typed: Typed{to, -1}, Value: c.Value}, nil
	}
	// Assignment of an over-long string must fail where a cast truncates, so the modifier is applied apart.
	reading := int32(-1)
	if to == datum.Interval {
		reading = typmod // what a bare number counts: interval '3' day
	}
	v, err := datum.ParseText(to, reading, c.Value.Str(), b.cat.DatumEnv())
	if err != nil {
		return nil, at(err, pos)
	}
	if typmod >= 0 {
		fitted, err := datum.ApplyTypmod(to, typmod, v, ctx == explicit)
		if err != nil { // for the execution to find: a default that does not fit harms only who uses it
			arg := &Const{Typed: Typed{to, -1}, Value: v}
			return &Cast{Typed: Typed{to, typmod}, Arg: arg, Explicit: ctx == explicit, Pos: -1}, nil //nolint:nilerr // see above
		}
		v = fitted
	}
	return &Const{Typed: Typed{to, typmod}, Value: v}, nil
}

func at(err error, pos int) error {
	var e *sqlstate.Error
	if errors.As(err, &e) {
		e.At(pos)
	}
	return err
}

// commonType picks the type that a list of expressions converts to: the rules of UNION, CASE and
// kin (PostgreSQL manual, "UNION, CASE, and Related Constructs").
// pos are where they stand.
func commonType(snap *catalog.Snapshot, types []*datum.Type, what string, pos []int) (*datum.Type, error) {
	same := true
	for _, t := range types {
		same = same && t == types[0]
	}
	if same && len(types) > 0 && types[0] != datum.Unknown {
		return types[0], nil
	}
	pick := datum.Unknown
	for i, t := range types {
		switch t = t.Root(); {
		case t == datum.Unknown || t == pick:
		case pick == datum.Unknown:
			pick = t
		case t.Category != pick.Category:
			return nil, fail(placeAt(pos, i), sqlstate.DatatypeMismatch, "%s types %s and %s cannot be matched", what, pick, t)
		case !pick.Preferred && castPath(snap, pick, t, implicit) && !castPath(snap, t, pick, implicit):
			pick = t
		}
	}
	if pick == datum.Unknown {
		pick = datum.Text
	}
	return pick, nil
}

// placeAt is position i of a list, -1 beyond it.
func placeAt(pos []int, i int) int {
	if i < len(pos) {
		return pos[i]
	}
	return -1
}

func typesOf(es []Expr) []*datum.Type {
	out := make([]*datum.Type, len(es))
	for i, e := range es {
		out[i] = e.Type()
	}
	return out
}

// unify coerces expressions to their common type.
func (b *binder) unify(es []Expr, what string, pos []int) (*datum.Type, error) {
	t, err := commonType(b.cat.Snapshot(), typesOf(es), what, pos)
	if err != nil {
		return nil, err
	}
	for i, e := range es {
		c, ok, err := b.tryCoerce(e, t, -1, implicit, placeAt(pos, i))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fail(placeAt(pos, i), sqlstate.CannotCoerce, "%s could not convert type %s to %s", what, e.Type(), t)
		}
		es[i] = c
	}
	return t, nil
}

// toBool coerces a condition.
func (b *binder) toBool(e Expr, clause string, pos int) (Expr, error) {
	out, ok, err := b.tryCoerce(e, datum.Bool, -1, implicit, pos)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fail(pos, sqlstate.DatatypeMismatch, "argument of %s must be type boolean, not type %s",
			clause, e.Type())
	}
	return out, nil
}

// assign coerces a value to a column, with INSERT's and UPDATE's error.
func (b *binder) assign(e Expr, col *catalog.Column, pos int) (Expr, error) {
	out, ok, err := b.tryCoerce(e, col.Type, col.Typmod, assignment, pos)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "column %q is of type %s but expression is of type %s",
			col.Name, col.Type, e.Type()).WithHint("You will need to rewrite or cast the expression.").At(pos)
	}
	return out, nil
}
