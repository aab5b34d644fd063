package hstore

import (
	"encoding/binary"

	"github.com/seguedb/segue/query/sqlstate"
)

// maxPairs is how many pairs PostgreSQL has memory for (MaxAllocSize / sizeof(Pairs)).
const maxPairs = 26843545

// Encode gives a value's binary form, that of the wire: the number of pairs, and of each the length and the bytes of the key,
// and those of the value, of which the length is -1 for NULL.
func (v Value) Encode() string {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(v)))
	for _, p := range v {
		out = appendSized(out, p.Key)
		if p.Null {
			out = binary.BigEndian.AppendUint32(out, ^uint32(0))
		} else {
			out = appendSized(out, p.Value)
		}
	}
	return string(out)
}

func appendSized(dst []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(s))), s...)
}

// Decode reads what Encode gave, the same string's bytes. Of damage it reads what there is.
func Decode(s string) Value {
	r := reader{s: s}
	n, ok := r.int()
	if !ok || n <= 0 || int(n) > len(s)/8 {
		return nil
	}
	out := make(Value, 0, n)
	for range n {
		p, err := r.pair()
		if err != nil {
			return nil
		}
		out = append(out, p)
	}
	return out
}

// Lookup is Decode(s).Find(key), without the other pairs.
func Lookup(s, key string) (p Pair, ok bool) {
	r := reader{s: s}
	for n, _ := r.int(); n > 0; n-- {
		p, err := r.pair()
		if err != nil || len(p.Key) > len(key) {
			break // longer keys come later
		}
		if p.Key == key {
			return p, true
		}
	}
	return Pair{}, false
}

// Contains says whether an encoded value has all pairs of another.
func Contains(s, other string) bool {
	r := reader{s: other}
	for n, _ := r.int(); n > 0; n-- {
		p, err := r.pair()
		if err != nil {
			break
		}
		if have, ok := Lookup(s, p.Key); !ok || have != p {
			return false
		}
	}
	return true
}

// Read reads a client's bytes (hstore_recv). Pairs may come in any order.
func Read(s string) (Value, error) {
	r := reader{s: s}
	n, ok := r.int()
	switch {
	case !ok:
		return nil, tooShort()
	case n < 0 || n > maxPairs:
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "number of pairs (%d) exceeds the maximum allowed (%d)", n, maxPairs)
	}
	pairs := make([]Pair, 0, min(int(n), len(s)/8))
	for range n {
		p, err := r.pair()
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	if r.s != "" {
		return nil, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "incorrect binary data format for type hstore")
	}
	return Make(pairs), nil
}

type reader struct{ s string }

func (r *reader) int() (int32, bool) {
	if len(r.s) < 4 {
		return 0, false
	}
	n := int32(uint32(r.s[0])<<24 | uint32(r.s[1])<<16 | uint32(r.s[2])<<8 | uint32(r.s[3]))
	r.s = r.s[4:]
	return n, true
}

func (r *reader) pair() (p Pair, err error) {
	n, ok := r.int()
	switch {
	case !ok:
		return p, tooShort()
	case n < 0:
		return p, NullKey()
	}
	if p.Key, err = r.text(n); err != nil {
		return p, err
	}
	if n, ok = r.int(); !ok {
		return p, tooShort()
	}
	if n < 0 {
		p.Null = true
		return p, nil
	}
	p.Value, err = r.text(n)
	return p, err
}

func (r *reader) text(n int32) (string, error) {
	if int(n) > len(r.s) {
		return "", tooShort()
	}
	s := r.s[:n]
	r.s = r.s[n:]
	return s, nil
}

func tooShort() error {
	return sqlstate.New(sqlstate.ProtocolViolation, "insufficient data left in message")
}

// NullKey is the error of a key that is NULL.
func NullKey() error {
	return sqlstate.New(sqlstate.NullValueNotAllowed, "null value not allowed for hstore key")
}

// Texts are the keys and values, one after the other, for those who check them.
func (v Value) Texts(yield func(string) bool) {
	for _, p := range v {
		if !yield(p.Key) || !yield(p.Value) {
			return
		}
	}
}
