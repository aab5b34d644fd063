package copydata

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// signature opens binary COPY data (PostgreSQL manual, COPY, "Binary Format").
const signature = "PGCOPY\n\xff\r\n\x00"

// binaryReader reads the binary format: rows of length-prefixed fields.
type binaryReader struct {
	r      *bufio.Reader
	row    int
	fields []Field
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

func (b *binaryReader) Read() (Record, error) {
	if b.ended {
		return Record{}, io.EOF
	}
	b.row++
	var head [2]byte
	if _, err := io.ReadFull(b.r, head[:]); err != nil {
		if err == io.EOF { // the trailer may be missing in the protocol
			b.ended = true
			return Record{}, io.EOF
		}
		return Record{}, truncated(err, "unexpected EOF in COPY data")
	}
	n := int16(binary.BigEndian.Uint16(head[:]))
	if n == -1 {
		b.ended = true
		if _, err := b.r.ReadByte(); err == nil {
			return Record{}, malformed("received copy data after EOF marker")
		}
		return Record{}, io.EOF
	}
	b.fields = b.fields[:0]
	for range n {
		f, err := b.field()
		if err != nil {
			return Record{}, err
		}
		b.fields = append(b.fields, f)
	}
	return Record{Fields: b.fields}, nil
}

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
	data, err := b.bytes(int(size))
	if err != nil {
		return Field{}, truncated(err, "unexpected EOF in COPY data")
	}
	return Field{Text: string(data)}, nil
}

// bytes reads n bytes. It grows as data comes in, so that a size that lies costs no memory.
func (b *binaryReader) bytes(n int) ([]byte, error) {
	out := make([]byte, 0, min(n, 1<<16))
	for len(out) < n {
		from := len(out)
		out = append(out, make([]byte, min(n-from, max(from, 1<<16)))...)
		if _, err := io.ReadFull(b.r, out[from:]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *binaryReader) int32() (int32, error) {
	var buf [4]byte
	if _, err := io.ReadFull(b.r, buf[:]); err != nil {
		return 0, err
	}
	return int32(binary.BigEndian.Uint32(buf[:])), nil
}
