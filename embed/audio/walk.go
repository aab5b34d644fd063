package audio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// extensions are those of files that a walk takes for audio: what is decoded, by libsndfile or through ffmpeg. What a file
// really is its content says, when it is opened.
var extensions = []string{
	".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".mp3", ".mp2", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc",
	".m4a", ".m4b", ".aac", ".wma", ".mka", ".wv", ".ape", ".tta", ".mpc", ".caf", ".au", ".snd",
}

// File is an audio file that a walk has found.
type File struct {
	Path      string // relative to the root, with slashes
	SizeBytes int64
	Modified  time.Time
	ID        string // Identity.String
	// Err says why it cannot be had: a link that leads out or nowhere (ErrNotAccessible), a name that is no text
	// (ErrName), or, with Folder set, a folder that cannot be read. What is only forbidden to be opened has none.
	Err    error
	Folder bool
}

// ErrNoFolder is what a walk of something else than a folder below the root ends with.
var ErrNoFolder = errors.New("no folder below the audio root")

// Relative is a path as Walk gives it: from the root, and clean. It need not be there; what leads out of the root is an
// ErrNotAccessible.
func (r *Root) Relative(name string) (string, error) {
	rel, ok := r.relative(name)
	if !ok {
		return "", notAccessible(name)
	}
	return path.Clean(rel), nil
}

// Walk finds the audio files below a folder, by their extensions, in an order that only their names decide: folder by
// folder, names by their bytes. dir is relative to the root, or absolute inside it. What is hidden (a name that begins with
// a dot) is left out, and links to folders are not followed. Memory holds the names of the folders that are open. The error
// is ErrNoFolder, or ctx's.
func (r *Root) Walk(ctx context.Context, dir string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		top, ok := r.relative(dir)
		if ok {
			info, err := r.root.Stat(path.Clean(top))
			ok = err == nil && info.IsDir()
		}
		if !ok {
			yield(File{}, fmt.Errorf("folder %q: %w", dir, ErrNoFolder))
			return
		}
		err := fs.WalkDir(r.root.FS(), path.Clean(top), func(name string, d fs.DirEntry, err error) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			f, ok := r.visit(name, d, err)
			switch {
			case ok && !yield(f, nil):
				return fs.SkipAll
			case d != nil && d.IsDir() && (err != nil || hidden(name)):
				return fs.SkipDir
			}
			return nil
		})
		if err != nil {
			yield(File{}, err)
		}
	}
}

func hidden(name string) bool { return name != "." && strings.HasPrefix(path.Base(name), ".") }

// visit is what a walk says of an entry, if anything; failed is why a folder could not be read.
func (r *Root) visit(name string, d fs.DirEntry, failed error) (File, bool) {
	f := File{Path: name}
	switch {
	case failed != nil:
		f.Err, f.Folder = &Error{Kind: ErrFolder, Name: name, Detail: "is a folder that cannot be read"}, true
		return f, !hidden(name)
	case hidden(name) || d.IsDir() || !slices.Contains(extensions, strings.ToLower(path.Ext(name))):
		return f, false
	case !utf8.ValidString(name):
		f.Path = strings.ToValidUTF8(name, "\uFFFD")
		f.Err = &Error{Kind: ErrName, Name: f.Path, Detail: "has a name that is not UTF-8"}
		return f, true
	}
	info, err := d.Info()
	if d.Type()&fs.ModeSymlink != 0 {
		info, err = r.root.Stat(name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && d.Type().IsRegular():
		return f, false // removed just now
	case err != nil:
		f.Err = notAccessible(name)
		return f, true
	case !info.Mode().IsRegular():
		return f, false
	}
	f.SizeBytes, f.Modified = info.Size(), info.ModTime()
	if id, ok := identityOf(info); ok {
		f.ID = id.String()
	}
	return f, true
}
