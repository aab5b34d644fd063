package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/seguedb/segue/server"
)

// tracksDDL is the table that ingest makes where there is none: DESIGN.md §4's.
const tracksDDL = `CREATE TABLE IF NOT EXISTS %s (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path     text NOT NULL UNIQUE,
  title    text   GENERATED ALWAYS AS (audio_tag(path, 'title'))  STORED,
  artist   text   GENERATED ALWAYS AS (audio_tag(path, 'artist')) STORED,
  album    text   GENERATED ALWAYS AS (audio_tag(path, 'album'))  STORED,
  genre    text   GENERATED ALWAYS AS (audio_tag(path, 'genre'))  STORED,
  duration real   GENERATED ALWAYS AS (audio_duration(path))      STORED,
  emb      vector(768) GENERATED ALWAYS AS (embed(path))          STORED
)`

// audioExtensions are what a folder walk takes for audio; the server judges by content.
var audioExtensions = []string{".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".m4a", ".wma", ".mka"}

type ingestOptions struct {
	address, table, root string
	skipBad, quiet       bool
}

func ingestCommand() *cobra.Command {
	var o ingestOptions
	cmd := &cobra.Command{
		Use:   "ingest DIR",
		Short: "Embed a folder of audio into a table of a running server, in one COPY",
		Long: "Walks DIR for audio files and sends their paths to the server with COPY, which embeds them on all cores: all " +
			"of them are stored, or none. DIR must lie under the server's audio root. The table is made if missing.",
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
	cmd.Flags().StringVar(&o.address, "connect", server.DefaultListen, "HOST:PORT of the server")
	cmd.Flags().StringVar(&o.table, "table", "tracks", "table to fill; made if missing")
	cmd.Flags().BoolVar(&o.skipBad, "skip-bad", false, "store the good files and name the bad ones (COPY … ON_ERROR ignore)")
	cmd.Flags().BoolVar(&o.quiet, "quiet", false, "no progress bar")
	return cmd
}

// ingest copies the audio files below dir into a table, one path a row.
func ingest(ctx context.Context, conn *pgconn.PgConn, dir string, o ingestOptions) error {
	paths, err := audioFiles(dir, o.root)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return fmt.Errorf("no audio files (%s) below %s", strings.Join(audioExtensions, " "), dir)
	}
	ddl := "SET client_min_messages = warning;" + fmt.Sprintf(tracksDDL, o.table) + "; RESET client_min_messages"
	if err := runSQL(ctx, conn, ddl, nil, io.Discard); err != nil {
		return fmt.Errorf("make table %s: %w", o.table, err)
	}
	statement := "COPY " + o.table + " (path) FROM STDIN"
	if o.skipBad {
		statement += " WITH (ON_ERROR ignore, LOG_VERBOSITY verbose)"
	}
	stop := watchProgress(ctx, conn, o, len(paths))
	start := time.Now()
	tag, err := conn.CopyFrom(ctx, strings.NewReader(copyText(paths)), statement)
	stop(err == nil)
	if err != nil {
		return ingestError(err)
	}
	if err := runSQL(ctx, conn, "ANALYZE "+o.table, nil, io.Discard); err != nil { // similarity_pct wants it
		return fmt.Errorf("analyze table %s: %w", o.table, err)
	}
	if !o.quiet {
		fmt.Printf("%d of %d files in %s\n", tag.RowsAffected(), len(paths), time.Since(start).Round(time.Millisecond))
	}
	return nil
}

// ingestError says what a refused COPY means: nothing was stored.
func ingestError(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("nothing was stored: %s (SQLSTATE %s)\n%s", e.Message, e.Code, strings.TrimSpace(e.Where+"\n"+e.Hint))
}

// audioFiles lists audio files below dir, sorted: relative to root where it is given, else absolute.
func audioFiles(dir, root string) ([]string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", dir, err)
	}
	var paths []string
	err = filepath.WalkDir(abs, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() && slices.Contains(audioExtensions, strings.ToLower(filepath.Ext(path))) {
			if root != "" {
				if path, err = filepath.Rel(root, path); err != nil {
					return err
				}
			}
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("walk %s: %w", dir, err)
	}
	slices.Sort(paths)
	return paths, nil
}

// copyText is paths in COPY's text format.
func copyText(paths []string) string {
	escape := strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	var b strings.Builder
	for _, p := range paths {
		b.WriteString(escape.Replace(p))
		b.WriteByte('\n')
	}
	return b.String()
}

// watchProgress shows a bar fed from pg_stat_progress_copy over a second connection, until stop is called.
func watchProgress(ctx context.Context, conn *pgconn.PgConn, o ingestOptions, total int) (stop func(complete bool)) {
	if o.quiet {
		return func(bool) {}
	}
	progress := mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(48))
	bar := progress.AddBar(int64(total), mpb.PrependDecorators(decor.Name("embedding "), decor.CountersNoUnit("%d / %d")),
		mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.EwmaETA(decor.ET_STYLE_GO, 30)))
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		pollProgress(ctx, o.address, conn.PID(), bar)
	}()
	return func(complete bool) {
		cancel()
		<-done
		if complete {
			bar.SetCurrent(int64(total))
		} else {
			bar.Abort(false)
		}
		progress.Wait()
	}
}

// pollProgress moves the bar until ctx ends. Without a second connection there is no bar to move; the COPY
// goes on.
func pollProgress(ctx context.Context, address string, pid uint32, bar *mpb.Bar) {
	watch, err := connect(ctx, address)
	if err != nil {
		return
	}
	defer disconnect(watch)
	query := fmt.Sprintf("SELECT tuples_processed FROM pg_stat_progress_copy WHERE pid = %d", int32(pid))
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
		results, err := watch.Exec(ctx, query).ReadAll()
		if err != nil || len(results) == 0 || len(results[0].Rows) == 0 {
			continue
		}
		if n, err := strconv.ParseInt(string(results[0].Rows[0][0]), 10, 64); err == nil {
			bar.EwmaSetCurrent(n, time.Since(last))
			last = time.Now()
		}
	}
}
