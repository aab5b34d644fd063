package builtin

import (
	"crypto/sha256"
	"crypto/sha512"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// byteAccess reads and changes single bytes and bits of bytea; a byte's bits are numbered from its lowest.
func byteAccess(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, n := a[0].Str(), a[1].Int()
		if err := checkIndex(n, int64(len(s))); err != nil {
			return datum.Null, err
		}
		return datum.NewInt(int64(s[n])), nil
	}, "get_byte(bytea,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, n := []byte(a[0].Str()), a[1].Int()
		if err := checkIndex(n, int64(len(s))); err != nil {
			return datum.Null, err
		}
		s[n] = byte(a[2].Int())
		return datum.NewString(string(s)), nil
	}, "set_byte(bytea,int4,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, n := a[0].Str(), a[1].Int()
		if err := checkIndex(n, int64(len(s))*8); err != nil {
			return datum.Null, err
		}
		return datum.NewInt(int64(s[n/8] >> (n % 8) & 1)), nil
	}, "get_bit(bytea,int8)")
	r.fn(setBit, "set_bit(bytea,int8,int4)")
	for name, hash := range map[string]func(b []byte) []byte{
		"sha224": func(b []byte) []byte { sum := sha256.Sum224(b); return sum[:] },
		"sha384": func(b []byte) []byte { sum := sha512.Sum384(b); return sum[:] },
		"sha512": func(b []byte) []byte { sum := sha512.Sum512(b); return sum[:] },
	} {
		r.fn(textToText(func(s string) string { return string(hash([]byte(s))) }), name+"(bytea)")
	}
	bits := textToInt(func(s string) int { return 8 * len(s) })
	r.fn(bits, "bit_length(text)", "bit_length(bytea)")
}

func setBit(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s, n, bit := []byte(a[0].Str()), a[1].Int(), a[2].Int()
	if err := checkIndex(n, int64(len(s))*8); err != nil {
		return datum.Null, err
	}
	if bit != 0 && bit != 1 {
		return datum.Null, invalidParameter("new bit must be 0 or 1")
	}
	s[n/8] = s[n/8]&^(1<<(n%8)) | byte(bit)<<(n%8)
	return datum.NewString(string(s)), nil
}

func checkIndex(n, size int64) error {
	if n < 0 || n >= size {
		return sqlstate.New(sqlstate.ArraySubscriptError, "index %d out of valid range, 0..%d", n, size-1)
	}
	return nil
}
