package datum

import (
	"github.com/seguedb/segue/query/hstore"
)

// The types of extension hstore: sets of keys with texts, held as the strings that hstore.Value.Encode makes, and what
// PostgreSQL's trees over them have, of which there are no values. They are built in, and found by name where the extension is.
var (
	Hstore       = base(15007, "hstore", "hstore", KindString, -1, 'U', false)
	HstoreArray  = arrayOf(15008, Hstore)
	GHstore      = base(15009, "ghstore", "ghstore", KindString, -1, 'U', false)
	GHstoreArray = arrayOf(15010, GHstore)
)

// NewHstore makes an hstore.
func NewHstore(v hstore.Value) Datum { return NewString(v.Encode()) }

// Hstore returns an hstore's value; read only.
func (d Datum) Hstore() hstore.Value { return hstore.Decode(d.s) }

func parseHstore(s string) (Datum, error) {
	v, err := hstore.Parse(s)
	if err != nil {
		return Null, err
	}
	return NewHstore(v), nil
}

func parseHstoreBinary(b []byte) (Datum, error) {
	v, err := hstore.Read(string(b))
	if err != nil {
		return Null, err
	}
	for s := range v.Texts {
		if err := checkEncoding(s); err != nil {
			return Null, err
		}
	}
	return NewHstore(v), nil
}

func (r *keyReader) hstore() Datum {
	strung := r.escaped()
	n := r.uint(4)
	if n > uint64(len(r.b)/hstore.EndBytes) {
		return r.fail()
	}
	ends := make([]byte, n*hstore.EndBytes)
	for i := range ends {
		ends[i] = r.byte()
	}
	v, ok := hstore.Split(strung, ends)
	if r.failed || !ok {
		return r.fail()
	}
	return NewHstore(v)
}

// hstoreOfArray makes an hstore of {k,v,k,v} or {{k,v},{k,v}} (hstore_from_array).
func hstoreOfArray(d Datum) (Datum, error) {
	a := d.Array()
	if err := a.CheckPairs(); err != nil {
		return Null, err
	}
	pairs := make([]hstore.Pair, len(a.Elems)/2)
	for i := range pairs {
		key, value := a.Elems[2*i], a.Elems[2*i+1]
		if key.IsNull() {
			return Null, hstore.NullKey()
		}
		pairs[i] = hstore.Pair{Key: key.Str(), Value: value.Str(), Null: value.IsNull()}
	}
	return NewHstore(hstore.Make(pairs)), nil
}

// hstoreToJSON makes an object of strings and nulls.
func hstoreToJSON(d Datum, to *Type) (Datum, error) {
	return parseText(to, -1, string(AppendHstoreJSON(nil, d.Hstore(), AppendJSONString)), nil)
}

// AppendLoose is a value of hstore_to_json_loose: t and f are booleans, numbers are numbers, all others strings.
func AppendLoose(dst []byte, s string) []byte {
	switch {
	case s == "t":
		return append(dst, "true"...)
	case s == "f":
		return append(dst, "false"...)
	case isJSONNumber(s):
		return append(dst, s...)
	}
	return AppendJSONString(dst, s)
}

// AppendHstoreJSON writes an object, the values that are not NULL as write does.
func AppendHstoreJSON(dst []byte, v hstore.Value, write func(dst []byte, s string) []byte) []byte {
	dst = append(dst, '{')
	for i, p := range v {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(AppendJSONString(dst, p.Key), ": "...)
		if p.Null {
			dst = append(dst, "null"...)
		} else {
			dst = write(dst, p.Value)
		}
	}
	return append(dst, '}')
}
