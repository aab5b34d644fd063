package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/bench/rival"
)

// What an ingest has to reach.
const (
	busyBar    = 90 // % of the processor time that others leave to us
	storingBar = 2  // % of the time
)

// The table of an ingest, %s its name, with what people add to it.
const tableSQL = `CREATE TABLE %[1]s (path text PRIMARY KEY, title text GENERATED ALWAYS AS (audio_tag(path, 'title')) STORED,
	duration real GENERATED ALWAYS AS (audio_duration(path)) STORED,
	emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED);
	CREATE INDEX %[1]s_emb ON %[1]s USING hnsw (emb vector_cosine_ops)`

// ingest copies the audio's paths into a server with the model in 8 bits at its middle layer, and once more into another
// table, for which nothing is decoded and no model is run, since embeddings are kept by content: what that takes is
// storing and indexing, tags and hashes included.
func ingest(ctx context.Context, b *bench) (err error) {
	dir, err := os.MkdirTemp(b.dir, "ingest")
	if err != nil {
		return err
	}
	root, err := filepath.Abs(b.audio)
	if err != nil {
		return err
	}
	paths, err := audioBelow(b.audio)
	if err != nil {
		return err
	}
	if b.files > 0 {
		paths = paths[:min(len(paths), b.files+1)]
	}
	add := exec.CommandContext(ctx, b.segue, "model", "add", b.model.path, "--data", filepath.Join(dir, "segue"),
		"--name", "generated", "--precision", "int8", "--accept-licence")
	if out, err := add.CombinedOutput(); err != nil {
		return fmt.Errorf("segue model add: %w\n%s", err, out)
	}
	s, err := rival.StartSegue(ctx, b.segue, dir, "--audio-root", root, "--model", "generated")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	c, err := s.Connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	// A first track loads the model, which is no ingest.
	if _, err := c.Exec(ctx, "SELECT embed($1)", paths[0]); err != nil {
		return err
	}
	whole, err := copyPaths(ctx, c, s, "tracks", paths[1:])
	if err != nil {
		return err
	}
	most, err := s.PeakMemory()
	if err != nil {
		return err
	}
	again, err := copyPaths(ctx, c, s, "again", paths[1:])
	if err != nil {
		return err
	}
	b.section("COPY of %d files, %.0f s of audio, int8 at layer 6, with a vector index, %d cores", len(paths)-1, whole.audioSeconds,
		runtime.NumCPU())
	b.line("audio seconds a second", fmt.Sprintf("%.1f", whole.perSecond()), 0, 0, false)
	b.line("audio seconds a core-second", fmt.Sprintf("%.1f", whole.perCoreSecond()), 0, 0, false)
	b.line("cores busy, of what others left", fmt.Sprintf("%.1f %%", whole.busy), whole.busy, busyBar, false)
	b.line("the server's memory at its most, in MiB", mib(most), float64(most>>20), memoryBar, true)
	b.storing("by the clock", again.wall, whole.wall)
	b.storing("of processor time", again.cpu, whole.cpu)
	return nil
}

func (r *report) storing(how string, again, whole time.Duration) {
	share := 100 * again.Seconds() / whole.Seconds()
	r.line("storing and indexing, "+how, fmt.Sprintf("%.2f %%", share), share, storingBar, true)
}

// ingested is what a COPY took.
type ingested struct {
	cost
	busy float64 // our share of the processor time that other processes left, in %
}

func copyPaths(ctx context.Context, c *pgx.Conn, s *rival.Server, table string, paths []string) (ingested, error) {
	var out ingested
	if _, err := c.Exec(ctx, fmt.Sprintf(tableSQL, table)); err != nil {
		return out, err
	}
	idleBefore, err := rival.Idle()
	if err != nil {
		return out, err
	}
	cpuBefore, err := s.CPU()
	if err != nil {
		return out, err
	}
	start := time.Now()
	data := strings.NewReader(strings.Join(paths, "\n") + "\n")
	_, failure := c.PgConn().CopyFrom(ctx, data, fmt.Sprintf("COPY %s (path) FROM STDIN", table))
	out.wall = time.Since(start)
	cpu, err := s.CPU()
	idle, idleErr := rival.Idle()
	if err := errors.Join(failure, err, idleErr); err != nil {
		return out, err
	}
	out.cpu = cpu - cpuBefore
	out.busy = 100 * float64(out.cpu) / float64(out.cpu+idle-idleBefore)
	err = c.QueryRow(ctx, fmt.Sprintf("SELECT sum(duration)::float8 FROM %s", table)).Scan(&out.audioSeconds)
	return out, err
}
