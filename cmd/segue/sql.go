package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/seguedb/segue/server"
)

func sqlCommand() *cobra.Command {
	var address, user string
	cmd := &cobra.Command{
		Use:   "sql [STATEMENT …]",
		Short: "Run SQL on a running server: the statements given, or those on standard input",
		Example: `  segue sql "SELECT count(*) FROM tracks"
  segue sql < schema.sql
  segue sql "COPY tracks (path) FROM STDIN" < paths.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			conn, err := connectAs(cmd.Context(), address, user)
			if err != nil {
				return err
			}
			defer disconnect(conn)
			var data io.Reader = os.Stdin // of a COPY FROM STDIN
			if len(args) == 0 {
				data = nil
				text, err := io.ReadAll(os.Stdin)
				if err != nil {
					return fmt.Errorf("read standard input: %w", err)
				}
				args = []string{string(text)}
			}
			for _, statement := range args {
				if err := runSQL(cmd.Context(), conn, statement, data, os.Stdout); err != nil {
					return reportSQL(err, statement)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&address, "connect", server.DefaultListen, "HOST:PORT of the server, or the directory of its Unix socket")
	cmd.Flags().StringVar(&user, "user", "", "user to connect as (default segue, or PGUSER); the password is PGPASSWORD's or ~/.pgpass's")
	return cmd
}

// reportSQL prints an error as psql does, with the place in the statement.
func reportSQL(err error, statement string) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s:  %s (SQLSTATE %s)\n", e.Severity, e.Message, e.Code)
	if e.Position > 0 {
		line, caret := lineAt(statement, int(e.Position))
		fmt.Fprintf(os.Stderr, "%s\n%s\n", line, caret)
	}
	for _, part := range []struct{ name, text string }{{"DETAIL", e.Detail}, {"HINT", e.Hint}, {"CONTEXT", e.Where}} {
		if part.text != "" {
			fmt.Fprintf(os.Stderr, "%s:  %s\n", part.name, part.text)
		}
	}
	return errReported
}

// lineAt returns the line that holds the character at position (from 1), and a line with a caret under it.
func lineAt(statement string, position int) (line, caret string) {
	runes := []rune(statement)
	at := min(position-1, len(runes))
	start, end := at, at
	for start > 0 && runes[start-1] != '\n' {
		start--
	}
	for end < len(runes) && runes[end] != '\n' {
		end++
	}
	number := strings.Count(string(runes[:start]), "\n") + 1
	prefix := fmt.Sprintf("LINE %d: ", number)
	return prefix + string(runes[start:end]), strings.Repeat(" ", len(prefix)+at-start) + "^"
}
