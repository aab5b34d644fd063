package audio_test

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/audio/audiotest"
)

func measure(t testing.TB, b []byte) (audio.Info, error) {
	t.Helper()
	s, err := audio.FromBytes("x", b)
	if err != nil {
		return audio.Info{}, err
	}
	defer s.Close()
	return audio.Measure(ctx, s, audio.Limits{})
}

// A duration from a header is the duration of the samples.
func TestMeasure(t *testing.T) {
	tone := audiotest.Tone(330, 3, 48000, 2)
	for name, b := range map[string][]byte{
		"wav":    audiotest.WAV(48000, 2, 24, tone),
		"aiff":   encoded(t, audiotest.AIFF, 48000, 2, tone),
		"flac":   encoded(t, audiotest.FLAC, 48000, 2, tone),
		"mp3":    encoded(t, audiotest.MP3, 48000, 2, tone),
		"vorbis": encoded(t, audiotest.Vorbis, 48000, 2, tone),
		"opus":   encoded(t, audiotest.Opus, 48000, 2, tone),
	} {
		info, err := measure(t, b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, decoded, err := decode(t, b, 0)
		if err != nil {
			t.Fatal(err)
		}
		if info.Format != name || info.Channels != 2 || math.Abs(info.Seconds-decoded.Seconds) > 0.001 {
			t.Errorf("%s: measured %+v, decoded %+v", name, info, decoded)
		}
	}
	flac := encoded(t, audiotest.FLAC, 48000, 2, tone)
	if _, err := measure(t, flac[:len(flac)/2]); !errors.Is(err, audio.ErrTruncated) {
		t.Errorf("truncated FLAC: %v", err)
	}
}

func TestTags(t *testing.T) {
	tone := audiotest.Tone(330, 1, 48000, 1)
	for name, format := range map[string]audiotest.Format{
		"flac": audiotest.FLAC, "vorbis": audiotest.Vorbis, "opus": audiotest.Opus, "mp3": audiotest.MP3,
	} {
		b := encoded(t, format, 48000, 1, tone)
		s, err := audio.FromBytes(name, b)
		if err != nil {
			t.Fatal(err)
		}
		tags, err := audio.ReadTags(s)
		if err != nil {
			t.Fatal(err)
		}
		if title, ok := tags.Get("Title"); !ok || title != "A Title" {
			t.Errorf("%s: title %q %t of %v", name, title, ok, tags)
		}
		if v, ok := tags.Get("artist"); ok {
			t.Errorf("%s: artist %q out of nowhere", name, v)
		}
	}
	s, err := audio.FromBytes("notes.wav", []byte("no audio here, only words"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := audio.ReadTags(s); !errors.Is(err, audio.ErrNotAudio) {
		t.Errorf("text: %v", err)
	}
}

func TestTagNames(t *testing.T) {
	tags := audio.Tags{"DATE": {"1959-08-17"}, "INITIALKEY": {"Am"}, "GENRE": {"Jazz", "Modal"}, "DESCRIPTION": {"d"}}
	for name, want := range map[string]string{"year": "1959", "date": "1959-08-17", "Key": "Am", "genre": "Jazz; Modal", "comment": "d"} {
		if got, ok := tags.Get(name); !ok || got != want {
			t.Errorf("%s: %q %t, want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"bpm", "", "title"} {
		if got, ok := tags.Get(name); ok {
			t.Errorf("%s: %q out of nowhere", name, got)
		}
	}
}

// m4a goes through FFmpeg's libraries, with its index at the end, from a file and from
// memory; a cut one is refused. Without them it goes through the program, and without
// that, too, the refusal names it.
func TestFFmpeg(t *testing.T) {
	defer goleak.VerifyNone(t)
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Fatalf("this test needs ffmpeg: %v", err)
	}
	dir := t.TempDir()
	wav, m4a := filepath.Join(dir, "x.wav"), filepath.Join(dir, "x.m4a")
	tone := audiotest.Tone(330, 2, 44100, 2)
	if err := os.WriteFile(wav, audiotest.WAV(44100, 2, 16, tone), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "-v", "error", "-i", wav, "-metadata", "title=Over there", m4a).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(m4a)
	if err != nil {
		t.Fatal(err)
	}
	fromBytes, info, err := decode(t, b, 24000)
	if err != nil {
		t.Fatal(err)
	}
	if info.Format != "mp4" || info.Channels != 2 || math.Abs(info.Seconds-2) > 0.06 {
		t.Errorf("info %+v", info)
	}
	root, err := audio.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s, err := root.Open("x.m4a")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fromFile, _, err := audio.Decode(ctx, s, 24000, audio.Limits{})
	if err != nil || len(fromFile) != len(fromBytes) {
		t.Errorf("%d samples from the file, %d from memory, %v", len(fromFile), len(fromBytes), err)
	}
	tags, err := audio.ReadTags(s)
	if title, _ := tags.Get("title"); title != "Over there" {
		t.Errorf("title %q, %v", title, err)
	}
	if _, _, err := decode(t, b[:len(b)/2], 24000); !errors.Is(err, audio.ErrDamaged) {
		t.Errorf("cut: %v", err)
	}
	audio.NoSpawner(t)
	if samples, _, err := decode(t, b, 24000); err != nil || len(samples) != len(fromBytes) {
		t.Errorf("%d samples from the program, %v", len(samples), err)
	}
	if _, _, err := decode(t, b[:len(b)/2], 24000); !errors.Is(err, audio.ErrDamaged) {
		t.Errorf("cut: %v", err)
	}
	t.Setenv("PATH", dir)
	if _, _, err := decode(t, b, 24000); !errors.Is(err, audio.ErrUnsupported) || !strings.Contains(err.Error(), "ffmpeg") {
		t.Errorf("without ffmpeg: %v", err)
	}
}

// An hour of FLAC goes through in bounded memory.
func TestHourLongFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hour.flac")
	if err := audiotest.Encode(path, audiotest.FLAC, 8000, 1, audiotest.Tone(330, 3600, 8000, 1), ""); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := audio.FromFile("hour.flac", f)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runtime.GC()
	before := residentBytes(t)
	r, err := audio.Open(ctx, s, 24000, audio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	buf := make([]float32, 120000)
	total, peak, start := 0, before, time.Now()
	for {
		n, err := r.Read(ctx, buf)
		total += n
		peak = max(peak, residentBytes(t))
		if err != nil {
			break
		}
	}
	if total != 3600*24000 {
		t.Errorf("%d samples, want %d", total, 3600*24000)
	}
	if grew := peak - before; grew > 16<<20 {
		t.Errorf("resident memory grew by %d MiB", grew>>20)
	}
	t.Logf("%.0f × real time", 3600/time.Since(start).Seconds())
}

// residentBytes is the process's resident set, C allocations included.
func residentBytes(t testing.TB) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kb int64
			for _, c := range rest {
				if c >= '0' && c <= '9' {
					kb = kb*10 + int64(c-'0')
				}
			}
			return kb << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
