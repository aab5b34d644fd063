package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// The bits of pg_trigger.tgtype.
const (
	TriggerRow      = 1
	TriggerBefore   = 2
	TriggerInsert   = 4
	TriggerDelete   = 8
	TriggerUpdate   = 16
	TriggerTruncate = 32
	TriggerInstead  = 64
)

// CreateTriggerStmt is CREATE TRIGGER. Type has the bits above; Columns are those of UPDATE OF.
type CreateTriggerStmt struct {
	At
	Replace    bool
	Constraint bool
	Name       string
	Table      *RangeTable
	Func       Name
	Args       []string
	Type       int
	Columns    []string
	When       Expr // nil for none
	// Transitions are REFERENCING's.
	Transitions []Transition
	// From is the table of a constraint trigger's FROM, nil for none.
	From                 Name
	Deferrable, Deferred bool
}

// Transition is one item of REFERENCING: OLD or NEW, TABLE or ROW, and its name.
type Transition struct {
	Name       string
	New, Table bool
}

func (*CreateTriggerStmt) stmt() {}

func (c *converter) createTrigger(s *pg.CreateTrigStmt) Stmt {
	out := &CreateTriggerStmt{At: -1, Replace: s.Replace, Constraint: s.Isconstraint, Name: s.Trigname, Table: c.rangeTable(s.Relation),
		Func: name(s.Funcname), Args: strs(s.Args), Type: int(s.Timing | s.Events), Columns: strs(s.Columns),
		From: c.relName(s.Constrrel), Deferrable: s.Deferrable, Deferred: s.Initdeferred}
	for _, n := range s.TransitionRels {
		t := n.GetTriggerTransition()
		out.Transitions = append(out.Transitions, Transition{Name: t.Name, New: t.IsNew, Table: t.IsTable})
	}
	if s.Row {
		out.Type |= TriggerRow
	}
	if s.WhenClause != nil {
		out.When = c.expr(s.WhenClause)
	}
	return out
}
