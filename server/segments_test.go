package server_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
)

const segmentTracks = `CREATE TABLE tracks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, path text NOT NULL UNIQUE,
	emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED) WITH (segments = on)`

// segmentHit is a row of segment_search.
type segmentHit struct {
	track            int64
	from, to, likely float64
}

func hitsOf(t *testing.T, conn *pgx.Conn, sql string, args ...any) []segmentHit {
	t.Helper()
	rows, err := conn.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (h segmentHit, err error) {
		return h, r.Scan(&h.track, &h.from, &h.to, &h.likely)
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// TestSegmentSearchIsExact compares segment_search with a scan and a sort of all segments, of which hits within five seconds
// of a better one in the same track are left out: for few hits and all, among some tracks, and over what a transaction has
// written and deleted.
func TestSegmentSearchIsExact(t *testing.T) {
	i := start(t, server.Config{DataDir: filepath.Join(t.TempDir(), "data")})
	conn := i.connect()
	mustExec(t, conn, segmentTracks)
	mustExec(t, conn, "INSERT INTO tracks (path) SELECT path FROM audio_files('.') WHERE path ~ '^[^m-z].*\\.(wav|mp3|flac|ogg|opus)$' ORDER BY path")
	compare := func(seed uint64) {
		r := rand.New(rand.NewPCG(seed, 7))
		for range 4 {
			of := fmt.Sprintf("embed('%s', from_s => %d, to_s => %d)", []string{"x.wav", "granite-slow.opus", "two-voices-organ.flac"}[r.IntN(3)],
				r.IntN(3), 4+r.IntN(4))
			var among any
			where := ""
			if r.IntN(2) == 0 {
				list := []int64{r.Int64N(15), r.Int64N(15), r.Int64N(15), 4711}
				among, where = list, "WHERE track = ANY($1)"
			}
			args := []any{}
			if where != "" {
				args = append(args, among)
			}
			all := hitsOf(t, conn, "SELECT track, from_s, to_s, 1 - (emb <=> "+of+"::halfvec) FROM tracks_segments "+where+
				" ORDER BY emb <=> "+of+"::halfvec, track, from_s", args...)
			for _, k := range []int{1, 2, 7, 1000} {
				got := hitsOf(t, conn, fmt.Sprintf("SELECT * FROM segment_search('tracks', %s, %d, among => $1)", of, k), among)
				if want := spaced(all, k); !sameHits(got, want) {
					t.Errorf("seed %d, %s, k = %d, among %v:\ngot  %v\nwant %v", seed, of, k, among, got, want)
				}
			}
		}
	}
	compare(1)
	mustExec(t, conn, "BEGIN")
	mustExec(t, conn, "DELETE FROM tracks WHERE id % 5 = 1")
	mustExec(t, conn, "UPDATE tracks SET path = 'x.wav' WHERE path = 'night-bus-club.ogg' AND NOT EXISTS (SELECT 1 FROM tracks WHERE path = 'x.wav')")
	mustExec(t, conn, "DELETE FROM tracks WHERE path = 'clay-road-guitar.wav'")
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('clay-road-guitar.wav')")
	compare(2)
	mustExec(t, conn, "ROLLBACK")
	compare(3)
	i.restart()
	conn = i.connect()
	compare(4)
}

// spaced are the first k hits of which none begins within five seconds of an earlier one in its track.
func spaced(all []segmentHit, k int) []segmentHit {
	var out []segmentHit
	for _, h := range all {
		near := slices.ContainsFunc(out, func(o segmentHit) bool { return o.track == h.track && math.Abs(o.from-h.from) < 5-1e-9 })
		if !near && len(out) < k {
			out = append(out, h)
		}
	}
	return out
}

// sameHits allows ties in any order.
func sameHits(a, b []segmentHit) bool {
	return slices.EqualFunc(a, b, func(x, y segmentHit) bool {
		return math.Abs(x.likely-y.likely) < 1e-6 && (x.track == y.track && x.from == y.from && x.to == y.to ||
			slices.ContainsFunc(b, func(z segmentHit) bool { return math.Abs(z.likely-x.likely) < 1e-6 && z.track == x.track }))
	})
}

// sides are long tracks made of the samples, one after the other, by ffmpeg: a minute and more each.
var sides = map[string][]string{
	"first.flac":  {"clay-road-fiddle.flac", "tidewater-choir.opus", "small-hours-vibes.wav", "night-bus-club.ogg", "granite-slow.opus"},
	"second.flac": {"harbour-waltz-piano.flac", "copper-samba-trumpet.ogg", "two-voices-organ.flac", "paper-lanterns-flute.ogg", "granite-distorted.mp3", "x.wav"},
}

func ffmpeg(t *testing.T, args ...string) {
	t.Helper()
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Fatalf("this test needs ffmpeg: %v", err)
	}
	if out, err := exec.Command(program, append([]string{"-v", "error", "-y"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// sideRoot is an audio root with the sides.
func sideRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, parts := range sides {
		var args []string
		filter := ""
		for i, p := range parts {
			args = append(args, "-i", filepath.Join(audioRoot, p))
			filter += fmt.Sprintf("[%d:a]aresample=44100,aformat=channel_layouts=mono[p%d];", i, i)
		}
		for i := range parts {
			filter += fmt.Sprintf("[p%d]", i)
		}
		filter += fmt.Sprintf("concat=n=%d:v=0:a=1[out]", len(parts))
		ffmpeg(t, append(args, "-filter_complex", filter, "-map", "[out]", filepath.Join(root, name))...)
	}
	return root
}

// TestLongTracks: where in a minute of music something is.
func TestLongTracks(t *testing.T) {
	root := sideRoot(t)
	ffmpeg(t, "-ss", "7.3", "-i", filepath.Join(root, "first.flac"), "-b:a", "96k", filepath.Join(root, "shifted.mp3"))
	ffmpeg(t, "-ss", "10", "-i", filepath.Join(root, "first.flac"), "-b:a", "48k", filepath.Join(root, "later.opus"))
	ffmpeg(t, "-i", filepath.Join(root, "second.flac"), "-ss", "20", "-t", "25", "-i", filepath.Join(root, "first.flac"),
		"-filter_complex", "[0:a][1:a]concat=n=2:v=0:a=1[out]", "-map", "[out]", filepath.Join(root, "mix.flac"))
	i := start(t, server.Config{DataDir: filepath.Join(t.TempDir(), "data"), AudioRoot: root})
	conn := i.connect()
	mustExec(t, conn, segmentTracks)
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('first.flac'), ('second.flac')")
	t.Run("excerpt", func(t *testing.T) { excerptIsFound(t, conn, root) })
	mustExec(t, conn, "INSERT INTO tracks (path) VALUES ('shifted.mp3'), ('later.opus'), ('mix.flac')")
	t.Run("align", func(t *testing.T) { alignFindsTheShift(t, conn) })
}

// excerptIsFound: ten seconds from anywhere in one of the recordings, re-encoded at a low rate, are found in the track that
// has them, within one window of where they are from.
func excerptIsFound(t *testing.T, conn *pgx.Conn, root string) {
	const window = 5.0
	from := [][]float64{{0.3, 15.9, 36.1, 54.8}, {12.3, 25.7, 38.2, 55.5}}
	for track, name := range []string{"first.flac", "second.flac"} {
		for n, from := range from[track] { // each in one of the recordings
			excerpt := fmt.Sprintf("excerpt-%d-%d.%s", track, n, []string{"mp3", "opus"}[n%2])
			ffmpeg(t, "-ss", fmt.Sprint(from), "-t", "10", "-i", filepath.Join(root, name), "-b:a", "64k", filepath.Join(root, excerpt))
			hit := hitsOf(t, conn, "SELECT * FROM segment_search('tracks', embed($1), 1)", excerpt)[0]
			if hit.track != int64(track+1) || hit.from < from-window || hit.to > from+10+window {
				t.Errorf("%s from %g s: found in track %d from %g s", excerpt, from, hit.track, hit.from)
			}
			if n > 0 {
				continue
			}
			hit = hitsOf(t, conn, "SELECT * FROM segment_search('tracks', embed($1, from_s => $2, to_s => $3), 1)", name, from, from+10)[0]
			if hit.track != int64(track+1) || hit.from < from-window || hit.to > from+10+window {
				t.Errorf("%s from %g s, as an interval: found in track %d from %g s", name, from, hit.track, hit.from)
			}
		}
	}
}

// alignFindsTheShift: a long track aligned with itself, shifted and re-encoded, is one stretch at that shift; a track that
// has a part of another is aligned by that part; tracks that share nothing are not alike for long.
func alignFindsTheShift(t *testing.T, conn *pgx.Conn) {
	var first, second float64
	err := conn.QueryRow(context.Background(), "SELECT audio_duration('first.flac'), audio_duration('second.flac')").Scan(&first, &second)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		other          int
		shift, seconds float64 // of the first track against the other, and for how long they are the same
	}{{1, 0, first}, {3, 7.3, first - 7.3}, {4, 10, first - 10}, {5, 20 - second, 25}} {
		rows, err := conn.Query(context.Background(), "SELECT a_from, a_to, b_from, b_to, score FROM align('tracks', 1, $1)", c.other)
		if err != nil {
			t.Fatal(err)
		}
		list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (v [5]float64, err error) {
			return v, r.Scan(&v[0], &v[1], &v[2], &v[3], &v[4])
		})
		if err != nil || len(list) == 0 {
			t.Fatalf("%v %v", list, err)
		}
		t.Logf("track %d: %.1f", c.other, list)
		best := list[0]
		if s := best[0] - best[2]; math.Abs(s-c.shift) > 5 {
			t.Errorf("track %d: shifted by %g s, not %g", c.other, s, c.shift)
		}
		if got := best[1] - best[0]; got < c.seconds-10 || got > c.seconds+10 {
			t.Errorf("track %d: alike for %g s, not %g", c.other, got, c.seconds)
		}
		for k := 1; k < len(list); k++ {
			if list[k][4] > list[k-1][4] {
				t.Errorf("track %d: stretch %d is better than the one before", c.other, k)
			}
		}
	}
	var unlike float64
	if err := conn.QueryRow(context.Background(), "SELECT coalesce(max(score), 0) FROM align('tracks', 1, 2)").Scan(&unlike); err != nil || unlike > 10 {
		t.Errorf("tracks that share nothing are alike by %g, %v", unlike, err)
	}
}
