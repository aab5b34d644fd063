package copydata

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// signature opens binary COPY data (PostgreSQL manual, COPY, "Binary Format").
const signature = "PGCOPY\n\xff\r\n\x00"

// binaryReader reads the binary format: rows of length-prefixed fields.
type binaryReader struct {
	r      *bufio.Reader
	row    int
	fields []Field
	ends   []int  // of the fields in data
	data   []byte // the row's, one field after the other
	ended  bool
}

func newBinaryReader(r io.Reader) *binaryReader {
	return &binaryReader{r: bufio.NewReaderSize(r, 1<<16)}
}

func (b *binaryReader) Line() int { return b.row }

func (b *binaryReader) Header() (Record, error) {
	head := make([]byte, len(signature))
	if _, err := io.ReadFull(b.r, head); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Record{}, err
	}
	if string(head) != signature {
		return Record{}, malformed("COPY file signature not recognized")
	}
	flags, err := b.int32()
	if err != nil {
		return Record{}, truncated(err, "invalid COPY file header (missing flags)")
	}
	if flags&(1<<16) != 0 {
		return Record{}, malformed("invalid COPY file header (WITH OIDS)")
	}
	if uint32(flags)>>16 != 0 {
		return Record{}, malformed("unrecognized critical flags in COPY file header")
	}
	extension, err := b.int32()
	if err != nil || extension < 0 {
		return Record{}, truncated(err, "invalid COPY file header (missing length)")
	}
	if _, err := io.CopyN(io.Discard, b.r, int64(extension)); err != nil {
		return Record{}, truncated(err, "invalid COPY file header (wrong length)")
	}
	return Record{}, nil
}

// truncated is msg when the data ended, and the error itself when reading failed otherwise.
func truncated(err error, msg string) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("%s", msg)
	}
	return err
}

// Read implements Reader. The fields' Data lies in the reader's own memory.
func (b *binaryReader) Read() (Record, error) {
	if b.ended {
		return Record{}, io.EOF
	}
	b.row++
	head, err := b.r.Peek(2)
	switch {
	case err == io.EOF && len(head) == 0: // the trailer may be missing in the protocol
		b.ended = true
		return Record{}, io.EOF
	case err != nil:
		return Record{}, truncated(err, "unexpected EOF in COPY data")
	}
	n := int16(binary.BigEndian.Uint16(head))
	if _, err := b.r.Discard(2); err != nil {
		return Record{}, err
	}
	if n == -1 {
		b.ended = true
		if _, err := b.r.ReadByte(); err == nil {
			return Record{}, malformed("received copy data after EOF marker")
		}
		return Record{}, io.EOF
	}
	b.fields, b.ends, b.data = b.fields[:0], b.ends[:0], b.data[:0]
	for range n {
		f, err := b.field()
		if err != nil {
			return Record{}, err
		}
		b.fields, b.ends = append(b.fields, f), append(b.ends, len(b.data))
	}
	from := 0
	for i, end := range b.ends {
		if !b.fields[i].Null {
			b.fields[i].Data = b.data[from:end:end]
		}
		from = end
	}
	return Record{Fields: b.fields}, nil
}

// field reads a field's bytes to the end of b.data, which may still move.
func (b *binaryReader) field() (Field, error) {
	size, err := b.int32()
	switch {
	case err != nil:
		return Field{}, truncated(err, "unexpected EOF in COPY data")
	case size == -1:
		return Field{Null: true}, nil
	case size < 0:
		return Field{}, malformed("invalid field size")
	}
	if err := b.take(int(size)); err != nil {
		return Field{}, truncated(err, "unexpected EOF in COPY data")
	}
	return Field{}, nil
}

// take reads n bytes to the end of b.data. It grows as they come in, so that a size that lies costs no memory.
func (b *binaryReader) take(n int) error {
	for n > 0 {
		from, step := len(b.data), min(n, max(len(b.data), 1<<16))
		b.data = slices.Grow(b.data, step)[:from+step]
		if _, err := io.ReadFull(b.r, b.data[from:]); err != nil {
			return err
		}
		n -= step
	}
	return nil
}

func (b *binaryReader) int32() (int32, error) {
	four, err := b.r.Peek(4)
	if err != nil {
		return 0, err
	}
	v := int32(binary.BigEndian.Uint32(four))
	_, err = b.r.Discard(4)
	return v, err
}
