package builtin

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// What psql and drivers ask about the catalog; the answers are package catalog's.

func (e *Env) snapshot() *catalog.Snapshot { return e.Session.Snapshot() }

// path is the session's search path with its own name in place of $user.
func (e *Env) path() []string { return e.info().Path() }

// views answers what only the planner knows.
func (e *Env) views() plan.Views { return plan.Views{Snapshot: e.snapshot(), Info: e.info()} }

func catalogFunctions(r *registry) {
	r.fn(formatType, "format_type(oid,int4)")
	definitions(r)
	descriptions(r)
	names(r)
	r.fn(serialSequence, "pg_get_serial_sequence(text,text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		if r := env.snapshot().RoleByOID(catalog.OID(a[0].Int())); r != nil {
			return datum.NewString(r.Name), nil
		}
		return datum.NewString(catalog.UnknownRole(catalog.OID(a[0].Int()))), nil
	}, "pg_get_userbyid(oid)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		t := env.snapshot().TableByOID(catalog.OID(a[0].Int()))
		return datum.NewBool(t != nil && t.Virtual == nil), nil
	}, "pg_relation_is_publishable(regclass)")
	r.fn(constant(datum.NewString("")), "pg_tablespace_location(oid)") // there is the default one only
	// What Segue has none of is NULL, as for an OID that Postgres does not know.
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return optional(env.snapshot().TriggerDefinition(env.views(), env.path(), catalog.OID(a[0].Int()), len(a) > 1 && a[1].Bool()))
	}, "pg_get_triggerdef(oid)", "pg_get_triggerdef(oid,bool)")
	r.fn(constant(datum.Null), "pg_get_partkeydef(oid)",
		"pg_get_statisticsobjdef_columns(oid)")
	viewDef := func(env *Env, a []datum.Datum) (datum.Datum, error) {
		oid, err := relationOID(env, a[0])
		if err != nil {
			return datum.Null, err
		}
		pretty := len(a) > 1 && (a[1].Kind() == datum.KindInt || a[1].Bool())
		// The system's views are not made of SQL.
		text := env.views().Definition(env.snapshot().TableByOID(oid), pretty)
		return optional(text, text != "")
	}
	r.fn(viewDef, "pg_get_viewdef(text)", "pg_get_viewdef(text,bool)", "pg_get_viewdef(oid)", "pg_get_viewdef(oid,bool)",
		"pg_get_viewdef(oid,int4)")
	r.sets["pg_partition_ancestors(regclass)"] = func(*Env, []datum.Datum, func([]datum.Datum) error) error { return nil }
	r.sets["pg_get_keywords()"] = keywords
}

// optional is a text that may not be.
func optional(s string, ok bool) (datum.Datum, error) {
	if !ok {
		return datum.Null, nil
	}
	return datum.NewString(s), nil
}

// formatType tells a NULL modifier, by which the bare name is meant, from -1.
func formatType(env *Env, a []datum.Datum) (datum.Datum, error) {
	switch {
	case a[0].IsNull():
		return datum.Null, nil
	case a[1].IsNull():
		return datum.NewString(catalog.TypeName(env.snapshot(), env.path(), catalog.OID(a[0].Int()))), nil
	}
	return datum.NewString(catalog.FormatType(env.snapshot(), env.path(), catalog.OID(a[0].Int()), int32(a[1].Int()))), nil
}

