package copydata

import (
	"io"

	"github.com/seguedb/segue/query/plan"
)

// Field is one field of a record. Text and Data are undefined when Null or Default is set.
type Field struct {
	Text    string
	Data    []byte // what a reader of binary data gives in Text's place
	Null    bool
	Default bool // the field is the marker that asks for the column's default
}

// Record is one row of input. Fields and their Data are valid until the next Read; the strings may be kept.
type Record struct {
	Fields []Field
	// Raw is the line as it came, "" for binary.
	Raw string
}

// Reader reads COPY data.
type Reader interface {
	// Header reads the header line, if the format and options have one. It comes before any Read.
	Header() (Record, error)
	// Read returns io.EOF after the last record.
	Read() (Record, error)
	// Line is the number of the line, or of the row of binary data, last read; the first is 1.
	Line() int
}

// NewReader reads data in the options' format.
func NewReader(r io.Reader, o *plan.CopyOptions) Reader {
	switch o.Format {
	case plan.CopyCSV:
		return newCSVReader(r, o)
	case plan.CopyBinary:
		return newBinaryReader(r)
	default:
		return newTextReader(r, o)
	}
}
