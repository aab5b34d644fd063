package catalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// shownType is a type as the definition of a function names it: with its schema where the search path does not find it.
func shownType(views ViewReader, t *datum.Type) string {
	if views == nil || !outsideSystem(t) {
		return sqlName(t)
	}
	return views.TypeName(t.OID)
}

// userArguments lists the arguments of a user's function in the manner of print_function_arguments: those of a TABLE
// are the result's, and IN is written where the function is a procedure.
func (s *Snapshot) userArguments(views ViewReader, p *Proc, defaults bool) string {
	var parts []string
	for i := range p.User.Params {
		param := &p.User.Params[i]
		word := ""
		switch param.Mode {
		case "t":
			continue
		case "i":
			if p.Kind == 'p' {
				word = "IN "
			}
		case "o":
			word = "OUT "
		case "b":
			word = "INOUT "
		case "v":
			word = "VARIADIC "
		}
		arg := word + named(param.Name, shownType(views, s.typeOr(param.Type)))
		if def := functionDefault(views, p, i); defaults && def != "" {
			arg += " DEFAULT " + def
		}
		parts = append(parts, arg)
	}
	if p.OrderedSet() == 0 {
		return strings.Join(parts, ", ")
	}
	direct := p.User.Agg.Direct
	return strings.TrimPrefix(strings.Join(parts[:direct], ", ")+" ORDER BY ", " ") + strings.Join(parts[direct:], ", ")
}

// functionDefault is a parameter's default as SQL, "" for none.
func functionDefault(views ViewReader, p *Proc, i int) string {
	param := &p.User.Params[i]
	if param.Default == "" || views == nil {
		return param.Default
	}
	return views.ParameterDefault(param)
}

