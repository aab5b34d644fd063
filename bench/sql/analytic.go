package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// queries are what dashboards over a music library ask.
var queries = []struct{ name, sql string }{
	{"filter and count", `SELECT count(*), min(duration), max(duration) FROM tracks
		WHERE bpm BETWEEN 120 AND 130 AND genre = 'house' AND NOT explicit`},
	{"group by genre", `SELECT genre, count(*), avg(bpm), sum(duration), max(popularity) FROM tracks GROUP BY genre ORDER BY genre`},
	{"group by artist, top 20", `SELECT artist_id, count(*) AS n, sum(popularity) AS p FROM tracks
		GROUP BY artist_id ORDER BY p DESC, artist_id LIMIT 20`},
	{"top 50 of all", `SELECT id, title, popularity FROM tracks ORDER BY popularity DESC, id LIMIT 50`},
	{"LIKE filter, two groups", `SELECT genre, key, count(*) FROM tracks WHERE title LIKE '%night%'
		GROUP BY genre, key ORDER BY 3 DESC, 1, 2 LIMIT 25`},
	{"join artists, by country", `SELECT a.country, count(*), avg(t.duration) FROM tracks t JOIN artists a ON a.id = t.artist_id
		GROUP BY a.country ORDER BY 2 DESC, 1`},
	{"join plays, one month", `SELECT t.genre, count(*), sum(p.seconds) FROM plays p JOIN tracks t ON t.id = p.track_id
		WHERE p.played_at >= '2025-06-01' AND p.played_at < '2025-07-01' GROUP BY t.genre ORDER BY 1`},
	{"three tables, top artists", `SELECT a.name, count(*) FROM plays p JOIN tracks t ON t.id = p.track_id
		JOIN artists a ON a.id = t.artist_id WHERE a.country = 'DE' GROUP BY a.id, a.name ORDER BY 2 DESC, 1 LIMIT 10`},
	{"window rank in genre", `SELECT * FROM (SELECT genre, id, popularity,
		row_number() OVER (PARTITION BY genre ORDER BY popularity DESC, id) AS r FROM tracks) x WHERE r <= 3 ORDER BY genre, r`},
	{"date_trunc series", `SELECT date_trunc('month', played_at) AS month, count(*), sum(seconds) FROM plays GROUP BY 1 ORDER BY 1`},
	{"count distinct", `SELECT count(DISTINCT artist_id), count(DISTINCT genre), count(DISTINCT title) FROM tracks`},
	{"never played", `SELECT t.genre, count(*) FROM tracks t
		WHERE NOT EXISTS (SELECT 1 FROM plays p WHERE p.track_id = t.id) GROUP BY t.genre ORDER BY 1`},
}

// analytics times the queries over a million tracks, as many plays, and twenty thousand artists.
func analytics(ctx context.Context, o options, p *pair, r *report) error {
	if err := p.loadLibrary(ctx, o.tracks); err != nil {
		return err
	}
	r.section("12 BI queries over %d tracks, median of %d", o.tracks, o.rounds)
	var conns [2]*pgx.Conn
	for i, s := range p.both() {
		var err error
		if conns[i], err = s.Connect(ctx); err != nil {
			return err
		}
		defer conns[i].Close(ctx)
	}
	var sums [2]time.Duration
	for _, q := range queries {
		times, err := timeQuery(ctx, o.rounds, p, conns, q.sql)
		if err != nil {
			r.failed(q.name, err)
			continue
		}
		r.duration(q.name, times[0], times[1], 0.5)
		sums[0], sums[1] = sums[0]+times[0], sums[1]+times[1]
	}
	r.duration("in total", sums[0], sums[1], 1)
	return nil
}

// timeQuery alternates between the servers; the first run warms up, and is the one whose rows are compared.
func timeQuery(ctx context.Context, rounds int, p *pair, conns [2]*pgx.Conn, sql string) (medians [2]time.Duration, err error) {
	var times [2][]time.Duration
	var answers [2][]string
	for round := range rounds + 1 {
		for i, c := range conns {
			rows, took, err := answer(ctx, c, sql)
			if err != nil {
				return medians, fmt.Errorf("%s: %w", p.both()[i].Name, err)
			}
			if round == 0 {
				answers[i] = rows
			} else {
				times[i] = append(times[i], took)
			}
		}
	}
	return [2]time.Duration{median(times[0]), median(times[1])}, sameAnswer(sql, answers[0], answers[1])
}

// sameAnswer compares rows. Floats may differ in their last digits: parallel workers add in another order.
func sameAnswer(sql string, ours, theirs []string) error {
	if len(ours) != len(theirs) {
		return fmt.Errorf("%d rows, PostgreSQL has %d: %s", len(ours), len(theirs), sql)
	}
	for i := range ours {
		a, b := strings.Split(ours[i], "\t"), strings.Split(theirs[i], "\t")
		for k := range a {
			if len(a) != len(b) || a[k] != b[k] && !nearly(a[k], b[k]) {
				return fmt.Errorf("row %d is %q, PostgreSQL has %q: %s", i+1, ours[i], theirs[i], sql)
			}
		}
	}
	return nil
}

func nearly(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && strings.ContainsAny(a, ".e") && math.Abs(x-y) <= 1e-6*math.Abs(y)
}
