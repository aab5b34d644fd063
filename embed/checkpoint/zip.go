package checkpoint

import (
	"archive/zip"
	"bufio"
	"errors"
	"io"
	"strings"
)

// maxDirectoryBytes bounds what is read of a zip file's directory: some 300,000 entries.
const maxDirectoryBytes = 16 << 20

// budget is a reader that gives so many bytes and no more.
type budget struct {
	r    io.ReaderAt
	left int64
}

func (b *budget) ReadAt(p []byte, at int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, unsupported("a directory of more than %d bytes", maxDirectoryBytes)
	}
	return b.r.ReadAt(p, at)
}

// readZip reads what torch.save writes since PyTorch 1.6.
func readZip(r io.ReaderAt, sizeBytes int64) (map[string]Tensor, error) {
	z, err := zip.NewReader(&budget{r: r, left: maxDirectoryBytes}, sizeBytes)
	if errors.Is(err, zip.ErrInsecurePath) {
		err = nil // names are compared and never become paths
	}
	if err != nil {
		return nil, malformed("zip: %w", err)
	}
	a := &archive{sizeBytes: sizeBytes, entries: map[string]*zip.File{}, storages: map[string]*storage{}}
	var pickle string
	for _, f := range z.File {
		if _, twice := a.entries[f.Name]; twice {
			return nil, malformed("zip entry %q is there twice", f.Name)
		}
		a.entries[f.Name] = f
		if folder, ok := strings.CutSuffix(f.Name, "/data.pkl"); ok && !strings.Contains(folder, "/") {
			pickle, a.folder = f.Name, folder
		}
	}
	if pickle == "" {
		return nil, unsupported("a zip file without data.pkl")
	}
	if err := a.littleEndian(r); err != nil {
		return nil, err
	}
	section, err := a.section(r, pickle)
	if err != nil {
		return nil, err
	}
	v, err := unpickle(bufio.NewReader(section), a.storage)
	if err != nil {
		return nil, err
	}
	return stateDict(v)
}

// archive is an opened zip file.
type archive struct {
	sizeBytes int64
	folder    string
	entries   map[string]*zip.File
	storages  map[string]*storage
}

// locate finds a stored entry's bytes in the file.
func (a *archive) locate(name string) (offset, sizeBytes int64, err error) {
	f, ok := a.entries[name]
	if !ok {
		return 0, 0, malformed("zip entry %q is missing", name)
	}
	if f.Method != zip.Store || f.Flags&1 != 0 || f.UncompressedSize64 != f.CompressedSize64 {
		return 0, 0, unsupported("zip entry %q is compressed or encrypted", name)
	}
	offset, err = f.DataOffset()
	if err != nil {
		return 0, 0, malformed("zip entry %q: %w", name, err)
	}
	if f.UncompressedSize64 > uint64(a.sizeBytes) || offset > a.sizeBytes-int64(f.UncompressedSize64) {
		return 0, 0, malformed("zip entry %q reaches past the end of the file", name)
	}
	return offset, int64(f.UncompressedSize64), nil
}

func (a *archive) section(r io.ReaderAt, name string) (*io.SectionReader, error) {
	offset, size, err := a.locate(name)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(r, offset, size), nil
}

// littleEndian refuses a file of another byte order; old ones do not say.
func (a *archive) littleEndian(r io.ReaderAt) error {
	name := a.folder + "/byteorder"
	if a.entries[name] == nil {
		return nil
	}
	section, err := a.section(r, name)
	if err != nil {
		return err
	}
	if section.Size() != int64(len("little")) {
		return unsupported("a byte order that is not little")
	}
	b, err := io.ReadAll(section)
	if err == nil && string(b) != "little" {
		err = unsupported("byte order %q", b)
	}
	return err
}

// storage is the entry that a persistent id names; the same key is the same storage.
func (a *archive) storage(id any) (*storage, error) {
	t, key, elements, rest, err := storageID(id)
	if err != nil {
		return nil, err
	}
	if len(rest) != 0 {
		return nil, malformed("a storage of %d more arguments", len(rest))
	}
	if s := a.storages[key]; s != nil {
		if s.dtype != t || s.elements != elements {
			return nil, malformed("storage %q is two", key)
		}
		return s, nil
	}
	offset, size, err := a.locate(a.folder + "/data/" + key)
	if err != nil {
		return nil, err
	}
	if elements > size/dtypeBytes[t] {
		return nil, malformed("storage %q of %d bytes holds no %d elements of %s", key, size, elements, t)
	}
	s := &storage{offset: offset, elements: elements, dtype: t}
	a.storages[key] = s
	return s, nil
}
