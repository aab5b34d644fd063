package audio

import (
	"errors"
	"fmt"
)

// The kinds of refusal. Test with errors.Is; the sentence is in [Error].
var (
	// ErrNotAccessible: missing, forbidden, outside the root, a directory, a FIFO or
	// a device. They look the same on purpose: the difference would tell a client
	// what lies outside the root.
	ErrNotAccessible = errors.New("audio file not accessible")
	// ErrFolder: a folder below the root that cannot be read.
	ErrFolder = errors.New("folder not readable")
	// ErrName: a file name that is no text.
	ErrName = errors.New("file name is not text")
	// ErrEmpty: no bytes, or a valid header and no samples.
	ErrEmpty = errors.New("audio is empty")
	// ErrNotAudio: the content is no audio format that is known here.
	ErrNotAudio = errors.New("not audio")
	// ErrUnsupported: known, but in an encoding that nothing here decodes, or that
	// needs ffmpeg where there is none.
	ErrUnsupported = errors.New("audio format not supported")
	// ErrTruncated: the file ends before its own header says.
	ErrTruncated = errors.New("audio is truncated")
	// ErrDamaged: the decoder gave up, or the samples are not finite numbers.
	ErrDamaged = errors.New("audio is damaged")
	// ErrTooShort: less than a model needs for one vector.
	ErrTooShort = errors.New("audio is too short")
	// ErrTooLong and ErrTooLarge: beyond [Limits].
	ErrTooLong  = errors.New("audio is too long")
	ErrTooLarge = errors.New("audio is too large")
)

// Error is one refusal: a sentence for the user that names the file, and a hint
// that says what to do. It wraps its Kind.
type Error struct {
	Kind   error  // one of the Err sentinels
	Name   string // as the caller wrote it; "" for bytes
	Detail string // the predicate: "is empty", "is not audio: ..."
	Hint   string // may be ""
}

func (e *Error) Error() string {
	switch {
	case e.Kind == ErrNotAccessible:
		return fmt.Sprintf("could not open audio file %q", e.Name)
	case e.Name == "":
		return "audio data " + e.Detail
	default:
		return fmt.Sprintf("audio file %q %s", e.Name, e.Detail)
	}
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

const (
	hintFormats = "Segue reads WAV, AIFF, FLAC, MP3, Ogg Vorbis and Opus itself, " +
		"and m4a, matroska, wma and others through FFmpeg where it is installed."
	hintTruncated = "Copy the file again from its origin, or re-encode what is left of it."
	hintRoot      = "The path must name a regular file under the server's audio root."
)

// Refuse returns an Error about s for a caller that judges audio by rules of its own.
func (s *Source) Refuse(kind error, hint, format string, args ...any) *Error {
	return s.refuse(kind, hint, format, args...)
}

func (s *Source) refuse(kind error, hint, format string, args ...any) *Error {
	return &Error{Kind: kind, Name: s.name, Detail: fmt.Sprintf(format, args...), Hint: hint}
}
