package datum

import (
	"bytes"

	"github.com/seguedb/segue/query/textsearch"
)

// A tsvector and a tsquery are strings that hold their binary form (textsearch.Vector.Encode, Node.Encode).

// The types of text search.
var (
	TSVector      = base(3614, "tsvector", "tsvector", KindString, -1, 'U', false)
	TSQuery       = base(3615, "tsquery", "tsquery", KindString, -1, 'U', false)
	Regconfig     = base(3734, "regconfig", "regconfig", KindInt, 4, 'N', false)
	Regdictionary = base(3769, "regdictionary", "regdictionary", KindInt, 4, 'N', false)

	TSVectorArray      = arrayOf(3643, TSVector)
	TSQueryArray       = arrayOf(3645, TSQuery)
	RegconfigArray     = arrayOf(3735, Regconfig)
	RegdictionaryArray = arrayOf(3770, Regdictionary)
)

// NewTSVector makes a tsvector.
func NewTSVector(v textsearch.Vector) Datum { return NewString(v.Encode()) }

// TSVector returns a tsvector's value; read only.
func (d Datum) TSVector() textsearch.Vector { return textsearch.DecodeVector(d.s) }

// NewTSQuery makes a tsquery; nil is the empty one.
func NewTSQuery(n *textsearch.Node) Datum { return NewString(n.Encode()) }

// TSQuery returns a tsquery's value, nil for the empty one; read only.
func (d Datum) TSQuery() *textsearch.Node { return textsearch.DecodeQuery(d.s) }

func isTextSearch(t *Type) bool { return t == TSVector || t == TSQuery }

func parseTextSearch(t *Type, s string) (Datum, error) {
	if t == TSVector {
		v, err := textsearch.ParseVector(s)
		if err != nil {
			return Null, err
		}
		return NewTSVector(v), nil
	}
	n, err := textsearch.ParseQuery(s, nil)
	if err != nil {
		return Null, err
	}
	return NewTSQuery(n), nil
}

func appendTextSearch(dst []byte, t *Type, s string) []byte {
	if t == TSVector {
		return textsearch.DecodeVector(s).Append(dst)
	}
	return textsearch.DecodeQuery(s).Append(dst)
}

func parseTextSearchBinary(t *Type, b []byte) (Datum, error) {
	s := string(b)
	if t == TSVector {
		v, err := textsearch.ReadVector(s)
		if err != nil {
			return Null, err
		}
		for _, l := range v {
			if err := checkEncoding(l.Word); err != nil {
				return Null, err
			}
		}
		return NewTSVector(v), nil
	}
	n, err := textsearch.ReadQuery(s)
	if err != nil {
		return Null, err
	}
	return NewTSQuery(n), nil
}

func compareTextSearch(t *Type, a, b string) int {
	if a == b {
		return 0
	}
	return bytes.Compare(appendTextSearchKey(nil, t, a), appendTextSearchKey(nil, t, b))
}

func (r *keyReader) tsvector() Datum {
	v, ok := textsearch.ReadOrderKey(func() (byte, bool) {
		b := r.byte()
		return b, !r.failed
	})
	if !ok {
		return r.fail()
	}
	return NewTSVector(v)
}

func (r *keyReader) tsquery() Datum {
	n, ok := textsearch.ReadQueryKey(func() (byte, bool) {
		b := r.byte()
		return b, !r.failed
	})
	if !ok {
		return r.fail()
	}
	return NewTSQuery(n)
}

func appendTextSearchKey(dst []byte, t *Type, s string) []byte {
	if t == TSVector {
		return textsearch.DecodeVector(s).OrderKey(dst)
	}
	return textsearch.DecodeQuery(s).OrderKey(dst)
}

// textSearchOID finds a configuration or a dictionary, and textSearchName its name, where no catalog is at hand: there are
// PostgreSQL's own only.
func textSearchOID(t *Type, name string) (int64, bool) {
	switch t {
	case Regconfig:
		if c := textsearch.ConfigNamed(name); c != nil {
			return int64(c.OID), true
		}
	case Regdictionary:
		if d := textsearch.DictionaryNamed(name); d != nil {
			return int64(d.OID), true
		}
	}
	return 0, false
}

func textSearchName(t *Type, oid OID) (string, bool) {
	switch t {
	case Regconfig:
		if c := textsearch.ConfigByOID(uint32(oid)); c != nil {
			return c.Name, true
		}
	case Regdictionary:
		if d := textsearch.DictionaryByOID(uint32(oid)); d != nil {
			return d.Name, true
		}
	}
	return "", false
}
