package embed

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/seguedb/segue/embed/audio"
)

// Duration returns the length in seconds of the audio at a path.
func (e *Engine) Duration(ctx context.Context, path string) (float64, error) {
	facts, err := e.Facts(ctx, path)
	if err != nil {
		return 0, err
	}
	seconds, _ := facts["duration"].(float64)
	return seconds, nil
}

// DurationBytes returns the length in seconds of an encoded audio file in memory. b must
// not change until it returns.
func (e *Engine) DurationBytes(ctx context.Context, b []byte) (float64, error) {
	s, err := audio.FromBytes("", b)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	info, err := audio.Measure(ctx, s, e.limits)
	return info.Seconds, err
}

// Tag returns a tag of the file at a path by name (see [audio.Tags.Get]), or one of [audio.FactNames]; ok is false
// when the file does not have it.
func (e *Engine) Tag(ctx context.Context, path, name string) (value string, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return "", false, err
	}
	s, err := e.open(path)
	if err != nil {
		return "", false, err
	}
	defer s.Close()
	tags, err := audio.ReadTags(s)
	if err != nil {
		return "", false, err
	}
	if value, ok = tags.Get(name); ok || !slices.Contains(audio.FactNames, strings.ToLower(name)) {
		return value, ok, nil
	}
	facts, err := e.facts(ctx, s)
	if err != nil {
		return "", false, err
	}
	value, ok = facts.Text(strings.ToLower(name))
	return value, ok, nil
}

// Facts returns what the file at a path says of itself.
func (e *Engine) Facts(ctx context.Context, path string) (audio.Facts, error) {
	s, err := e.open(path)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return e.facts(ctx, s)
}

func (e *Engine) facts(ctx context.Context, s *audio.Source) (audio.Facts, error) {
	id, err := s.Identity()
	if err != nil {
		return nil, err
	}
	if known, ok := e.known.get(id); ok {
		return known, nil
	}
	facts, err := audio.ReadFacts(ctx, s, e.limits)
	if err == nil && facts.SizeBytes() <= maxFactBytes {
		e.known.put(id, facts)
	}
	return facts, err
}

// maxFactBytes is how much text is remembered of one file: some have a book in their comment.
const maxFactBytes = 16 << 10

// FileState is what a file is now: enough to see later whether it is still the same.
type FileState struct {
	SizeBytes int64
	Modified  time.Time
	SHA256    [32]byte
	// ID is the file's [audio.Identity] in text, "" while that cannot be trusted to change with the content: when it was
	// written to a moment ago. As long as a file has this ID its content is SHA256's.
	ID string
}

// State hashes the file at a path, unless this process has done so since it last changed.
func (e *Engine) State(ctx context.Context, path string) (FileState, error) {
	id, content, err := e.identify(ctx, path)
	if err != nil {
		return FileState{}, err
	}
	f := FileState{SizeBytes: id.SizeBytes, Modified: time.Unix(0, id.ModifiedNS), SHA256: content}
	if id.Settled() {
		f.ID = id.String()
	}
	return f, nil
}

// Relative is a path from the root, as Walk gives it.
func (e *Engine) Relative(path string) (string, error) {
	if e.root == nil {
		_, err := e.open(path)
		return "", err
	}
	return e.root.Relative(path)
}

// Walk finds the audio files below a folder of the root.
func (e *Engine) Walk(ctx context.Context, dir string) iter.Seq2[audio.File, error] {
	if e.root == nil {
		return func(yield func(audio.File, error) bool) { yield(audio.File{}, audio.ErrNoFolder) }
	}
	return e.root.Walk(ctx, dir)
}
