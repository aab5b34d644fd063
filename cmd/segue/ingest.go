package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/seguedb/segue/server"
)

// tracksDDL is the table that ingest makes where there is none: DESIGN.md §4's, with all tags, and with what tells a file that
// did not change. That is a column of the table and no catalog of its own, so that it is there exactly when the row is,
// whoever wrote, restored or deleted it. It stands before emb: columns are computed in order, so the content that was
// embedded is never older than the content that was hashed, and a file that changed in between is found changed next time.
const tracksDDL = `CREATE TABLE IF NOT EXISTS %s (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path     text NOT NULL UNIQUE,
  file     jsonb  GENERATED ALWAYS AS (audio_file(path)) STORED,
  title    text   GENERATED ALWAYS AS (audio_tag(path, 'title'))  STORED,
  artist   text   GENERATED ALWAYS AS (audio_tag(path, 'artist')) STORED,
  album    text   GENERATED ALWAYS AS (audio_tag(path, 'album'))  STORED,
  genre    text   GENERATED ALWAYS AS (audio_tag(path, 'genre'))  STORED,
  year     int    GENERATED ALWAYS AS ((audio_tags(path)->>'year')::int) STORED,
  duration real   GENERATED ALWAYS AS (audio_duration(path))      STORED,
  tags     jsonb  GENERATED ALWAYS AS (audio_tags(path)) STORED,
  emb      vector(%d) GENERATED ALWAYS AS (embed(path%s)) STORED
) WITH (segments = on)`

// tracksTable is tracksDDL for a table whose embeddings are a model's, of so many dimensions; "" is the server's default.
func tracksTable(table, model string, dim int) string {
	if model != "" {
		model = ", model => '" + strings.ReplaceAll(model, "'", "''") + "'"
	}
	return fmt.Sprintf(tracksDDL, table, dim, model)
}

// Statuses that ingest ends with, besides 0 and the 1 of an error.
const (
	statusRejected    = 3
	statusInterrupted = 130 // as shells have it for SIGINT
)

type ingestOptions struct {
	address, table, model         string
	batch                         int
	rehash, deleteVanished, quiet bool
}

func ingestCommand() *cobra.Command {
	var o ingestOptions
	cmd := &cobra.Command{
		Use:   "ingest DIR",
		Short: "Bring a table up to date with a folder of audio, on a running server",
		Long: "Embeds the audio files below DIR, which must lie under the server's audio root, into a table of a running server; the\n" +
			"table is made if missing. The server walks the folder and reads the files, in batches that are committed one by one:\n" +
			"after Ctrl-C, a crash of either side or kill -9, the same command goes on where it was. Files that the table has are\n" +
			"passed over while they are unchanged: while device, inode, size, and the times of the last change of content and of\n" +
			"inode (ctime, which no program can set back) are what they were when the content was hashed, and else, or with\n" +
			"--rehash, while the SHA-256 of their content is. Changed files are embedded again, in the rows that they have.\n" +
			"Vanished files are named, and stay unless --delete-vanished is given. Files that cannot be embedded are left out and\n" +
			"named at the end, and are in segue_rejects; the next run tries them again.\n\n" +
			"Status: 0 when all is stored, 3 when files were left out, 130 when interrupted, 1 for any other failure.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			conn, err := connect(cmd.Context(), o.address)
			if err != nil {
				return err
			}
			defer disconnect(conn)
			return ingest(cmd.Context(), conn, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.address, "connect", server.DefaultListen, "HOST:PORT of the server")
	f.StringVar(&o.table, "table", "tracks", "table to fill; made if missing")
	f.StringVar(&o.model, "model", "", "model of a table that is made (default the server's)")
	f.IntVar(&o.batch, "batch", 64, "files a commit")
	f.BoolVar(&o.rehash, "rehash", false, "read every file again to see whether it changed")
	f.BoolVar(&o.deleteVanished, "delete-vanished", false, "delete the rows of files that are no longer there")
	f.BoolVar(&o.quiet, "quiet", false, "print failures only")
	return cmd
}

// ingest brings a table up to date with the audio files below dir.
func ingest(ctx context.Context, conn *pgconn.PgConn, dir string, o ingestOptions) error {
	if o.batch < 1 {
		return errors.New("--batch must be at least 1")
	}
	run := &ingestion{conn: conn, o: o, out: os.Stdout}
	start := time.Now()
	err := run.prepare(ctx)
	if err == nil {
		err = run.compare(ctx, serverFolder(dir))
	}
	if err == nil {
		err = run.work(ctx)
	}
	if err == nil {
		err = run.deleteVanished(ctx)
	}
	if err == nil && run.added+run.changed+run.deleted > 0 { // similarity_pct wants it
		_, err = run.rows(ctx, "ANALYZE "+o.table)
	}
	run.report(time.Since(start), err)
	switch {
	case ctx.Err() != nil:
		return statusError(statusInterrupted)
	case err != nil:
		return ingestError(err)
	case len(run.rejects) > 0:
		return statusError(statusRejected)
	}
	return nil
}

// serverFolder is dir as the server may know it: in full where it is on this machine, as it is written otherwise.
func serverFolder(dir string) string {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return dir
	}
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// ingestError shows all that a refusal says.
func ingestError(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("%s (SQLSTATE %s)\n%s", e.Message, e.Code, strings.TrimSpace(e.Where+"\n"+e.Hint))
}

// copyText is paths in COPY's text format.
func copyText(paths []string) io.Reader {
	escape := strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	var b strings.Builder
	for _, p := range paths {
		b.WriteString(escape.Replace(p))
		b.WriteByte('\n')
	}
	return strings.NewReader(b.String())
}

// sqlLiteral quotes a text for SQL, in the form that does not depend on settings.
func sqlLiteral(s string) string {
	return " E'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
