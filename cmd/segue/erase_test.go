package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// secrets are values of chance, which no compression hides, that were deleted or written over.
type secrets struct {
	rng  *rand.Rand
	list map[string][]byte // what to look for, by what it is
}

func (s *secrets) word() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, 32)
	for i := range b {
		b[i] = letters[s.rng.IntN(len(letters))]
	}
	return string(b)
}

// text is a new word. A key is stored without what it shares with the one before it, so its end is what is looked for.
func (s *secrets) text(what string, i int) string {
	w := s.word()
	s.list[fmt.Sprint(what, " ", i)] = []byte(w[6:])
	return w
}

func (s *secrets) vector(i int) string {
	var text []string
	var raw []byte
	for range 16 {
		x := s.rng.Float32()
		text = append(text, fmt.Sprint(x))
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	s.list[fmt.Sprint("vector ", i)] = raw
	return "[" + strings.Join(text, ",") + "]"
}

func (s *secrets) large(i int) []byte {
	b := make([]byte, 300_000)
	for j := range b {
		b[j] = byte(s.rng.UintN(256))
	}
	s.list[fmt.Sprint("large value ", i)] = b[1000:1064]
	return b
}

// left names the secrets that a directory's files have.
func (s *secrets) left(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for what, b := range s.list {
			if bytes.Contains(data, b) {
				out = append(out, what+" in "+filepath.Base(path))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const erasedTable = `CREATE TABLE tracks (id int PRIMARY KEY, name text, mood text, about jsonb, words tsvector, cover bytea, emb vector(16));
CREATE INDEX ON tracks (name); CREATE INDEX ON tracks (lower(mood)); CREATE INDEX ON tracks USING gin (about);
CREATE INDEX ON tracks USING gin (words)`

// fill writes rows of secrets, and deletes or overwrites them all; ANALYZE between has them in the statistics.
func (s *secrets) fill(t *testing.T, conn *pgx.Conn, round int) {
	t.Helper()
	ctx := context.Background()
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	shared := s.text("shared lexeme", round)
	s.list[fmt.Sprint("shared lexeme ", round)] = []byte(strings.ToLower(shared))
	for i := round * 100; i < round*100+8; i++ {
		run("INSERT INTO tracks VALUES ($1, $2, $3, jsonb_build_object('k', $4::text), to_tsvector('simple', $5), $6, $7::text::vector)",
			i, s.text("name", i), strings.ToLower(s.text("-", i)), s.text("jsonb", i), s.text("lexeme", i)+" "+shared, s.large(i), s.vector(i))
		s.list[fmt.Sprint("lexeme ", i)] = bytes.ToLower(s.list[fmt.Sprint("lexeme ", i)])
		s.list[fmt.Sprint("- ", i)] = bytes.ToLower(s.list[fmt.Sprint("- ", i)])
		if i%3 == 0 {
			run("CHECKPOINT")
		}
	}
	run("VACUUM")
	run("ANALYZE tracks")
	run("REINDEX TABLE tracks") // so that postings are in blocks
	for i := round * 100; i < round*100+8; i++ {
		if i%2 == 0 {
			run("DELETE FROM tracks WHERE id = $1", i)
			continue
		}
		run("UPDATE tracks SET name = 'n', mood = 'm', about = '{}', words = '', cover = '\\x00', emb = array_fill(1, ARRAY[16])::float4[]::vector WHERE id = $1", i)
	}
}

// TestErase deletes and overwrites, is killed in the middle of VACUUM (ERASE) at moments of chance, and erases: no file
// of the data directory has a byte of it, and the rows that are left are whole.
func TestErase(t *testing.T) {
	const rounds = 4
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := &secrets{rng: rand.New(rand.NewPCG(seed, 0)), list: map[string][]byte{}}
	data := filepath.Join(t.TempDir(), "data")
	ctx := context.Background()
	for round := range rounds {
		cmd, address := startProcess(t, data)
		conn := dial(t, address)
		if round == 0 {
			if _, err := conn.Exec(ctx, erasedTable); err != nil {
				t.Fatal(err)
			}
		}
		s.fill(t, conn, round)
		if n := len(s.left(t, data)); n < 10 {
			t.Errorf("round %d: only %d secrets were in files before", round, n)
		}
		if round == rounds-1 {
			finishErase(t, s, conn, data, rounds)
			_ = cmd.Process.Signal(os.Interrupt)
		} else {
			delay := time.Duration(s.rng.Int64N(int64(300 * time.Millisecond)))
			time.AfterFunc(delay, func() { _ = cmd.Process.Kill() })
			_, err := conn.Exec(ctx, "VACUUM (ERASE) tracks")
			t.Logf("round %d: killed after %s: %v", round, delay, err)
		}
		_ = conn.Close(ctx)
		_ = cmd.Wait()
	}
	if left := s.left(t, data); len(left) > 0 { // what the end of the server wrote
		t.Errorf("after the end: %v", left)
	}
}

func finishErase(t *testing.T, s *secrets, conn *pgx.Conn, data string, rounds int) {
	ctx := context.Background()
	for range 2 {
		if _, err := conn.Exec(ctx, "VACUUM (ERASE, VERBOSE) tracks"); err != nil {
			t.Fatal(err)
		}
		if left := s.left(t, data); len(left) > 0 {
			t.Fatalf("%d secrets are left: %v", len(left), left)
		}
	}
	var n, named int
	if err := conn.QueryRow(ctx, "SELECT count(*), count(*) FILTER (WHERE name = 'n' AND emb IS NOT NULL) FROM tracks").Scan(&n, &named); err != nil {
		t.Fatal(err)
	}
	if n != 4*rounds || named != n {
		t.Errorf("%d rows, %d of them whole, want %d", n, named, 4*rounds)
	}
}
