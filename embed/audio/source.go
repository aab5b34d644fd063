package audio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Source is one opened audio file, or bytes in memory. Its methods may be called
// by several goroutines: reading has no shared position. The bytes, and the file
// behind it, must not change while it is in use; a file that shrinks is read as
// truncated, never as a fault.
type Source struct {
	name      string
	file      *os.File // nil for bytes
	data      []byte
	sizeBytes int64
}

// FromBytes makes a Source of b, which the caller must not change until Close.
// name is for error messages and may be empty.
func FromBytes(name string, b []byte) (*Source, error) {
	s := &Source{name: name, data: b, sizeBytes: int64(len(b))}
	if len(b) == 0 {
		return nil, s.refuse(ErrEmpty, "", "is empty")
	}
	return s, nil
}

// FromFile makes a Source of an open regular file and takes it over: Close closes
// it, and so does an error here. Anything but a regular file is ErrNotAccessible.
func FromFile(name string, f *os.File) (*Source, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("looking at audio file %q: %w", name, err), f.Close())
	}
	if !info.Mode().IsRegular() {
		f.Close() // nothing was written, so there is nothing to lose
		return nil, notAccessible(name)
	}
	s := &Source{name: name, file: f, sizeBytes: info.Size()}
	if s.sizeBytes == 0 {
		f.Close()
		return nil, s.refuse(ErrEmpty, "", "is empty")
	}
	return s, nil
}

// Name is what the caller called it.
func (s *Source) Name() string { return s.name }

// SizeBytes is the size when it was opened.
func (s *Source) SizeBytes() int64 { return s.sizeBytes }

// Reader returns a new reader over the whole content, for hashing.
func (s *Source) Reader() *io.SectionReader {
	return io.NewSectionReader(s, 0, s.sizeBytes)
}

// ReadAt implements io.ReaderAt.
func (s *Source) ReadAt(p []byte, off int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(p, off)
	}
	return bytes.NewReader(s.data).ReadAt(p, off)
}

// Close releases the file. The Source must not be used after it.
func (s *Source) Close() error {
	s.data = nil
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// head returns up to n bytes at off; fewer at the end of the file.
func (s *Source) head(off int64, n int) ([]byte, error) {
	b := make([]byte, n)
	got, err := s.ReadAt(b, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading audio file %q: %w", s.name, err)
	}
	return b[:got], nil
}
