package server

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/wire"
)

// LISTEN and NOTIFY. A transaction keeps what it wants to say and whom it wants to hear; at its commit both take effect,
// one committer after the other, so that everybody hears the same order. Notifications wait in a queue of each listener
// until its connection is outside a transaction. Nobody waits for a slow listener: one that lets maxQueueBytes
// pile up loses its connection, for it must not believe that it has heard everything.

const (
	maxQueueBytes   = 64 << 20
	maxPayloadBytes = 8000 // PostgreSQL's NOTIFY_PAYLOAD_MAX_LENGTH, itself excluded
	maxChannelBytes = 64   // NAMEDATALEN
)

// notification is what NOTIFY says.
type notification struct {
	pid              int32
	channel, payload string
}

func (n notification) bytes() int { return len(n.channel) + len(n.payload) + 64 }

// notifier is who listens to what.
type notifier struct {
	order sync.Mutex // held by a committer with notifications, across its commit

	mu        sync.Mutex
	listeners map[*listener]bool
}

// listener is one listening session.
type listener struct {
	conn *wire.Conn

	mu       sync.Mutex
	channels map[string]bool
	queue    []notification
	bytes    int
	open     bool // outside a transaction: what waits may be sent

	wake chan struct{}
	stop chan struct{}
	done chan struct{}
}

// listenAction is a LISTEN or UNLISTEN that waits for its transaction's commit.
type listenAction struct {
	channel string // "" for UNLISTEN *
	listen  bool
}

// listenTo is LISTEN.
func (s *Session) listenTo(channel string) error {
	if s.conn == nil {
		return sqlstate.New(sqlstate.FeatureNotSupported, "LISTEN is not supported without a connection").
			WithHint("The embedded API has no one to send notifications to; connect to the server.")
	}
	s.ensureTransaction()
	s.txn.listens = append(s.txn.listens, listenAction{channel, true})
	return nil
}

// unlisten is UNLISTEN; "" is all channels.
func (s *Session) unlisten(channel string) {
	if s.listener == nil && len(s.txn.listens) == 0 {
		return
	}
	s.ensureTransaction()
	s.txn.listens = append(s.txn.listens, listenAction{channel: channel})
}

// Notify implements builtin.Notifier. The same notification twice in a transaction is one.
func (s *Session) Notify(channel, payload string) error {
	switch {
	case channel == "":
		return sqlstate.New(sqlstate.InvalidParameterValue, "channel name cannot be empty")
	case len(channel) >= maxChannelBytes:
		return sqlstate.New(sqlstate.InvalidParameterValue, "channel name too long")
	case len(payload) >= maxPayloadBytes:
		return sqlstate.New(sqlstate.InvalidParameterValue, "payload string too long")
	}
	s.ensureTransaction()
	n := notification{s.info.PID, channel, payload}
	if s.txn.said == nil {
		s.txn.said = map[notification]bool{}
	}
	if !s.txn.said[n] {
		s.txn.said[n] = true
		s.txn.notes = append(s.txn.notes, n)
	}
	return nil
}

// forgetNotes takes back what a rollback to a savepoint undoes.
func (t *transaction) forgetNotes(notes, listens int) {
	for _, n := range t.notes[notes:] {
		delete(t.said, n)
	}
	t.notes, t.listens = t.notes[:notes], t.listens[:listens]
}

// Channels implements builtin.Notifier.
func (s *Session) Channels() []string {
	if s.listener == nil {
		return nil
	}
	s.listener.mu.Lock()
	defer s.listener.mu.Unlock()
	return slices.Sorted(maps.Keys(s.listener.channels))
}

// QueueUsage implements builtin.Notifier: how full the fullest queue is.
func (s *Session) QueueUsage() float64 {
	n := &s.engine.notifier
	n.mu.Lock()
	defer n.mu.Unlock()
	most := 0
	for l := range n.listeners {
		l.mu.Lock()
		most = max(most, l.bytes)
		l.mu.Unlock()
	}
	return float64(most) / maxQueueBytes
}

