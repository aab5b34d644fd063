package server_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/server"
)

// TestNamedDefinitions opens a data directory whose stored definitions have functions, operators and types by their names,
// as testdata/format/names.sql made them: all of them get other names and another schema, and nothing that uses them
// notices, before a restart and behind it.
func TestNamedDefinitions(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(data, os.DirFS("../testdata/format/names")); err != nil {
		t.Fatal(err)
	}
	i := start(t, server.Config{DataDir: data})
	conn := i.connect().PgConn()
	if _, err := conn.Exec(context.Background(), `ALTER FUNCTION double(int) RENAME TO twofold;
		ALTER FUNCTION twofold(int) SET SCHEMA s; ALTER FUNCTION s.triple(int) RENAME TO threefold;
		ALTER OPERATOR <-> (int, int) SET SCHEMA s; ALTER TYPE mood RENAME TO humour; ALTER DOMAIN even RENAME TO still_even;
		CREATE FUNCTION double(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -1'`).ReadAll(); err != nil {
		t.Fatal(err)
	}
	checkNamed(t, i, "1|8|10|ok|1 2|8|10|ok|3")
	i.restart()
	if _, err := i.connect().Exec(context.Background(), "INSERT INTO t (id) VALUES (3); UPDATE t SET a = 9 WHERE id = 3"); err != nil {
		t.Fatal(err)
	}
	checkNamed(t, i, "1|8|10|ok|1 2|8|10|ok|3 3|109|10|ok|5")
}

func checkNamed(t *testing.T, i *instance, rows string) {
	t.Helper()
	conn, ctx := i.connect(), context.Background()
	for query, want := range map[string]string{
		"SELECT string_agg(concat_ws('|', id, a, e, m, g), ' ' ORDER BY id) FROM t":               rows,
		"SELECT string_agg(concat_ws('|', id, triple, gap), ' ' ORDER BY id) FROM v WHERE id < 3": "1|3|4 2|6|3",
		"SELECT body(1)::text": "8",
		"SELECT pg_get_viewdef('v')": " SELECT t.id,\n    s.threefold(t.id) AS triple,\n    (t.id OPERATOR(s.<->) 5) AS gap\n" +
			"   FROM t\n  WHERE (t.m = 'ok'::humour);",
		"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'c'": "CHECK (((s.twofold(a) > 0) AND (s.threefold(a) > 0)))",
		"SELECT pg_get_indexdef('i'::regclass)":                                   "CREATE INDEX i ON public.t USING btree (s.twofold(a)) WHERE (s.twofold(id) > 2)",
		"SELECT attname FROM pg_attribute WHERE attrelid = 'i'::regclass":         "double",
		"SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'w'": "CREATE TRIGGER w BEFORE UPDATE ON public.t FOR EACH ROW " +
			"WHEN ((s.twofold(new.a) > s.twofold(old.a))) EXECUTE FUNCTION note()",
		"SELECT pg_get_function_arguments('body'::regproc)":                                "i integer, j integer DEFAULT s.twofold(3)",
		"SELECT pg_get_expr(typdefaultbin, 0) FROM pg_type WHERE typname = 'still_even'":   "s.twofold(5)",
		"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'even_check'": "CHECK ((s.twofold(VALUE) > 0))",
	} {
		var got string
		if err := conn.QueryRow(ctx, query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", query, got, err, want)
		}
	}
}

// TestNamedRules opens a data directory whose rules were stored with names in them, as testdata/format/rulenames.sql made
// them: what they use gets other names, and they go on, before a restart and behind it.
func TestNamedRules(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(data, os.DirFS("../testdata/format/rulenames")); err != nil {
		t.Fatal(err)
	}
	i := start(t, server.Config{DataDir: data})
	if _, err := i.connect().PgConn().Exec(context.Background(), `ALTER FUNCTION double(int) RENAME TO twofold;
		ALTER FUNCTION twofold(int) SET SCHEMA s; ALTER OPERATOR <-> (int, int) SET SCHEMA s; ALTER TYPE mood RENAME TO humour;
		ALTER TABLE s.log RENAME TO history; ALTER TABLE s.history RENAME id TO of; ALTER TABLE s.history SET SCHEMA public;
		ALTER TABLE t RENAME a TO amount; ALTER TABLE kept RENAME n TO number; INSERT INTO t VALUES (2, 20)`).ReadAll(); err != nil {
		t.Fatal(err)
	}
	checkRules(t, i, "1|20|ok 2|40|ok", "1|100")
	i.restart()
	if _, err := i.connect().PgConn().Exec(context.Background(),
		"UPDATE t SET amount = amount + 2; DELETE FROM t WHERE id = 2").ReadAll(); err != nil {
		t.Fatal(err)
	}
	checkRules(t, i, "1|32|ok", "1|112 2|22")
}

func checkRules(t *testing.T, i *instance, history, kept string) {
	t.Helper()
	conn, ctx := i.connect(), context.Background()
	for query, want := range map[string]string{
		"SELECT string_agg(concat_ws('|', of, a, m), ' ' ORDER BY of) FROM history": history,
		"SELECT string_agg(concat_ws('|', id, number), ' ' ORDER BY id) FROM kept":  kept,
		"SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'ins'": "CREATE RULE ins AS\n    ON INSERT TO public.t DO  " +
			"INSERT INTO history (of, a, m)\n  VALUES (new.id, s.twofold(new.amount), 'ok'::humour);",
		"SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'upd'": "CREATE RULE upd AS\n    ON UPDATE TO public.t\n   " +
			"WHERE (((new.amount OPERATOR(s.<->) old.amount) > 1) AND (EXISTS ( SELECT\n           FROM t x\n          " +
			"WHERE (x.id = new.id)))) DO ( UPDATE history SET a = (history.a + new.amount)\n  WHERE (history.of = old.id);\n " +
			"INSERT INTO kept AS was (id, number)  SELECT new.id,\n            new.amount AS a ON CONFLICT(id) DO UPDATE SET " +
			"number = (was.number + excluded.number);\n);",
	} {
		var got string
		if err := conn.QueryRow(ctx, query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", query, got, err, want)
		}
	}
}
