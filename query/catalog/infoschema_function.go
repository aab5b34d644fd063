package catalog

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
)

// userRoutine is a user's function in information_schema.routines.
func (w *rowWriter) userRoutine(env *VirtualEnv, p *Proc) {
	body := "SQL"
	if p.User.Language != "" {
		body = "EXTERNAL"
	}
	w.routineName(env, p).str("routine_type", "FUNCTION").str("routine_body", body).
		str("external_language", strings.ToUpper(p.language())).
		yesNo("is_deterministic", p.Volatile == 'i').yesNo("is_null_call", p.Strict)
	if p.Kind == 'p' {
		w.str("routine_type", "PROCEDURE").set("is_null_call", datum.Null).set("dtd_identifier", datum.Null)
	} else {
		w.str("data_type", dataType(p.Ret)).udt(env, "type_", p.Ret)
	}
	if p.User.SecurityDefiner {
		w.str("security_type", "DEFINER")
	}
	if env.Snapshot.HasRole(env.Session.Role, env.Snapshot.Owner(ClassFunction, p.OID)) {
		w.str("routine_definition", p.User.Source)
	}
	w.end()
}

// userParameters are a user's function's rows of information_schema.parameters.
func (w *rowWriter) userParameters(env *VirtualEnv, p *Proc) {
	mine := env.Snapshot.HasRole(env.Session.Role, env.Snapshot.Owner(ClassFunction, p.OID))
	for i := range p.User.Params {
		param := &p.User.Params[i]
		mode := map[string]string{"o": "OUT", "t": "OUT", "b": "INOUT"}[param.Mode]
		if mode == "" {
			mode = "IN"
		}
		w.parameter(env, p, i+1, mode, param.Name, env.Snapshot.typeOr(param.Type))
		if mine {
			w.optional("parameter_default", functionDefault(env.Views, p, i))
		}
		w.end()
	}
}
