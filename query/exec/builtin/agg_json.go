package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func jsonAggregates(r *registry) {
	for _, t := range []string{"json", "jsonb"} {
		r.aggs[t+"_agg(anyelement)"] = func(types []*datum.Type, env *Env) AggState {
			return &jsonState{env: env, types: types, finish: jsonFinisher(t), open: "[", closing: "]"}
		}
		open, closing := "{ ", " }"
		r.aggs[t+"_object_agg(any,any)"] = func(types []*datum.Type, env *Env) AggState {
			return &jsonState{env: env, types: types, finish: jsonFinisher(t), open: open, closing: closing}
		}
	}
}

// jsonState is json_agg with one argument, json_object_agg with two.
type jsonState struct {
	env           *Env
	types         []*datum.Type
	finish        func([]byte, error) (datum.Datum, error)
	open, closing string
	text          []byte
}

func (s *jsonState) Add(a []datum.Datum) error {
	if len(s.text) == 0 {
		s.text = append(s.text, s.open...)
	} else {
		s.text = append(s.text, ", "...)
	}
	value, t := a[0], known(s.types[0])
	if len(a) == 2 {
		if a[0].IsNull() {
			return sqlstate.New(sqlstate.InvalidParameterValue, "field name must not be null")
		}
		k, err := jsonKey(s.env, t, a[0])
		if err != nil {
			return err
		}
		s.text = append(datum.AppendJSONString(s.text, k), " : "...)
		value, t = a[1], known(s.types[1])
	} else if len(s.text) > 1 && !value.IsNull() && (t.IsArray() || t.Kind == datum.KindRecord) {
		s.text = append(s.text, "\n "...)
	}
	if s.text = appendJSON(s.text, s.env, t, value, false); len(s.text) > maxText {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "json result exceeds %d bytes", maxText)
	}
	return nil
}

func (s *jsonState) Result() (datum.Datum, error) {
	if len(s.text) == 0 {
		return datum.Null, nil
	}
	return s.finish(append(s.text[:len(s.text):len(s.text)], s.closing...), nil)
}