func definitions(r *registry) {
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return optional(catalog.IndexDef(env.snapshot(), catalog.OID(a[0].Int()), 0, false, env.views()))
	}, "pg_get_indexdef(oid)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		def, ok := catalog.IndexDef(env.snapshot(), catalog.OID(a[0].Int()), int(a[1].Int()), a[2].Bool(), env.views())
		return optional(def, ok)
	}, "pg_get_indexdef(oid,int4,bool)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		pretty := len(a) > 1 && a[1].Bool()
		return optional(catalog.ConstraintDef(env.snapshot(), env.path(), catalog.OID(a[0].Int()), pretty, env.views()))
	}, "pg_get_constraintdef(oid)", "pg_get_constraintdef(oid,bool)")
	// A stored expression is its SQL text already; pretty takes off the parentheses around all of it.
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		text := a[0].Str()
		if len(a) > 2 && a[2].Bool() {
			text = catalog.StripParens(text)
		}
		return datum.NewString(catalog.ShowDefault(env.snapshot(), env.path(), text)), nil
	}, "pg_get_expr(pg_node_tree,oid)", "pg_get_expr(pg_node_tree,oid,bool)")
	for name, f := range map[string]func(*catalog.Snapshot, catalog.ViewReader, catalog.OID) (string, bool){
		"pg_get_function_arguments":          catalog.FunctionArguments,
		"pg_get_function_identity_arguments": catalog.FunctionIdentityArguments,
		"pg_get_function_result":             catalog.FunctionResult,
		"pg_get_function_sqlbody":            catalog.FunctionBodyText,
		"pg_get_functiondef":                 catalog.FunctionDef,
	} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			if p := env.snapshot().ProcByOID(catalog.OID(a[0].Int())); p != nil && p.Kind == 'a' && name == "pg_get_functiondef" {
				return datum.Null, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is an aggregate function", p.Name)
			}
			return optional(f(env.snapshot(), env.views(), catalog.OID(a[0].Int())))
		}, key(name, datum.Oid))
	}
}

func descriptions(r *registry) {
	comment := func(s string) (datum.Datum, error) { return optional(s, s != "") }
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		class := ""
		if len(a) > 1 {
			class = a[1].Str()
		}
		return comment(catalog.ObjDescription(env.snapshot(), catalog.OID(a[0].Int()), class))
	}, "obj_description(oid)", "obj_description(oid,name)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return comment(catalog.ColDescription(env.snapshot(), catalog.OID(a[0].Int()), int16(a[1].Int())))
	}, "col_description(oid,int4)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return comment(catalog.SharedDescription(env.snapshot(), catalog.OID(a[0].Int()), a[1].Str()))
	}, "shobj_description(oid,name)")
}

// names are the to_reg* functions: NULL where a cast would fail.
func names(r *registry) {
	for _, t := range []*datum.Type{datum.Regclass, datum.Regtype, datum.Regproc, datum.Regnamespace,
		datum.Regoper, datum.Regoperator, datum.Regprocedure, datum.Regrole, datum.Regcollation} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			d, err := datum.ParseText(t, -1, a[0].Str(), env.Datum)
			switch sqlstate.CodeOf(err) {
			case sqlstate.UndefinedTable, sqlstate.UndefinedObject, sqlstate.UndefinedFunction, sqlstate.InvalidSchemaName,
				sqlstate.AmbiguousFunction:
				return datum.Null, nil
			}
			return d, err
		}, key("to_"+t.Name, datum.Text))
	}
}

func serialSequence(env *Env, a []datum.Datum) (datum.Datum, error) {
	t, err := tableOf(env, a[0])
	if err != nil {
		return datum.Null, err
	}
	if t == nil {
		return datum.Null, sqlstate.New(sqlstate.WrongObjectType, "relation \"%s\" is not a table", a[0].Str())
	}
	i := t.ColumnIndex(a[1].Str())
	if i < 0 {
		return datum.Null, noColumn(a[1].Str(), t.Name)
	}
	seq := catalog.SequenceOf(env.snapshot(), t.OID, t.Columns[i].AttNum)
	if seq == nil {
		return datum.Null, nil
	}
	return optional(catalog.QualifiedRelationName(env.snapshot(), seq.OID))
}

func keywords(_ *Env, _ []datum.Datum, emit func([]datum.Datum) error) error {
	for _, k := range catalog.Keywords() {
		label := "can be bare label"
		if !k.BareLabel {
			label = "requires AS"
		}
		row := []datum.Datum{datum.NewString(k.Word), datum.NewString(string(k.Category)), datum.NewBool(k.BareLabel),
			datum.NewString(k.CategoryText()), datum.NewString(label)}
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}
