package catalog

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// FunctionArguments is pg_get_function_arguments: names, types and defaults of every argument, OUT
// ones too. ok is false when there is no such function.
func FunctionArguments(oid OID) (text string, ok bool) { return functionArguments(oid, true) }

// FunctionIdentityArguments is pg_get_function_identity_arguments: what names the function in DROP
// FUNCTION, so no defaults.
func FunctionIdentityArguments(oid OID) (text string, ok bool) { return functionArguments(oid, false) }

func functionArguments(oid OID, defaults bool) (string, bool) {
	p := procByOID(oid)
	if p == nil {
		return "", false
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

// FunctionResult is pg_get_function_result. ok is false when there is no such function.
func FunctionResult(oid OID) (text string, ok bool) {
	p := procByOID(oid)
	if p == nil {
		return "", false
	}
	if p.RetSet {
		return "SETOF " + sqlName(p.Ret), true
	}
	return sqlName(p.Ret), true
}

// FunctionDef is pg_get_functiondef: the CREATE FUNCTION that would have made the function. ok is
// false for aggregates, which have none, and where there is no such function.
func FunctionDef(snap *Snapshot, oid OID) (def string, ok bool) {
	p := procByOID(oid)
	if p == nil || p.Kind == 'a' {
		return "", false
	}
	args, _ := FunctionArguments(oid)
	result, _ := FunctionResult(oid)
	def = "CREATE OR REPLACE FUNCTION " + quoteName(snap.schemaName(p.Schema), p.Name) + "(" + args + ")\n" +
		" RETURNS " + result + "\n LANGUAGE " + p.language() + "\n"
	if words := p.properties(); len(words) > 0 {
		def += " " + strings.Join(words, " ") + "\n"
	}
	return def + "AS $function$" + p.Name + "$function$\n", true
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
	if p.parallel() == 's' {
		words = append(words, "PARALLEL SAFE")
	}
	if p.Strict {
		words = append(words, "STRICT")
	}
	return words
}

// parallel is pg_proc.proparallel.
func (p *Proc) parallel() byte {
	if p.Volatile == 'v' {
		return 'r'
	}
	return 's'
}

func (p *Proc) language() string {
	if p.Schema == PublicOID {
		return "c"
	}
	return "internal"
}
