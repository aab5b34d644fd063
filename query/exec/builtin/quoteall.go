package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// writers are the functions that write SQL, or names for it: quote_all_identifiers is about them.
var writers = []string{
	"pg_get_viewdef(text)", "pg_get_viewdef(text,bool)", "pg_get_viewdef(oid)", "pg_get_viewdef(oid,bool)",
	"pg_get_viewdef(oid,int4)", "pg_get_indexdef(oid)", "pg_get_indexdef(oid,int4,bool)", "pg_get_constraintdef(oid)",
	"pg_get_constraintdef(oid,bool)", "pg_get_expr(pg_node_tree,oid)", "pg_get_expr(pg_node_tree,oid,bool)",
	"pg_get_triggerdef(oid)", "pg_get_triggerdef(oid,bool)", "pg_get_function_arguments(oid)",
	"pg_get_function_identity_arguments(oid)", "pg_get_function_result(oid)", "pg_get_function_sqlbody(oid)",
	"pg_get_functiondef(oid)", "pg_get_serial_sequence(text,text)", "format_type(oid,int4)", "quote_ident(text)",
}

// quoteAllWriters has the writers obey quote_all_identifiers.
func quoteAllWriters(r *registry) {
	for _, k := range writers {
		f, ok := r.funcs[k]
		if !ok {
			panic("no function " + k)
		}
		r.funcs[k] = func(env *Env, a []datum.Datum) (datum.Datum, error) {
			d, err := f(env, a)
			if err == nil && !d.IsNull() && env.quoteAll() {
				d = datum.NewString(parse.QuoteAll(d.Str()))
			}
			return d, err
		}
	}
}

// quoteAll is quote_all_identifiers.
func (e *Env) quoteAll() bool {
	if e == nil || e.Session == nil {
		return false
	}
	v, _ := e.Session.Setting("quote_all_identifiers")
	return v == "on"
}
