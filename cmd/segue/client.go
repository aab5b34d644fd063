package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// hostPortFlags is an address as psql's flags: "127.0.0.1 -p 5433".
func hostPortFlags(a net.Addr) string {
	if a == nil {
		return "localhost"
	}
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host + " -p " + port
}

// connect opens a connection to a running server, which may be a moment away from being ready.
func connect(ctx context.Context, address string) (*pgconn.PgConn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	dsn := fmt.Sprintf("host=%s port=%s user=segue dbname=segue sslmode=disable application_name=segue connect_timeout=10", host, port)
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("connect to %s (is `segue serve` running?): %w", address, err)
	}
	return conn, nil
}

// disconnect says goodbye, whatever became of ctx.
func disconnect(conn *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // the work is done either way
}

// runSQL runs the statements in sql and prints each result: rows as an aligned table, anything else by its
// command tag.
func runSQL(ctx context.Context, conn *pgconn.PgConn, sql string, out io.Writer) error {
	results := conn.Exec(ctx, sql)
	for results.NextResult() {
		if err := printResult(results.ResultReader(), out); err != nil {
			return errors.Join(err, results.Close())
		}
	}
	return results.Close()
}

func printResult(r *pgconn.ResultReader, out io.Writer) error {
	fields := r.FieldDescriptions()
	if len(fields) == 0 {
		tag, err := r.Close()
		if err == nil && tag.String() != "" {
			_, err = fmt.Fprintln(out, tag.String())
		}
		return err
	}
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	header := make(table.Row, len(fields))
	configs := make([]table.ColumnConfig, len(fields))
	for i, f := range fields {
		header[i] = f.Name
		configs[i] = table.ColumnConfig{Number: i + 1, Align: alignment(f.DataTypeOID), AlignHeader: text.AlignCenter}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	n := 0
	for r.NextRow() {
		row := make(table.Row, len(fields))
		for i, v := range r.Values() {
			row[i] = clip(string(v))
		}
		t.AppendRow(row)
		n++
	}
	if _, err := r.Close(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s\n(%d %s)\n\n", t.Render(), n, plural(n, "row"))
	return err
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// clipAt keeps a vector of 768 numbers from filling the terminal.
const clipAt = 120

func clip(v string) string {
	if len(v) > clipAt && strings.HasPrefix(v, "[") {
		return v[:clipAt] + " …]"
	}
	return v
}

// alignment is psql's: numbers to the right. The OIDs are those of the numeric types.
func alignment(oid uint32) text.Align {
	switch oid {
	case 20, 21, 23, 26, 700, 701, 1700:
		return text.AlignRight
	}
	return text.AlignLeft
}

func plainStyle() table.Style {
	s := table.StyleDefault
	s.Options.DrawBorder = false
	s.Format.Header = text.FormatDefault
	s.Format.Footer = text.FormatDefault
	return s
}
