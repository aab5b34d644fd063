package catalog

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// procsNamed lists a name's functions, the uncallable ones too.
func (s *Snapshot) procsNamed(name string) []*Proc {
	out := append(slices.Clone(Builtin().ProcsNamed(name)), s.functionsByName[name]...)
	for _, p := range systemFacts().support {
		if p.Name == name && Builtin().ProcByOID(p.OID) == nil {
			out = append(out, p)
		}
	}
	return out
}

// ProcName is how regproc writes a function: its name, qualified when the bare name does not find it
// and it alone.
func ProcName(snap *Snapshot, searchPath []string, oid OID) (string, bool) {
	p := snap.ProcByOID(oid)
	if p == nil {
		return "", false
	}
	found := snap.procsIn(searchPath, "", p.Name)
	if len(found) == 1 && found[0] == p {
		return quoteName("", p.Name), true
	}
	return quoteName(snap.schemaName(p.Schema), p.Name), true
}

// ProcedureName is how regprocedure writes a function: with its argument types.
func ProcedureName(snap *Snapshot, searchPath []string, oid OID) (string, bool) {
	visible, ok := FunctionVisible(snap, searchPath, oid)
	if !ok {
		return "", false
	}
	p, schema := snap.ProcByOID(oid), ""
	if !visible {
		schema = snap.schemaName(p.Schema)
	}
	return quoteName(schema, p.Name) + "(" + typeNames(p.Args, ",") + ")", true
}

func typeNames(types []*datum.Type, sep string) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = sqlName(t)
	}
	return strings.Join(names, sep)
}

// procsIn lists a name's functions in the schema, or in the search path when it is "".
func (s *Snapshot) procsIn(searchPath []string, schema, name string) []*Proc {
	schemas := s.searchIn(searchPath, schema)
	return slices.DeleteFunc(s.procsNamed(name), func(p *Proc) bool { return !slices.Contains(schemas, p.Schema) })
}

// ResolveProc finds the function that a regproc input names: the only one of that name.
func ResolveProc(snap *Snapshot, searchPath []string, name string) (*Proc, error) {
	parts, err := SplitName(name)
	if err != nil {
		return nil, err
	}
	schema, proc, err := unqualify(parts)
	if err != nil {
		return nil, err
	}
	switch found := snap.procsIn(searchPath, schema, proc); len(found) {
	case 0:
		return nil, sqlstate.New(sqlstate.UndefinedFunction, "function %q does not exist", strings.Join(parts, "."))
	case 1:
		return found[0], nil
	default:
		return nil, sqlstate.New(sqlstate.AmbiguousFunction, "more than one function named %q", strings.Join(parts, "."))
	}
}

// ResolveProcedure finds the function that a regprocedure input names: abs(integer).
func ResolveProcedure(snap *Snapshot, searchPath []string, signature string) (*Proc, error) {
	name, args, err := splitSignature(signature)
	if err != nil {
		return nil, err
	}
	parts, err := SplitName(name)
	if err != nil {
		return nil, err
	}
	schema, proc, err := unqualify(parts)
	if err != nil {
		return nil, err
	}
	types := make([]*datum.Type, len(args))
	for i, a := range args {
		if types[i], err = ResolveType(snap, searchPath, a); err != nil {
			return nil, err
		}
	}
	for _, p := range snap.procsIn(searchPath, schema, proc) {
		if slices.Equal(p.Args, types) {
			return p, nil
		}
	}
	return nil, sqlstate.New(sqlstate.UndefinedFunction, "function %q does not exist", signature)
}

// splitSignature takes name(type, type) apart; commas inside parentheses and quotes do not separate.
func splitSignature(s string) (name string, args []string, err error) {
	s = strings.TrimSpace(s)
	open := indexUnquoted(s, '(')
	if open < 0 {
		return "", nil, sqlstate.New(sqlstate.InvalidTextRepresentation, "expected a left parenthesis")
	}
	if !strings.HasSuffix(s, ")") {
		return "", nil, sqlstate.New(sqlstate.InvalidTextRepresentation, "expected a right parenthesis")
	}
	rest := strings.TrimSpace(s[open+1 : len(s)-1])
	if rest == "" {
		return s[:open], nil, nil
	}
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth == 0:
			args = append(args, strings.TrimSpace(rest[start:i]))
			start = i + 1
		}
	}
	return s[:open], append(args, strings.TrimSpace(rest[start:])), nil
}

func indexUnquoted(s string, b byte) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == b && !quoted:
			return i
		}
	}
	return -1
}
