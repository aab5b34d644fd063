package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/seguedb/segue/bench/rival"
)

const artists = 20_000

var librarySchema = []string{
	"CREATE TABLE artists (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL)",
	`CREATE TABLE tracks (id int PRIMARY KEY, artist_id int NOT NULL, title text NOT NULL, genre text NOT NULL, key text,
		bpm float8, duration float8 NOT NULL, popularity int NOT NULL, explicit boolean NOT NULL, released date NOT NULL)`,
	"CREATE TABLE plays (track_id int NOT NULL, user_id int NOT NULL, played_at timestamptz NOT NULL, seconds int NOT NULL)",
}

var libraryIndexes = []string{
	"CREATE INDEX ON tracks (artist_id)", "CREATE INDEX ON plays (track_id)", "CREATE INDEX ON plays (played_at)",
	"ANALYZE artists", "ANALYZE tracks", "ANALYZE plays",
}

// loadLibrary fills both servers with the same rows.
func (p *pair) loadLibrary(ctx context.Context, tracks int) error {
	for _, s := range p.both() {
		if err := s.Exec(ctx, librarySchema...); err != nil {
			return err
		}
		for _, t := range []struct {
			name string
			rows func(io.Writer, int)
		}{{"artists", writeArtists}, {"tracks", writeTracks}, {"plays", writePlays}} {
			if err := loadTable(ctx, s, t.name, func(w io.Writer) { t.rows(w, tracks) }); err != nil {
				return err
			}
		}
		if err := s.Exec(ctx, libraryIndexes...); err != nil {
			return err
		}
	}
	return p.postgres.Exec(ctx, "VACUUM (ANALYZE) tracks", "VACUUM (ANALYZE) plays", "VACUUM (ANALYZE) artists", "CHECKPOINT")
}

func loadTable(ctx context.Context, s *rival.Server, table string, write func(io.Writer)) error {
	c, err := s.Connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	out, in := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(in, 1<<16)
		write(w)
		_ = in.CloseWithError(w.Flush())
	}()
	if _, err := c.PgConn().CopyFrom(ctx, out, "COPY "+table+" FROM STDIN"); err != nil {
		return fmt.Errorf("%s: COPY %s: %w", s.Name, table, err)
	}
	return nil
}

var (
	genres    = []string{"ambient", "blues", "classical", "disco", "dub", "folk", "funk", "house", "jazz", "metal", "pop", "techno"}
	keys      = []string{"1A", "2A", "3A", "4A", "5A", "6A", "7A", "8A", "9A", "10A", "11A", "12A"}
	countries = []string{"AT", "BR", "CA", "DE", "ES", "FR", "GB", "IT", "JP", "KR", "NG", "NL", "PL", "SE", "US"}
	words     = []string{"love", "night", "river", "city", "dance", "rain", "golden", "summer", "shadow", "fire", "echo", "blue"}
)

func pick(rng *rand.Rand, list []string) string { return list[rng.IntN(len(list))] }

// skewed is a number below n of which small ones are more likely, as hits are.
func skewed(rng *rand.Rand, n int) int {
	f := rng.Float64()
	return int(f * f * float64(n))
}

func writeArtists(w io.Writer, _ int) {
	rng := rand.New(rand.NewPCG(2, 1))
	for i := range artists {
		fmt.Fprintf(w, "%d\tThe %s %d\t%s\n", i, pick(rng, words), i, pick(rng, countries))
	}
}

func writeTracks(w io.Writer, n int) {
	rng := rand.New(rand.NewPCG(2, 2))
	first := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		key, bpm := pick(rng, keys), fmt.Sprintf("%.1f", 60+rng.Float64()*120)
		if rng.IntN(20) == 0 {
			key, bpm = `\N`, `\N`
		}
		fmt.Fprintf(w, "%d\t%d\t%s %s %d\t%s\t%s\t%s\t%.2f\t%d\t%t\t%s\n", i, skewed(rng, artists), pick(rng, words), pick(rng, words),
			rng.IntN(n/4), pick(rng, genres), key, bpm, 60+rng.Float64()*600, skewed(rng, 1_000_000), rng.IntN(8) == 0,
			first.AddDate(0, 0, rng.IntN(13_000)).Format(time.DateOnly))
	}
}

func writePlays(w io.Writer, n int) {
	rng := rand.New(rand.NewPCG(2, 3))
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for range n {
		at := first.Add(time.Duration(rng.Int64N(int64(730 * 24 * time.Hour))))
		fmt.Fprintf(w, "%d\t%d\t%s\t%d\n", skewed(rng, n), skewed(rng, 50_000), at.Format("2006-01-02 15:04:05.000000+00"), rng.IntN(400))
	}
}
