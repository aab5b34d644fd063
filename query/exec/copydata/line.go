package copydata

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// maxLineBytes is Postgres's limit of a line: a StringInfo's 1 GB less one byte.
const maxLineBytes = 1<<30 - 1

// eol is how lines end: as the first one did.
type eol uint8

const (
	eolUnknown eol = iota
	eolNewline
	eolReturn
	eolBoth // a carriage return and a newline
)

// lines splits input into lines, by the rules of Postgres's CopyReadLineText: the first line's end says how all of them
// end, an end that is quoted or escaped is data, and another kind of end that is neither is an error.
type lines struct {
	r     io.Reader
	buf   []byte
	start int // of the line that is being read
	at    int
	ended bool // the data; eof: the input
	eof   bool
	line  int
	eol   eol

	csv           bool
	quote, escape byte // escape is 0 where it is the quote itself
	inQuote       bool
	afterEscape   bool
}

// blockBytes is how much is read at a time.
const blockBytes = 1 << 16

// next returns a line without its end; io.EOF when there are no more.
func (l *lines) next() (string, error) {
	if l.ended {
		return "", io.EOF
	}
	l.line++
	l.at, l.inQuote, l.afterEscape = l.start, false, false
	for {
		c, ok, err := l.peek(0)
		if err != nil {
			return "", err
		}
		if !ok {
			return l.last(len(l.buf))
		}
		end, next, err := l.ends(c)
		if err != nil {
			return "", err
		}
		if l.ended {
			return l.last(end)
		}
		if next > 0 {
			raw := l.buf[l.start:end]
			l.start = next
			return string(raw), validText(raw)
		}
		l.at++
		l.pass()
	}
}

// last is what stands before the end of the data, if anything does.
func (l *lines) last(end int) (string, error) {
	l.ended = true
	if end == l.start {
		return "", io.EOF
	}
	raw := l.buf[l.start:end]
	return string(raw), validText(raw)
}

// ends looks at the character c, where the reading is: next is where the line that ends here at end is followed by
// another, 0 when it goes on. It sets ended at the mark \. that ends the data.
func (l *lines) ends(c byte) (end, next int, err error) {
	if l.csv {
		l.follow(c)
	}
	switch {
	case l.inQuote:
	case c == '\r':
		return l.carriageReturn()
	case c == '\n':
		if l.eol == eolReturn || l.eol == eolBoth {
			return 0, 0, l.stray("newline", `\n`)
		}
		l.eol = eolNewline
		return l.at, l.at + 1, nil
	case c == '\\' && (!l.csv || l.at == l.start):
		return l.backslash()
	}
	return 0, 0, nil
}

// follow keeps count of quotes, and of the line ends within them as far as it is known what they look like.
func (l *lines) follow(c byte) {
	if l.inQuote && l.escape != 0 && c == l.escape {
		l.afterEscape = !l.afterEscape
	}
	if c == l.quote && !l.afterEscape {
		l.inQuote = !l.inQuote
	}
	if l.escape == 0 || c != l.escape {
		l.afterEscape = false
	}
	if l.inQuote && (c == '\n' && l.eol == eolNewline || c == '\r' && l.eol != eolNewline) {
		l.line++
	}
}

func (l *lines) carriageReturn() (end, next int, err error) {
	if l.eol == eolUnknown || l.eol == eolBoth {
		c, ok, err := l.peek(1)
		switch {
		case err != nil:
			return 0, 0, err
		case ok && c == '\n':
			l.eol = eolBoth
			return l.at, l.at + 2, nil
		case l.eol == eolBoth:
			return 0, 0, l.stray("carriage return", `\r`)
		}
		l.eol = eolReturn
	}
	if l.eol == eolNewline {
		return 0, 0, l.stray("carriage return", `\r`)
	}
	return l.at, l.at + 1, nil
}

// backslash passes over what it escapes, unless that is the dot that ends the data.
func (l *lines) backslash() (end, next int, err error) {
	c, ok, err := l.peek(1)
	if err != nil || !ok {
		return 0, 0, err
	}
	if c != '.' {
		if !l.csv {
			l.at++
		}
		return 0, 0, nil
	}
	first, ok, err := l.peek(2)
	if err != nil {
		return 0, 0, err
	}
	if !ok {
		l.ended = true
		return l.at, 0, nil
	}
	after, want := first, byte('\n')
	switch {
	case l.eol == eolReturn:
		want = '\r'
	case l.eol == eolBoth && first == '\r':
		if after, _, err = l.peek(3); err != nil {
			return 0, 0, err
		}
	case l.eol == eolBoth && first == '\n' && !l.csv:
		return 0, 0, malformed("end-of-copy marker does not match previous newline style")
	case l.eol == eolBoth:
		after = 0
	case l.eol == eolUnknown && first == '\r':
		want = '\r'
	}
	switch {
	case after != '\r' && after != '\n' && l.csv:
		return 0, 0, nil
	case after != '\r' && after != '\n':
		return 0, 0, malformed("end-of-copy marker corrupt")
	case after != want:
		return 0, 0, malformed("end-of-copy marker does not match previous newline style")
	}
	l.ended = true
	return l.at, 0, nil
}

// stray is the error of a line end of another kind.
func (l *lines) stray(name, escaped string) error {
	if l.csv {
		return malformed("unquoted %s found in data", name).WithHint("Use quoted CSV field to represent %s.", name)
	}
	return malformed("literal %s found in data", name).WithHint("Use \"%s\" to represent %s.", escaped, name)
}

// pass goes on to the next character that may mean something.
func (l *lines) pass() {
	rest := l.buf[l.at:]
	if l.csv {
		for i, c := range rest {
			if c == l.quote || c == '\n' || c == '\r' || l.escape != 0 && c == l.escape {
				l.at += i
				return
			}
			l.afterEscape = false
		}
		l.at = len(l.buf)
		return
	}
	ends := []byte{'\n', '\r', '\\'}
	if l.eol == eolReturn {
		ends = []byte{'\r', '\n', '\\'}
	}
	for _, c := range ends {
		if i := bytes.IndexByte(rest, c); i >= 0 {
			rest = rest[:i]
		}
	}
	l.at += len(rest)
}

// peek is the character n after the one where the reading is; ok is false at the end of the input.
func (l *lines) peek(n int) (c byte, ok bool, err error) {
	for l.at+n >= len(l.buf) {
		if l.eof {
			return 0, false, nil
		}
		if err := l.fill(); err != nil {
			return 0, false, err
		}
	}
	return l.buf[l.at+n], true, nil
}

// fill reads another block after what is left of the line.
func (l *lines) fill() error {
	if l.start > 0 {
		l.at -= l.start
		l.buf = l.buf[:copy(l.buf, l.buf[l.start:])]
		l.start = 0
	}
	n := len(l.buf)
	if n > maxLineBytes {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "line %d of COPY data is longer than %d bytes", l.line, maxLineBytes)
	}
	l.buf = slices.Grow(l.buf, blockBytes)
	got, err := l.r.Read(l.buf[n : n+blockBytes])
	l.buf = l.buf[:n+got]
	if err == io.EOF {
		l.eof, err = true, nil
	}
	return err
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

func malformed(format string, args ...any) *sqlstate.Error {
	return sqlstate.New(sqlstate.BadCopyFileFormat, format, args...)
}
