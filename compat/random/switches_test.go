package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue"
)

// switchesFor is how long TestSwitches asks.
const switchesFor = 4 * time.Second

// TestSwitches asks Segue random queries as they are, and then with each enable_… turned off: whichever way a query is
// run, its rows are the same. -seed N -queries 1 asks one again.
func TestSwitches(t *testing.T) {
	db, err := segue.Open(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx := context.Background()
	conn, err := db.SQL().Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, sql := range append(strings.Split(schema, ";\n"), "ANALYZE", "SET statement_timeout = '3s'") {
		if _, err := conn.ExecContext(ctx, sql); err != nil && strings.TrimSpace(sql) != "" {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	names := column0(ctx, t, conn, `SELECT name FROM pg_settings WHERE name LIKE 'enable\_%' ORDER BY 1`)
	asked := 0
	for end := time.Now().Add(switchesFor); time.Now().Before(end) && asked < *queries; asked++ {
		at := *seed + uint64(asked)
		if err := switched(ctx, conn, names, newGenerator(at).query()); err != nil {
			t.Fatalf("seed %d: %v", at, err)
		}
	}
	t.Logf("seeds %d … %d, %d settings", *seed, *seed+uint64(asked)-1, len(names))
}

// answered is the query's rows; ok is false for what PostgreSQL refuses, too, and for what takes too long.
func answered(ctx context.Context, conn *sql.Conn, query string) (rows []string, ok bool) {
	rows, err := sortedRows(ctx, conn, query)
	return rows, err == nil
}

// switched asks one query under every setting.
func switched(ctx context.Context, conn *sql.Conn, names []string, query string) error {
	want, ok := answered(ctx, conn, query)
	if !ok {
		return nil
	}
	for _, name := range names {
		if _, err := conn.ExecContext(ctx, "SET "+name+" = off"); err != nil {
			return err
		}
		got, err := sortedRows(ctx, conn, query)
		switch {
		case err != nil && strings.Contains(err.Error(), "statement timeout"):
		case err != nil:
			return fmt.Errorf("%s = off: %w\n%s", name, err, query)
		case !slices.Equal(got, want):
			return fmt.Errorf("%s = off: %d rows, not %d, or others\n%s", name, len(got), len(want), query)
		}
		if _, err := conn.ExecContext(ctx, "RESET "+name); err != nil {
			return err
		}
	}
	return nil
}

func sortedRows(ctx context.Context, conn *sql.Conn, query string) (out []string, err error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, fmt.Sprint(cells...))
	}
	slices.Sort(out)
	return out, rows.Err()
}

func column0(ctx context.Context, t *testing.T, conn *sql.Conn, query string) []string {
	rows, err := sortedRows(ctx, conn, query)
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", query, len(rows), err)
	}
	return rows
}
