package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seguedb/segue"
	"github.com/seguedb/segue/query/password"
	"github.com/seguedb/segue/server"
)

// userCommand manages who may log in: SQL's CREATE, ALTER and DROP ROLE for those who stand before the machine. It opens
// the data directory itself where no server has it, and asks the server where one has.
func userCommand() *cobra.Command {
	u := &userTool{}
	cmd := &cobra.Command{Use: "user", Short: "Add, list and remove users, and set their passwords"}
	cmd.PersistentFlags().StringVar(&u.data, "data", "./"+server.DefaultDataDir, "data directory")
	cmd.PersistentFlags().StringVar(&u.address, "connect", server.DefaultListen,
		"HOST:PORT or socket directory of the server that has it open")
	cmd.PersistentFlags().StringVar(&u.as, "user", "", "the superuser to ask that server as (default segue, or PGUSER)")
	cmd.AddCommand(u.addCommand(), u.listCommand(), u.removeCommand(), u.passwordCommand())
	return cmd
}

type userTool struct{ data, address, as string }

func (u *userTool) addCommand() *cobra.Command {
	var super, noPassword bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a user; the password is asked for, or read from standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			sql := "CREATE ROLE " + quoteIdent(args[0]) + " LOGIN"
			if super {
				sql += " SUPERUSER"
			}
			if !noPassword {
				verifier, err := askPassword(args[0])
				if err != nil {
					return err
				}
				sql += " PASSWORD '" + verifier + "'"
			}
			return u.run(cmd.Context(), sql)
		},
	}
	cmd.Flags().BoolVar(&super, "superuser", false, "a user who may do everything")
	cmd.Flags().BoolVar(&noPassword, "no-password", false, "without a password: for where an access rule trusts")
	return cmd
}

func (u *userTool) listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the users: whether they are superusers, may log in, and have a password",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return u.run(cmd.Context(), `SELECT rolname AS user, rolsuper AS superuser, rolcanlogin AS login,
 rolpassword IS NOT NULL AS password, rolvaliduntil AS valid_until FROM pg_authid WHERE rolname NOT LIKE 'pg\_%' ORDER BY 1`)
		},
	}
}

func (u *userTool) removeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a user who owns nothing and was granted nothing",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return u.run(cmd.Context(), "DROP ROLE "+quoteIdent(args[0]))
		},
	}
}

func (u *userTool) passwordCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "password NAME",
		Short: "Set a user's password, which is asked for, or read from standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			verifier, err := askPassword(args[0])
			if err != nil {
				return err
			}
			return u.run(cmd.Context(), "ALTER ROLE "+quoteIdent(args[0])+" PASSWORD '"+verifier+"'")
		},
	}
}

func quoteIdent(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// askPassword asks for a password twice on a terminal, or takes standard input's first line, and gives its verifier: the
// password itself goes nowhere.
func askPassword(user string) (string, error) {
	plain, err := readPassword(user)
	switch {
	case err != nil:
		return "", err
	case plain == "":
		return "", errors.New("an empty password is none")
	}
	return password.Hash(plain), nil
}

func readPassword(user string) (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && err != io.EOF {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(os.Stderr, prompt)
		text, err := term.ReadPassword(in)
		fmt.Fprintln(os.Stderr)
		return string(text), err
	}
	first, err := ask("Password for " + user + ": ")
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	again, err := ask("Again: ")
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if first != again {
		return "", errors.New("the passwords differ")
	}
	return first, nil
}

// run runs one statement, on the data directory or on the server that has it open.
func (u *userTool) run(ctx context.Context, sql string) error {
	if _, err := os.Stat(u.data); err != nil {
		return fmt.Errorf("data directory %s: %w", u.data, err)
	}
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	e, err := server.OpenEngine(ctx, server.Config{DataDir: u.data, Logger: quiet})
	if errors.Is(err, segue.ErrLocked) {
		return u.ask(ctx, sql)
	}
	if err != nil {
		return err
	}
	return errors.Join(u.runHere(ctx, e, sql), e.Close())
}

// ask runs the statement on the server, with PGPASSWORD or ~/.pgpass.
func (u *userTool) ask(ctx context.Context, sql string) error {
	conn, err := connectAs(ctx, u.address, u.as)
	if err != nil {
		return err
	}
	defer disconnect(conn)
	if err := runSQL(ctx, conn, sql, nil, os.Stdout); err != nil {
		return reportSQL(err, "")
	}
	return nil
}

// runHere runs the statement through a server of its own, on a socket that nobody else reaches.
func (u *userTool) runHere(ctx context.Context, e *server.Engine, sql string) error {
	dir, err := os.MkdirTemp("", "segue-user-")
	if err != nil {
		return fmt.Errorf("make a folder for a socket: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := server.New(e, server.Config{SocketDir: dir})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	err = u.local(ctx, e, dir, sql)
	stop()
	return errors.Join(err, <-done)
}

func (u *userTool) local(ctx context.Context, e *server.Engine, dir, sql string) error {
	conn, err := pgconn.Connect(ctx, fmt.Sprintf("host=%s port=5433 user=%s dbname=segue sslmode=disable", dir, e.Superuser()))
	if err != nil {
		return fmt.Errorf("open the data directory: %w", err)
	}
	defer disconnect(conn)
	if err := runSQL(ctx, conn, sql, nil, os.Stdout); err != nil {
		return reportSQL(err, "")
	}
	if e.LockedOut() {
		fmt.Fprintf(os.Stderr, "note: over TCP everybody needs a password now, and the superuser has none: segue user password %s\n",
			e.Superuser())
	}
	return nil
}
