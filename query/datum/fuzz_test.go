package datum

import (
	"math/rand/v2"
	"testing"
)

// fuzzText checks that no text panics, and that what is read reads back from what is written.
func fuzzText(f *testing.F, types ...*Type) {
	for _, typ := range types {
		for _, s := range edges[typ] {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range types {
			d, err := ParseText(typ, -1, s, nil)
			if err != nil {
				continue
			}
			text := Format(typ, d, nil)
			back, err := ParseText(typ, -1, text, nil)
			if err != nil || Format(typ, back, nil) != text {
				t.Fatalf("%s %q prints as %q, which reads as %q, %v", typ, s, text, Format(typ, back, nil), err)
			}
		}
	})
}

func FuzzSparseText(f *testing.F)     { fuzzText(f, Sparsevec) }
func FuzzBitText(f *testing.F)        { fuzzText(f, Bit) }
func FuzzVectorText(f *testing.F)     { fuzzText(f, Vector) }
func FuzzArrayText(f *testing.F)      { fuzzText(f, Int4Array, TextArray) }
func FuzzNumericText(f *testing.F)    { fuzzText(f, Numeric, Float8, Int8) }
func FuzzDateTimeText(f *testing.F)   { fuzzText(f, Timestamp, Timestamptz, Date, Time) }
func FuzzUnsignedText(f *testing.F)   { fuzzText(f, Money, PgLSN, Xid8, Tid) }
func FuzzIntervalText(f *testing.F)   { fuzzText(f, Interval) }
func FuzzTextSearchText(f *testing.F) { fuzzText(f, TSVector, TSQuery) }
func FuzzHstoreText(f *testing.F)     { fuzzText(f, Hstore) }
func FuzzRangeText(f *testing.F)      { fuzzText(f, Int4Range, NumRange, TsRange, DateRange, textRange) }
func FuzzMultirangeText(f *testing.F) {
	fuzzText(f, Int4Range.Multirange, NumRange.Multirange, textRange.Multirange)
}
func FuzzJSONText(f *testing.F) { fuzzText(f, JSONB, JSON) }

// addSamples seeds a fuzzer of bytes with a type's OID and encoded values.
func addSamples(f *testing.F, encode func(typ *Type, d Datum) []byte) {
	rng := rand.New(rand.NewPCG(3, 4))
	for typ := range edges {
		for _, d := range samples(f, typ, rng)[:3] {
			f.Add(uint32(typ.OID), encode(typ, d))
		}
	}
}

// fuzzedType is a built-in type, or one of the range types that stand for users'.
func fuzzedType(oid OID) *Type {
	for _, t := range []*Type{textRange, textRange.Multirange} {
		if t.OID == oid {
			return t
		}
	}
	return TypeByOID(oid)
}

func FuzzParseBinary(f *testing.F) {
	addSamples(f, func(typ *Type, d Datum) []byte { b, _ := AppendBinary(nil, typ, d); return b })
	f.Fuzz(func(t *testing.T, oid uint32, b []byte) {
		typ := fuzzedType(OID(oid))
		if typ == nil {
			return
		}
		d, err := ParseBinary(typ, -1, b)
		if err != nil {
			return
		}
		again, err := AppendBinary(nil, typ, d)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseBinary(typ, -1, again); err != nil || Format(typ, back, nil) != Format(typ, d, nil) {
			t.Fatalf("%s %x: written as %x, which reads as %v, %v", typ, b, again, back, err)
		}
	})
}

func FuzzDecodeValue(f *testing.F) {
	addSamples(f, func(typ *Type, d Datum) []byte { return AppendValue(nil, typ, d) })
	f.Fuzz(func(t *testing.T, oid uint32, b []byte) {
		typ := fuzzedType(OID(oid))
		if typ == nil {
			return
		}
		d, rest, err := DecodeValue(typ, b)
		if err != nil {
			return
		}
		if len(rest) > len(b) {
			t.Fatalf("%d bytes of rest from %d", len(rest), len(b))
		}
		again := AppendValue(nil, typ, d)
		if _, _, err := DecodeValue(typ, again); err != nil {
			t.Fatalf("%s %x: written again as %x: %v", typ, b, again, err)
		}
	})
}

func FuzzDecodeKey(f *testing.F) {
	addSamples(f, func(typ *Type, d Datum) []byte { return AppendKey(nil, typ, d, false, false) })
	f.Fuzz(func(t *testing.T, oid uint32, b []byte) {
		typ := fuzzedType(OID(oid))
		if typ == nil {
			return
		}
		for _, desc := range []bool{false, true} {
			d, _, err := DecodeKey(typ, b, desc, false)
			if err != nil || d.IsNull() {
				continue
			}
			again := AppendKey(nil, typ, d, desc, false)
			if _, _, err := DecodeKey(typ, again, desc, false); err != nil {
				t.Fatalf("%s %x: written again as %x: %v", typ, b, again, err)
			}
		}
	})
}

// fuzzedRow is a composite type of the kinds that nest.
var fuzzedRow = func() *Type {
	inner := NewComposite(400001, 400002, 400003, 0, "inner", "inner", []Field{{"n", Numeric, -1, 1}, {"b", Bytea, -1, 2}})
	return NewComposite(400004, 400005, 400006, 0, "outer", "outer", []Field{{"i", Int4, -1, 1}, {"t", Text, -1, 3},
		{"a", TextArray, -1, 4}, {"r", inner, -1, 5}, {"rs", inner.Array, -1, 6}})
}()

func FuzzRecordText(f *testing.F) {
	for _, s := range []string{`(1,x,"{a,b}","(1.5,\\x00)","{""(1,)""}")`, "(,,,,)", `(1,"a ""b"" \\c",{},,)`, "(1,2)", `("`, "()"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range []*Type{fuzzedRow, fuzzedRow.Array} {
			d, err := ParseText(typ, -1, s, nil)
			if err != nil {
				continue
			}
			text := Format(typ, d, nil)
			if back, err := ParseText(typ, -1, text, nil); err != nil || Format(typ, back, nil) != text {
				t.Fatalf("%q prints as %q, which reads as %q, %v", s, text, Format(typ, back, nil), err)
			}
		}
	})
}

func FuzzRecordBinary(f *testing.F) {
	for _, s := range []string{`(1,x,"{a,b}","(1.5,\\x00)","{""(1,)""}")`, "(,,,,)"} {
		d, err := ParseText(fuzzedRow, -1, s, nil)
		if err != nil {
			f.Fatal(err)
		}
		b, err := AppendBinary(nil, fuzzedRow, d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(AppendValue(nil, fuzzedRow, d))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, _, err := DecodeValue(fuzzedRow, b); err == nil {
			_ = Format(fuzzedRow, d, nil)
		}
		d, err := ParseBinary(fuzzedRow, -1, b)
		if err != nil {
			return
		}
		again, err := AppendBinary(nil, fuzzedRow, d)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseBinary(fuzzedRow, -1, again); err != nil || Format(fuzzedRow, back, nil) != Format(fuzzedRow, d, nil) {
			t.Fatalf("%x: written as %x, which reads as %v, %v", b, again, back, err)
		}
	})
}
