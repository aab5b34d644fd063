package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// Event triggers.
type (
	// CreateEventTriggerStmt is CREATE EVENT TRIGGER.
	CreateEventTriggerStmt struct {
		At
		Name, Event string
		Filters     []EventFilter
		Func        Name
	}
	// EventFilter is one WHEN variable IN (values).
	EventFilter struct {
		Variable string
		Values   []string
	}
	// AlterEventTriggerStmt is ALTER EVENT TRIGGER … ENABLE or DISABLE. Fires is pg_event_trigger.evtenabled.
	AlterEventTriggerStmt struct {
		At
		Name  string
		Fires byte
	}
)

func (*CreateEventTriggerStmt) stmt() {}
func (*AlterEventTriggerStmt) stmt()  {}

// eventTrigger converts the statements of this file; nil for others.
func (c *converter) eventTrigger(n any) Stmt {
	switch n := n.(type) {
	case *pg.Node_CreateEventTrigStmt:
		s := n.CreateEventTrigStmt
		out := &CreateEventTriggerStmt{At: -1, Name: s.Trigname, Event: s.Eventname, Func: name(s.Funcname)}
		for _, w := range s.Whenclause {
			e := w.GetDefElem()
			out.Filters = append(out.Filters, EventFilter{Variable: e.Defname, Values: strs(e.Arg.GetList().GetItems())})
		}
		return out
	case *pg.Node_AlterEventTrigStmt:
		s := n.AlterEventTrigStmt
		out := &AlterEventTriggerStmt{At: -1, Name: s.Trigname, Fires: 'O'}
		if s.Tgenabled != "" {
			out.Fires = s.Tgenabled[0]
		}
		return out
	}
	return nil
}
