package server_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seguedb/segue/server"
)

// blockBytes is what a file system loses at once.
const blockBytes = 4096

// TestVectorFilesDamaged overwrites every block of every file of a vector index, one at a time, with noise. The next start
// says so in one warning, makes the index again from its rows, and answers as before; the start after it has nothing to say.
func TestVectorFilesDamaged(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	i := start(t, server.Config{})
	c := i.connect()
	for _, sql := range []string{
		"CREATE TABLE items (id int PRIMARY KEY, emb vector(24))",
		// Twice, so that there are two segments, of which one has dead rows.
		`INSERT INTO items SELECT i, array_agg(sin(i * 7 + k) ORDER BY k)::vector(24)
			FROM generate_series(1, 700) i, generate_series(1, 24) k GROUP BY i`,
		"VACUUM items",
		`INSERT INTO items SELECT i, array_agg(sin(i * 7 + k) ORDER BY k)::vector(24)
			FROM generate_series(701, 1000) i, generate_series(1, 24) k GROUP BY i`,
		"DELETE FROM items WHERE id % 10 = 3",
		"VACUUM items",
	} {
		if _, err := c.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	want := nearestItems(t, i)
	log := &countedLog{}
	i.config.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	i.stop()
	whole := vectorFiles(t, i.config.DataDir)
	blocks := 0
	for path, data := range whole {
		for first := 0; first < len(data); first += blockBytes {
			blocks++
			restoreFiles(t, i.config.DataDir, whole)
			damaged := bytes.Clone(data)
			for k := first; k < min(first+blockBytes, len(data)); k++ {
				damaged[k] ^= byte(1 + rng.IntN(255))
			}
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			checkRebuilt(t, i, log, fmt.Sprintf("block %d of %s", first/blockBytes, filepath.Base(path)), want)
		}
	}
	if blocks < 20 {
		t.Errorf("only %d blocks", blocks)
	}
}

// checkRebuilt starts twice: with one warning and the right answers, and without any.
func checkRebuilt(t *testing.T, i *instance, log *countedLog, what, want string) {
	t.Helper()
	for _, warnings := range []int{1, 0} {
		log.reset()
		i.open()
		if got := nearestItems(t, i); got != want {
			t.Fatalf("%s: the answer is %s, not %s", what, got, want)
		}
		i.stop()
		if lines := log.lines(); len(lines) != warnings {
			t.Fatalf("%s: %d warnings, want %d: %q", what, len(lines), warnings, lines)
		}
	}
}

// nearestItems is an answer of the index, with a plan that says so.
func nearestItems(t *testing.T, i *instance) string {
	t.Helper()
	c := i.connect()
	defer c.Close(context.Background())
	rows, err := c.Query(context.Background(), `SELECT id, emb <-> v FROM items,
		(SELECT array_agg(cos(k) ORDER BY k)::vector(24) AS v FROM generate_series(1, 24) k) q ORDER BY emb <-> v LIMIT 300`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out strings.Builder
	for rows.Next() {
		var id int
		var d float64
		if err := rows.Scan(&id, &d); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%d at %v, ", id, d)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// vectorFiles are the vector indexes' files.
func vectorFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	paths, err := filepath.Glob(filepath.Join(dir, "vectors", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if out[p], err = os.ReadFile(p); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func restoreFiles(t *testing.T, dir string, whole map[string][]byte) {
	t.Helper()
	for p := range vectorFiles(t, dir) {
		if err := os.Remove(p); err != nil {
			t.Fatal(err)
		}
	}
	for p, data := range whole {
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// countedLog keeps a log's lines.
type countedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *countedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *countedLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

func (l *countedLog) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.FieldsFunc(l.text.String(), func(r rune) bool { return r == '\n' })
}
