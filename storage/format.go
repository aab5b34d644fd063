package storage

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrFormat says that the data directory was written in a format that this version does not know.
var ErrFormat = errors.New("unknown data format")

// FormatVersion is the version of FORMAT.md that this package reads and writes.
const FormatVersion = 1

// pebbleFormat is the version of Pebble's own files under it. It is part of our format: raising it is a new
// FormatVersion, since an older program could not read them.
const pebbleFormat = pebble.FormatValueSeparation

// The format version is in a file beside the store, not under a key of it: opening the store at all may rewrite
// it, which must not happen to the files of a newer version.
const (
	formatFile = "FORMAT"
	formatLine = "segue %d\n"
)

// checkFormat reads the format version of a data directory, and writes it into a new one.
func checkFormat(fs vfs.FS, dir string, isNew bool) error {
	name := fs.PathJoin(dir, formatFile)
	f, err := fs.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		if !isNew {
			return fmt.Errorf("%w: %s has a store and no file %s", ErrFormat, dir, formatFile)
		}
		return startFormat(fs, dir)
	}
	if err != nil {
		return fmt.Errorf("read the format version: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, 100))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("read the format version: %w", err)
	}
	version := 0
	if n, err := fmt.Sscanf(string(text), formatLine, &version); n != 1 || err != nil {
		return fmt.Errorf("%w: %s does not hold a version", ErrFormat, name)
	}
	switch {
	case version > FormatVersion:
		return fmt.Errorf("%w: the data directory has version %d, this program reads version %d: a newer program wrote it",
			ErrFormat, version, FormatVersion)
	case version != FormatVersion:
		return fmt.Errorf("%w: the data directory has version %d, this program reads version %d",
			ErrFormat, version, FormatVersion)
	}
	return nil
}

// startFormat marks a data directory that has no store yet.
func startFormat(fs vfs.FS, dir string) error {
	name := fs.PathJoin(dir, formatFile)
	if err := writeFile(fs, name+".tmp", fmt.Appendf(nil, formatLine, FormatVersion)); err != nil {
		return fmt.Errorf("write the format version: %w", err)
	}
	if err := errors.Join(fs.Rename(name+".tmp", name), syncDir(fs, dir)); err != nil {
		return fmt.Errorf("write the format version: %w", err)
	}
	return nil
}

func writeFile(fs vfs.FS, name string, data []byte) error {
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncDir(fs vfs.FS, name string) error {
	d, err := fs.OpenDir(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
