package builtin

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Event is what the function of an event trigger may ask about the command at hand.
type Event struct {
	Commands []catalog.Change
	Ends     bool // at ddl_command_end
	Dropped  []catalog.Change
	Drops    bool // at sql_drop
	// Rewritten is the table that is to be written again, at table_rewrite, and Reason why (plan.AlterTable.Reason).
	Rewritten catalog.OID
	Reason    int
}

func eventFunctions(r *registry) {
	rewriteFunctions(r)
	r.sets["pg_event_trigger_ddl_commands()"] = func(env *Env, _ []datum.Datum, emit func([]datum.Datum) error) error {
		if env.Event == nil || !env.Event.Ends {
			return outsideEvent("pg_event_trigger_ddl_commands()", "an event trigger function")
		}
		for _, c := range env.Event.Commands {
			row := []datum.Datum{oidOf(c.Class), oidOf(c.OID), datum.NewInt(int64(c.Sub)), datum.NewString(c.Tag),
				datum.NewString(c.Kind), given(c.Schema), given(c.Identity), datum.NewBool(false), datum.Null}
			if c.Class == 0 { // of GRANT only the kind is told
				row[0], row[1], row[2] = datum.Null, datum.Null, datum.Null
			}
			if err := emit(row); err != nil {
				return err
			}
		}
		return nil
	}
	r.sets["pg_event_trigger_dropped_objects()"] = func(env *Env, _ []datum.Datum, emit func([]datum.Datum) error) error {
		if env.Event == nil || !env.Event.Drops {
			return outsideEvent("pg_event_trigger_dropped_objects()", "a sql_drop event trigger function")
		}
		for _, c := range env.Event.Dropped {
			if err := emit([]datum.Datum{oidOf(c.Class), oidOf(c.OID), datum.NewInt(int64(c.Sub)), datum.NewBool(c.Original),
				datum.NewBool(c.Normal), datum.NewBool(c.Temporary), datum.NewString(c.Kind), given(c.Schema), given(c.Name),
				datum.NewString(c.Identity), textArray(c.Names), textArray(c.Args)}); err != nil {
				return err
			}
		}
		return nil
	}
}

func rewriteFunctions(r *registry) {
	told := func(function string, what func(*Event) int64) {
		r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
			if env.Event == nil || env.Event.Rewritten == 0 {
				return datum.Null, outsideEvent(function, "a table_rewrite event trigger function")
			}
			return datum.NewInt(what(env.Event)), nil
		}, function)
	}
	told("pg_event_trigger_table_rewrite_oid()", func(e *Event) int64 { return int64(e.Rewritten) })
	told("pg_event_trigger_table_rewrite_reason()", func(e *Event) int64 { return int64(e.Reason) })
}

func outsideEvent(function, where string) error {
	return sqlstate.New(sqlstate.EventTriggerProtocolViolated, "%s can only be called in %s", function, where)
}

func oidOf(oid catalog.OID) datum.Datum { return datum.NewInt(int64(oid)) }

// given is a text, NULL for none.
func given(s string) datum.Datum {
	if s == "" {
		return datum.Null
	}
	return datum.NewString(s)
}
