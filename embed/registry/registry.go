package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seguedb/segue/embed/checkpoint"
	"github.com/seguedb/segue/embed/mert"
)

const (
	// Folder is the registry's name in a data directory.
	Folder       = "models"
	defaultFile  = "default"
	manifestFile = "manifest.json"
	// newPrefix begins the names of models half written, and of those half removed.
	newPrefix = ".new-"
)

var (
	// ErrExists is wrapped when a model of that name is there already.
	ErrExists = errors.New("there is a model of that name already")
	// ErrNotFound is wrapped when there is no model of that name.
	ErrNotFound = errors.New("there is no added model of that name")
	// ErrDamaged is wrapped when a model's weights are not those that were added.
	ErrDamaged = errors.New("the model's file is not what was added")
)

// Registry is the folder of models of one data directory. It holds nothing open.
type Registry struct{ dir string }

// Open returns the registry of a data directory, which may have none yet.
func Open(dataDir string) *Registry { return &Registry{dir: filepath.Join(dataDir, Folder)} }

// Stamp changes when a model is added or removed, or another becomes the default. It is
// the zero time when there is no registry.
func (r *Registry) Stamp() time.Time {
	info, err := os.Stat(r.dir)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// List reads the manifests in order of name. A model that cannot be read is in the
// error and not in the list: the others can be used.
func (r *Registry) List() ([]Manifest, error) {
	entries, err := os.ReadDir(r.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	var list []Manifest
	var errs []error
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		m, err := r.Get(e.Name())
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, m)
	}
	return list, errors.Join(errs...)
}

// Get reads one manifest; the error may wrap [ErrNotFound] or [ErrManifest].
func (r *Registry) Get(name string) (Manifest, error) {
	if err := CheckName(name); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	text, err := os.ReadFile(filepath.Join(r.dir, name, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, fmt.Errorf("model %q: %w", name, ErrNotFound)
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("model %q: %w", name, err)
	}
	m, err := parseManifest(text)
	if err == nil && m.Name != name {
		err = fmt.Errorf("%w: it is of %q", ErrManifest, m.Name)
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("model %q: %w", name, err)
	}
	return m, nil
}

// Remove deletes a model; it is no longer the default.
func (r *Registry) Remove(name string) error {
	if _, err := r.Get(name); errors.Is(err, ErrNotFound) {
		return err
	}
	if d, err := r.Default(); err != nil {
		return err
	} else if d == name {
		if err := r.SetDefault(""); err != nil {
			return err
		}
	}
	gone := filepath.Join(r.dir, newPrefix+name)
	if err := errors.Join(os.RemoveAll(gone), os.Rename(filepath.Join(r.dir, name), gone), syncDir(r.dir)); err != nil {
		return fmt.Errorf("remove model %q: %w", name, err)
	}
	return os.RemoveAll(gone)
}

// Default is the name of the default model, "" when none was chosen.
func (r *Registry) Default() (string, error) {
	b, err := os.ReadFile(filepath.Join(r.dir, defaultFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the default model: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// SetDefault chooses the default model, which may be one that every Segue has; "" goes
// back to Segue's own choice.
func (r *Registry) SetDefault(name string) error {
	path := filepath.Join(r.dir, defaultFile)
	err := os.MkdirAll(r.dir, 0o700)
	switch {
	case err != nil:
	case name == "":
		if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	default:
		temporary := filepath.Join(r.dir, newPrefix+defaultFile)
		err = writeFile(temporary, func(w io.Writer) error { _, err := io.WriteString(w, name+"\n"); return err })
		if err == nil {
			err = os.Rename(temporary, path)
		}
	}
	if err == nil {
		err = syncDir(r.dir)
	}
	if err != nil {
		return fmt.Errorf("set the default model: %w", err)
	}
	return nil
}

// add writes a model: content writes its weights, whose hash and size complete the
// manifest; tokenizer is nil for models that read no texts.
func (r *Registry) add(m Manifest, content func(io.Writer) error, tokenizer []byte) (Manifest, error) {
	fail := func(err error) (Manifest, error) { return Manifest{}, fmt.Errorf("add model %q: %w", m.Name, err) }
	if err := CheckName(m.Name); err != nil {
		return fail(err)
	}
	final := filepath.Join(r.dir, m.Name)
	if _, err := os.Lstat(final); err == nil {
		return fail(ErrExists)
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return fail(err)
	}
	dir, err := os.MkdirTemp(r.dir, newPrefix+m.Name+"-")
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // gone after the rename
	m.Format = formatVersion
	h := sha256.New()
	count := &counter{}
	err = writeFile(filepath.Join(dir, m.file()), func(w io.Writer) error { return content(io.MultiWriter(w, h, count)) })
	if err != nil {
		return fail(err)
	}
	m.SHA256, m.SizeBytes = hex.EncodeToString(h.Sum(nil)), count.n
	if err := m.check(); err != nil {
		return fail(err)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil && tokenizer != nil {
		err = writeFile(filepath.Join(dir, tokenizerFile), func(w io.Writer) error { _, err := w.Write(tokenizer); return err })
	}
	if err != nil {
		return fail(err)
	}
	err = writeFile(filepath.Join(dir, manifestFile), func(w io.Writer) error { _, err := w.Write(text); return err })
	if err == nil {
		err = syncDir(dir)
	}
	if err == nil {
		err = os.Rename(dir, final) // fails when somebody was faster: a folder that is not empty
	}
	if err == nil {
		err = syncDir(r.dir)
	}
	if err != nil {
		return fail(err)
	}
	return m, nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// writeFile writes a file and makes it durable.
func writeFile(path string, content func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := content(f); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Load returns the model's graph for the layers that are wanted (Hubert's; the others have
// what they have), after comparing the weights with their hash.
func (r *Registry) Load(m Manifest, layers []int) (graph []byte, err error) {
	switch m.Family {
	case ONNX:
		graph, err = r.loadONNX(m)
	case Clap:
		graph, err = r.loadAudio(m)
	default:
		graph, err = r.loadHubert(m, layers)
	}
	if err != nil {
		return nil, fmt.Errorf("load model %q: %w", m.Name, err)
	}
	return graph, nil
}

// withChecked calls use with the weights, after comparing them with their hash.
func (r *Registry) withChecked(m Manifest, use func(*checkpoint.File) error) error {
	f, err := os.Open(filepath.Join(r.dir, m.Name, m.file()))
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	size, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != m.SHA256 {
		return ErrDamaged
	}
	c, err := checkpoint.Read(f, size)
	if err != nil {
		return err
	}
	return use(c)
}

func (r *Registry) loadHubert(m Manifest, layers []int) (graph []byte, err error) {
	err = r.withChecked(m, func(c *checkpoint.File) error {
		w, err := mert.FromCheckpoint(*m.Config, c)
		if err != nil {
			return err
		}
		g, err := mert.Graph(*m.Config, w, mert.Options{Layers: layers, Precision: mert.Precision(m.Precision)})
		if err != nil {
			return err
		}
		graph, err = g.Encode()
		return err
	})
	return graph, err
}

func (r *Registry) loadONNX(m Manifest) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(r.dir, m.Name, m.file()))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != m.SHA256 {
		return nil, ErrDamaged
	}
	return b, nil
}
