package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/seguedb/segue"
	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/server"
)

// modelUse asks which columns need a model: those that it fills, and those that it is to fill or filled before a rebuild.
const modelUse = `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) || '.' || quote_ident(attname) ||
 CASE state WHEN 'current' THEN '' ELSE ' (' || state || ')' END FROM segue_embeddings WHERE split_part(model, '/', 1) = $1 ORDER BY 1`

func (t *modelTool) removeCommand() *cobra.Command {
	var force bool
	var address, user string
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a model that was added and that no column of a table needs",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := t.registry().Get(args[0]); err != nil {
				return t.registry().Remove(args[0]) // which says why not, or removes what cannot be read
			}
			columns, err := t.columnsOf(cmd.Context(), args[0], address, user)
			if len(columns) > 0 {
				err = fmt.Errorf("model %q is needed by %s: their rows could not be written, nor their queries embedded; "+
					"rebuild them by another model first (segue_rebuild), or use --force", args[0], strings.Join(columns, ", "))
			}
			if err != nil && !force {
				return err
			}
			if err != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: %v\n", err)
			}
			return t.registry().Remove(args[0])
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "remove it although columns need it, or when that cannot be found out")
	cmd.Flags().StringVar(&address, "connect", server.DefaultListen,
		"HOST:PORT or socket directory of the server that has the directory open")
	cmd.Flags().StringVar(&user, "user", "", "the user to ask that server as (default segue, or PGUSER)")
	return cmd
}

// columnsOf lists the columns that need a model, out of the data directory, or where a server has it open by asking that.
func (t *modelTool) columnsOf(ctx context.Context, name, address, user string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(t.data, "FORMAT")); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no server has made it yet
	}
	db, err := segue.Open(t.data)
	if errors.Is(err, segue.ErrLocked) {
		return t.askColumns(ctx, name, address, user)
	}
	if err != nil {
		return nil, fmt.Errorf("find out whether a column needs model %q: %w", name, err)
	}
	var out []string
	rows, err := db.Query(ctx, modelUse, name)
	if err == nil {
		for rows.Next() {
			var column string
			err = errors.Join(err, rows.Scan(&column))
			out = append(out, column)
		}
		err = errors.Join(err, rows.Close())
	}
	return out, errors.Join(err, db.Close())
}

// askColumns asks a server, which must be the one that has this directory: it has the same model under that name.
func (t *modelTool) askColumns(ctx context.Context, name, address, user string) ([]string, error) {
	fail := func(err error) ([]string, error) {
		return nil, fmt.Errorf("a server has the data directory open, and could not be asked whether a column needs model %q "+
			"(--connect says where it is): %w", name, err)
	}
	conn, err := connectAs(ctx, address, user)
	if err != nil {
		return fail(err)
	}
	defer disconnect(conn)
	there, err := firstColumn(ctx, conn, "SELECT fingerprint FROM segue_models WHERE name = $1", name)
	if err != nil {
		return fail(err)
	}
	err = t.models(func(e *embed.Engine) error {
		m, err := e.Model(name)
		if err == nil && (len(there) != 1 || there[0] != m.Fingerprint) {
			err = fmt.Errorf("the server at %s has another data directory", address)
		}
		return err
	})
	if err != nil {
		return fail(err)
	}
	columns, err := firstColumn(ctx, conn, modelUse, name)
	if err != nil {
		return fail(err)
	}
	return columns, nil
}

// firstColumn is a query's first column, as text.
func firstColumn(ctx context.Context, conn *pgconn.PgConn, sql, param string) ([]string, error) {
	r := conn.ExecParams(ctx, sql, [][]byte{[]byte(param)}, nil, nil, nil).Read()
	var out []string
	for _, row := range r.Rows {
		out = append(out, string(row[0]))
	}
	return out, r.Err
}
