package audio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/audio/audiotest"
)

// besideKinds are files of everything that sniff gives to FFmpeg and that an ffmpeg can write: its arguments and the suffix.
var besideKinds = []struct{ name, suffix, args string }{
	{"aac", ".m4a", "-c:a aac"},
	{"aac, mono", ".m4a", "-c:a aac -ac 1"},
	{"aac, index first", ".m4a", "-c:a aac -movflags +faststart"},
	{"aac, in fragments", ".m4a", "-c:a aac -movflags frag_keyframe+empty_moov -frag_duration 200000"},
	{"aac, adts", ".aac", "-c:a aac"},
	{"aac, 5.1", ".m4a", "-c:a aac -ac 6"},
	{"alac, 16 bits", ".m4a", "-c:a alac -sample_fmt s16p"},
	{"alac, 24 bits", ".m4a", "-c:a alac -sample_fmt s32p"},
	{"alac, mono", ".m4a", "-c:a alac -ac 1"},
	{"alac, long predictors", ".m4a", "-c:a alac -min_prediction_order 20 -max_prediction_order 30"},
	{"alac, eight coefficients", ".m4a", "-c:a alac -sample_fmt s16p -min_prediction_order 8 -max_prediction_order 8"},
	{"alac, one coefficient", ".m4a", "-c:a alac -min_prediction_order 1 -max_prediction_order 1"},
	{"alac, silence", ".m4a", "-c:a alac -sample_fmt s16p -af volume=0"},
	{"alac, silence and clicks", ".m4a", "-c:a alac -sample_fmt s16p -af aeval=eq(mod(n\\,3001)\\,7)"},
	{"alac, noise", ".m4a", "-c:a alac -af aeval=random(0)*2-1|random(1)*2-1"},
	{"alac, loud noise", ".m4a", "-c:a alac -sample_fmt s16p -af aeval=gt(random(0)\\,0.5)*2-1|random(1)-0.5"},
	{"alac in caf", ".caf", "-c:a alac"},
	{"mp3 in mp4", ".mp4", "-c:a libmp3lame"},
	{"flac in matroska", ".mka", "-c:a flac"},
	{"opus in matroska", ".webm", "-c:a libopus -ar 48000"},
	{"vorbis in matroska", ".mka", "-c:a libvorbis"},
	{"pcm in matroska", ".mka", "-c:a pcm_s24le"},
	{"wma 1", ".wma", "-c:a wmav1"},
	{"wma 2", ".wma", "-c:a wmav2"},
	{"wavpack, 16 bits", ".wv", "-c:a wavpack -sample_fmt s16p"},
	{"wavpack, 24 bits", ".wv", "-c:a wavpack -sample_fmt s32p"},
	{"wavpack, floats", ".wv", "-c:a wavpack -sample_fmt fltp"},
	{"wavpack, floats of all 24 bits", ".wv", "-c:a wavpack -sample_fmt fltp -af aeval=random(0)*2-1|random(1)*2-1"},
	{"wavpack, floats of one channel", ".wv", "-c:a wavpack -sample_fmt fltp -ac 1 -af volume=0.7123:precision=float"},
	{"wavpack, floats twice the same", ".wv", "-c:a wavpack -sample_fmt fltp -af volume=0.7123:precision=float,pan=stereo|c0=c0|c1=c0"},
	{"wavpack, floats of all sizes", ".wv", "-c:a wavpack -sample_fmt fltp -af aeval=(gt(random(0)\\,0.5)*2-1)*exp(-100*random(1))|-0*random(2)"},
	{"wavpack, floats of no size", ".wv", "-c:a wavpack -sample_fmt fltp -af aeval=random(0)*pow(2\\,-128)|eq(mod(n\\,3001)\\,7)"},
	{"wavpack, floats beyond 1", ".wv", "-c:a wavpack -sample_fmt fltp -af aeval=random(0)*40000|random(1)*3"},
	{"wavpack, mono", ".wv", "-c:a wavpack -sample_fmt s16p -ac 1"},
	{"wavpack, slow", ".wv", "-c:a wavpack -sample_fmt s16p -compression_level 3"},
	{"wavpack, 8 bits", ".wv", "-c:a wavpack -sample_fmt u8p"},
	{"wavpack, silence and clicks", ".wv", "-c:a wavpack -sample_fmt s16p -af aeval=eq(mod(n\\,3001)\\,7)"},
	{"wavpack, noise", ".wv", "-c:a wavpack -sample_fmt s16p -af aeval=random(0)*2-1|random(1)*2-1"},
	{"wavpack, twice the same", ".wv", "-c:a wavpack -sample_fmt s16p -af pan=stereo|c0=c0|c1=c0"},
	{"wavpack, 5.1", ".wv", "-c:a wavpack -sample_fmt s16p -ac 6"},
	{"wavpack in matroska", ".mka", "-c:a wavpack -sample_fmt s16p"},
	{"tta", ".tta", "-c:a tta"},
	{"caf", ".caf", "-c:a pcm_s16be"},
	{"au", ".au", "-c:a pcm_s16be"},
	{"au, mu-law", ".au", "-c:a pcm_mulaw"},
	{"w64", ".w64", "-c:a pcm_f64le"},
	{"rf64", ".wav", "-c:a pcm_u8 -rf64 always"},
}

