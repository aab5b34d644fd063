package audio

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Root opens audio files below one directory. It may be used by several
// goroutines until Close.
//
// The kernel resolves every component under the directory (os.Root), so neither
// ".." nor a symbolic link leads out, whatever else happens in the tree at the
// time. A check of the cleaned path alone would lose that race.
type Root struct {
	root *os.Root
	dirs []string // the directory as configured and with its links resolved, absolute
}

// OpenRoot opens dir, which must exist.
func OpenRoot(dir string) (*Root, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the audio root %q: %w", dir, err)
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fmt.Errorf("opening the audio root: %w", err)
	}
	r := &Root{root: root, dirs: []string{abs}}
	if real, err := filepath.EvalSymlinks(abs); err == nil && real != abs {
		r.dirs = append(r.dirs, real)
	}
	return r, nil
}

// Close releases the directory; Sources opened from it stay usable.
func (r *Root) Close() error { return r.root.Close() }

// Open opens a regular file by its path relative to the root, or by an absolute
// path inside it. A path that is missing, forbidden, outside, or not a regular
// file is an ErrNotAccessible, the same for all of them. An empty file is
// ErrEmpty.
func (r *Root) Open(name string) (*Source, error) {
	rel, ok := r.relative(name)
	if !ok {
		return nil, notAccessible(name)
	}
	// O_NONBLOCK: opening a FIFO must not wait for a writer.
	f, err := r.root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		if outOfResources(err) {
			return nil, fmt.Errorf("opening audio file %q: %w", name, err)
		}
		return nil, notAccessible(name)
	}
	return FromFile(name, f)
}

// relative turns name into a path below the root, or reports that it is none.
func (r *Root) relative(name string) (string, bool) {
	if name == "" || strings.ContainsRune(name, 0) {
		return "", false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", false
		}
	}
	if !filepath.IsAbs(name) {
		return name, true
	}
	for _, dir := range r.dirs {
		rel, err := filepath.Rel(dir, filepath.Clean(name))
		if err == nil && filepath.IsLocal(rel) {
			return rel, true
		}
	}
	return "", false
}

func notAccessible(name string) *Error {
	return &Error{Kind: ErrNotAccessible, Name: name, Hint: hintRoot}
}

// outOfResources reports a failure that is the server's, not the path's: hiding it
// behind "could not open" would send the user looking for a file that is there.
func outOfResources(err error) bool {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
