package catalog

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// FunctionArguments is pg_get_function_arguments: names, types and defaults of every argument, OUT
// ones too. ok is false when there is no such function.
func FunctionArguments(snap *Snapshot, views ViewReader, oid OID) (text string, ok bool) {
	return snap.functionArguments(views, oid, true)
}

// FunctionIdentityArguments is pg_get_function_identity_arguments: what names the function in DROP
// FUNCTION, so no defaults.
func FunctionIdentityArguments(snap *Snapshot, views ViewReader, oid OID) (text string, ok bool) {
	return snap.functionArguments(views, oid, false)
}

func (s *Snapshot) functionArguments(views ViewReader, oid OID, defaults bool) (string, bool) {
	p := s.ProcByOID(oid)
	if p == nil {
		return "", false
	}
	if p.User != nil {
		return s.userArguments(views, p, defaults), true
	}
	var parts []string
	for i, t := range p.Args {
		arg := named(p.argName(i), sqlName(t))
		if p.Variadic != nil && i == len(p.Args)-1 {
			arg = "VARIADIC " + arg
		}
		if def := p.argDefault(i); defaults && def != "" {
			arg += " DEFAULT " + def
		}
		parts = append(parts, arg)
	}
	for i, t := range p.OutTypes {
		parts = append(parts, "OUT "+named(p.OutNames[i], sqlName(t)))
	}
	return strings.Join(parts, ", "), true
}

func named(name, typ string) string {
	if name == "" {
		return typ
	}
	return parse.QuoteIdent(name) + " " + typ
}

func (p *Proc) argName(i int) string {
	if i < len(p.ArgNames) {
		return p.ArgNames[i]
	}
	return ""
}

// argDefault is the text of an argument's default, "" for none. Where the table gives no values, all are
// their type's zero.
func (p *Proc) argDefault(i int) string {
	if i < len(p.Args)-p.Defaults {
		return ""
	}
	if p.DefaultValues != nil {
		value := p.DefaultValues[i-len(p.Args)+p.Defaults]
		if t := p.Args[i]; t != datum.Bool && t.Category != 'N' {
			return parse.QuoteLiteral(value) + "::" + sqlName(t)
		}
		return value
	}
	switch p.Args[i] {
	case datum.Bool:
		return "false"
	case datum.Float4, datum.Float8:
		return "0.0"
	default:
		return "0"
	}
}

// FunctionResult is pg_get_function_result. ok is false when there is no such function, and for procedures.
func FunctionResult(snap *Snapshot, views ViewReader, oid OID) (text string, ok bool) {
	p := snap.ProcByOID(oid)
	if p == nil || p.Kind == 'p' {
		return "", false
	}
	if columns := snap.tableColumns(views, p); columns != "" {
		return columns, true
	}
	if p.RetSet {
		return "SETOF " + shownType(views, p.Ret), true
	}
	return shownType(views, p.Ret), true
}

// FunctionDef is pg_get_functiondef: the CREATE FUNCTION that would have made the function. ok is
// false for aggregates, which have none, and where there is no such function.
func FunctionDef(snap *Snapshot, views ViewReader, oid OID) (def string, ok bool) {
	p := snap.ProcByOID(oid)
	if p == nil || p.Kind == 'a' {
		return "", false
	}
	args, _ := FunctionArguments(snap, views, oid)
	word := strings.ToUpper(p.RoutineWord())
	def = "CREATE OR REPLACE " + word + " " + quoteName(snap.schemaName(p.Schema), p.Name) + "(" + args + ")\n"
	if result, ok := FunctionResult(snap, views, oid); ok {
		def += " RETURNS " + result + "\n"
	}
	def += " LANGUAGE " + p.language() + "\n"
	if words := p.properties(); len(words) > 0 {
		def += " " + strings.Join(words, " ") + "\n"
	}
	if p.User == nil {
		return def + "AS $function$" + p.Name + "$function$\n", true
	}
	return def + p.userDefinition(views), true
}

func (p *Proc) properties() []string {
	var words []string
	if p.Kind == 'w' {
		words = append(words, "WINDOW")
	}
	switch p.Volatile {
	case 'i':
		words = append(words, "IMMUTABLE")
	case 's':
		words = append(words, "STABLE")
	}
	switch p.parallel() {
	case 's':
		words = append(words, "PARALLEL SAFE")
	case 'r':
		if p.User != nil {
			words = append(words, "PARALLEL RESTRICTED")
		}
	}
	if p.Strict {
		words = append(words, "STRICT")
	}
	return append(words, p.userProperties()...)
}

// parallel is pg_proc.proparallel.
func (p *Proc) parallel() byte {
	switch {
	case p.User != nil:
		return p.User.Parallel[0]
	case p.Volatile == 'v':
		return 'r'
	}
	return 's'
}

func (p *Proc) language() string {
	switch {
	case p.Makes != nil, p.Kind == 'a':
		return "internal"
	case p.User != nil && p.User.Language != "":
		return p.User.Language
	case p.User != nil:
		return "sql"
	case p.Schema == PublicOID:
		return "c"
	}
	return "internal"
}
