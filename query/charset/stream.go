package charset

import (
	"errors"
	"io"
	"strings"
)

// NewReader decodes a stream. What precedes bytes that are no character is read before the error about them.
func (e *Encoding) NewReader(r io.Reader) io.Reader {
	if !e.Converts() {
		return r
	}
	return &reader{e: e, r: r}
}

type reader struct {
	e    *Encoding
	r    io.Reader
	rest string // the beginning of a character
	text string // decoded, not yet read
	err  error
	raw  [8192]byte
}

func (r *reader) Read(p []byte) (int, error) {
	for r.text == "" && r.err == nil && len(p) > 0 {
		r.fill()
	}
	if r.text == "" {
		return 0, r.err
	}
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}

func (r *reader) fill() {
	n, err := r.r.Read(r.raw[:])
	var out strings.Builder
	rest, bad := r.e.decode(&out, r.rest+string(r.raw[:n]))
	r.rest, r.text = rest, out.String()
	switch {
	case bad != nil:
		r.err = bad
	case errors.Is(err, io.EOF) && rest != "":
		r.err = r.e.invalid(rest)
	default:
		r.err = err
	}
}

// NewWriter encodes each Write by itself: no character may be cut in two.
func (e *Encoding) NewWriter(w io.Writer) io.Writer {
	if !e.Converts() {
		return w
	}
	return &writer{e, w}
}

type writer struct {
	e *Encoding
	w io.Writer
}

func (w *writer) Write(p []byte) (int, error) {
	encoded, err := w.e.Encode(string(p))
	if err != nil {
		return 0, err
	}
	if _, err := io.WriteString(w.w, encoded); err != nil {
		return 0, err
	}
	return len(p), nil
}
