package audio_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/audio/audiotest"
)

// Everything that is not a regular file under the root gets the same answer, word
// for word but for its name, so that a client learns nothing about what lies outside.
func TestRootRefusals(t *testing.T) {
	outside := t.TempDir()
	dir := t.TempDir()
	wav := audiotest.WAV(8000, 1, 8, make([]float32, 800))
	write := func(path string, b []byte, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, b, mode); err != nil {
			t.Fatal(err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "secret.wav"), wav, 0o644)
	write(filepath.Join(dir, "x.wav"), wav, 0o644)
	write(filepath.Join(dir, "empty.wav"), nil, 0o644)
	must(os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	write(filepath.Join(dir, "sub", "y.wav"), wav, 0o644)
	must(os.Symlink("../x.wav", filepath.Join(dir, "sub", "inside.wav")))
	must(os.Symlink(filepath.Join(outside, "secret.wav"), filepath.Join(dir, "out.wav")))
	must(os.Symlink(outside, filepath.Join(dir, "outdir")))
	must(os.Symlink("/dev/zero", filepath.Join(dir, "zero.wav")))
	must(syscall.Mkfifo(filepath.Join(dir, "fifo.wav"), 0o644))

	root, err := audio.OpenRoot(dir)
	must(err)
	defer root.Close()
	for _, name := range []string{
		"missing.wav", "", ".", "sub", "../x.wav", "sub/../x.wav", "../../etc/passwd", "/etc/passwd",
		"out.wav", "outdir/secret.wav", "zero.wav", "fifo.wav", "x.wav\x00.flac", "x.wav/",
		"http://example.org/x.wav", "file:///etc/passwd", filepath.Join(outside, "secret.wav"), dir,
	} {
		_, err := root.Open(name)
		var refusal *audio.Error
		if !errors.As(err, &refusal) || !errors.Is(err, audio.ErrNotAccessible) {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if want := (&audio.Error{Kind: audio.ErrNotAccessible, Name: name}).Error(); err.Error() != want {
			t.Errorf("%q: %q, want %q", name, err, want)
		}
	}
	if _, err := root.Open("empty.wav"); !errors.Is(err, audio.ErrEmpty) {
		t.Errorf("empty file: %v", err)
	}
	for _, name := range []string{"x.wav", "sub/y.wav", "sub/inside.wav", "./x.wav", filepath.Join(dir, "x.wav")} {
		s, err := root.Open(name)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if s.SizeBytes() != int64(len(wav)) {
			t.Errorf("%q: %d bytes, want %d", name, s.SizeBytes(), len(wav))
		}
		must(s.Close())
	}
}

// A root that is itself reached through a link accepts absolute paths of both names.
func TestRootThroughLink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "music")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.wav"), audiotest.WAV(8000, 1, 8, make([]float32, 80)), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := audio.OpenRoot(link)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, d := range []string{dir, link} {
		s, err := root.Open(filepath.Join(d, "x.wav"))
		if err != nil {
			t.Errorf("%s: %v", d, err)
			continue
		}
		s.Close()
	}
}
