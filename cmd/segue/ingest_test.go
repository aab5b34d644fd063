package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/embed/audio/audiotest"
)

// library is a folder of audio, a server on it in a process of its own, and a connection to look.
type library struct {
	t          *testing.T
	root, data string
	below      string // of the root, what is ingested
	server     *exec.Cmd
	address    string
	conn       *pgx.Conn
}

const libraryFiles = 240

// newLibrary makes small files that all differ. None is younger than two seconds when it is first read: of younger ones an
// unchanged identity proves nothing.
func newLibrary(t *testing.T) *library {
	l := &library{t: t, root: t.TempDir(), data: filepath.Join(t.TempDir(), "data")}
	for i := range libraryFiles {
		name := fmt.Sprintf("album %02d/track %03d.wav", i/20, i)
		if i%20 == 19 {
			name = fmt.Sprintf("album %02d/odd: 'it\\''s', \"%%_\t$1\n%03d\\.wav", i/20, i)
		}
		l.write(name, tone(i))
	}
	time.Sleep(2100 * time.Millisecond)
	l.start()
	t.Cleanup(l.end)
	return l
}

func tone(i int) []byte {
	return audiotest.WAV(8000, 1, 16, audiotest.Tone(100+float64(i), 1.1, 8000, 1))
}

func (l *library) path(name string) string { return filepath.Join(l.root, name) }

func (l *library) write(name string, content []byte) {
	l.t.Helper()
	err := os.MkdirAll(filepath.Dir(l.path(name)), 0o755)
	if err := errors.Join(err, os.WriteFile(l.path(name), content, 0o644)); err != nil {
		l.t.Fatal(err)
	}
}

// start starts the server: as nobody who may read everything, even where the tests run as root.
func (l *library) start() {
	args := []string{os.Args[0], "serve", "--data", l.data, "--listen", "127.0.0.1:0", "--admin", "", "--audio-root", l.root,
		"--model", "dsp"}
	if os.Getuid() == 0 {
		args = append([]string{"setpriv", "--bounding-set", "-dac_override,-dac_read_search"}, args...)
	}
	l.server = exec.Command(args[0], args[1:]...)
	l.address = started(l.t, l.server)
	l.conn = dial(l.t, l.address)
}

func (l *library) end() {
	_ = l.conn.Close(context.Background())
	_ = l.server.Process.Signal(os.Interrupt)
	if err := l.server.Wait(); err != nil {
		l.t.Errorf("the server must end in good order: %v", err)
	}
}

// ingest begins a run in a process of its own.
func (l *library) ingest(args ...string) (*exec.Cmd, *strings.Builder) {
	l.t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"ingest", l.path(l.below), "--connect", l.address, "--batch", "8"}, args...)...)
	cmd.Env = append(os.Environ(), "SEGUE_TEST_MAIN=1")
	out := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	return cmd, out
}

// finish runs to the end, and wants a status and texts in the report.
func (l *library) finish(status int, args []string, want ...string) string {
	l.t.Helper()
	cmd, out := l.ingest(args...)
	_ = cmd.Wait() // the status says it
	if got := cmd.ProcessState.ExitCode(); got != status {
		l.t.Errorf("status %d, want %d:\n%s", got, status, out)
	}
	for _, text := range want {
		if !strings.Contains(out.String(), text) {
			l.t.Errorf("the report lacks %q:\n%s", text, out)
		}
	}
	return out.String()
}

func (l *library) query(sql string, args ...any) string {
	l.t.Helper()
	var v string
	if err := l.conn.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		l.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func (l *library) want(want, sql string, args ...any) {
	l.t.Helper()
	if got := l.query(sql, args...); got != want {
		l.t.Errorf("%s gives %s, want %s", sql, got, want)
	}
}

// await waits until so many rows are committed.
func (l *library) await(table string, rows int) {
	l.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		var n int
		if err := l.conn.QueryRow(context.Background(), "SELECT count(*) FROM "+table).Scan(&n); err == nil && n >= rows {
			return
		}
	}
	l.t.Fatalf("%s never had %d rows", table, rows)
}

const whole = `SELECT count(*) || ' ' || count(DISTINCT path) || ' ' || count(DISTINCT file->>'sha256') || ' ' || count(emb) FROM `

