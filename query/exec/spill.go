package exec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"

	"github.com/seguedb/segue/query/datum"
)

// spillFile holds batches that outgrow work_mem. Its file is made by the first of them. First add, then rewind, then next;
// at reads a batch by its place at any time; close at any time.
type spillFile struct {
	types []*datum.Type
	space *TempSpace
	file  *os.File
	w     *bufio.Writer
	r     *bufio.Reader
	rows  int
	bytes int64 // written
	buf   []byte
}

const spillBuffer = 32 << 10

func newSpillFile(types []*datum.Type, space *TempSpace) *spillFile {
	return &spillFile{types: types, space: space}
}

// spill makes an empty file for rows of those types, which the statement's end closes.
func (r *running) spill(types []*datum.Type) *spillFile {
	s := newSpillFile(types, r.env.Temp)
	r.spills = append(r.spills, s)
	return s
}

// spillable says whether rows of those types can be written and read back.
func spillable(types []*datum.Type) bool {
	for _, t := range types {
		if t.Pseudo || t.Kind == datum.KindRecord || t.Kind == datum.KindArray && (t.Elem == nil || !spillable([]*datum.Type{t.Elem})) {
			return false
		}
	}
	return true
}

// add writes a batch: its rows, then column by column the NULLs and the values.
func (s *spillFile) add(b *datum.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	if s.file == nil {
		f, err := s.space.create()
		if err != nil {
			return err
		}
		s.file, s.w = f, bufio.NewWriterSize(f, spillBuffer)
	}
	s.rows += b.Rows
	body := s.buf[:0]
	for i, c := range b.Cols {
		body = appendSpilled(body, s.types[i], c, b.Rows)
	}
	s.buf = body
	if err := s.space.take(int64(len(body) + 8)); err != nil {
		return err
	}
	s.bytes += int64(len(body) + 8)
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(body))<<16|uint64(b.Rows))
	_, err := s.w.Write(head)
	if err == nil {
		_, err = s.w.Write(body)
	}
	if err != nil {
		return spillError(err)
	}
	return nil
}

func appendSpilled(dst []byte, t *datum.Type, c *datum.Vec, n int) []byte {
	if c.Nulls == nil {
		dst = append(dst, 0)
	} else {
		dst = append(dst, 1)
		for _, null := range c.Nulls[:n] {
			dst = append(dst, byte(b2i(null)))
		}
	}
	for i := range n {
		if c.IsNull(i) {
			continue
		}
		switch t.Kind {
		case datum.KindInt:
			dst = binary.AppendVarint(dst, c.I[i])
		case datum.KindFloat:
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(c.F[i]))
		case datum.KindString:
			dst = append(binary.AppendUvarint(dst, uint64(len(c.S[i]))), c.S[i]...)
		default:
			dst = datum.AppendValue(dst, t, c.Get(i))
		}
	}
	return dst
}

// rewind ends the writing, and starts the reading at the first row.
func (s *spillFile) rewind() error {
	if s.file == nil {
		return nil
	}
	if s.w != nil {
		if err := s.w.Flush(); err != nil {
			return spillError(err)
		}
		s.w, s.buf = nil, nil
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return spillError(err)
	}
	s.r = bufio.NewReaderSize(s.file, spillBuffer)
	return nil
}

// next reads a batch, nil at the end. It is the caller's.
func (s *spillFile) next() (*datum.Batch, error) {
	if s.r == nil {
		return nil, nil
	}
	return s.read(s.r)
}

// at reads the batch that was added when the file had so many bytes. Writing may go on.
func (s *spillFile) at(offset int64) (*datum.Batch, error) {
	if s.w != nil && s.w.Buffered() > 0 {
		if err := s.w.Flush(); err != nil {
			return nil, spillError(err)
		}
	}
	return s.read(io.NewSectionReader(s.file, offset, s.bytes-offset))
}

func (s *spillFile) read(from io.Reader) (*datum.Batch, error) {
	var head [8]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, spillError(err)
	}
	word := binary.LittleEndian.Uint64(head[:])
	body := make([]byte, word>>16)
	if _, err := io.ReadFull(from, body); err != nil {
		return nil, spillError(err)
	}
	s.space.read.Add(int64(len(body) + 8))
	out := datum.NewBatch(s.types, int(word&0xffff))
	out.Rows = int(word & 0xffff)
	for i, t := range s.types {
		var err error
		if body, err = readSpilled(body, t, out.Cols[i], out.Rows); err != nil {
			return nil, spillError(err)
		}
	}
	return out, nil
}

