package copydata

import (
	"io"

	"github.com/seguedb/segue/query/plan"
)

// csvReader reads the csv format: fields may be quoted, and a quoted field may hold newlines.
type csvReader struct {
	lines
	o       *plan.CopyOptions
	fields  []Field
	scratch []byte
}

func newCSVReader(r io.Reader, o *plan.CopyOptions) *csvReader {
	c := &csvReader{lines: lines{r: r, csv: true, quote: o.Quote, escape: o.Escape}, o: o}
	if o.Escape == o.Quote {
		c.escape = 0
	}
	return c
}

func (c *csvReader) Line() int { return c.line }

func (c *csvReader) Header() (Record, error) {
	if !c.o.Header {
		return Record{}, nil
	}
	return c.Read()
}

func (c *csvReader) Read() (Record, error) {
	raw, err := c.next()
	if err != nil {
		return Record{}, err
	}
	c.fields = c.fields[:0]
	for at := 0; ; at++ {
		end, err := c.field(raw, at)
		if err != nil {
			return Record{Raw: raw}, err
		}
		if at = end; at == len(raw) {
			return Record{Fields: c.fields, Raw: raw}, nil
		}
	}
}

// field reads the field at offset at and returns the offset of what ends it.
func (c *csvReader) field(raw string, at int) (int, error) {
	c.scratch = c.scratch[:0]
	from, quoted := at, false
	for at < len(raw) && raw[at] != c.o.Delimiter {
		if raw[at] != c.o.Quote {
			c.scratch = append(c.scratch, raw[at])
			at++
			continue
		}
		quoted = true
		var closed bool
		if at, closed = c.quoted(raw, at+1); !closed {
			return 0, malformed("unterminated CSV quoted field")
		}
	}
	c.fields = append(c.fields, c.value(raw[from:at], quoted))
	return at, nil
}

// quoted reads from after an opening quote to after its closing one.
func (c *csvReader) quoted(raw string, at int) (end int, closed bool) {
	for at < len(raw) {
		b := raw[at]
		if b == c.o.Escape && at+1 < len(raw) && (raw[at+1] == c.o.Quote || raw[at+1] == c.o.Escape) {
			c.scratch = append(c.scratch, raw[at+1])
			at += 2
			continue
		}
		at++
		if b == c.o.Quote {
			return at, true
		}
		c.scratch = append(c.scratch, b)
	}
	return at, false
}

// value decides what a field means: NULL and the default marker only count unquoted, but for the
// columns that FORCE_NULL and FORCE_NOT_NULL name.
func (c *csvReader) value(raw string, quoted bool) Field {
	i, text := len(c.fields), string(c.scratch)
	switch {
	case c.o.HasDefault && !quoted && raw == c.o.Default:
		return Field{Default: true}
	case !quoted && text == c.o.Null && !flagged(c.o.ForceNotNull, i):
		return Field{Null: true}
	case quoted && text == c.o.Null && flagged(c.o.ForceNull, i):
		return Field{Null: true}
	}
	return Field{Text: text}
}

func flagged(flags []bool, i int) bool { return i < len(flags) && flags[i] }
