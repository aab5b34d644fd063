package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/seguedb/segue/embed"
)

// clipVectors are a model's: of the library, and of the excerpts by kind.
type clipVectors struct {
	library  [][]float32
	excerpts map[string]excerptVectors
}

// excerptVectors are those of excerpts, with the track that each is of.
type excerptVectors struct {
	vectors [][]float32
	tracks  []int
}

// embedder embeds clips and keeps the vectors in a file a model, so that a second run only measures.
type embedder struct {
	engine *embed.Engine
	dir    string
	models []embed.ModelInfo

	mu    sync.Mutex
	known map[string]map[[sha256.Size]byte][]float32 // by fingerprint
	files map[string]*os.File
}

func newEmbedder(engine *embed.Engine, dir string, models []string) (*embedder, error) {
	e := &embedder{engine: engine, dir: dir, known: map[string]map[[sha256.Size]byte][]float32{}, files: map[string]*os.File{}}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, name := range models {
		m, err := engine.Model(name)
		if err != nil {
			return nil, err
		}
		if err := e.open(m); err != nil {
			return nil, err
		}
		e.models = append(e.models, m)
	}
	return e, nil
}

// open reads what is known of a model: SHA-256 of the clip's key, then the vector's float32s, again and again.
func (e *embedder) open(m embed.ModelInfo) error {
	path := filepath.Join(e.dir, m.Fingerprint[:16]+".vectors")
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	size := sha256.Size + 4*m.Dim
	whole := len(b) / size * size
	if whole < len(b) { // a run that was stopped in the middle
		if err := os.Truncate(path, int64(whole)); err != nil {
			return err
		}
	}
	known := map[[sha256.Size]byte][]float32{}
	for b = b[:whole]; len(b) > 0; b = b[size:] {
		known[[sha256.Size]byte(b)] = floats(b[sha256.Size:size])
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	e.known[m.Fingerprint], e.files[m.Fingerprint] = known, f
	return err
}

func (e *embedder) close() error {
	var err error
	for _, f := range e.files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// vector is a clip's, by what is known or by the model.
func (e *embedder) vector(ctx context.Context, m embed.ModelInfo, key string, audio func() ([]byte, error)) ([]float32, error) {
	sum := sha256.Sum256([]byte(key))
	e.mu.Lock()
	v := e.known[m.Fingerprint][sum]
	e.mu.Unlock()
	if v != nil {
		return v, nil
	}
	b, err := audio()
	if err != nil {
		return nil, err
	}
	if v, err = e.engine.EmbedBytes(ctx, b, m.Name); err != nil {
		return nil, err
	}
	record := bytes.NewBuffer(sum[:])
	for _, f := range v {
		record.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(f)))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.known[m.Fingerprint][sum] = v
	_, err = e.files[m.Fingerprint].Write(record.Bytes())
	return v, err
}

// tracks embeds a library. A track that a model cannot embed is left out of it, with a word; one that is too short for an
// excerpt, or silent there, has none. Vectors come back by model, in the order of the tracks that are left.
func (e *embedder) tracks(
	ctx context.Context, list []track, seconds float64, wanted []trouble,
) ([]track, map[string]clipVectors, error) {
	type made struct {
		failed  error
		vectors []map[string][]float32 // by model and kind
	}
	all := make([]made, len(list))
	progress := newProgress("tracks", len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i, t := range list {
		group.Go(func() error {
			defer progress.step()
			var err error
			all[i].vectors, err = e.clips(ctx, t, seconds, wanted)
			all[i].failed = err
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	out := map[string]clipVectors{}
	for _, m := range e.models {
		out[m.Name] = clipVectors{excerpts: map[string]excerptVectors{}}
	}
	var kept []track
	for i, t := range list {
		if all[i].failed != nil {
			fmt.Fprintf(os.Stderr, "left out: %s: %v\n", t.name, all[i].failed)
			continue
		}
		for k, m := range e.models {
			v := out[m.Name]
			for kind, vector := range all[i].vectors[k] {
				if kind == "" {
					v.library = append(v.library, vector)
					continue
				}
				x := v.excerpts[kind]
				x.vectors, x.tracks = append(x.vectors, vector), append(x.tracks, len(kept))
				v.excerpts[kind] = x
			}
			out[m.Name] = v
		}
		kept = append(kept, t)
	}
	return kept, out, nil
}

// clips are a track's vectors by model and kind.
func (e *embedder) clips(ctx context.Context, t track, seconds float64, wanted []trouble) ([]map[string][]float32, error) {
	out := make([]map[string][]float32, len(e.models))
	for i := range out {
		out[i] = map[string][]float32{}
	}
	for _, c := range clipsOf(ctx, t, seconds, wanted) {
		audio := sync.OnceValues(c.audio)
		for i, m := range e.models {
			v, err := e.vector(ctx, m, fmt.Sprint(t.stamp, "|", seconds, "|", c.kind, "|", clipVersion), audio)
			if err != nil && (c.kind == "" || ctx.Err() != nil) {
				return nil, err
			}
			if err == nil {
				out[i][c.kind] = v
			}
		}
	}
	return out, nil
}

// performances embeds the synthesised library.
func (e *embedder) performances(ctx context.Context, list []performance) (map[string][][]float32, error) {
	out := map[string][][]float32{}
	for _, m := range e.models {
		out[m.Name] = make([][]float32, len(list))
	}
	progress := newProgress("synthesised performances", len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i, p := range list {
		group.Go(func() error {
			defer progress.step()
			audio := sync.OnceValues(func() ([]byte, error) { return wav(render(p), synthRate), nil })
			for _, m := range e.models {
				v, err := e.vector(ctx, m, fmt.Sprint("synth ", synthVersion, " ", p.name()), audio)
				if err != nil {
					return fmt.Errorf("%s: %w", p.name(), err)
				}
				out[m.Name][i] = v
			}
			return nil
		})
	}
	return out, group.Wait()
}