// TestIngest: a run that is killed three times, once with its server, and interrupted, leaves neither a gap nor a row twice;
// then what changed is embedded again, and nothing else; and no bad file ends the run or the server.
func TestIngest(t *testing.T) {
	l := newLibrary(t)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	all := fmt.Sprintf("%[1]d %[1]d %[1]d %[1]d", libraryFiles)
	midway := 0
	for round := range 3 {
		cmd, _ := l.ingest("--batch", "4")
		l.await("tracks", round*70+1+rng.IntN(60))
		if round == 1 {
			_ = l.server.Process.Kill()
			_ = l.server.Wait() // killed
			_ = l.conn.Close(context.Background())
			_ = cmd.Wait() // it lost its server
			l.start()
			continue
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		if rows := l.query("SELECT count(*) FROM tracks"); rows != fmt.Sprint(libraryFiles) {
			t.Logf("killed when %s of %d files were stored", rows, libraryFiles)
			midway++
		}
	}
	if midway == 0 { // on a busy machine the test itself may be late, but not always
		t.Error("every run was over before it was killed")
	}
	l.finish(0, nil, " 0 changed, ", fmt.Sprintf(" of %d files", libraryFiles), "files/s")
	l.want(all, whole+"tracks")
	if out := l.finish(0, nil, fmt.Sprintf("0 added, 0 changed, %d unchanged of", libraryFiles)); strings.Contains(out, "again") {
		t.Errorf("unchanged files were read again:\n%s", out)
	}
	l.finish(0, []string{"--rehash"}, fmt.Sprintf("0 added, 0 changed, %[1]d unchanged (%[1]d of them read again)", libraryFiles))
	l.want(all, whole+"tracks")

	cmd, out := l.ingest("--table", "second")
	l.await("second", 1+rng.IntN(100))
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the status says it
	if cmd.ProcessState.ExitCode() != 130 || !strings.Contains(out.String(), "goes on from here") {
		t.Errorf("Ctrl-C: status %d\n%s", cmd.ProcessState.ExitCode(), out)
	}
	l.finish(0, []string{"--table", "second"})
	l.want(all, whole+"second")
	l.below = "album 03"
	l.finish(0, []string{"--table", "third", "--model", "tune"}, "20 added")
	l.want("192 20 album 03/", "SELECT max(vector_dims(emb)) || ' ' || count(*) || ' ' || left(min(path), 9) FROM third")
	l.finish(0, nil, "0 added, 0 changed, 20 unchanged of 20 files")
	l.below = ""
	l.finish(1, []string{"--table", "fourth", "--model", "nope"}, `no model "nope"`)
	l.finish(1, []string{"--table", "pg_class"}, "no columns path and file")
	t.Run("changes", func(t *testing.T) { changes(t, l) })
	t.Run("bad", func(t *testing.T) { badFiles(t, l) })
}

func changes(t *testing.T, l *library) {
	one := "album 00/track 001.wav"
	const look = "SELECT id || ' ' || (emb <=> $2)::numeric(6,4) FROM tracks WHERE path = $1"
	emb := l.query("SELECT emb::text FROM tracks WHERE path = $1", one)
	before := l.query(look, one, emb)
	id, _, _ := strings.Cut(before, " ")
	l.write(one, audiotest.WAV(8000, 1, 16, noise(8000)))
	if err := errors.Join(os.Chtimes(l.path("album 00/track 002.wav"), time.Now(), time.Now()),
		os.Remove(l.path("album 00/track 003.wav")), os.Chmod(l.path("album 00/track 004.wav"), 0),
		os.Chmod(l.path("album 11"), 0)); err != nil {
		t.Fatal(err)
	}
	l.finish(3, nil, "0 added, 1 changed, 217 unchanged (1 of them read again) of 219 files", "1 vanished, and still in the table",
		"  album 00/track 003.wav\n", "2 left out", `album 00/track 004.wav: could not open audio file`, "album 11", "SQLSTATE 42501")
	if got := l.query(look, one, emb); got == before || !strings.HasPrefix(got, id+" ") {
		t.Errorf("the changed file had %s and has %s", before, got)
	}
	l.want("240", "SELECT count(*) FROM tracks")
	l.want("1", "SELECT count(*) FROM segue_rejects WHERE path = 'album 00/track 004.wav' AND sqlstate = '42501'")
	if err := errors.Join(os.Chmod(l.path("album 00/track 004.wav"), 0o644), os.Chmod(l.path("album 11"), 0o755)); err != nil {
		t.Fatal(err)
	}
	l.finish(0, []string{"--delete-vanished"}, "0 added, 0 changed, 239 unchanged", "1 vanished, 1 deleted")
	l.want("239", "SELECT count(*) FROM tracks")
}

func noise(n int) []float32 {
	rng := rand.New(rand.NewPCG(7, 7))
	out := make([]float32, n)
	for i := range out {
		out[i] = rng.Float32() - 0.5
	}
	return out
}

// badFiles are left out with a reason each; COPY of the folder stops at the first, or leaves out the same.
func badFiles(t *testing.T, l *library) {
	wav := tone(900)
	huge := slices.Clone(wav) // promises 4 GiB of samples
	copy(huge[4:], "\xff\xff\xff\xff")
	copy(huge[40:], "\xf0\xff\xff\xff")
	bad := map[string]string{
		"bad/empty.wav": "22000", "bad/truncated.wav": "22000", "bad/words.mp3": "22000", "bad/huge.wav": "22000",
		"bad/hugetag.mp3": "22000", "bad/out.wav": "42501", "bad/gone.flac": "42501", "bad/locked.wav": "42501", "bad/short.wav": "22000",
		"bad/latin\uFFFD.wav": "42501",
	}
	l.write("bad/empty.wav", nil)
	l.write("bad/truncated.wav", wav[:len(wav)/2])
	l.write("bad/words.mp3", []byte(strings.Repeat("no music here\n", 1000)))
	l.write("bad/huge.wav", huge)
	l.write("bad/hugetag.mp3", []byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7fno more"))
	l.write("bad/short.wav", audiotest.WAV(8000, 1, 16, make([]float32, 3)))
	l.write("bad/locked.wav", wav)
	l.write("bad/latin\xe9.wav", wav)
	l.write("bad/notes.txt", []byte("x"))
	l.write("bad/.hidden.wav", []byte("x"))
	l.write("bad/good.wav", wav)
	outside := filepath.Join(t.TempDir(), "outside.wav")
	if err := errors.Join(os.WriteFile(outside, tone(901), 0o644), os.Symlink(outside, l.path("bad/out.wav")),
		os.Symlink("nowhere.flac", l.path("bad/gone.flac")), os.Chmod(l.path("bad/locked.wav"), 0),
		syscall.Mkfifo(l.path("bad/pipe.wav"), 0o644)); err != nil {
		t.Fatal(err)
	}
	report := l.finish(3, nil, "1 added, 0 changed, 239 unchanged", " of 250 files", fmt.Sprintf("%d left out", len(bad)))
	for path, code := range bad {
		if !strings.Contains(report, "  "+path+": ") {
			t.Errorf("the report does not name %s:\n%s", path, report)
		}
		l.want("1 "+code, "SELECT count(*) || ' ' || max(sqlstate) FROM segue_rejects WHERE path = $1", path)
	}
	l.want("240", "SELECT count(*) FROM tracks")
	ctx := context.Background()
	if _, err := l.conn.Exec(ctx, "CREATE TABLE again (path text, tags jsonb, emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED)"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.conn.Exec(ctx, "COPY again FROM 'bad' WITH (FORMAT audio)"); err == nil || !strings.Contains(err.Error(), "empty.wav") {
		t.Errorf("COPY of the folder: %v", err)
	}
	tag, err := l.conn.Exec(ctx, "COPY again FROM 'bad' WITH (FORMAT audio, ON_ERROR ignore)")
	if err != nil || tag.RowsAffected() != 1 {
		t.Errorf("COPY of the folder, bad files ignored: %s %v", tag, err)
	}
	l.want(fmt.Sprint(len(bad)), "SELECT count(DISTINCT path) FROM segue_rejects WHERE tablename = 'again' AND format = 'audio'")
}
