package textsearch

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// PostgreSQL's limits (tsearch/ts_type.h).
const (
	maxLexemeBytes = 2046    // MAXSTRLEN - 1
	maxVectorBytes = 1 << 20 // MAXSTRPOS
	maxPositions   = 256     // MAXNUMPOS, of one lexeme
	maxPosition    = 16383   // MAXENTRYPOS - 1
)

// Position is where a lexeme stands in a document, from 1 to 16383, and its weight: D is 0, A is 3.
type Position uint16

func newPosition(at int, weight byte) Position {
	return Position(min(at, maxPosition)) | Position(weight)<<14
}

// At is the place in the document.
func (p Position) At() int { return int(p & maxPosition) }

// Weight is 0 for D to 3 for A.
func (p Position) Weight() byte { return byte(p >> 14) }

// Letter is the weight as it is written: 'A' to 'D'.
func (p Position) Letter() byte { return 'D' - p.Weight() }

// Lexeme is a word of a document, with its positions in rising order; there may be none.
type Lexeme struct {
	Word      string
	Positions []Position
}

// Vector is a document: its lexemes in the order of their bytes, none twice.
type Vector []Lexeme

// Encode writes a vector in PostgreSQL's binary format, which is how it is held and stored.
//
//	lexemes(4) [ word 00 positions(2) [ weight and position(2) ]… ]…      numbers big endian
func (v Vector) Encode() string {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(v)))
	for _, l := range v {
		out = append(append(out, l.Word...), 0)
		out = binary.BigEndian.AppendUint16(out, uint16(len(l.Positions)))
		for _, p := range l.Positions {
			out = binary.BigEndian.AppendUint16(out, uint16(p))
		}
	}
	return string(out)
}

// DecodeVector reads what Encode wrote. Lexemes share b's memory. Bytes that Encode did not write are an empty vector's:
// what comes from outside is checked by ReadVector.
func DecodeVector(b string) Vector {
	v, err := readVector(b)
	if err != nil {
		return nil
	}
	return v
}

// ReadVector reads a client's binary value; lexemes out of order are put in order. Damage is 22P03.
func ReadVector(b string) (Vector, error) {
	v, err := readVector(b)
	if err != nil {
		return nil, err
	}
	sorted := slices.IsSortedFunc(v, func(a, b Lexeme) int {
		if c := strings.Compare(a.Word, b.Word); c != 0 {
			return c
		}
		return 1
	})
	if !sorted {
		v = v.gather()
	}
	return v, nil
}

func badVector(what string) error {
	return sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid tsvector: %s", what)
}

func readVector(b string) (Vector, error) {
	if len(b) < 4 {
		return nil, badVector("insufficient data")
	}
	n := int(uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]))
	b = b[4:]
	if n < 0 || n > len(b)/3 {
		return nil, badVector("insufficient data")
	}
	v := make(Vector, n)
	total := 0
	for i := range v {
		end := strings.IndexByte(b, 0)
		if end < 0 || len(b) < end+3 {
			return nil, badVector("insufficient data")
		}
		count := int(b[end+1])<<8 | int(b[end+2])
		v[i].Word, b = b[:end], b[end+3:]
		if total += end + 2*count; end > maxLexemeBytes+1 || total > maxVectorBytes {
			return nil, badVector("lexeme too long")
		}
		if count > maxPositions || len(b) < 2*count {
			return nil, badVector("unexpected number of tsvector positions")
		}
		if count > 0 {
			v[i].Positions = make([]Position, count)
		}
		for j := range count {
			p := Position(b[2*j])<<8 | Position(b[2*j+1])
			if j > 0 && p.At() <= v[i].Positions[j-1].At() {
				return nil, badVector("position information is misordered")
			}
			v[i].Positions[j] = p
		}
		b = b[2*count:]
	}
	if b != "" {
		return nil, badVector("extra data")
	}
	return v, nil
}

// gather puts lexemes in order and those that are there twice together.
func (v Vector) gather() Vector {
	slices.SortStableFunc(v, func(a, b Lexeme) int { return strings.Compare(a.Word, b.Word) })
	out := v[:0]
	for _, l := range v {
		if n := len(out); n > 0 && out[n-1].Word == l.Word {
			out[n-1].Positions = slices.Concat(out[n-1].Positions, l.Positions)
			continue
		}
		out = append(out, l)
	}
	for i := range out {
		out[i].Positions = uniquePositions(out[i].Positions)
	}
	return out
}

// uniquePositions sorts positions; of two at one place the greater weight stays.
func uniquePositions(p []Position) []Position {
	if len(p) <= 1 {
		return p
	}
	slices.SortStableFunc(p, func(a, b Position) int { return cmp.Compare(a.At(), b.At()) })
	out := p[:1]
	for _, x := range p[1:] {
		last := &out[len(out)-1]
		switch {
		case x.At() != last.At():
			if len(out) >= maxPositions || last.At() == maxPosition {
				return out
			}
			out = append(out, x)
		case x.Weight() > last.Weight():
			*last = x
		}
	}
	return out
}

// find returns the lexemes that an operand asks for: the one of that word, or all that begin with it.
func (v Vector) find(word string, prefix bool) Vector {
	lo, found := slices.BinarySearchFunc(v, word, func(l Lexeme, w string) int { return strings.Compare(l.Word, w) })
	if !prefix {
		if !found {
			return nil
		}
		return v[lo : lo+1]
	}
	hi := lo
	for hi < len(v) && strings.HasPrefix(v[hi].Word, word) {
		hi++
	}
	return v[lo:hi]
}

// varsize is how large PostgreSQL's own value is, by which it orders vectors first.
func (v Vector) varsize() int {
	data := 0
	for _, l := range v {
		if data += len(l.Word); len(l.Positions) > 0 {
			data += data&1 + 2 + 2*len(l.Positions)
		}
	}
	return 8 + 4*len(v) + data
}

// OrderKey appends bytes whose order is that of the operators < and > on vectors, from which ReadOrderKey makes the vector.
//
//	size(4) lexemes(4) [ none(1) word 00 positions(2) [ position(2) ]… ]…      positions count downwards
func (v Vector) OrderKey(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(v.varsize()))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(v)))
	for _, l := range v {
		if len(l.Positions) > 0 {
			dst = append(dst, 0)
		} else {
			dst = append(dst, 1)
		}
		dst = append(append(dst, l.Word...), 0)
		dst = binary.BigEndian.AppendUint16(dst, ^uint16(len(l.Positions)))
		for _, p := range l.Positions {
			dst = binary.BigEndian.AppendUint16(dst, ^(uint16(p.At())<<2 | uint16(p.Weight())))
		}
	}
	return dst
}

// ReadOrderKey reads what OrderKey wrote through a reader of single bytes; ok is false for anything else.
func ReadOrderKey(next func() (byte, bool)) (v Vector, ok bool) {
	r := &keyBytes{next: next}
	r.number(4)
	for n := r.number(4); n > 0 && !r.failed; n-- {
		r.number(1)
		l := Lexeme{Word: r.word()}
		for count := r.number(2) ^ 0xffff; count > 0 && !r.failed; count-- {
			p := r.number(2) ^ 0xffff
			l.Positions = append(l.Positions, Position(p>>2)|Position(p&3)<<14)
		}
		v = append(v, l)
	}
	return v, !r.failed
}

// Words are a vector's lexemes without their positions.
func (v Vector) Words() []string {
	out := make([]string, len(v))
	for i, l := range v {
		out[i] = l.Word
	}
	return out
}
