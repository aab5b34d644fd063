package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// jsonSets are the set-returning functions. json and jsonb differ in their complaints, and in that json's
// duplicates all come out.
func jsonSets(r *registry) {
	for _, t := range []string{"json", "jsonb"} {
		r.sets[t+"_each("+t+")"] = jsonEach(t, false)
		r.sets[t+"_each_text("+t+")"] = jsonEach(t, true)
		r.sets[t+"_array_elements("+t+")"] = jsonElements(t, false)
		r.sets[t+"_array_elements_text("+t+")"] = jsonElements(t, true)
		r.sets[t+"_object_keys("+t+")"] = jsonKeys(t)
	}
}

func jsonEach(typ string, asText bool) SetFunc {
	return func(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
		s := a[0].Str()
		if err := mustBeObject(typ, asText, s); err != nil {
			return err
		}
		var err error
		jsonMembers(s, func(key, value string) bool {
			var name string
			if name, err = datum.UnquoteJSON(key); err != nil {
				return false
			}
			var v datum.Datum
			if v, err = jsonResult(value, asText); err == nil {
				err = emit([]datum.Datum{datum.NewString(name), v})
			}
			return err == nil
		})
		return err
	}
}

func mustBeObject(typ string, asText bool, s string) error {
	name := typ + "_each"
	if asText {
		name += "_text"
	}
	switch kind := jsonIs(s); {
	case kind == '{':
		return nil
	case typ == "jsonb":
		return invalidParameter("cannot call %s on a non-object", name)
	case kind == '[':
		return invalidParameter("cannot deconstruct an array as an object")
	}
	return invalidParameter("cannot deconstruct a scalar")
}

func jsonElements(typ string, asText bool) SetFunc {
	name := typ + "_array_elements"
	if asText {
		name += "_text"
	}
	return func(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
		s := a[0].Str()
		if err := mustBeArray(typ, name, s); err != nil {
			return err
		}
		var err error
		jsonItems(s, func(item string) bool {
			var v datum.Datum
			if v, err = jsonResult(item, asText); err == nil {
				err = emit([]datum.Datum{v})
			}
			return err == nil
		})
		return err
	}
}

func mustBeArray(typ, name, s string) error {
	switch kind := jsonIs(s); {
	case kind == '[':
		return nil
	case typ == "jsonb" && kind == '{':
		return invalidParameter("cannot extract elements from an object")
	case typ == "jsonb":
		return invalidParameter("cannot extract elements from a scalar")
	case kind == '{':
		return invalidParameter("cannot call %s on a non-array", name)
	}
	return invalidParameter("cannot call %s on a scalar", name)
}

func jsonKeys(typ string) SetFunc {
	return func(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
		s := a[0].Str()
		switch jsonIs(s) {
		case '{':
		case '[':
			return sqlstate.New(sqlstate.InvalidParameterValue, "cannot call %s_object_keys on an array", typ)
		default:
			return sqlstate.New(sqlstate.InvalidParameterValue, "cannot call %s_object_keys on a scalar", typ)
		}
		var err error
		jsonMembers(s, func(key, _ string) bool {
			var name string
			if name, err = datum.UnquoteJSON(key); err == nil {
				err = emit([]datum.Datum{datum.NewString(name)})
			}
			return err == nil
		})
		return err
	}
}
