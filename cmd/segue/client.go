package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/seguedb/segue/server"
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

// connect opens a connection to a running server, which may be a moment away from being ready, as PGUSER or segue.
func connect(ctx context.Context, address string) (*pgconn.PgConn, error) {
	return connectAs(ctx, address, "")
}

// connectAs is connect with a user. The password is PGPASSWORD's or ~/.pgpass's, encryption PGSSLMODE's.
func connectAs(ctx context.Context, address, user string) (*pgconn.PgConn, error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	if user == "" {
		user = cmp.Or(os.Getenv("PGUSER"), server.DatabaseName)
	}
	dsn := fmt.Sprintf("host='%s' port=%s user='%s' dbname=segue application_name=segue connect_timeout=10", dsnValue(host), port,
		dsnValue(user))
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		fmt.Fprintf(os.Stderr, "%s:  %s\n", n.Severity, n.Message)
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if refused := new(pgconn.PgError); errors.As(err, &refused) {
		return nil, fmt.Errorf("connect to %s as %s: %s (SQLSTATE %s)", address, user, refused.Message, refused.Code)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to %s (is `segue serve` running?): %w", address, err)
	}
	return conn, nil
}

// splitAddress takes HOST:PORT apart, or the folder of a Unix socket, whose port is the default one.
func splitAddress(address string) (host, port string, err error) {
	if strings.HasPrefix(address, "/") {
		_, port, err = net.SplitHostPort(server.DefaultListen)
		return address, port, err
	}
	return net.SplitHostPort(address)
}

// dsnValue escapes a value for the quotes of a connection string.
func dsnValue(v string) string { return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v) }

// disconnect says goodbye, whatever became of ctx.
func disconnect(conn *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // the work is done either way
}

// runSQL runs the statements in sql and prints each result: rows as an aligned table, anything else by its
// command tag. in is the data of a COPY FROM STDIN, nil where there is none to be had; a COPY TO STDOUT's goes to out.
func runSQL(ctx context.Context, conn *pgconn.PgConn, sql string, in io.Reader, out io.Writer) error {
	conn.Frontend().SendQuery(&pgproto3.Query{String: sql})
	if err := conn.Frontend().Flush(); err != nil {
		return fmt.Errorf("send the statement: %w", err)
	}
	var rows *resultTable
	var failed error
	for {
		msg, err := conn.ReceiveMessage(ctx)
		if err != nil {
			return errors.Join(failed, err)
		}
		switch m := msg.(type) {
		case *pgproto3.RowDescription:
			rows = newResultTable(m.Fields)
		case *pgproto3.DataRow:
			rows.add(m.Values)
		case *pgproto3.CopyData:
			_, err = out.Write(m.Data)
		case *pgproto3.CopyInResponse:
			err = sendCopy(conn.Frontend(), in)
		case *pgproto3.CommandComplete:
			err = printResult(rows, string(m.CommandTag), out)
			rows = nil
		case *pgproto3.ErrorResponse:
			failed = pgconn.ErrorResponseToPgError(m)
		case *pgproto3.ReadyForQuery:
			return failed
		}
		if err != nil {
			return err
		}
	}
}

// sendCopy sends the data that a COPY FROM STDIN asks for.
func sendCopy(f *pgproto3.Frontend, in io.Reader) error {
	if in == nil {
		f.Send(&pgproto3.CopyFail{Message: "there is no data: give the COPY as an argument, and its data on standard input"})
		return f.Flush()
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			f.Send(&pgproto3.CopyData{Data: buf[:n]})
			if err := f.Flush(); err != nil {
				return fmt.Errorf("send COPY data: %w", err)
			}
		}
		switch {
		case err == io.EOF:
			f.Send(&pgproto3.CopyDone{})
			return f.Flush()
		case err != nil:
			f.Send(&pgproto3.CopyFail{Message: err.Error()})
			return f.Flush()
		}
	}
}

// resultTable is the rows of one statement.
type resultTable struct {
	table table.Writer
	rows  int
}

func newResultTable(fields []pgproto3.FieldDescription) *resultTable {
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	header := make(table.Row, len(fields))
	configs := make([]table.ColumnConfig, len(fields))
	for i, f := range fields {
		header[i] = string(f.Name)
		configs[i] = table.ColumnConfig{Number: i + 1, Align: alignment(f.DataTypeOID), AlignHeader: text.AlignCenter}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	return &resultTable{table: t}
}

func (t *resultTable) add(values [][]byte) {
	row := make(table.Row, len(values))
	for i, v := range values {
		row[i] = clip(string(v))
	}
	t.table.AppendRow(row)
	t.rows++
}

func printResult(t *resultTable, tag string, out io.Writer) error {
	if t == nil {
		_, err := fmt.Fprintln(out, tag)
		return err
	}
	_, err := fmt.Fprintf(out, "%s\n(%d %s)\n\n", t.table.Render(), t.rows, plural(t.rows, "row"))
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
