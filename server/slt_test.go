package server_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var rewrite = flag.Bool("rewrite", false, "write what came back into the scripts of testdata/slt")

// TestScripts runs testdata/slt/*.slt, each through a real socket on a fresh database. A script is records
// separated by empty lines; its first line says what it shows.
//
//	statement ok                 the statement succeeds
//	statement count 3            and affects 3 rows
//	statement error 42703 nope   it fails with that SQLSTATE, and "nope" in its message; then, where a
//	                             position matters, "at 8"
//	query                        its rows follow ----, columns separated by |
//	query sorted                 the same, in any order
//	copy                         a COPY … FROM STDIN; its data follows ---- up to \.
//	copy error 22P02 line 2      a COPY that fails, with "line 2" in message or context
//	async                        a statement that must have to wait for another session; it goes on in the
//	                             background, and its connection is next asked to
//	await count 1                say how it ended: as after "statement", or "query" with its rows
//	notice                       what the last statement said besides: a line each after ----
//	connection b                 the records that follow run on another session
//	restart                      the server stops and opens its directory again
//
// A line "onlyif segue" before a record keeps it from PostgreSQL ("onlyif postgres" from Segue); alone, it does so
// for the rest of the script. Queries run twice: by the simple protocol, and prepared.
//
// go test -run TestScripts -rewrite writes what came back: rows, and for a statement whose outcome is another,
// or is written "?", its first line. With -oracle DSN the scripts run against a PostgreSQL instead (make slt-oracle).
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("../testdata/slt/*.slt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".slt"), func(t *testing.T) { runScript(t, file) })
	}
}

