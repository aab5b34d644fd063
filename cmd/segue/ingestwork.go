package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// staleBatch is how many rows of changed files one UPDATE writes: it stops at the first file that cannot be embedded, and is
// then made again a file at a time.
const staleBatch = 16

// work embeds what there is to embed, a batch a commit.
func (r *ingestion) work(ctx context.Context) error {
	r.started = time.Now()
	bar := r.showProgress(ctx)
	defer func() { bar.end() }()
	for files := range slices.Chunk(r.fresh, r.o.batch) {
		if err := r.copyBatch(ctx, files); err != nil {
			return err
		}
		bar.batchDone(r)
	}
	for files := range slices.Chunk(r.stale, min(staleBatch, r.o.batch)) {
		if err := r.refresh(ctx, files); err != nil {
			return err
		}
		bar.batchDone(r)
	}
	return nil
}

func pathsOf(files []foundFile) []string {
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.path
	}
	return paths
}

// copyBatch stores files that the table does not have.
func (r *ingestion) copyBatch(ctx context.Context, files []foundFile) error {
	tag, err := r.conn.CopyFrom(ctx, copyText(pathsOf(files)), "COPY "+r.o.table+" (path) FROM STDIN WITH (ON_ERROR ignore)")
	if err != nil {
		return err
	}
	r.added += int(tag.RowsAffected())
	if int(tag.RowsAffected()) < len(files) {
		if err := r.takeRejects(ctx, files); err != nil {
			return err
		}
	}
	return r.finished(ctx, files)
}

// takeRejects learns why files of a batch were left out.
func (r *ingestion) takeRejects(ctx context.Context, files []foundFile) error {
	rows, err := r.rows(ctx, fmt.Sprintf(`SELECT id, coalesce(path, value), sqlstate, message FROM segue_rejects
		WHERE id > %d AND relid = %s::regclass ORDER BY id`, r.mark, sqlLiteral(r.o.table)))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if r.mark, err = strconv.ParseInt(row[0], 10, 64); err != nil {
			return err
		}
		if slices.ContainsFunc(files, func(f foundFile) bool { return f.path == row[1] }) { // and no other COPY's
			r.rejects = append(r.rejects, refusal{row[1], row[2], row[3]})
		}
	}
	return nil
}

// finished counts files that are dealt with.
func (r *ingestion) finished(ctx context.Context, files []foundFile) error {
	r.doneFiles += len(files)
	for _, f := range files {
		r.doneBytes += f.bytes
	}
	if !r.lengths {
		return nil
	}
	rows, err := r.rows(ctx, fmt.Sprintf("SELECT coalesce(sum(duration), 0) FROM %s WHERE path = ANY(%s)", r.o.table,
		arrayOf(pathsOf(files))))
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseFloat(rows[0][0], 64)
	r.seconds += seconds
	return err
}

func arrayOf(paths []string) string {
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = sqlLiteral(p)
	}
	return "ARRAY[" + strings.Join(quoted, ",") + "]::text[]"
}

// refresh computes the rows of files again that may have changed: by the cache of embeddings, for those whose content is the
// same after all.
func (r *ingestion) refresh(ctx context.Context, files []foundFile) error {
	err := r.update(ctx, files)
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return r.finished(ctx, files)
	case !errors.As(err, &refused) || ctx.Err() != nil:
		return err
	case len(files) > 1:
		for i := range files {
			if err := r.refresh(ctx, files[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := r.rejectStale(ctx, files[0], refused); err != nil {
		return err
	}
	return r.finished(ctx, files)
}

// update sets the paths to themselves, which computes what follows from them.
func (r *ingestion) update(ctx context.Context, files []foundFile) error {
	rows, err := r.rows(ctx, fmt.Sprintf(`WITH was AS (SELECT path, file->>'sha256' AS sha256 FROM %[1]s WHERE path = ANY(%[2]s))
		UPDATE %[1]s t SET path = was.path FROM was WHERE t.path = was.path
		RETURNING t.file->>'sha256' IS DISTINCT FROM was.sha256`, r.o.table, arrayOf(pathsOf(files))))
	for _, row := range rows {
		if row[0] == "t" {
			r.changed++
		} else {
			r.touched++
		}
	}
	return err
}

// rejectStale notes that a changed file cannot be embedded; its row stays as it is. A COPY of the path puts that into
// segue_rejects, and nothing into the table: should the file be well by now, it is undone, and the next run embeds it.
func (r *ingestion) rejectStale(ctx context.Context, f foundFile, why *pgconn.PgError) error {
	r.rejects = append(r.rejects, refusal{f.path, why.Code, why.Message})
	if _, err := r.rows(ctx, "BEGIN"); err != nil {
		return err
	}
	end := "COMMIT"
	tag, err := r.conn.CopyFrom(ctx, copyText([]string{f.path}), "COPY "+r.o.table+" (path) FROM STDIN WITH (ON_ERROR ignore)")
	var refused *pgconn.PgError
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	if err != nil || tag.RowsAffected() > 0 {
		end = "ROLLBACK"
	}
	_, err = r.rows(ctx, end)
	return err
}

// deleteVanished removes the rows of vanished files, where that was asked for.
func (r *ingestion) deleteVanished(ctx context.Context) error {
	if !r.o.deleteVanished {
		return nil
	}
	for paths := range slices.Chunk(r.vanished, 1000) {
		results, err := r.conn.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE path = ANY(%s)", r.o.table, arrayOf(paths))).ReadAll()
		if err != nil {
			return err
		}
		r.deleted += int(results[0].CommandTag.RowsAffected())
	}
	return nil
}
