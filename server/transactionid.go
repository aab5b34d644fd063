package server

import "github.com/seguedb/segue/query/exec/builtin"

// TransactionID implements builtin.Transaction.
func (s *Session) TransactionID(assign bool) uint64 { return s.holder.TransactionID(assign) }

var _ builtin.Transaction = (*Session)(nil)
