package builtin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue/query/exec/exectest"
	"github.com/seguedb/segue/query/sqlstate"
)

// One session's statements, in order: an error's SQLSTATE, or the single row's values with | between.
func TestOneSession(t *testing.T) {
	db := exectest.New()
	for _, step := range []struct{ sql, want string }{
		{"CREATE TABLE tracks (id serial PRIMARY KEY, title text)", ""},
		{"SELECT pg_get_serial_sequence('tracks', 'id')", "public.tracks_id_seq"},
		{"SELECT currval('tracks_id_seq')", "55000"},
		{"SELECT nextval('tracks_id_seq')", "1"},
		{"SELECT nextval('tracks_id_seq'), currval('tracks_id_seq'), lastval()", "2|2|2"},
		{"SELECT setval('tracks_id_seq', 10), nextval('tracks_id_seq')", "10|11"},
		{"SELECT setval('tracks_id_seq', 10, false), nextval('tracks_id_seq')", "10|10"},
		{"SELECT nextval('nowhere')", "42P01"},
		{"SELECT set_config('work_mem', '8MB', false), current_setting('work_mem')", "8MB|8MB"},
		{"SELECT pg_get_indexdef('tracks_pkey'::regclass)",
			"CREATE UNIQUE INDEX tracks_pkey ON public.tracks USING btree (id)"},
		{"COMMENT ON TABLE tracks IS 'what is played'", ""},
		{"SELECT obj_description('tracks'::regclass, 'pg_class'), obj_description('tracks'::regclass)",
			"what is played|what is played"},
		{"SELECT pg_describe_object(1259, 'tracks'::regclass, 2)", "column title of table tracks"},
		{"SELECT pg_index_column_has_property('tracks_pkey', 1, 'asc')", "t"},
		{"SELECT has_table_privilege('tracks', 'INSERT'), has_column_privilege('tracks', 'title', 'SELECT')", "t|t"},
		{"SELECT current_database(), current_schema(), pg_backend_pid()", "segue|public|1"},
		{"SELECT pg_table_size('tracks'), pg_database_size('segue')", "NULL|NULL"},
		{"SELECT pg_cancel_backend(1)", "0A000"},
	} {
		if got := outcome(t, db, step.sql); got != step.want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", step.sql, got, step.want)
		}
	}
}

func outcome(t *testing.T, db *exectest.DB, sql string) string {
	res, err := db.Exec(t.Context(), sql)
	var e *sqlstate.Error
	switch {
	case errors.As(err, &e):
		return string(e.Code)
	case err != nil:
		return err.Error()
	case len(res.Strings()) == 0:
		return ""
	}
	return strings.Join(res.Strings()[0], "|")
}

// Waiting ends when the statement is cancelled.
func TestSleepIsCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := exectest.New().Exec(ctx, "SELECT pg_sleep(3600)"); err == nil {
		t.Fatal("an hour went by")
	}
}
