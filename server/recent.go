package server

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
)

const (
	// recentStatements is how many statements without a name a session remembers: what a driver's page or loop sends in turn.
	recentStatements = 8
	// recentBytes is the longest text that is remembered.
	recentBytes = 8 << 10
)

// recent is the statements that a client sent last without giving them a name, by Query or by Parse. Drivers that prepare
// nothing send the same texts again and again; a plan that still holds need not be made again, as a named statement's is not.
type recent struct {
	statements [recentStatements]*Statement
	next       int
}

// reuse returns the statement that a text was made into before, when it would be made into the same now; otherwise nil.
func (s *Session) reuse(sql string, types []*datum.Type) *Statement {
	for _, st := range s.recent.statements {
		if st != nil && st.sql == sql && slices.Equal(st.declared, types) && s.admit(st.parsed.Node) == nil && st.boundFor == s.planKey() {
			return st
		}
	}
	return nil
}

// remember keeps a statement for reuse, in the place of the oldest.
func (s *Session) remember(st *Statement) {
	if st.plan == nil || len(st.sql) > recentBytes || slices.Contains(s.recent.statements[:], st) {
		return
	}
	switch st.kind {
	case "select", "search", "insert", "update", "delete":
		s.recent.statements[s.recent.next] = st
		s.recent.next = (s.recent.next + 1) % recentStatements
	}
}
