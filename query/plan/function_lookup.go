package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// usersProcs lists the functions of a name that users made, as far as the name finds them: of several with the same
// argument types the one whose schema comes first in the search path.
func (b *binder) usersProcs(name parse.Name) []*catalog.Proc {
	snap := b.cat.Snapshot()
	if oid, ok := b.frozenOID(name); ok {
		if p := snap.ProcByOID(oid); p != nil && madeByUser(p) {
			return []*catalog.Proc{p}
		}
		return nil
	}
	all := append(slices.Clip(snap.FunctionsNamed(name[len(name)-1])), snap.MakersNamed(name[len(name)-1])...)
	if len(all) == 0 || len(name) >= 2 {
		return all // of which a qualified name picks its schema's
	}
	var out []*catalog.Proc
	temp := snap.Schema(b.cat.Info().TempSchema) // in which no function is looked for without its name
	for _, schema := range b.searchPath() {
		if temp != nil && schema == temp.OID {
			continue
		}
		for _, p := range all {
			same := func(q *catalog.Proc) bool { return slices.Equal(q.Args, p.Args) }
			if p.Schema == schema && !slices.ContainsFunc(out, same) {
				out = append(out, p)
			}
		}
	}
	return out
}

// madeByUser says whether a function is none of those that are built in: a user's, an extension's, or a range type's.
func madeByUser(p *catalog.Proc) bool { return p.User != nil || p.Makes != nil }

// userRoutine finds a function that ALTER, DROP or COMMENT names, which must be a user's.
func (b *binder) userRoutine(kind string, o parse.GrantObject) (*catalog.Proc, error) {
	p, err := b.routine(kind, o)
	if err != nil {
		return nil, err
	}
	if p.User == nil {
		return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "must be owner of %s %s", p.RoutineWord(), p.Name)
	}
	return p, nil
}

// routine finds a function by its name, and its argument types where there are any (LookupFuncWithArgs).
func (b *binder) routine(kind string, o parse.GrantObject) (*catalog.Proc, error) {
	if n := len(o.Name); n >= 2 {
		if _, err := b.schemaNamed(o.Name[n-2], -1); err != nil {
			return nil, err
		}
	}
	found := b.procsNamed(o.Name)
	types, words, err := b.routineArgs(o)
	if err != nil {
		return nil, err
	}
	if o.HasArgs {
		found = slices.DeleteFunc(slices.Clone(found), func(p *catalog.Proc) bool { return !takes(p, types) })
	} else {
		found = slices.DeleteFunc(slices.Clone(found), func(p *catalog.Proc) bool { return !kindFits(kind, p) })
	}
	name, article := strings.Join(o.Name, "."), "a "
	if kind == "aggregate" {
		article = "an "
	}
	switch {
	case len(found) == 0 && o.HasArgs && len(types) == 0 && kind == "aggregate":
		return nil, sqlstate.New(sqlstate.UndefinedFunction, "aggregate %s(*) does not exist", name)
	case len(found) == 0 && o.HasArgs:
		return nil, sqlstate.New(sqlstate.UndefinedFunction, "%s %s(%s) does not exist", kind, name, strings.Join(words, ", "))
	case len(found) == 0:
		return nil, sqlstate.New(sqlstate.UndefinedFunction, "could not find %s%s named \"%s\"", article, kind, name)
	case len(found) > 1 && !o.HasArgs:
		return nil, sqlstate.New(sqlstate.AmbiguousFunction, "%s name \"%s\" is not unique", kind, name).
			WithHint("Specify the argument list to select the %s unambiguously.", kind)
	}
	if p := found[0]; !kindFits(kind, p) {
		word := ""
		if kind == "aggregate" {
			word = "function "
		}
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%s%s(%s) is not %s%s", word, name, strings.Join(words, ", "), article, kind)
	}
	return found[0], nil
}

func (b *binder) routineArgs(o parse.GrantObject) (types []*datum.Type, words []string, err error) {
	for i := range o.Args {
		t, _, err := b.typeName(&o.Args[i])
		if err != nil {
			return nil, nil, unplaced(err)
		}
		types, words = append(types, t), append(words, t.String())
	}
	return types, words, nil
}

// takes says whether a function has those input types; a procedure may be named by all of its types, too.
func takes(p *catalog.Proc, types []*datum.Type) bool {
	if slices.Equal(p.Args, types) {
		return true
	}
	if p.Kind != 'p' || len(p.User.Params) != len(types) {
		return false
	}
	for i := range types {
		if p.User.Params[i].Type != types[i].OID {
			return false
		}
	}
	return true
}

func kindFits(kind string, p *catalog.Proc) bool {
	switch kind {
	case "function":
		return p.Kind != 'p'
	case "procedure":
		return p.Kind == 'p'
	case "aggregate":
		return p.Kind == 'a'
	}
	return true
}

// wrongRoutine says how to call what was found but is no function.
func (b *binder) wrongRoutine(p *catalog.Proc, args []Expr, pos int) error {
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = a.Type().String()
	}
	return sqlstate.New(sqlstate.WrongObjectType, "%s(%s) is a procedure", p.Name, strings.Join(types, ", ")).
		WithHint("To call a procedure, use CALL.").At(pos)
}
