package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
)

// audioFormats are the sample files' endings.
var audioFormats = []string{".wav", ".flac", ".mp3", ".ogg", ".opus"}

// Ingest times a COPY of the audio below AudioRoot into a fresh database, once a model: audio seconds a
// second of wall time, on all cores, decoding and commit included.
func Ingest(ctx context.Context, o Options) error {
	o = o.withDefaults()
	paths, err := audioBelow(o.AudioRoot)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "ingest by COPY of %d files, %d cores\n  %-6s %12s %10s %22s\n", len(paths), runtime.NumCPU(),
		"model", "audio", "wall", "audio seconds / second")
	for _, model := range []string{"music", "dsp", "mert"} {
		seconds, wall, err := ingestOnce(ctx, o, model, paths)
		if err != nil {
			return fmt.Errorf("ingest with %s: %w", model, err)
		}
		fmt.Fprintf(o.Out, "  %-6s %10.1f s %10s %22.1f\n", model, seconds, wall.Round(time.Millisecond), seconds/wall.Seconds())
	}
	return nil
}

func audioBelow(root string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && slices.Contains(audioFormats, strings.ToLower(filepath.Ext(path))) {
			rel, _ := filepath.Rel(root, path)
			paths = append(paths, rel)
		}
		return err
	})
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("no audio files below %s", root)
	}
	return paths, err
}

// ingestOnce fills a fresh database. A first track of its own loads the model, which is not ingest.
func ingestOnce(ctx context.Context, o Options, model string, paths []string) (audioSeconds float64, wall time.Duration, err error) {
	dir, err := os.MkdirTemp("", "segue-bench-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	s, err := serve(ctx, server.Config{DataDir: dir, AudioRoot: o.AudioRoot, DefaultModel: model, Listen: "127.0.0.1:0"})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	conn, err := pgx.Connect(ctx, "postgres://segue@"+s.address+"/segue?sslmode=disable")
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `CREATE TABLE tracks (path text PRIMARY KEY,
		duration real GENERATED ALWAYS AS (audio_duration(path)) STORED,
		emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED)`)
	if err == nil {
		_, err = conn.Exec(ctx, "SELECT embed($1)", paths[0])
	}
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	data := strings.NewReader(strings.Join(paths[1:], "\n") + "\n")
	if _, err = conn.PgConn().CopyFrom(ctx, data, "COPY tracks (path) FROM STDIN"); err != nil {
		return 0, 0, err
	}
	wall = time.Since(start)
	err = conn.QueryRow(ctx, "SELECT sum(duration)::float8 FROM tracks").Scan(&audioSeconds)
	return audioSeconds, wall, err
}
