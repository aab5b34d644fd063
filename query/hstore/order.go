package hstore

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// The order is that of hstore_cmp: by the texts of all keys and values strung together, then by how many pairs there are,
// then by where each text ends; NULL is more than "".

// Compare orders two values by what Encode gave, without making them.
func Compare(a, b string) int {
	if a == b {
		return 0
	}
	x, y := textsOf(a), textsOf(b)
	for x.more() && y.more() {
		n := min(len(x.text), len(y.text))
		if c := strings.Compare(x.text[:n], y.text[:n]); c != 0 {
			return c
		}
		x.text, y.text = x.text[n:], y.text[n:]
	}
	switch {
	case x.text != "":
		return 1
	case y.more():
		return -1
	}
	return bytes.Compare(Decode(a).AppendEnds(nil), Decode(b).AppendEnds(nil))
}

// texts reads an encoded value's texts one after the other.
type texts struct {
	reader
	left int32 // keys and values to come
	text string
}

func textsOf(s string) texts {
	t := texts{reader: reader{s}}
	n, _ := t.int()
	t.left = 2 * n
	return t
}

// more says whether there is a text that is not empty: what is left of the last one, or a further one.
func (t *texts) more() bool {
	for ; t.text == "" && t.left > 0; t.left-- {
		n, _ := t.int()
		if n > 0 {
			t.text, _ = t.reader.text(n)
		}
	}
	return t.text != ""
}

// Strung is all keys and values, one after the other.
func (v Value) Strung() string {
	var out strings.Builder
	for s := range v.Texts {
		out.WriteString(s)
	}
	return out.String()
}

// AppendEnds writes what tells apart values of the same Strung text, in their order: the number of pairs, and of each where
// key and value end, and a 1 for NULL.
func (v Value) AppendEnds(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(v)))
	end := uint32(0)
	for _, p := range v {
		end += uint32(len(p.Key))
		dst = binary.BigEndian.AppendUint32(dst, end)
		end += uint32(len(p.Value))
		dst = append(binary.BigEndian.AppendUint32(dst, end), bit(p.Null))
	}
	return dst
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// EndBytes is what AppendEnds writes of each pair.
const EndBytes = 9

// Split is the inverse of Strung and AppendEnds without the number of pairs; false for damage.
func Split(strung string, ends []byte) (Value, bool) {
	out, from := make(Value, 0, len(ends)/EndBytes), 0
	for ; len(ends) >= EndBytes; ends = ends[EndBytes:] {
		key, value := int(binary.BigEndian.Uint32(ends)), int(binary.BigEndian.Uint32(ends[4:]))
		if key < from || value < key || value > len(strung) || ends[8] == 1 && value > key {
			return nil, false
		}
		out = append(out, Pair{Key: strung[from:key], Value: strung[key:value], Null: ends[8] == 1})
		from = value
	}
	return out, from == len(strung)
}

// HashedBytes are a value as PostgreSQL has it in memory, which it hashes: the number of pairs, where each text ends, with the
// flags of the first one and of NULLs, and the texts.
func (v Value) HashedBytes() []byte {
	const newVersion, first, null = 1 << 31, 1 << 31, 1 << 30
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(v))|newVersion)
	end := uint32(0)
	for i, p := range v {
		flag := uint32(0)
		if i == 0 {
			flag = first
		}
		end += uint32(len(p.Key))
		out = binary.LittleEndian.AppendUint32(out, end|flag)
		if flag = 0; p.Null {
			flag = null
		}
		end += uint32(len(p.Value))
		out = binary.LittleEndian.AppendUint32(out, end|flag)
	}
	return append(out, v.Strung()...)
}
