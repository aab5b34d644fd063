package copydata

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// maxLineBytes is Postgres's limit of a line: a StringInfo's 1 GB less one byte.
const maxLineBytes = 1<<30 - 1

// lines splits input into lines. open says of a chunk that ends in a newline that the line goes on:
// the newline was quoted or escaped.
type lines struct {
	r     *bufio.Reader
	buf   []byte
	line  int
	crlf  bool // lines end in \r\n, as the first one did
	ended bool
}

func newLines(r io.Reader) lines { return lines{r: bufio.NewReaderSize(r, 1<<16)} }

// next returns a line without its end; io.EOF when there are no more.
func (l *lines) next(open func(chunk []byte) bool) (string, error) {
	if l.ended {
		return "", io.EOF
	}
	l.buf = l.buf[:0]
	l.line++
	for {
		from := len(l.buf)
		err := l.chunk()
		switch {
		case err == io.EOF && len(l.buf) == 0:
			l.ended = true
			return "", io.EOF
		case err == io.EOF:
			open(l.buf[from:])
			l.ended = true
			return l.finish()
		case err != nil:
			return "", err
		case !open(l.buf[from:]):
			return l.finish()
		}
	}
}

// chunk appends input up to and including the next newline.
func (l *lines) chunk() error {
	for {
		part, err := l.r.ReadSlice('\n')
		l.buf = append(l.buf, part...)
		if len(l.buf) > maxLineBytes {
			return sqlstate.New(sqlstate.ProgramLimitExceeded, "line %d of COPY data is longer than %d bytes",
				l.line, maxLineBytes)
		}
		if err != bufio.ErrBufferFull {
			return err
		}
	}
}

func (l *lines) finish() (string, error) {
	b := l.buf
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
		if cr := n > 1 && b[n-2] == '\r'; l.line == 1 {
			l.crlf = cr
		}
	}
	if l.crlf {
		b = bytes.TrimSuffix(b, []byte{'\r'})
	}
	if err := validText(b); err != nil {
		return "", err
	}
	if string(b) == `\.` {
		l.ended = true
		return "", io.EOF
	}
	return string(b), nil
}

// validText refuses what is not UTF-8 and NUL bytes.
func validText(b []byte) error {
	if utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return nil
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			return invalidBytes(b[i:])
		}
		i += size
	}
	return nil
}

func invalidBytes(b []byte) error {
	n := 1
	switch {
	case b[0] >= 0xF0:
		n = 4
	case b[0] >= 0xE0:
		n = 3
	case b[0] >= 0xC0:
		n = 2
	}
	var hex []string
	for _, c := range b[:min(n, len(b))] {
		hex = append(hex, fmt.Sprintf("0x%02x", c))
	}
	return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s",
		strings.Join(hex, " "))
}

func malformed(format string, args ...any) error {
	return sqlstate.New(sqlstate.BadCopyFileFormat, format, args...)
}
