package copydata

import (
	"io"
	"strings"

	"github.com/seguedb/segue/query/plan"
)

// textReader reads the text format: fields between delimiters, backslash escapes.
type textReader struct {
	lines
	o      *plan.CopyOptions
	fields []Field
}

func newTextReader(r io.Reader, o *plan.CopyOptions) *textReader {
	return &textReader{lines: lines{r: r}, o: o}
}

func (t *textReader) Line() int { return t.line }

func (t *textReader) Header() (Record, error) {
	if !t.o.Header {
		return Record{}, nil
	}
	return t.Read()
}

func (t *textReader) Read() (Record, error) {
	raw, err := t.next()
	if err != nil {
		return Record{}, err
	}
	t.fields = t.fields[:0]
	plain := strings.IndexByte(raw, '\\') < 0
	for from := 0; ; {
		end, escaped := len(raw), false
		if !plain {
			end, escaped = t.fieldEnd(raw, from)
		} else if i := strings.IndexByte(raw[from:], t.o.Delimiter); i >= 0 {
			end = from + i
		}
		f, err := t.field(raw[from:end], escaped)
		if err != nil {
			return Record{Raw: raw}, err
		}
		t.fields = append(t.fields, f)
		if end == len(raw) {
			return Record{Fields: t.fields, Raw: raw}, nil
		}
		from = end + 1
	}
}

// fieldEnd finds the delimiter that ends the field, or the end of the line, where there are backslashes.
func (t *textReader) fieldEnd(raw string, from int) (end int, escaped bool) {
	for i := from; i < len(raw); i++ {
		switch raw[i] {
		case t.o.Delimiter:
			return i, escaped
		case '\\':
			escaped = true
			i++
		}
	}
	return len(raw), escaped
}

// field reads one field. NULL and the default marker are told before escapes are undone, so that
// \\N is the string \N.
func (t *textReader) field(raw string, escaped bool) (Field, error) {
	switch {
	case raw == t.o.Null:
		return Field{Null: true}, nil
	case t.o.HasDefault && raw == t.o.Default:
		return Field{Default: true}, nil
	case !escaped:
		return Field{Text: raw}, nil
	}
	text, bytes := unescape(raw)
	if bytes {
		if err := validText([]byte(text)); err != nil {
			return Field{}, err
		}
	}
	return Field{Text: text}, nil
}

// unescape undoes backslash escapes; bytes says that one of them named a byte by number, so that the
// result may be no valid text.
func unescape(raw string) (text string, bytes bool) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' || i+1 == len(raw) {
			out = append(out, c)
			continue
		}
		i++
		switch c = raw[i]; {
		case c >= '0' && c <= '7':
			v, n := digits(raw[i:], 3, 8)
			out, bytes = append(out, byte(v)), true
			i += n - 1
		case c == 'x' && i+1 < len(raw) && digit(raw[i+1]) < 16:
			v, n := digits(raw[i+1:], 2, 16)
			out, bytes = append(out, byte(v)), true
			i += n
		default:
			out = append(out, control(c))
		}
	}
	return string(out), bytes
}

// control is the character that \c stands for.
func control(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	}
	return c
}

// digits reads up to limit digits of a base.
func digits(s string, limit, base int) (value, n int) {
	for n < limit && n < len(s) && digit(s[n]) < base {
		value = value*base + digit(s[n])
		n++
	}
	return value, n
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return 99
}
