package run

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
)

// Host is the session that a function runs in.
type Host interface {
	plan.Catalog
	exec.Session
	// PlanKey is what plans hold for: one that was made under another is made again.
	PlanKey() any
	// Within makes relations' catalog the session's, until leave.
	Within(relations exec.Relations) (leave func())
	// Transitions makes those the transition tables that names may mean, until leave.
	Transitions(list []exec.Transition) (leave func())
	// Allow says whether the current role may run a plan.
	Allow(p *plan.Plan) error
	// Utility runs a statement that has no plan, such as SET; what may not run in a function it refuses.
	Utility(ctx context.Context, s parse.Statement) error
	// Restarts says whether a statement that met a conflict may run again on a fresh snapshot.
	Restarts() bool
	// Settings gives what undoes the changes of settings from now on.
	Settings() (undo func())
	// OpenCursor makes rows a cursor of the session's, under a name of its own where name is "".
	OpenCursor(name string, p *plan.Plan, text string, rows *exec.Spool, scroll bool) (string, error)
	// FetchCursor moves a cursor; row is the row that it comes to, nil for none.
	FetchCursor(ctx context.Context, f *parse.FetchStmt) (columns []plan.Column, row []datum.Datum, moved int64, err error)
	CloseCursor(name string) error
	// PinCursor lets a cursor outlive the transaction.
	PinCursor(name string)
}
