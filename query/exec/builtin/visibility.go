package builtin

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// visibility registers pg_*_is_visible and what says where names are looked for.
func visibility(r *registry) {
	textSearchVisibility(r)
	for what, visible := range map[string]func(*catalog.Snapshot, []string, catalog.OID) (visible, ok bool){
		"table": catalog.RelationVisible, "type": catalog.TypeVisible, "function": catalog.FunctionVisible,
		"operator": catalog.OperatorVisible, "opclass": catalog.OpClassVisible, "opfamily": catalog.OpFamilyVisible,
		"collation": catalog.CollationVisible,
	} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			v, ok := visible(env.snapshot(), env.path(), catalog.OID(a[0].Int()))
			if !ok {
				return datum.Null, nil
			}
			return datum.NewBool(v), nil
		}, key("pg_"+what+"_is_visible", datum.Oid))
	}
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		for _, name := range env.path() {
			if name != env.info().TempSchema && env.snapshot().Schema(name) != nil {
				return datum.NewString(name), nil
			}
		}
		return datum.Null, nil
	}, "current_schema()")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		return datum.NewString(env.Session.Info().User), nil
	}, "current_user()", "session_user()", "getpgusername()")
	r.fn(currentSchemas, "current_schemas(bool)")
}

// currentSchemas lists the search path; with true, pg_catalog too where it is searched unasked.
func currentSchemas(env *Env, a []datum.Datum) (datum.Datum, error) {
	var out []datum.Datum
	named := map[string]bool{}
	for _, name := range env.path() {
		named[name] = name != env.info().TempSchema
	}
	for _, oid := range catalog.SearchSchemas(env.snapshot(), env.path()) {
		name := env.snapshot().SchemaByOID(oid).Name
		if a[0].Bool() || named[name] {
			out = append(out, datum.NewString(name))
		}
	}
	return datum.ArrayFrom(datum.Name, out), nil
}
