package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// triggerFunctions are those that triggers run: package exec does it, and here they are only refused when they are called.
func triggerFunctions(r *registry) {
	refuse := func(key string, code sqlstate.Code, message string) {
		r.fn(func(*Env, []datum.Datum) (datum.Datum, error) { return datum.Null, sqlstate.New(code, "%s", message) }, key)
	}
	refuse("suppress_redundant_updates_trigger()", sqlstate.TriggerProtocolViolated,
		"suppress_redundant_updates_trigger: must be called as trigger")
	for _, key := range []string{"tsvector_update_trigger()", "tsvector_update_trigger_column()"} {
		refuse(key, sqlstate.InternalError, "tsvector_update_trigger: not fired by trigger manager")
	}
}
