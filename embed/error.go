package embed

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrUnknownModel is wrapped by the error for a model name that is not registered;
	// its text lists the names that are.
	ErrUnknownModel = errors.New("unknown embedding model")
	// ErrNoText is wrapped when a model that reads no texts is asked for a text's vector.
	ErrNoText = errors.New("does not embed texts")
	// ErrChanged is wrapped when a file was written to while it was being embedded.
	// Nothing is kept of it.
	ErrChanged = errors.New("audio file changed while it was read")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("embedding engine is closed")
)

// PathError is the failure of one path of [Engine.EmbedFiles]: the one with the
// smallest index, so that the same list fails in the same way each time.
type PathError struct {
	Index int
	Path  string
	Err   error
}

func (e *PathError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PathError) Unwrap() error { return e.Err }

// unknownModel names the model asked for and those there are.
type unknownModel struct {
	name  string
	known []string
}

func (e *unknownModel) Error() string {
	return fmt.Sprintf("unknown embedding model %q: there are %s", e.name, strings.Join(e.known, ", "))
}

func (e *unknownModel) Unwrap() error { return ErrUnknownModel }
