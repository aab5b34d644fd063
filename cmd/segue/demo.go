package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/seguedb/segue/server"
)

// demoDim is how many numbers the vectors of the models have that a demo may be asked to use.
const demoDim = 768

// queryClip is the sample that the demo asks about and does not store.
const queryClip = "x.wav"

func demoCommand() *cobra.Command {
	c := server.Config{}
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Ingest the sample tracks into a fresh database and ask it what sounds alike",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("data") {
				dir, err := os.MkdirTemp("", "segue-demo-")
				if err != nil {
					return fmt.Errorf("make a data directory: %w", err)
				}
				if !keep {
					defer os.RemoveAll(dir)
				}
				c.DataDir = dir
			}
			return demo(cmd.Context(), c, keep)
		},
	}
	serverFlags(cmd, &c)
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the server running until interrupted")
	return cmd
}

// demo serves a fresh database, fills and queries it over a real connection, and ends it again.
func demo(ctx context.Context, c server.Config, keep bool) (err error) {
	if err := requireFresh(c.DataDir); err != nil {
		return err
	}
	if c.AudioRoot == "" {
		c.AudioRoot = filepath.Join("testdata", "audio")
	}
	c.Listen, c.Admin = freeAddress(c.Listen), freeAddress(c.Admin)
	c.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	e, err := server.OpenEngine(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	s, err := server.New(e, c)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- s.Serve(serving) }()
	err = tour(ctx, s.Addr().String())
	if err == nil {
		err = farewell(ctx, s, keep)
	}
	stop()
	return errors.Join(err, <-served)
}

// requireFresh refuses a directory with something in it: the demo makes its own tables.
func requireFresh(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("look at the data directory: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("data directory %s is not empty: the demo wants a fresh one", dir)
	}
	return nil
}

// freeAddress keeps an address that is free, and takes any port of its host otherwise: a demo beside a
// running server is no reason to fail.
func freeAddress(address string) string {
	if l, err := net.Listen("tcp", address); err == nil {
		_ = l.Close()
		return address
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address // the listener says what is wrong with it
	}
	return net.JoinHostPort(host, "0")
}

// chapter is one step of the tour: what it shows, and the statement that shows it.
type chapter struct{ title, sql string }

var chapters = []chapter{
	{"The ten tracks that sound most like " + queryClip, `
SELECT id, title, artist, genre, round(similarity(emb, embed('x.wav'))::numeric, 3) AS similarity
FROM tracks ORDER BY similarity(emb, embed('x.wav')) LIMIT 10`},
	{"The same, among short tracks of other artists: a filter goes into the search, so the LIMIT keeps its word", `
SELECT title, artist, duration, round(similarity(emb, embed('x.wav'))::numeric, 3) AS similarity
FROM tracks WHERE duration < 12 AND artist <> (SELECT artist FROM tracks ORDER BY similarity(emb, embed('x.wav')) LIMIT 1)
ORDER BY similarity(emb, embed('x.wav')) LIMIT 5`},
	{"Everything within a distance: duplicates and other renderings", `
SELECT title, artist, round((emb <=> embed('x.wav'))::numeric, 3) AS distance
FROM tracks WHERE emb <=> embed('x.wav') < 0.4 ORDER BY 3`},
	{"What a similarity is worth here: the tracks that 80 % of the library are farther than", `
SELECT title, artist, round(similarity(emb, embed('x.wav'))::numeric, 3) AS similarity,
       round(similarity_pct(emb, embed('x.wav'))::numeric, 1) AS farther_percent
FROM tracks WHERE similarity_pct(emb, embed('x.wav')) > 80 ORDER BY similarity(emb, embed('x.wav'))`},
	{"A join: each track's nearest neighbour", `
SELECT a.title, n.title AS nearest, n.artist, round(n.s::numeric, 3) AS similarity
FROM tracks a CROSS JOIN LATERAL (
  SELECT b.title, b.artist, similarity(b.emb, a.emb) AS s FROM tracks b WHERE b.id <> a.id
  ORDER BY b.emb <=> a.emb LIMIT 1) n
ORDER BY a.id LIMIT 12`},
	{"An aggregate: how close each genre is to the clip", `
SELECT genre, count(*) AS tracks, round(sum(duration)::numeric, 1) AS seconds,
       round(max(similarity(emb, embed('x.wav')))::numeric, 3) AS closest
FROM tracks GROUP BY genre ORDER BY closest DESC`},
	{"How the first query runs", `
EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF)
SELECT id FROM tracks ORDER BY similarity(emb, embed('x.wav')) LIMIT 10`},
}

// tour fills the database and prints the chapters.
func tour(ctx context.Context, address string) error {
	conn, err := connect(ctx, address)
	if err != nil {
		return err
	}
	defer disconnect(conn)
	if err := fill(ctx, conn); err != nil {
		return err
	}
	for _, c := range chapters {
		fmt.Printf("── %s\n%s;\n\n", c.title, strings.TrimSpace(c.sql))
		start := time.Now()
		if err := runSQL(ctx, conn, c.sql, nil, os.Stdout); err != nil {
			return reportSQL(err, c.sql)
		}
		fmt.Printf("   %s\n\n", time.Since(start).Round(100*time.Microsecond))
	}
	return nil
}

// fill makes the table and copies the sample tracks into it, all but the clip to ask about.
func fill(ctx context.Context, conn *pgconn.PgConn) error {
	ddl := tracksTable("tracks", "", demoDim)
	fmt.Printf("%s;\n", ddl)
	if err := runSQL(ctx, conn, ddl, nil, os.Stdout); err != nil {
		return reportSQL(err, ddl)
	}
	const statement = "COPY tracks FROM '.' WITH (FORMAT audio) WHERE path <> '" + queryClip + "'"
	fmt.Printf("\n%s;   -- the audio root, embedded on all cores\n", statement)
	start := time.Now()
	results, err := conn.Exec(ctx, statement).ReadAll()
	if err != nil {
		return reportSQL(err, statement)
	}
	fmt.Printf("%s in %s\n\n", results[0].CommandTag, time.Since(start).Round(time.Millisecond))
	return runSQL(ctx, conn, "ANALYZE tracks", nil, io.Discard)
}

// farewell says how to go on, and waits when asked to.
func farewell(ctx context.Context, s *server.Server, keep bool) error {
	psql := "psql -h " + hostPortFlags(s.Addr()) + " -U segue segue"
	if !keep {
		fmt.Printf("To explore: make demo KEEP=1 leaves this server running for\n  %s\n", psql)
		return nil
	}
	fmt.Printf("The server is running. Connect with\n  %s\nor, without psql,\n  bin/segue sql --connect %s \"SELECT …\"\n", psql, s.Addr())
	fmt.Printf("Health and metrics: http://%s/metrics. End with Ctrl-C.\n", s.AdminAddr())
	<-ctx.Done()
	return nil
}
