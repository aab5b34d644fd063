package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/seguedb/segue/server"
)

// TestCopyFolderProgress looks at a COPY of a folder that has to wait for another session's key: pg_stat_progress_copy has
// the folder's size, and how far it is.
func TestCopyFolderProgress(t *testing.T) {
	i := start(t, server.Config{})
	ctx := context.Background()
	holder, copier, watcher := i.connect(), i.connect(), i.connect()
	for _, sql := range []string{
		"CREATE TABLE t (path text PRIMARY KEY, title text, seconds real GENERATED ALWAYS AS (audio_duration(path)) STORED)",
		"BEGIN", "INSERT INTO t (path) VALUES ('x.wav')",
	} {
		if _, err := holder.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	go func() {
		_, err := copier.Exec(ctx, "COPY t FROM '.' WITH (FORMAT audio, ON_ERROR ignore) WHERE path <> 'two-voices-organ.flac'")
		done <- err
	}()
	const look = `SELECT type = 'FILE' AND command = 'COPY FROM' AND relid = 't'::regclass AND tuples_excluded = 1 AND tuples_skipped = 0
		AND bytes_total = (SELECT sum(size) FROM audio_files('.')) FROM pg_stat_progress_copy`
	seen := false
	for deadline := time.Now().Add(2 * time.Minute); !seen && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err := watcher.QueryRow(ctx, look).Scan(&seen); err != nil {
			seen = false // it has not begun
		}
	}
	if !seen {
		t.Error("pg_stat_progress_copy never showed the COPY as it is")
	}
	if _, err := holder.Exec(ctx, "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	var rows, left int
	if err := watcher.QueryRow(ctx, "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM pg_stat_progress_copy)").Scan(&rows, &left); err != nil {
		t.Fatal(err)
	}
	if rows != 27 || left != 0 {
		t.Errorf("%d rows, and %d COPYs still in pg_stat_progress_copy", rows, left)
	}
}
