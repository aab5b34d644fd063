package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ingestion is one run of segue ingest. It has the connection, and an advisory lock by which there is one run a table.
type ingestion struct {
	conn *pgconn.PgConn
	o    ingestOptions
	out  io.Writer

	lengths bool  // the table has a column duration
	mark    int64 // the last number of segue_rejects that was seen

	fresh, stale        []foundFile // not in the table; in it, and perhaps changed
	same                int         // in it and unchanged
	files               int
	bytes               int64
	vanished            []string
	unreadable, rejects []refusal // folders; files, and folders too

	added, changed, touched, deleted int
	doneFiles                        int
	doneBytes                        int64
	seconds                          float64 // of audio
	started                          time.Time
}

type foundFile struct {
	path  string
	bytes int64
}

// refusal is a file that was left out, and why.
type refusal struct{ path, code, message string }

// lockWait is how long a run waits for another one's end: the server may still be busy with the batch of one that was
// killed.
const lockWait = 30 * time.Second

// prepare makes the table, and makes sure that no other run is filling it.
func (r *ingestion) prepare(ctx context.Context) error {
	lock := fmt.Sprintf("SELECT pg_try_advisory_lock(1936025445, hashtext(%s))", sqlLiteral(r.o.table)) // "sege"
	for wait := time.Now(); ; {
		rows, err := r.rows(ctx, lock)
		if err != nil {
			return err
		}
		if rows[0][0] == "t" {
			break
		}
		if time.Since(wait) > lockWait {
			return fmt.Errorf("another segue ingest is filling %s", r.o.table)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	dim, err := r.dimensions(ctx)
	if err != nil {
		return err
	}
	ddl := "SET client_min_messages = warning; " + tracksTable(r.o.table, r.o.model, dim)
	if err := runSQL(ctx, r.conn, ddl, nil, io.Discard); err != nil {
		return fmt.Errorf("make table %s: %w", r.o.table, err)
	}
	rows, err := r.rows(ctx, fmt.Sprintf(`SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0
		AND attname IN ('path', 'file', 'duration')`, sqlLiteral(r.o.table)))
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for _, row := range rows {
		has[row[0]] = true
	}
	r.lengths = has["duration"]
	return r.checkTable(ctx, has)
}

// dimensions is how many numbers the model's vectors have.
func (r *ingestion) dimensions(ctx context.Context) (int, error) {
	which := "is_default"
	if r.o.model != "" {
		which = "name = " + sqlLiteral(r.o.model)
	}
	rows, err := r.rows(ctx, "SELECT dim FROM segue_models WHERE "+which)
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		return 0, fmt.Errorf("the server has no model %q (segue model list)", r.o.model)
	}
	return strconv.Atoi(rows[0][0])
}

// checkTable refuses tables in which files cannot be found again.
func (r *ingestion) checkTable(ctx context.Context, has map[string]bool) error {
	if !has["path"] || !has["file"] {
		return fmt.Errorf("table %s has no columns path and file, by which ingest tells what is there and whether it changed:\n"+
			"ALTER TABLE %s ADD COLUMN file jsonb GENERATED ALWAYS AS (audio_file(path)) STORED", r.o.table, r.o.table)
	}
	rows, err := r.rows(ctx, "SELECT path FROM "+r.o.table+" WHERE starts_with(path, '/') LIMIT 1")
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return fmt.Errorf("table %s has paths that do not begin at the audio root, such as %s, and would get those files twice:\n"+
			"UPDATE %s SET path = audio_path(path) WHERE starts_with(path, '/')", r.o.table, rows[0][0], r.o.table)
	}
	rows, err = r.rows(ctx, "SELECT coalesce(max(id), 0) FROM segue_rejects")
	if err == nil {
		r.mark, err = strconv.ParseInt(rows[0][0], 10, 64)
	}
	return err
}

// compare asks what is in the folder and what of it is in the table.
func (r *ingestion) compare(ctx context.Context, dir string) error {
	unchanged := "t.file->>'id' = f.id"
	if r.o.rehash {
		unchanged = "false"
	}
	if _, err := r.rows(ctx, "CREATE TEMP TABLE segue_found AS SELECT * FROM audio_files("+sqlLiteral(dir)+")"); err != nil {
		return err
	}
	rows, err := r.rows(ctx, fmt.Sprintf(`SELECT f.path, coalesce(f.size, 0), f.folder, f.error,
		CASE WHEN t.path IS NULL THEN 'fresh' WHEN %s THEN 'same' ELSE 'stale' END
		FROM segue_found f LEFT JOIN %s t ON t.path = f.path`, unchanged, r.o.table))
	if err != nil {
		return err
	}
	for _, row := range rows {
		size, err := strconv.ParseInt(row[1], 10, 64)
		if err != nil {
			return fmt.Errorf("size of %s: %w", row[0], err)
		}
		f := foundFile{row[0], size}
		if row[2] == "t" {
			r.unreadable = append(r.unreadable, refusal{row[0], "42501", row[3]})
			continue
		}
		r.files++
		r.bytes += size
		switch row[4] {
		case "fresh":
			r.fresh = append(r.fresh, f)
		case "stale":
			r.stale = append(r.stale, f)
		default:
			r.same++
		}
	}
	r.rejects = append(r.rejects, r.unreadable...)
	return r.findVanished(ctx, dir)
}

// findVanished lists what the table has below the folder and the folder does not, but for what is in folders that cannot be
// read.
func (r *ingestion) findVanished(ctx context.Context, dir string) error {
	rows, err := r.rows(ctx, fmt.Sprintf(`SELECT t.path FROM %s t, audio_path(%s) AS dir
		WHERE (dir = '.' OR starts_with(t.path, dir || '/'))
		AND NOT EXISTS (SELECT FROM segue_found f WHERE f.path = t.path) ORDER BY t.path`, r.o.table, sqlLiteral(dir)))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !slices.ContainsFunc(r.unreadable, func(u refusal) bool {
			return u.path == "." || strings.HasPrefix(row[0], u.path+"/")
		}) {
			r.vanished = append(r.vanished, row[0])
		}
	}
	return nil
}

// rows runs a query and gives its rows as text, NULL as "".
func (r *ingestion) rows(ctx context.Context, sql string) ([][]string, error) {
	results, err := r.conn.Exec(ctx, sql).ReadAll()
	if err == nil && len(results) > 0 {
		err = results[len(results)-1].Err
	}
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, errors.New("the server gave no result")
	}
	var out [][]string
	for _, row := range results[len(results)-1].Rows {
		texts := make([]string, len(row))
		for i, v := range row {
			texts[i] = string(v)
		}
		out = append(out, texts)
	}
	return out, nil
}
