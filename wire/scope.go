package wire

import (
	"context"
	"sync/atomic"
)

// scope is the context of a message. One serves message after message until it is cancelled, or somebody has waited for
// its end, who must learn then that the message is over: a context for each of the four messages of a prepared
// statement, and its removal from the connection's, were a tenth of the time of a point select.
type scope struct {
	context.Context
	cancel  context.CancelCauseFunc
	awaited atomic.Bool
}

func newScope(parent context.Context) *scope {
	s := &scope{}
	s.Context, s.cancel = context.WithCancelCause(parent)
	return s
}

// Done notes that somebody waits. Contexts made of this one call it as they are made.
func (s *scope) Done() <-chan struct{} {
	s.awaited.Store(true)
	return s.Context.Done()
}
