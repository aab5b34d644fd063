package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// blockedFor is how long an async statement must show no sign of ending before the script goes on.
const blockedFor = 60 * time.Millisecond

// underway is a statement that a script has started and not yet awaited.
type underway struct {
	done    chan struct{}
	results []*pgconn.Result
	err     error
}

// async starts a statement, which must have to wait for another session.
func (s *script) async(r *record) {
	s.t.Helper()
	conn, u := s.conn(), &underway{done: make(chan struct{})}
	if s.waiting == nil {
		s.waiting = map[string]*underway{}
	}
	s.waiting[s.current] = u
	count(s.place)
	go func() {
		defer close(u.done)
		u.results, u.err = conn.Exec(context.Background(), r.sql).ReadAll()
	}()
	select {
	case <-u.done:
		s.fail(r, "it did not wait: %s", describe(u.err))
	case <-time.After(blockedFor):
	}
}

// await is the end of the connection's async statement: "await ok", "await count 1", "await error 40001 text",
// "await query".
func (s *script) await(r *record, want string) {
	s.t.Helper()
	u := s.waiting[s.current]
	if u == nil {
		s.t.Fatalf("%s: %s: nothing was started", s.file, r.head)
	}
	delete(s.waiting, s.current)
	select {
	case <-u.done:
	case <-time.After(20 * time.Second):
		s.t.Fatalf("%s: %s: it waits for ever", s.file, r.head)
	}
	if *rewrite {
		if want == "query" {
			want = "?"
		}
		if r.head = "await " + outcome(want, u.results, u.err); r.head == "await query" {
			r.hasMark, r.result = true, rowsText(u.results[len(u.results)-1], false)
		}
		return
	}
	s.ended(r, want, u.results, u.err)
	if want == "query" && u.err == nil {
		if got := rowsText(u.results[len(u.results)-1], false); !slices.Equal(got, r.result) {
			s.fail(r, "got:\n%s", strings.Join(got, "\n"))
		}
	}
}

// notices are what each connection was told since its last statement began.
var notices struct {
	sync.Mutex
	of map[*pgconn.PgConn][]*pgconn.Notice
}

func noteNotice(c *pgconn.PgConn, n *pgconn.Notice) {
	notices.Lock()
	defer notices.Unlock()
	if notices.of == nil {
		notices.of = map[*pgconn.PgConn][]*pgconn.Notice{}
	}
	notices.of[c] = append(notices.of[c], n)
}

// notice checks, or with -rewrite writes, what the last statement told the client: "notice", then a line each under
// ----.
func (s *script) notice(r *record) {
	s.t.Helper()
	var got []string
	for _, n := range s.takeNotices() {
		got = append(got, fmt.Sprintf("%s %s %s", n.Severity, n.Code, n.Message))
	}
	if *rewrite {
		r.result, r.hasMark = got, true
		return
	}
	if !slices.Equal(got, r.result) {
		s.fail(r, "got:\n%s", strings.Join(got, "\n"))
	}
}

func (s *script) takeNotices() []*pgconn.Notice {
	c := s.conn()
	notices.Lock()
	defer notices.Unlock()
	out := notices.of[c]
	delete(notices.of, c)
	return out
}
