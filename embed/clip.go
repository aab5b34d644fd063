package embed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/seguedb/segue/embed/audio"
)

// Clip is audio to embed: a file below the root, or the bytes of one, and the stretch of it that is meant.
type Clip struct {
	Path string
	Data []byte // not nil: the audio itself, and Path means nothing. It must not change until the call returns
	Span Span
}

// Span is a stretch of audio in seconds from its beginning. To may be +Inf, the audio's end.
type Span struct{ From, To float64 }

// Whole is all of the audio.
var Whole = Span{To: math.Inf(1)}

// SpanError is a stretch that the audio does not have, or that is too short for a model. Its text is for the user.
type SpanError struct{ text string }

func (e *SpanError) Error() string { return e.text }

func badSpan(format string, args ...any) error { return &SpanError{text: fmt.Sprintf(format, args...)} }

// spanSlack is how much later than the audio a stretch may end: durations that tags and headers tell are rounded.
const spanSlack = 0.1

// check refuses what no audio has.
func (s Span) check() error {
	switch {
	case math.IsNaN(s.From) || math.IsNaN(s.To):
		return badSpan("the bounds of an interval of audio must be numbers")
	case s.From < 0 || math.IsInf(s.From, 0):
		return badSpan("from_s must be 0 or more, not %g", s.From)
	case s.To <= s.From:
		return badSpan("to_s must be greater than from_s: an interval from %g s to %g s holds nothing", s.From, s.To)
	}
	return nil
}

// of is the name of the stretch of a content: the content's own for all of it.
func (s Span) of(content digest) digest {
	if s == Whole {
		return content
	}
	b := append([]byte("segue span\n"), content[:]...)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.From))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.To))
	return sha256.Sum256(b)
}

// located is a clip's audio, found and hashed.
type located struct {
	name    string // as errors call it
	content digest
	open    opener
}

// opener opens the audio for a computation, and returns how to check, once it has been
// read, that it was the content that was asked for.
type opener func() (s *audio.Source, check func(*audio.Source) error, err error)

func (e *Engine) locate(ctx context.Context, c Clip) (located, error) {
	if err := c.Span.check(); err != nil {
		return located{}, err
	}
	if c.Data != nil {
		return e.locateBytes(c.Data)
	}
	id, content, err := e.identify(ctx, c.Path)
	if err != nil {
		return located{}, err
	}
	open := func() (*audio.Source, func(*audio.Source) error, error) {
		s, err := e.reopen(c.Path, id)
		return s, func(s *audio.Source) error { return unchanged(s, id) }, err
	}
	return located{name: c.Path, content: content, open: open}, nil
}

func (e *Engine) locateBytes(b []byte) (located, error) {
	s, err := audio.FromBytes("", b)
	if err != nil {
		return located{}, err
	}
	if err := e.limits.CheckSize(s); err != nil {
		return located{}, err
	}
	open := func() (*audio.Source, func(*audio.Source) error, error) {
		// The computation may outlive this call, when others wait for it too.
		s, err := audio.FromBytes("", bytes.Clone(b))
		return s, func(*audio.Source) error { return nil }, err
	}
	return located{content: sha256.Sum256(b), open: open}, nil
}

// stretch reads a span of a stream: what is before it is decoded and dropped, what follows is not read.
type stretch struct {
	r    sampleReader
	name string
	span Span
	rate float64
	at   int64 // samples read so far, from the beginning of the audio
	end  int64 // where the span ends
}

func newStretch(r sampleReader, name string, span Span, rateHz int) *stretch {
	s := &stretch{r: r, name: name, span: span, rate: float64(rateHz), end: math.MaxInt64}
	if end := span.To * s.rate; end < math.MaxInt64 {
		s.end = int64(math.Round(end))
	}
	return s
}

// from is the span's first sample.
func (s *stretch) from() int64 { return int64(math.Round(min(s.span.From*s.rate, math.MaxInt64/2))) }

// Read implements sampleReader.
func (s *stretch) Read(ctx context.Context, dst []float32) (int, error) {
	for from := s.from(); s.at < from; {
		n, err := s.r.Read(ctx, dst[:min(int64(len(dst)), from-s.at)])
		s.at += int64(n)
		if errors.Is(err, io.EOF) {
			return 0, s.beyond("begins", s.span.From)
		}
		if err != nil {
			return 0, err
		}
	}
	n, err := s.r.Read(ctx, dst[:min(int64(len(dst)), s.end-s.at)])
	s.at += int64(n)
	switch {
	case errors.Is(err, io.EOF) && s.at == s.from():
		return 0, s.beyond("begins", s.span.From)
	case errors.Is(err, io.EOF) && s.end < math.MaxInt64 && s.seconds() < s.span.To-spanSlack:
		return 0, s.beyond("ends", s.span.To)
	case err == nil && s.at == s.end:
		err = io.EOF
	}
	return n, err
}

// beyond is the error of a bound that is not in the audio, all of which has been read.
func (s *stretch) beyond(what string, bound float64) error {
	return badSpan("the interval %s at %g s, and %s is %.2f s long", what, bound, described(s.name), s.seconds())
}

func (s *stretch) seconds() float64 { return float64(s.at) / s.rate }

func described(name string) string {
	if name == "" {
		return "the audio"
	}
	return fmt.Sprintf("audio file %q", name)
}

// tooShort says of a span, in place of err, that a model needs more of it.
func (s Span) tooShort(err error, m *model, name string) error {
	if s == Whole || !errors.Is(err, audio.ErrTooShort) {
		return err
	}
	least := float64(m.source.minSamples) / float64(m.SampleRateHz)
	return badSpan("the interval of %s is too short for model %q, which takes %.3g s or more", described(name), m.Name, least)
}