var _ builtin.Notifier = (*Session)(nil)

// commitAndTell commits, and then lets the transaction's LISTENs and NOTIFYs take effect.
func (s *Session) commitAndTell(ctx context.Context, t *transaction) error {
	n := &s.engine.notifier
	if len(t.notes) > 0 {
		n.order.Lock()
		defer n.order.Unlock()
	}
	if err := t.tx.Commit(ctx); err != nil {
		return err
	}
	for _, a := range t.listens {
		s.applyListen(a)
	}
	if len(t.notes) > 0 {
		n.tell(t.notes)
	}
	return nil
}

func (s *Session) applyListen(a listenAction) {
	if s.listener == nil {
		if !a.listen {
			return
		}
		s.listener = s.engine.notifier.add(s.conn)
	}
	l := s.listener
	l.mu.Lock()
	switch {
	case a.listen:
		l.channels[a.channel] = true
	case a.channel == "":
		clear(l.channels)
	default:
		delete(l.channels, a.channel)
	}
	none := len(l.channels) == 0 && len(l.queue) == 0
	l.mu.Unlock()
	if none {
		s.stopListening()
	}
}

// stopListening takes the session off the list of listeners.
func (s *Session) stopListening() {
	if s.listener != nil {
		s.engine.notifier.remove(s.listener)
		s.listener = nil
	}
}

func (n *notifier) add(conn *wire.Conn) *listener {
	l := &listener{conn: conn, channels: map[string]bool{}, wake: make(chan struct{}, 1),
		stop: make(chan struct{}), done: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners == nil {
		n.listeners = map[*listener]bool{}
	}
	n.listeners[l] = true
	go l.run()
	return l
}

func (n *notifier) remove(l *listener) {
	n.mu.Lock()
	delete(n.listeners, l)
	n.mu.Unlock()
	close(l.stop)
	<-l.done
}

// tell puts notifications into the queues of those who listen.
func (n *notifier) tell(notes []notification) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for l := range n.listeners {
		l.hear(notes)
	}
}

func (l *listener) hear(notes []notification) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range notes {
		if l.channels[n.channel] {
			l.queue = append(l.queue, n)
			l.bytes += n.bytes()
		}
	}
	if l.bytes > maxQueueBytes {
		l.queue, l.bytes = nil, 0
		l.conn.End(errDeaf)
	}
	if len(l.queue) > 0 {
		select {
		case l.wake <- struct{}{}:
		default: // it will look anyway
		}
	}
}

var errDeaf = &wire.Error{Severity: wire.SeverityFatal, Code: string(sqlstate.ProgramLimitExceeded),
	Message: "terminating connection because too many notifications wait for it",
	Detail:  "A listening session must leave its transaction to receive notifications."}

// run sends to an idle connection. A busy one sends for itself, when it is next ready.
func (l *listener) run() {
	defer close(l.done)
	for {
		select {
		case <-l.stop:
			return
		case <-l.wake:
		}
		for !l.conn.WhenIdle(l.send) && l.waiting() {
			select { // the session is about to rest
			case <-l.stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}
}

// waiting says that there is something to send, which the session itself has no occasion to.
func (l *listener) waiting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open && len(l.queue) > 0
}

// send sends what waits, if the session is outside a transaction.
func (l *listener) send() error {
	l.mu.Lock()
	if !l.open {
		l.mu.Unlock()
		return nil
	}
	notes := l.queue
	l.queue, l.bytes = nil, 0
	l.mu.Unlock()
	for _, n := range notes {
		if err := l.conn.Notification(uint32(n.pid), n.channel, n.payload); err != nil {
			return err
		}
	}
	return nil
}

// setOpen notes whether the session is outside a transaction.
func (l *listener) setOpen(open bool) {
	l.mu.Lock()
	l.open = open
	l.mu.Unlock()
}
