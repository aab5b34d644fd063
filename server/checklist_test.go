package server_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
)

// checklistQueries ask for everything that testdata/checklist.tsv may name, each as it is written there.
var checklistQueries = map[string]string{
	"relation": `SELECT n.nspname || '.' || c.relname || E'\t' ||
			string_agg(a.attname || ':' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE a.attnum > 0 AND n.nspname IN ('pg_catalog', 'information_schema') GROUP BY n.nspname, c.relname`,
	"function": `SELECT oid::regprocedure::text || ' → ' || pg_get_function_result(oid) FROM pg_proc`,
	"operator": `SELECT CASE oprleft WHEN 0 THEN 'NONE' ELSE format_type(oprleft, NULL) END || ' ' || oprname || ' ' ||
		format_type(oprright, NULL) || ' → ' || format_type(oprresult, NULL) FROM pg_operator`,
}

// TestChecklist asserts that what 28 clients' recorded statements touch is here, and is what it is in PostgreSQL 15.
// A relation's columns whose types Segue does not have are text (query/catalog/relation.tsv).
func TestChecklist(t *testing.T) {
	text, err := os.ReadFile("testdata/checklist.tsv")
	if err != nil {
		t.Fatal(err)
	}
	conn := start(t, server.Config{}).connect()
	have := map[string]map[string]bool{}
	for kind, query := range checklistQueries {
		rows, _ := conn.Query(context.Background(), query)
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		have[kind] = map[string]bool{}
		for _, one := range all {
			have[kind][one] = true
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if kind, want, _ := strings.Cut(line, "\t"); !strings.HasPrefix(line, "#") && !have[kind][want] {
			t.Errorf("no %s %s", kind, want)
		}
	}
}