func runScript(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	records := parseScript(string(text))
	if len(records) == 0 || len(records[0].comments) == 0 || !strings.HasPrefix(records[0].comments[0], "# ") {
		t.Fatalf("%s: the first line must say what the script shows", file)
	}
	s := &script{t: t, file: file, place: openPlace(t), conns: map[string]*pgx.Conn{}}
	for i := range records {
		if r := &records[i]; r.only == "" || r.only == s.place.name() {
			s.run(r)
		} else if r.head == "" {
			break
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(formatScript(records)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// atPosition is the end of an expected error that says where it points.
var atPosition = regexp.MustCompile(` ?at ([0-9]+)$`)

// script is a run.
type script struct {
	t       *testing.T
	file    string
	place   place
	conns   map[string]*pgx.Conn
	current string
	waiting map[string]*underway // by connection
}

func (s *script) conn() *pgconn.PgConn {
	c := s.conns[s.current]
	if c == nil {
		c = s.place.connect()
		s.conns[s.current] = c
	}
	return c.PgConn()
}

func (s *script) run(r *record) {
	s.t.Helper()
	kind, rest, _ := strings.Cut(r.head, " ")
	switch kind {
	case "":
	case "connection":
		s.current = rest
	case "restart":
		for _, c := range s.conns {
			_ = c.Close(context.Background())
		}
		clear(s.conns)
		s.place.restart()
	case "statement":
		s.takeNotices()
		s.statement(r, rest)
	case "async":
		s.async(r)
	case "await":
		s.await(r, rest)
	case "notice":
		s.notice(r)
	case "query":
		s.query(r, rest == "sorted")
	case "copy":
		s.copy(r, rest)
	default:
		s.t.Fatalf("%s: unknown record %q", s.file, r.head)
	}
}

func (s *script) statement(r *record, want string) {
	s.t.Helper()
	results, err := s.conn().Exec(context.Background(), r.sql).ReadAll()
	count(s.place)
	if *rewrite {
		if r.head = "statement " + outcome(want, results, err); r.head == "statement query" {
			r.head, r.hasMark, r.result = "query", true, rowsText(results[len(results)-1], false)
		}
		return
	}
	s.ended(r, want, results, err)
}

// ended checks how a statement ended: "ok", "count N" or "error CODE …".
func (s *script) ended(r *record, want string, results []*pgconn.Result, err error) {
	s.t.Helper()
	kind, rest, _ := strings.Cut(want, " ")
	switch {
	case kind == "error":
		s.wantError(r, err, rest)
	case err != nil:
		s.fail(r, "%v", describe(err))
	case kind == "count":
		if got := fmt.Sprint(results[len(results)-1].CommandTag.RowsAffected()); got != rest {
			s.fail(r, "affected %s rows, want %s", got, rest)
		}
	}
}

// wantError checks "SQLSTATE [part of the message] [at POSITION]".
func (s *script) wantError(r *record, err error, want string) {
	s.t.Helper()
	code, text, _ := strings.Cut(want, " ")
	position := ""
	if at := atPosition.FindStringSubmatchIndex(text); at != nil {
		text, position = text[:at[0]], text[at[2]:at[3]]
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		s.fail(r, "want SQLSTATE %s, got %v", code, err)
		return
	}
	if e.Code != code || !strings.Contains(e.Message+"\n"+e.Detail+"\n"+e.Where, text) {
		s.fail(r, "want %q, got %s", want, describe(err))
	}
	if position != "" && fmt.Sprint(e.Position) != position {
		s.fail(r, "want position %s, got %s", position, describe(err))
	}
}

// outcome is the rest of a statement's first line as -rewrite writes it: was itself where it is true.
func outcome(was string, results []*pgconn.Result, err error) string {
	var e *pgconn.PgError
	kind, rest, _ := strings.Cut(was, " ")
	switch {
	case errors.As(err, &e):
		code, text, _ := strings.Cut(rest, " ")
		if at := atPosition.FindStringIndex(text); at != nil {
			text = text[:at[0]]
		}
		if kind != "error" || e.Code != code || !strings.Contains(e.Message+"\n"+e.Detail+"\n"+e.Where, text) {
			text = strings.Split(e.Message, "\n")[0]
		}
		out := "error " + e.Code + " " + text
		if e.Position > 0 && (kind != "error" || atPosition.MatchString(rest)) {
			out += fmt.Sprintf(" at %d", e.Position)
		}
		return out
	case err != nil:
		return "error " + err.Error()
	case len(results) == 0 || kind == "ok":
		return "ok"
	}
	last := results[len(results)-1]
	switch {
	case len(last.FieldDescriptions) > 0 && kind == "?":
		return "query"
	case last.CommandTag.Insert() || last.CommandTag.Update() || last.CommandTag.Delete() || kind == "count":
		return fmt.Sprintf("count %d", last.CommandTag.RowsAffected())
	}
	return "ok"
}

func (s *script) query(r *record, sorted bool) {
	s.t.Helper()
	simple, err := s.conn().Exec(context.Background(), r.sql).ReadAll()
	count(s.place)
	if err != nil && *rewrite {
		r.head, r.hasMark, r.result = "statement "+outcome("?", simple, err), false, nil
		return
	}
	if err != nil {
		s.fail(r, "%s", describe(err))
		return
	}
	got := rowsText(simple[len(simple)-1], sorted)
	if *rewrite {
		r.result, r.hasMark = got, true
	}
	if !slices.Equal(got, r.result) {
		s.fail(r, "got:\n%s", strings.Join(got, "\n"))
	}
	if strings.HasPrefix(strings.ToUpper(r.sql), "SELECT") && !volatile.MatchString(r.sql) {
		prepared := s.conn().ExecParams(context.Background(), r.sql, nil, nil, nil, nil).Read()
		if prepared.Err != nil {
			s.fail(r, "prepared: %s", describe(prepared.Err))
		} else if again := rowsText(prepared, sorted); !slices.Equal(again, got) {
			s.fail(r, "prepared, it gives:\n%s", strings.Join(again, "\n"))
		}
	}
}

func (s *script) copy(r *record, want string) {
	s.t.Helper()
	data := strings.Join(r.result, "\n")
	data = strings.TrimSuffix(data, `\.`)
	count(s.place)
	_, err := s.conn().CopyFrom(context.Background(), strings.NewReader(data), r.sql)
	if kind, rest, _ := strings.Cut(want, " "); kind == "error" {
		s.wantError(r, err, rest)
	} else if err != nil {
		s.fail(r, "%s", describe(err))
	}
}

// volatile finds the queries whose second run is not to give the rows of the first.
var volatile = regexp.MustCompile(`(?i)nextval|setval|advisory|random|clock_timestamp|pg_notify|txid|gen_random`)

func rowsText(r *pgconn.Result, sorted bool) []string {
	var out []string
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			switch {
			case v == nil:
				cells[i] = "NULL"
			case len(v) == 0:
				cells[i] = "''"
			default:
				cells[i] = strings.ReplaceAll(string(v), "\n", `\n`)
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	if sorted {
		slices.Sort(out)
	}
	return out
}

func (s *script) fail(r *record, format string, args ...any) {
	s.t.Helper()
	s.t.Errorf("%s: %s\n%s\n%s", s.file, r.head, r.sql, fmt.Sprintf(format, args...))
}

// describe prints all that an error says.
func describe(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return fmt.Sprintf("%s %s at %d; detail %q; hint %q; where %q", e.Code, e.Message, e.Position, e.Detail, e.Hint, e.Where)
}