var errSpillCut = errors.New("a temporary file is cut short")

func readSpilled(b []byte, t *datum.Type, c *datum.Vec, n int) ([]byte, error) {
	if len(b) < 1 || b[0] == 1 && len(b) < 1+n {
		return nil, errSpillCut
	}
	nulls := b[1:1]
	if b[0] == 1 {
		nulls = b[1 : 1+n]
	}
	b = b[1+len(nulls):]
	for i := range n {
		if len(nulls) > 0 && nulls[i] == 1 {
			c.Append(datum.Null)
			continue
		}
		d, rest, err := spilledValue(b, t)
		if err != nil {
			return nil, err
		}
		c.Append(d)
		b = rest
	}
	return b, nil
}

func spilledValue(b []byte, t *datum.Type) (datum.Datum, []byte, error) {
	switch t.Kind {
	case datum.KindInt:
		v, n := binary.Varint(b)
		if n <= 0 {
			return datum.Null, nil, errSpillCut
		}
		return datum.NewInt(v), b[n:], nil
	case datum.KindFloat:
		if len(b) < 8 {
			return datum.Null, nil, errSpillCut
		}
		return datum.NewFloat(math.Float64frombits(binary.LittleEndian.Uint64(b))), b[8:], nil
	case datum.KindString:
		n, at := binary.Uvarint(b)
		if at <= 0 || n > uint64(len(b)-at) {
			return datum.Null, nil, errSpillCut
		}
		return datum.NewString(string(b[at : at+int(n)])), b[at+int(n):], nil
	}
	return datum.DecodeValue(t, b)
}

func (s *spillFile) close() {
	if s.file != nil {
		_ = s.file.Close()
		s.space.give(s.bytes)
		s.file, s.w, s.r, s.buf, s.bytes = nil, nil, nil, nil, 0
	}
}

// closeSpills frees what a statement's operators left.
func (r *running) closeSpills() {
	for _, s := range r.spills {
		s.close()
	}
	r.spills = nil
}

// partitions divides rows by their keys' hash, so that each part can be worked on by itself.
type partitions struct {
	files []*spillFile
	types []*datum.Type // of the keys
	salt  byte
	hash  []byte
	rows  [][]int
}

// spillParts is how many parts there are. Each has a buffer of its own while it is written.
const spillParts = 64

// partition makes the files for rows of some types with keys of others. salt tells levels apart: rows that fell into one
// part must not do so again.
func (r *running) partition(rowTypes, keyTypes []*datum.Type, salt byte) *partitions {
	p := &partitions{types: keyTypes, salt: salt, rows: make([][]int, spillParts)}
	for range spillParts {
		p.files = append(p.files, r.spill(rowTypes))
	}
	return p
}

// addAll writes a batch's rows to their parts.
func (p *partitions) addAll(b *datum.Batch, keys []*datum.Vec) error {
	rows := make([]int, b.Rows)
	for i := range rows {
		rows[i] = i
	}
	return p.add(b, keys, rows)
}

// add writes some rows to their parts.
func (p *partitions) add(b *datum.Batch, keys []*datum.Vec, rows []int) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range p.rows {
		p.rows[i] = p.rows[i][:0]
	}
	put := func(row int) {
		p.hash = append(p.hash[:0], p.salt)
		p.hash, _ = appendKey(p.hash, p.types, keys, row)
		at := fnv(p.hash) % spillParts
		p.rows[at] = append(p.rows[at], row)
	}
	for _, row := range rows {
		put(row)
	}
	for at, list := range p.rows {
		if len(list) == 0 {
			continue
		}
		if err := p.files[at].add(b.Gather(list)); err != nil {
			return err
		}
	}
	return nil
}

// fnv is the 64-bit FNV-1a hash, folded so that its low bits depend on all.
func fnv(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h ^ h>>32
}

// spilledPart is rows that wait in a file for those before them to be done with. level counts the times they were put
// aside.
type spilledPart struct {
	file  *spillFile
	level byte
}

// maxSpillLevel ends the dividing: 64 to the fourth parts is enough for any disk.
const maxSpillLevel = 4

// pending lists the parts that have rows, one level further down.
func (p *partitions) pending(level byte) []spilledPart {
	var out []spilledPart
	for _, f := range p.files {
		if f.rows > 0 {
			out = append(out, spilledPart{f, level + 1})
		}
	}
	return out
}

// bytes is what was written to the parts.
func (p *partitions) bytes() (n int64) {
	for _, f := range p.files {
		n += f.bytes
	}
	return n
}
