package vector_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seguedb/segue/vector"
)

// TestStores holds every SegmentStore to the interface's words.
func TestStores(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) vector.SegmentStore{
		"dir": func(t *testing.T) vector.SegmentStore {
			return openDir(t, filepath.Join(t.TempDir(), "made", "by", "OpenDir"))
		},
		"mem": func(*testing.T) vector.SegmentStore { return vector.NewMemStore() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("manifest", func(t *testing.T) { testManifest(t, open(t)) })
			t.Run("segments", func(t *testing.T) { testSegments(t, open(t)) })
		})
	}
}

func openDir(t *testing.T, dir string) *vector.DirStore {
	t.Helper()
	s, err := vector.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testManifest(t *testing.T, s vector.SegmentStore) {
	if _, err := s.ReadManifest(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no manifest: %v", err)
	}
	for _, want := range []string{"the first", "a longer second", ""} {
		data := []byte(want)
		if err := s.WriteManifest(data); err != nil {
			t.Fatal(err)
		}
		copy(data, "scribble")
		got, err := s.ReadManifest()
		if err != nil || string(got) != want {
			t.Errorf("manifest %q (%v), want %q", got, err, want)
		}
	}
	if names, err := s.List(); err != nil || len(names) != 0 {
		t.Errorf("the manifest is listed: %v, %v", names, err)
	}
}

func testSegments(t *testing.T, s vector.SegmentStore) {
	write := func(name, data string, end func(vector.SegmentWriter) error) {
		t.Helper()
		w, err := s.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Write([]byte(data))
		if err := errors.Join(err, end(w)); err != nil {
			t.Fatal(err)
		}
	}
	write("a.seg", "dropped", vector.SegmentWriter.Abort)
	if names, err := s.List(); err != nil || len(names) != 0 {
		t.Errorf("an aborted segment is listed: %v, %v", names, err)
	}
	if _, err := s.Open("a.seg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an aborted segment opens: %v", err)
	}
	write("a.seg", "old", vector.SegmentWriter.Commit)
	write("a.seg", "new", vector.SegmentWriter.Commit)
	write("b.seg", "other", vector.SegmentWriter.Commit)
	names, err := s.List()
	if slices.Sort(names); err != nil || !slices.Equal(names, []string{"a.seg", "b.seg"}) {
		t.Errorf("listed %v, %v", names, err)
	}
	data, err := s.Open("a.seg")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Remove("a.seg"), s.Remove("a.seg")); err != nil {
		t.Errorf("Remove, twice: %v", err)
	}
	if string(data.Bytes()) != "new" {
		t.Errorf("removed while open it reads %q", data.Bytes())
	}
	if err := data.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := s.Open("a.seg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a removed segment opens: %v", err)
	}
}

// TestOpenDirClears what an interrupted write left, and nothing else.
func TestOpenDirClears(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"1.seg.tmp", "MANIFEST.tmp", "1.seg", "MANIFEST", "notes"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openDir(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"1.seg", "MANIFEST", "notes"}; !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
}

// TestDirStoreErrors: what the file system refuses is an error that says what was being done.
func TestDirStoreErrors(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, filepath.Join(dir, "index"))
	w, err := s.Create("a.seg")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "index")); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err == nil {
		t.Error("Commit into a directory that is gone")
	}
	if _, err := s.Create("b.seg"); err == nil {
		t.Error("Create in a directory that is gone")
	}
	if err := s.WriteManifest(nil); err == nil {
		t.Error("WriteManifest in a directory that is gone")
	}
	if _, err := s.List(); err == nil {
		t.Error("List of a directory that is gone")
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vector.OpenDir(filepath.Join(dir, "file")); err == nil {
		t.Error("OpenDir of a file")
	}
	if err := os.WriteFile(filepath.Join(dir, "empty.seg"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openDir(t, dir).Open("empty.seg"); !errors.Is(err, vector.ErrCorrupt) {
		t.Errorf("an empty segment: %v", err)
	}
}
