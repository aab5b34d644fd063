package server

import (
	"context"

	"github.com/seguedb/segue/query/exec"
)

// fireDeferred fires the constraint triggers that the transaction has put off: all of them at the commit, else those that
// wait no longer. What they do may put off others.
func (s *Session) fireDeferred(ctx context.Context, all bool) error {
	for {
		due := s.txn.tx.DueTriggers(all)
		if len(due) == 0 {
			return nil
		}
		s.txn.tx.Role = s.info.Role
		stmt, err := s.txn.tx.Statement(ctx)
		if err != nil {
			return err
		}
		env := exec.Env{Relations: stmt, Embedder: s.engine.embedder, Session: s, Routines: s,
			WorkMemBytes: s.settings.workMemBytes, Temp: s.tempSpace()}
		leave := s.Within(stmt)
		err = exec.FireDeferred(ctx, &env, due)
		leave()
		if err != nil {
			stmt.Abort()
			return err
		}
		if err := stmt.Finish(); err != nil {
			return err
		}
	}
}
