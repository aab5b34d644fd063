package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
)

// The second implementation of Handler and Session: a database without data, whose statements name what the wire
// shall be made to do.
//
//	echo a b …        one row of the words              rows n       n rows of one number
//	fail CODE words   an error                          halfrow      an error with a row begun
//	defect            an error that is no *Error        panic        a panic
//	silent            no answer at all                  notice words a notice, then a tag
//	begin commit rollback                               set name value
//	wait              until the context ends            big n size   n rows of size bytes
//	copyin            answers COPY and what was read    copyin1      reads one byte, then fails
//	copyswallow       hides an error of the copy        copyout n    n rows out
//	params            one row of the portal's parameters
type echoHandler struct {
	opened, closed atomic.Int64
	waiting        chan struct{} // a "wait" has begun
	causes         chan error    // when set: why a "wait" ended
	sent           *atomic.Int64 // when set: rows of "big" handed to the writer
}

func newEchoHandler() *echoHandler {
	return &echoHandler{waiting: make(chan struct{}, 16), causes: make(chan error, 16)}
}

func (h *echoHandler) NewSession(_ context.Context, startup Startup, conn *Conn) (Session, error) {
	switch {
	case startup.Database == "nowhere":
		return nil, &Error{Code: "3D000", Message: `database "nowhere" does not exist`}
	case startup.Database == "broken":
		return nil, errors.New("the disk is on fire at /secret/path")
	case startup.Database == "panic":
		panic("no session")
	}
	h.opened.Add(1)
	return &echoSession{
		h: h, conn: conn, status: 'I',
		changed:    [][2]string{{"server_version", "17.0"}, {"client_encoding", "UTF8"}, {"application_name", startup.ApplicationName}},
		statements: map[string]string{}, portals: map[string]*echoPortal{},
	}, nil
}

type echoPortal struct {
	sql    string
	params []string
	next   int // of "rows"
}

type echoSession struct {
	h          *echoHandler
	conn       *Conn
	status     byte
	changed    [][2]string
	statements map[string]string
	portals    map[string]*echoPortal
}

func (s *echoSession) Query(ctx context.Context, sql string, w *ResultWriter) error {
	answered := false
	for part := range strings.SplitSeq(sql, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		answered = true
		if fields := columnsOf(part, 0); fields != nil {
			if err := w.RowDescription(fields); err != nil {
				return err
			}
		}
		if err := s.run(ctx, &echoPortal{sql: part}, 0, w); err != nil {
			return err
		}
	}
	if !answered {
		return w.EmptyQuery()
	}
	return nil
}

func (s *echoSession) Parse(_ context.Context, name, sql string, _ []uint32) error {
	if strings.HasPrefix(sql, "syntax") {
		return &Error{Code: "42601", Message: "syntax error", Position: 1}
	}
	s.statements[name] = sql
	return nil
}

func (s *echoSession) Bind(_ context.Context, a *BindArgs) error {
	sql, ok := s.statements[a.Statement]
	if !ok {
		return &Error{Code: "26000", Message: fmt.Sprintf("prepared statement %q does not exist", a.Statement)}
	}
	p := &echoPortal{sql: sql}
	for _, v := range a.Parameters {
		if v == nil {
			p.params = append(p.params, "NULL")
		} else {
			p.params = append(p.params, string(v))
		}
	}
	s.portals[a.Portal] = p
	return nil
}

func (s *echoSession) DescribeStatement(_ context.Context, name string) ([]uint32, []Field, error) {
	sql, ok := s.statements[name]
	if !ok {
		return nil, nil, &Error{Code: "26000", Message: fmt.Sprintf("prepared statement %q does not exist", name)}
	}
	oids := make([]uint32, strings.Count(sql, "$"))
	for i := range oids {
		oids[i] = 25
	}
	return oids, columnsOf(sql, len(oids)), nil
}

func (s *echoSession) DescribePortal(_ context.Context, name string) ([]Field, error) {
	p, ok := s.portals[name]
	if !ok {
		return nil, &Error{Code: "34000", Message: fmt.Sprintf("portal %q does not exist", name)}
	}
	return columnsOf(p.sql, len(p.params)), nil
}

func (s *echoSession) Execute(ctx context.Context, portal string, maxRows int, w *ResultWriter) error {
	p, ok := s.portals[portal]
	if !ok {
		return &Error{Code: "34000", Message: fmt.Sprintf("portal %q does not exist", portal)}
	}
	if strings.TrimSpace(p.sql) == "" {
		return w.EmptyQuery()
	}
	return s.run(ctx, p, maxRows, w)
}

func (s *echoSession) CloseStatement(name string) error { delete(s.statements, name); return nil }
func (s *echoSession) ClosePortal(name string) error    { delete(s.portals, name); return nil }

func (s *echoSession) Sync(context.Context) error { return nil }

func (s *echoSession) Fail(*Error) {
	if s.status == 'T' {
		s.status = 'E'
	}
}

func (s *echoSession) TxStatus() byte { return s.status }

