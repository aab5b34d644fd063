package embed

import (
	"context"

	"github.com/seguedb/segue/embed/audio"
)

// Duration returns the length in seconds of the audio at a path.
func (e *Engine) Duration(ctx context.Context, path string) (float64, error) {
	s, err := e.open(path)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	return e.measure(ctx, s)
}

// DurationBytes returns the length in seconds of an encoded audio file in memory. b must
// not change until it returns.
func (e *Engine) DurationBytes(ctx context.Context, b []byte) (float64, error) {
	s, err := audio.FromBytes("", b)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	return e.measure(ctx, s)
}

func (e *Engine) measure(ctx context.Context, s *audio.Source) (float64, error) {
	info, err := audio.Measure(ctx, s, e.limits)
	return info.Seconds, err
}

// Tag returns a tag of the file at a path by name (see [audio.Tags.Get]); ok is false
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
	value, ok = tags.Get(name)
	return value, ok, nil
}
