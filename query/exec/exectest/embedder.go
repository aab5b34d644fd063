package exectest

import (
	"context"
	"hash/fnv"
	"iter"
	"math"
	"strings"
	"sync/atomic"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
)

// Embedder makes vectors of three dimensions up from path names. A path that begins with "bad"
// cannot be read. Embedded counts the files it was asked for.
type Embedder struct{ Embedded atomic.Int64 }

func accessible(path string) error {
	if strings.HasPrefix(path, "bad") {
		return sqlstate.New(sqlstate.InsufficientPrivilege, "audio file %q is not accessible", path)
	}
	return nil
}

// VectorOf is the vector that embed(name) gives.
func VectorOf(name string) []float32 {
	out := make([]float32, 3)
	var norm float64
	for i := range out {
		h := fnv.New32a()
		h.Write([]byte{byte(i)})
		h.Write([]byte(name))
		out[i] = float32(h.Sum32()%1000)/500 - 1
		norm += float64(out[i]) * float64(out[i])
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(norm))
	}
	return out
}

// EmbedClips embeds paths, whatever the stretch, and bytes as if they were a path.
func (e *Embedder) EmbedClips(ctx context.Context, clips []exec.Clip, model string, done func()) ([][]float32, error) {
	if _, err := e.Model(model); err != nil {
		return nil, err
	}
	out := make([][]float32, len(clips))
	for i, c := range clips {
		name := c.Path + string(c.Data)
		e.Embedded.Add(1)
		if err := accessible(name); err != nil {
			return nil, &exec.RowError{Row: i, Err: err}
		}
		out[i] = VectorOf(name)
		if done != nil {
			done()
		}
	}
	return out, ctx.Err()
}

// Windows gives a window of a second to every byte of the name.
func (e *Embedder) Windows(ctx context.Context, c exec.Clip, model string) ([]float32, []exec.Window, error) {
	name := c.Path + string(c.Data)
	var out []exec.Window
	for i := range len(name) {
		out = append(out, exec.Window{From: float64(i), To: float64(i + 1), Vector: VectorOf(name[i:])})
	}
	return VectorOf(name), out, accessible(name)
}

// EmbedText embeds a text as if it were a path.
func (e *Embedder) EmbedText(_ context.Context, text, _ string) ([]float32, error) {
	return VectorOf(text), nil
}

// Duration is the length of the path, in seconds.
func (e *Embedder) Duration(_ context.Context, path string) (float64, error) {
	return float64(len(path)), accessible(path)
}

// DurationBytes is the number of bytes.
func (e *Embedder) DurationBytes(_ context.Context, audio []byte) (float64, error) {
	return float64(len(audio)), nil
}

// Tag: a title is the path's name without directory and extension; there are no other tags.
func (e *Embedder) Tag(_ context.Context, path, name string) (string, bool, error) {
	if err := accessible(path); err != nil || name != "title" {
		return "", false, err
	}
	base := path[strings.LastIndexByte(path, '/')+1:]
	title, _, _ := strings.Cut(base, ".")
	return title, true, nil
}

// Facts are the title, and a year for every file.
func (e *Embedder) Facts(ctx context.Context, path string) (map[string]any, error) {
	title, _, err := e.Tag(ctx, path, "title")
	return map[string]any{"title": title, "year": int64(1959), "genre": []string{"Jazz", "Modal"}}, err
}

// FileState is the path's length and itself.
func (e *Embedder) FileState(_ context.Context, path string) (exec.FileState, error) {
	return exec.FileState{SizeBytes: int64(len(path)), SHA256: path, ID: path}, accessible(path)
}

// AudioPath is the path.
func (e *Embedder) AudioPath(path string) (string, error) { return path, accessible(path) }

// AudioFiles are three files in the folder, of which the second is bad.
func (e *Embedder) AudioFiles(_ context.Context, dir string) iter.Seq2[exec.AudioFile, error] {
	return func(yield func(exec.AudioFile, error) bool) {
		for _, name := range []string{dir + "/a.wav", "bad.wav", dir + "/c.wav"} {
			if !yield(exec.AudioFile{Path: name, SizeBytes: int64(len(name))}, nil) {
				return
			}
		}
	}
}

// DefaultModel is "made-up".
func (e *Embedder) DefaultModel() string { return "made-up" }

// Model knows one model.
func (e *Embedder) Model(model string) (catalog.Model, error) {
	if model == "" || model == "made-up" {
		return catalog.Model{Name: "made-up", Dim: 3}, nil
	}
	return catalog.Model{}, sqlstate.New(sqlstate.UndefinedObject, "embedding model %q does not exist", model).
		WithHint("There is one model: made-up.")
}

// Models lists the one model.
func (e *Embedder) Models() []exec.ModelRow {
	return []exec.ModelRow{{Name: "made-up", Dim: 3, Default: true}}
}
