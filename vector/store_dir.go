package vector

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	manifestName  = "MANIFEST"
	segmentSuffix = ".seg"
	tempSuffix    = ".tmp"
)

// DirStore is a SegmentStore in a directory of its own: MANIFEST, the segments, and *.tmp files that
// a crash may leave and OpenDir removes. Segments are memory-mapped. The directory's lock is the
// owner's affair.
type DirStore struct{ dir string }

// OpenDir returns the store in dir, which it makes if need be, and removes what an interrupted write
// left there.
func OpenDir(dir string) (*DirStore, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("vector: make index directory: %w", err)
	}
	temps, err := filepath.Glob(filepath.Join(dir, "*"+tempSuffix))
	if err != nil {
		return nil, fmt.Errorf("vector: list index directory: %w", err)
	}
	for _, temp := range temps {
		if err := os.Remove(temp); err != nil {
			return nil, fmt.Errorf("vector: remove unfinished file: %w", err)
		}
	}
	return &DirStore{dir: dir}, nil
}

// ReadManifest implements SegmentStore.
func (s *DirStore) ReadManifest() ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(s.dir, manifestName))
	if err != nil {
		return nil, fmt.Errorf("vector: read manifest: %w", err)
	}
	return data, nil
}

// WriteManifest implements SegmentStore.
func (s *DirStore) WriteManifest(data []byte) error {
	w, err := s.Create(manifestName)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return errors.Join(fmt.Errorf("vector: write manifest: %w", err), w.Abort())
	}
	return w.Commit()
}

// Create implements SegmentStore.
func (s *DirStore) Create(name string) (SegmentWriter, error) {
	f, err := os.OpenFile(filepath.Join(s.dir, name+tempSuffix), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("vector: create %s: %w", name, err)
	}
	return &dirWriter{dir: s.dir, name: name, file: f, buf: bufio.NewWriterSize(f, 1<<20)}, nil
}

// Open implements SegmentStore.
func (s *DirStore) Open(name string) (SegmentData, error) {
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return nil, fmt.Errorf("vector: open segment: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("vector: size of segment %s: %w", name, err)
	}
	if info.Size() == 0 || info.Size() != int64(int(info.Size())) {
		return nil, fmt.Errorf("%w: segment %s has %d bytes", ErrCorrupt, name, info.Size())
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("vector: map segment %s: %w", name, err)
	}
	return &mapped{data: data}, nil
}

// Remove implements SegmentStore.
func (s *DirStore) Remove(name string) error {
	if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("vector: remove segment: %w", err)
	}
	return nil
}

// List implements SegmentStore.
func (s *DirStore) List() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("vector: list index directory: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), segmentSuffix) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// dirWriter writes NAME.tmp and renames it to NAME.
type dirWriter struct {
	dir, name string
	file      *os.File
	buf       *bufio.Writer
}

func (w *dirWriter) Write(p []byte) (int, error) { return w.buf.Write(p) }

// Commit syncs the file before the rename and the directory after it: without the first the name
// could outlive the bytes, without the second the bytes could outlive the name.
func (w *dirWriter) Commit() error {
	err := w.buf.Flush()
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("vector: write %s: %w", w.name, err), w.Abort())
	}
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("vector: close %s: %w", w.name, err)
	}
	path := filepath.Join(w.dir, w.name)
	if err := os.Rename(path+tempSuffix, path); err != nil {
		return fmt.Errorf("vector: name %s: %w", w.name, err)
	}
	return syncDir(w.dir)
}

func (w *dirWriter) Abort() error {
	return errors.Join(w.file.Close(), os.Remove(w.file.Name()))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("vector: open index directory: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("vector: sync index directory: %w", err)
	}
	return nil
}

// mapped is a memory-mapped segment. Its pages belong to the page cache: reading them after Close is
// a fault, which is why views count their readers.
type mapped struct{ data []byte }

func (m *mapped) Bytes() []byte { return m.data }

// Unload leaves the pages to the page cache. It is advice: without it they count as this process's a while longer.
func (m *mapped) Unload() { _ = unix.Madvise(m.data, unix.MADV_DONTNEED) }

func (m *mapped) Close() error {
	if err := unix.Munmap(m.data); err != nil {
		return fmt.Errorf("vector: unmap segment: %w", err)
	}
	return nil
}