func (s *echoSession) ReportParameters(report func(name, value string)) {
	for _, p := range s.changed {
		report(p[0], p[1])
	}
	s.changed = nil
}

func (s *echoSession) Close() { s.h.closed.Add(1) }

// columnsOf gives a statement's result columns: all of type text, nil where it returns no rows.
func columnsOf(sql string, params int) []Field {
	words := strings.Fields(sql)
	if len(words) == 0 {
		return nil
	}
	var names []string
	switch words[0] {
	case "echo":
		names = words[1:]
	case "rows", "big", "halfrow":
		names = []string{"n"}
	case "params":
		for i := range params {
			names = append(names, "p"+strconv.Itoa(i+1))
		}
	default:
		return nil
	}
	fields := make([]Field, len(names))
	for i, n := range names {
		fields[i] = Field{Name: n, TypeOID: 25, TypeSize: -1, TypeModifier: -1}
	}
	return fields
}

func (s *echoSession) run(ctx context.Context, p *echoPortal, maxRows int, w *ResultWriter) error {
	words := strings.Fields(p.sql)
	args := words[1:]
	switch words[0] {
	case "echo":
		return echoRow(args, w)
	case "params":
		return echoRow(p.params, w)
	case "rows":
		return p.rows(number(args[0]), maxRows, w)
	case "big":
		return s.big(ctx, number(args[0]), number(args[1]), w)
	case "fail":
		return &Error{Code: args[0], Message: strings.Join(args[1:], " ")}
	case "halfrow":
		w.BeginRow(1)
		return &Error{Code: "22012", Message: "division by zero"}
	case "defect":
		return errors.New("a secret of the implementation")
	case "panic":
		panic("a session's panic")
	case "silent":
		return nil
	case "notice":
		if err := w.Notice(&Error{Message: strings.Join(args, " ")}); err != nil {
			return err
		}
		return w.CommandComplete("NOTICE")
	case "set":
		s.changed = append(s.changed, [2]string{args[0], args[1]})
		return w.CommandComplete("SET")
	case "begin", "commit", "rollback":
		return s.transaction(words[0], w)
	case "wait":
		s.h.waiting <- struct{}{}
		<-ctx.Done()
		s.h.causes <- context.Cause(ctx)
		return fmt.Errorf("waiting: %w", ctx.Err())
	case "copyin", "copyin1", "copyswallow":
		return echoCopyIn(words[0], w)
	case "copyout":
		return echoCopyOut(number(args[0]), w)
	}
	return &Error{Code: "42601", Message: "syntax error at or near " + strconv.Quote(words[0]), Position: 1}
}

func echoRow(values []string, w *ResultWriter) error {
	w.BeginRow(len(values))
	for _, v := range values {
		if v == "NULL" {
			w.Null()
		} else {
			w.String(v)
		}
	}
	if err := w.EndRow(); err != nil {
		return err
	}
	return w.CommandComplete("SELECT 1")
}

func (p *echoPortal) rows(n, maxRows int, w *ResultWriter) error {
	sent := 0
	for ; p.next < n; p.next++ {
		if maxRows > 0 && sent == maxRows {
			return w.PortalSuspended()
		}
		w.BeginRow(1)
		w.EndValue(strconv.AppendInt(w.BeginValue(), int64(p.next+1), 10))
		if err := w.EndRow(); err != nil {
			return err
		}
		sent++
	}
	return w.CommandComplete("SELECT " + strconv.Itoa(sent))
}

func (s *echoSession) big(ctx context.Context, n, size int, w *ResultWriter) error {
	value := []byte(strings.Repeat("x", min(size, 1<<20))) // a fuzzer may ask for more
	for range n {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.BeginRow(1)
		w.Bytes(value)
		if err := w.EndRow(); err != nil {
			return err
		}
		if s.h.sent != nil {
			s.h.sent.Add(1)
		}
	}
	return w.CommandComplete("SELECT " + strconv.Itoa(n))
}

func (s *echoSession) transaction(verb string, w *ResultWriter) error {
	s.status = 'I'
	if verb == "begin" {
		s.status = 'T'
	}
	return w.CommandComplete(strings.ToUpper(verb))
}

func echoCopyIn(verb string, w *ResultWriter) error {
	r, err := w.CopyIn(FormatText, []int16{FormatText})
	if err != nil {
		return err
	}
	switch verb {
	case "copyin1":
		if _, err := io.ReadFull(r, make([]byte, 1)); err != nil {
			return err
		}
		return &Error{Code: "22P02", Message: "invalid input", Where: "COPY t, line 1"}
	case "copyswallow":
		_, _ = io.Copy(io.Discard, r)
		return nil
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read COPY data: %w", err)
	}
	return w.CommandComplete("COPY " + strconv.Itoa(strings.Count(string(data), "\n")))
}

func echoCopyOut(n int, w *ResultWriter) error {
	out, err := w.CopyOut(FormatText, []int16{FormatText})
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := fmt.Fprintf(out, "row %d\n", i+1); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	return w.CommandComplete("COPY " + strconv.Itoa(n))
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