// tableColumns is TABLE(…) of a function that returns one, "" for others.
func (s *Snapshot) tableColumns(views ViewReader, p *Proc) string {
	if p.User == nil {
		return ""
	}
	var parts []string
	for i := range p.User.Params {
		if param := &p.User.Params[i]; param.Mode == "t" {
			parts = append(parts, named(param.Name, shownType(views, s.typeOr(param.Type))))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "TABLE(" + strings.Join(parts, ", ") + ")"
}

// userProperties are the words of a definition that only users' functions have.
func (p *Proc) userProperties() []string {
	f := p.User
	if f == nil {
		return nil
	}
	var words []string
	if f.SecurityDefiner {
		words = append(words, "SECURITY DEFINER")
	}
	if f.Leakproof {
		words = append(words, "LEAKPROOF")
	}
	if f.Cost != 100 {
		words = append(words, "COST "+shownNumber(f.Cost))
	}
	if f.RetSet && f.Rows != 1000 && f.Rows != 0 {
		words = append(words, "ROWS "+shownNumber(f.Rows))
	}
	return words
}

func shownNumber(x float64) string { return strconv.FormatFloat(x, 'g', 6, 32) }

// userDefinition is what of CREATE FUNCTION follows the properties.
func (p *Proc) userDefinition(views ViewReader) string {
	var b strings.Builder
	for _, setting := range p.User.Config {
		name, value, _ := strings.Cut(setting, "=")
		b.WriteString(" SET " + parse.QuoteIdent(name) + " TO " + settingValue(name, value) + "\n")
	}
	if p.User.Body != nil {
		return b.String() + functionBody(views, p) + "\n"
	}
	if p.User.Language == LanguageInternal {
		return b.String() + "AS $function$" + p.User.Source + "$function$\n"
	}
	if p.User.Library != "" {
		return b.String() + "AS '$libdir/" + p.User.Library + "', $function$" + p.User.Source + "$function$\n"
	}
	tag := "$" + p.RoutineWord()
	for strings.Contains(p.User.Source, tag) {
		tag += "x"
	}
	return b.String() + "AS " + tag + "$" + p.User.Source + tag + "$\n"
}

// listSettings are those whose values are lists of names.
var listSettings = []string{"search_path", "temp_tablespaces", "session_preload_libraries", "shared_preload_libraries",
	"local_preload_libraries"}

// settingValue is a setting's value as SET takes it.
func settingValue(name, value string) string {
	if !slices.Contains(listSettings, name) {
		return parse.QuoteLiteral(value)
	}
	_, items, err := splitSignature("(" + value + ")") // the same commas and quotes
	if err != nil || len(items) == 0 {
		return parse.QuoteLiteral(value)
	}
	for i, item := range items {
		if name, err := SplitName(item); err == nil && len(name) == 1 {
			item = name[0]
		}
		items[i] = parse.QuoteLiteral(item)
	}
	return strings.Join(items, ", ")
}

// FunctionBodyText is pg_get_function_sqlbody. ok is false for a function whose body is a string.
func FunctionBodyText(snap *Snapshot, views ViewReader, oid OID) (text string, ok bool) {
	p := snap.ProcByOID(oid)
	if p == nil || p.User == nil || p.User.Body == nil {
		return "", false
	}
	return functionBody(views, p), true
}

func functionBody(views ViewReader, p *Proc) string {
	if views == nil {
		return strings.Join(p.User.Body.Statements, "; ")
	}
	return views.FunctionBody(p)
}

// userProc sets what pg_proc tells of users' functions only.
func (w *rowWriter) userProc(env *VirtualEnv, p *Proc) {
	f := p.User
	source := f.Source
	if f.Agg != nil {
		source = "aggregate_dummy"
	}
	w.float("procost", f.Cost).bool("prosecdef", f.SecurityDefiner).bool("proleakproof", f.Leakproof).str("prosrc", source)
	if f.Language == LanguageC {
		w.str("probin", "$libdir/"+f.Library)
	}
	if len(f.Config) > 0 {
		w.set("proconfig", datum.ArrayFrom(datum.Text, textDatums(f.Config)))
	}
	if f.Body != nil {
		w.str("prosqlbody", functionBody(env.Views, p))
	}
	var all []OID
	var modes, names, defaults []string
	for i := range f.Params {
		param := &f.Params[i]
		all, modes, names = append(all, param.Type), append(modes, param.Mode), append(names, param.Name)
		if param.Default != "" {
			defaults = append(defaults, functionDefault(env.Views, p, i))
		}
	}
	if slices.ContainsFunc(modes, func(m string) bool { return m != "i" }) {
		w.set("proallargtypes", datum.ArrayFrom(datum.Oid, oidDatums(all)))
		w.set("proargmodes", datum.ArrayFrom(datum.Char, textDatums(modes)))
	}
	if slices.ContainsFunc(names, func(n string) bool { return n != "" }) {
		w.set("proargnames", datum.ArrayFrom(datum.Text, textDatums(names)))
	}
	if len(defaults) > 0 {
		w.str("proargdefaults", strings.Join(defaults, ", "))
	}
}

// functionDependencies lists what users' functions depend on: their schemas, types, and what bodies in SQL's own words
// read.
func (s *Snapshot) functionDependencies() []dependency {
	var out []dependency
	for _, p := range s.Functions() {
		from := object{procClassOID, p.OID, 0}
		out = append(out, dependency{from, object{namespaceClassOID, p.Schema, 0}, 'n'})
		types := p.User.types()
		slices.Sort(types)
		for _, t := range slices.Compact(types) {
			if t >= firstExtensionOID {
				out = append(out, dependency{from, object{typeClassOID, t, 0}, 'n'})
			}
		}
		if p.User.Agg != nil {
			out = append(out, s.aggregateDependencies(p)...)
		}
		if p.User.Body == nil {
			continue
		}
		for _, use := range p.User.Body.Uses {
			out = append(out, dependency{from, relationObject(use.Relation, 0), 'n'})
		}
	}
	return out
}