// besideFiles are the files by their names, of two seconds of a chord.
var besideFiles = sync.OnceValues(func() (map[string][]byte, error) { return makeBeside(2, "") })

// makeBeside makes those of the kinds whose names contain a word.
func makeBeside(seconds float64, word string) (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "segue-beside")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	wav := filepath.Join(dir, "x.wav")
	if err := os.WriteFile(wav, audiotest.WAV(44100, 2, 24, audiotest.Tone(330, seconds, 44100, 2)), 0o644); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, k := range besideKinds {
		if !strings.Contains(k.name, word) {
			continue
		}
		path := filepath.Join(dir, "y"+k.suffix)
		args := append([]string{"-v", "error", "-y", "-i", wav}, strings.Fields(k.args)...)
		if out, err := exec.Command("ffmpeg", append(args, path)...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w: %s", k.name, err, out)
		}
		if files[k.name], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func besideFile(t testing.TB, name string) []byte {
	t.Helper()
	files, err := besideFiles()
	if err != nil {
		t.Fatal(err)
	}
	return files[name]
}

// needSpawner fails where FFmpeg's libraries cannot be loaded: make build installs them.
func needSpawner(t testing.TB) {
	t.Helper()
	if _, _, err := decode(t, besideFile(t, "aac"), 24000); err != nil {
		t.Fatal(err)
	}
	if audio.SpawnerPID() == 0 {
		t.Fatal("decoding went past the libraries of FFmpeg")
	}
}

// A child makes the samples, bit by bit, that the program makes, in every format, and so resampled, and a file's length.
func TestChildEqualsProgram(t *testing.T) {
	needSpawner(t)
	type result struct {
		samples []float32
		info    audio.Info
	}
	all := func(rateHz int, kinds ...string) map[string]result {
		out := map[string]result{}
		for _, k := range kinds {
			samples, info, err := decode(t, besideFile(t, k), rateHz)
			if err != nil {
				t.Errorf("%s: %v", k, err)
			}
			if length, err := measure(t, besideFile(t, k)); length != info && rateHz == 0 {
				t.Errorf("%s: measured %+v, decoded %+v, %v", k, length, info, err)
			}
			out[k] = result{samples, info}
		}
		return out
	}
	var kinds []string
	for _, k := range besideKinds {
		kinds = append(kinds, k.name)
	}
	resampled := []string{"aac", "alac, 24 bits", "au", "aac, 5.1"}
	got := []map[string]result{all(0, kinds...), all(24000, resampled...)}
	audio.NoSpawner(t)
	for i, want := range []map[string]result{all(0, kinds...), all(24000, resampled...)} {
		for name, want := range want {
			if g := got[i][name]; g.info != want.info || !slices.Equal(g.samples, want.samples) {
				t.Errorf("%s: %+v, %d samples, that are not the program's: %+v, %d", name, g.info, len(g.samples), want.info, len(want.samples))
			}
		}
	}
}

// Half a file is refused, by both ways alike, or is short where its format cannot tell.
func TestChildCut(t *testing.T) {
	needSpawner(t)
	outcome := func() map[string]string {
		out := map[string]string{}
		for _, k := range besideKinds {
			b := besideFile(t, k.name)
			samples, _, err := decode(t, b[:len(b)*3/5], 24000)
			word := strconv.Itoa(len(samples)) + " samples"
			for _, kind := range []error{audio.ErrDamaged, audio.ErrEmpty, audio.ErrTruncated, audio.ErrUnsupported} {
				if errors.Is(err, kind) {
					word = kind.Error()
				}
			}
			if err != nil && word == "0 samples" {
				word = err.Error()
			}
			out[k.name] = word
		}
		return out
	}
	got := outcome()
	audio.NoSpawner(t)
	for name, want := range outcome() {
		if got[name] != want {
			t.Errorf("%s: %s; the program: %s", name, got[name], want)
		}
	}
}

// Damaged files of every format end in samples or a refusal of the file, and the spawner lives on.
func TestChildHostile(t *testing.T) {
	defer goleak.VerifyNone(t)
	needSpawner(t)
	pid := audio.SpawnerPID()
	rng := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for _, k := range besideKinds {
		for range 12 {
			b := append([]byte(nil), besideFile(t, k.name)...)
			for range 1 + rng.IntN(30) {
				at := rng.IntN(len(b))
				if rng.IntN(2) == 0 {
					at = rng.IntN(min(len(b), 600)) + 12 // headers
				}
				b[min(at, len(b)-1)] = byte(rng.Uint32())
			}
			_, _, err := decode(t, b, 24000)
			var refusal *audio.Error
			if err != nil && !errors.As(err, &refusal) {
				t.Errorf("%s: %v is no refusal of the file", k.name, err)
			}
			if err != nil {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	if audio.SpawnerPID() != pid {
		t.Error("the spawner was started again")
	}
	needSpawner(t)
}

// open begins to read a file of ten minutes beside the server.
func openLong(t *testing.T, ctx context.Context) *audio.Reader {
	t.Helper()
	path := filepath.Join(t.TempDir(), "long.w64")
	args := strings.Fields("-v error -f lavfi -i sine=frequency=440:duration=600:sample_rate=44100 -c:a pcm_s16le")
	if out, err := exec.Command("ffmpeg", append(args, path)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := audio.FromFile("long.w64", f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r, err := audio.Open(ctx, s, 24000, audio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(ctx, make([]float32, 24000)); n != 24000 || err != nil {
		t.Fatalf("%d samples, %v", n, err)
	}
	return r
}

func readOn(r *audio.Reader) error {
	for buf := make([]float32, 24000); ; {
		if _, err := r.Read(context.Background(), buf); err != nil {
			return err
		}
	}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// The end of the context that a file was opened with ends its child, and so does closing the reader.
func TestChildCancel(t *testing.T) {
	defer goleak.VerifyNone(t)
	needSpawner(t)
	cctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := openLong(t, cctx)
	cancel()
	if err := readOn(r); !errors.Is(err, context.Canceled) {
		t.Errorf("after the cancel: %v", err)
	}
	pid := audio.ChildPID(r)
	r.Close()
	if alive(pid) {
		t.Error("the child lives on")
	}
	r = openLong(t, ctx)
	pid = audio.ChildPID(r)
	r.Close()
	if alive(pid) {
		t.Error("the child of a closed reader lives on")
	}
}

// A child that is killed fails its file and no other; a crash of the decoder is the file's fault.
func TestChildKilled(t *testing.T) {
	needSpawner(t)
	var refusal *audio.Error
	r, other := openLong(t, ctx), openLong(t, ctx)
	syscall.Kill(audio.ChildPID(r), syscall.SIGKILL)
	if err := readOn(r); errors.Is(err, io.EOF) || errors.As(err, &refusal) || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("killed: %v", err)
	}
	r.Close()
	if err := readOn(other); !errors.Is(err, io.EOF) {
		t.Errorf("the other: %v", err)
	}
	other.Close()
	r = openLong(t, ctx)
	defer r.Close()
	syscall.Kill(audio.ChildPID(r), syscall.SIGSEGV)
	if err := readOn(r); !errors.Is(err, audio.ErrDamaged) || !strings.Contains(err.Error(), "segmentation fault") {
		t.Errorf("crashed: %v", err)
	}
}

// A child that makes no sample for long is ended: here by millions of empty elements of Matroska before the first sound,
// which a reader has to look at one by one.
func TestChildStuck(t *testing.T) {
	needSpawner(t)
	b := besideFile(t, "pcm in matroska")
	segment, cluster := bytes.Index(b, []byte{0x18, 0x53, 0x80, 0x67}), bytes.Index(b, []byte{0x1f, 0x43, 0xb6, 0x75})
	if segment < 0 || cluster < segment {
		t.Fatal("no Matroska")
	}
	head := bytes.Clone(b[:cluster])
	copy(head[segment+4:], []byte{1, 255, 255, 255, 255, 255, 255, 255}) // of unknown length
	with := func(empty int) []byte {
		return slices.Concat(head, bytes.Repeat([]byte{0xec, 0x80}, empty), b[cluster:])
	}
	audio.StuckAfter(t, 0) // at the first look, after a second
	if _, _, err := decode(t, with(1000), 24000); err != nil {
		t.Errorf("a thousand: %v", err)
	}
	if _, _, err := decode(t, with(60<<20), 24000); !errors.Is(err, audio.ErrDamaged) || !strings.Contains(err.Error(), "no progress") {
		t.Errorf("sixty million: %v", err)
	}
}

// Killing the spawner in mid-file ends no child; the next file gets a new spawner.
func TestSpawnerKilled(t *testing.T) {
	needSpawner(t)
	r := openLong(t, ctx)
	defer r.Close()
	pid := audio.SpawnerPID()
	syscall.Kill(pid, syscall.SIGKILL)
	if err := readOn(r); !errors.Is(err, io.EOF) {
		t.Errorf("in mid-file: %v", err)
	}
	needSpawner(t)
	if audio.SpawnerPID() == pid {
		t.Error("the same spawner")
	}
}

// Several files at once come out as alone.
func TestChildrenAtOnce(t *testing.T) {
	needSpawner(t)
	want, _, err := decode(t, besideFile(t, "aac"), 24000)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 4 {
				got, _, err := decode(t, besideFile(t, "aac"), 24000)
				if err != nil || len(got) != len(want) || got[1000] != want[1000] {
					t.Errorf("%d samples, %v", len(got), err)
				}
			}
		})
	}
	wg.Wait()
}

// When the server is killed, nothing of it goes on: neither the spawner nor a child that nobody reads from.
func TestServerKilled(t *testing.T) {
	if os.Getenv("SEGUE_TEST_VICTIM") != "" {
		r := openLong(t, ctx)
		os.Stdout.WriteString("pids " + strconv.Itoa(audio.SpawnerPID()) + " " + strconv.Itoa(audio.ChildPID(r)) + "\n")
		time.Sleep(time.Minute)
	}
	victim := exec.Command("/proc/self/exe", "-test.run=TestServerKilled$")
	victim.Env = append(os.Environ(), "SEGUE_TEST_VICTIM=1")
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 100)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(line[:n]))
	if len(words) != 3 || words[0] != "pids" {
		t.Fatalf("the victim said %q", line[:n])
	}
	spawner, _ := strconv.Atoi(words[1])
	child, _ := strconv.Atoi(words[2])
	if !alive(spawner) || !alive(child) {
		t.Fatal("they are dead already")
	}
	victim.Process.Kill()
	victim.Wait()
	for end := time.Now().Add(5 * time.Second); running(spawner) || running(child); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("spawner runs: %t, child runs: %t", running(spawner), running(child))
		}
	}
}

// running is alive and no zombie: there may be no one here to collect orphans.
func running(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}
