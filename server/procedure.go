package server

import (
	"context"
	"time"

	"github.com/seguedb/segue/query/exec"
)

// mayEndTransaction lets a procedure or a DO block that is called on its own end the transaction.
func (p *Portal) mayEndTransaction() {
	s, tag := p.session, p.statement.plan.Tag
	if (tag == "CALL" || tag == "DO") && !s.txn.block && !s.several && s.txn.statements == 1 {
		p.env.EndTransaction = p.endTransaction
	}
}

// endTransaction is COMMIT, and ROLLBACK, of the procedure or DO block that the portal runs: its statement ends, and goes on
// as one of the next transaction. From then on it cannot be run again from its beginning.
func (p *Portal) endTransaction(ctx context.Context, rollback, chain bool) (exec.Relations, error) {
	s, old, reads := p.session, p.session.txn, p.reads
	p.ended, p.reads, s.within = true, nil, nil
	s.ending = p
	defer func() { s.ending = nil }()
	if rollback {
		reads.Abort()
		s.rollback()
	} else {
		if err := reads.Finish(); err != nil {
			return nil, err
		}
		if err := s.commit(ctx); err != nil {
			return nil, err
		}
	}
	if chain {
		s.txn.isolation, s.txn.readOnly = old.isolation, old.readOnly
	}
	tx := s.ensureTransaction()
	s.txn.began, s.env = time.Now(), nil // now() is another time
	s.txn.statements++
	tx.Role = s.info.Role
	next, err := tx.Statement(ctx)
	if err != nil {
		return nil, err
	}
	p.reads, p.env.Relations = next, next
	return next, nil
}
