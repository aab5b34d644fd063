package wire

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// watchAheadBytes is how much a watch takes from the socket ahead of the protocol. A client that has pipelined
// more than this into a long statement is no longer seen to go away until the statement ends or writes.
const watchAheadBytes = 8 << 10

// reader is the receiving side of a connection. Read is called by the connection's goroutine alone; the other
// methods by anyone. Beyond reading it does two things that a plain net.Conn cannot:
//
//   - interrupt makes a Read that waits, and those to come, fail with a given error;
//   - while a statement runs, and has run for some time, a goroutine watches for the end of the stream. It can
//     only do so by reading, so it keeps what it gets for the next Read. (Polling the socket for POLLRDHUP would
//     take nothing, but works on Linux sockets only, and neither for TLS nor for a pipe in a test.)
//
// Both use the read deadline, which is why no one else may set it. Invariant: the deadline lies in the past
// while stopped is set or a watch is being called off, and is unset otherwise.
type reader struct {
	conn  net.Conn
	delay time.Duration // from arm to the start of the watch
	lost  func(error)   // told once by the watch that the client has gone; must not call back into the reader

	mu       sync.Mutex
	idle     sync.Cond // on mu: watching became false
	timer    *time.Timer
	ticking  bool // timer has yet to fire
	armed    bool
	armedAt  time.Time
	watching bool
	ahead    []byte // taken by the watch, not yet read
	aheadErr error  // the end of the stream, met by the watch after ahead
	stopped  error  // what every Read fails with
	forGood  bool   // stopped is not to be lifted by resume
}

var past = time.Unix(1, 0)

func newReader(conn net.Conn, delay time.Duration, lost func(error)) *reader {
	r := &reader{conn: conn, delay: delay, lost: lost}
	r.idle.L = &r.mu
	return r
}

// Read fills p from what a watch has taken, or from the socket.
func (r *reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	wasArmed := r.armed
	r.disarmLocked()
	switch {
	case r.stopped != nil:
		defer r.mu.Unlock()
		return 0, r.stopped
	case len(r.ahead) > 0:
		defer r.mu.Unlock()
		n := copy(p, r.ahead)
		r.ahead = r.ahead[n:]
		r.armLocked(wasArmed)
		return n, nil
	case r.aheadErr != nil:
		defer r.mu.Unlock()
		return 0, r.aheadErr
	}
	r.mu.Unlock()

	n, err := r.conn.Read(p)

	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = r.stopped
	}
	r.armLocked(wasArmed)
	return n, err
}

// arm starts the wait after which the socket is watched; disarm ends wait and watch.
func (r *reader) arm() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.armLocked(true)
}

func (r *reader) disarm() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.disarmLocked()
}

func (r *reader) armLocked(wanted bool) {
	if !wanted || r.armed {
		return
	}
	r.armed, r.armedAt = true, time.Now()
	r.tick(r.delay)
}

// tick sees to it that watch is called. A timer that is ticking already is left alone: statements are shorter than the
// delay, and to set and stop a timer for each wakes the poller every time. It finds out when it fires.
func (r *reader) tick(delay time.Duration) {
	switch {
	case r.ticking:
		return
	case r.timer == nil:
		r.timer = time.AfterFunc(delay, r.watch)
	default:
		r.timer.Reset(delay)
	}
	r.ticking = true
}

func (r *reader) disarmLocked() {
	if !r.armed && !r.watching {
		return
	}
	r.armed = false
	if !r.watching {
		return
	}
	_ = r.conn.SetReadDeadline(past)
	for r.watching {
		r.idle.Wait()
	}
	if r.stopped == nil {
		_ = r.conn.SetReadDeadline(time.Time{})
	}
}

// interrupt makes reads fail with err: until resume, or forGood.
func (r *reader) interrupt(err error, forGood bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forGood {
		return
	}
	r.stopped, r.forGood = err, forGood
	_ = r.conn.SetReadDeadline(past)
}

// resume lifts an interruption that was not for good. Nothing was lost by it: a read that was under way is
// simply taken up again.
func (r *reader) resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == nil || r.forGood {
		return
	}
	r.stopped = nil
	_ = r.conn.SetReadDeadline(time.Time{})
}

// watch reads until the stream ends, watchAheadBytes have gathered, or the watch is called off.
func (r *reader) watch() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ticking = false
	if !r.armed || r.watching || r.stopped != nil || r.aheadErr != nil {
		return
	}
	if left := r.delay - time.Since(r.armedAt); left > 0 {
		r.tick(left)
		return
	}
	r.watching = true
	defer func() {
		r.watching = false
		r.idle.Broadcast()
	}()
	buf := make([]byte, watchAheadBytes)
	n := copy(buf, r.ahead)
	for n < len(buf) {
		r.mu.Unlock()
		got, err := r.conn.Read(buf[n:])
		r.mu.Lock()
		n += got
		r.ahead = buf[:n]
		if errors.Is(err, os.ErrDeadlineExceeded) || (err == nil && !r.armed) {
			return
		}
		if err != nil {
			r.aheadErr = err
			r.lost(fmt.Errorf("%w: %w", ErrClientGone, err))
			return
		}
	}
}
