package datum

import (
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue/query/sqlstate"
)

// castCases are what a value of one type becomes in another, or why it does not.
var castCases = []struct {
	from    *Type
	in      string
	to      *Type
	out     string
	code    sqlstate.Code
	message string
}{
	{from: Int4, in: "7", to: Int8, out: "7"},
	{from: Int8, in: "3000000000", to: Int4, code: "22003", message: "integer out of range"},
	{from: Int8, in: "70000", to: Int2, code: "22003", message: "smallint out of range"},
	{from: Int8, in: "-1", to: Oid, code: "22003", message: "OID out of range"},
	{from: Int4, in: "-1", to: Oid, out: "4294967295"}, {from: Oid, in: "4294967295", to: Int4, out: "-1"},
	{from: Oid, in: "4294967295", to: Int8, out: "4294967295"}, {from: Int2, in: "1259", to: Regclass, out: "1259"},
	{from: Float8, in: "2.5", to: Int4, out: "2"}, {from: Float8, in: "3.5", to: Int4, out: "4"},
	{from: Float8, in: "9223372036854775808", to: Int8, code: "22003", message: "bigint out of range"},
	{from: Float8, in: "-9223372036854775808", to: Int8, out: "-9223372036854775808"},
	{from: Float8, in: "NaN", to: Int4, code: "22003", message: "integer out of range"},
	{from: Float8, in: "1e300", to: Float4, code: "22003", message: "value out of range: overflow"},
	{from: Float8, in: "1e-300", to: Float4, code: "22003", message: "value out of range: underflow"},
	{from: Float8, in: "0.1", to: Float4, out: "0.1"}, {from: Float4, in: "0.1", to: Float8, out: "0.10000000149011612"},
	{from: Float8, in: "0.30000000000000004", to: Numeric, out: "0.3"},
	{from: Float4, in: "16777217", to: Numeric, out: "16777200"},
	{from: Float8, in: "-Infinity", to: Numeric, out: "-Infinity"}, {from: Int8, in: "-5", to: Numeric, out: "-5"},
	{from: Numeric, in: "2.5", to: Int4, out: "3"}, {from: Numeric, in: "-2.5", to: Int4, out: "-3"},
	{from: Numeric, in: "NaN", to: Int4, code: "0A000", message: "cannot convert NaN to integer"},
	{from: Numeric, in: "1e10", to: Int4, code: "22003", message: "integer out of range"},
	{from: Numeric, in: "0.1", to: Float8, out: "0.1"}, {from: Numeric, in: "NaN", to: Float4, out: "NaN"},
	{from: Bool, in: "t", to: Int4, out: "1"}, {from: Int4, in: "2", to: Bool, out: "t"},
	{from: Bool, in: "t", to: Text, out: "true"},
	{from: Bpchar, in: "a  ", to: Text, out: "a"}, {from: Text, in: "12", to: Int4, out: "12"},
	{from: Text, in: "x", to: Int4, code: "22P02", message: `invalid input syntax for type integer: "x"`},
	{from: Char, in: "a", to: Int4, out: "97"}, {from: Int4, in: "-1", to: Char, out: `\377`},
	{from: Int4, in: "200", to: Char, code: "22003", message: `"char" out of range`},
	{from: Float8, in: "1e20", to: Text, out: "1e+20"}, {from: Unknown, in: "{1,2}", to: Int4Array, out: "{1,2}"},
	{from: Date, in: "2024-07-01", to: Timestamp, out: "2024-07-01 00:00:00"},
	{from: Date, in: "2024-07-01", to: Timestamptz, out: "2024-07-01 00:00:00+02"},
	{from: Date, in: "infinity", to: Timestamptz, out: "infinity"},
	{from: Date, in: "5874897-01-01", to: Timestamp, code: "22008", message: "date out of range for timestamp"},
	{from: Timestamptz, in: "2024-07-01 23:00Z", to: Date, out: "2024-07-02"},
	{from: Timestamptz, in: "2024-07-01 23:00Z", to: Timestamp, out: "2024-07-02 01:00:00"},
	{from: Timestamptz, in: "2024-07-01 23:00Z", to: Time, out: "01:00:00"},
	{from: Timestamp, in: "1999-12-31 12:00", to: Date, out: "1999-12-31"},
	{from: Timestamp, in: "2024-01-01 12:00", to: Timestamptz, out: "2024-01-01 12:00:00+01"},
	{from: Interval, in: "1 day -01:00", to: Time, out: "23:00:00"},
	{from: Time, in: "01:00", to: Interval, out: "01:00:00"},
	{from: Date, in: "2024-01-01", to: Int4, code: "42846", message: "cannot cast type date to type integer"},
	{from: Int4Array, in: "{1,NULL}", to: TextArray, out: "{1,NULL}"},
	{from: Float8Array, in: "{1.5}", to: Int4Array, out: "{2}"},
	{from: Float8Array, in: "{1,2}", to: Vector, out: "[1,2]"},
	{from: NumericArray, in: "{0.1}", to: Vector, out: "[0.1]"},
	{from: Vector, in: "[1,2]", to: Float4Array, out: "{1,2}"}, {from: Vector, in: "[1,2]", to: Text, out: "[1,2]"},
	{from: Int4Array, in: "{NULL}", to: Vector, code: "22004", message: "array must not contain nulls"},
	{from: Int4Array, in: "{{1}}", to: Vector, code: "22000", message: "array must be 1-D"},
	{from: Int4Array, in: "{}", to: Vector, code: "22000", message: "vector must have at least 1 dimension"},
	{from: JSON, in: `{"b":1,"a":2}`, to: JSONB, out: `{"a": 2, "b": 1}`}, {from: JSONB, in: "[1]", to: JSON, out: "[1]"},
	{from: JSONB, in: "1.5", to: Numeric, out: "1.5"}, {from: JSONB, in: "true", to: Bool, out: "t"},
	{from: JSONB, in: `"a"`, to: Int4, code: "22023", message: "cannot cast jsonb string to type integer"},
}

func TestCast(t *testing.T) {
	env := testEnv(t)
	for _, c := range castCases {
		d, err := ParseText(c.from, -1, c.in, env)
		if err != nil {
			t.Fatalf("%s %s: %v", c.from, c.in, err)
		}
		what := c.from.SQL + " " + c.in + " as " + c.to.SQL
		v, err := Cast(d, c.from, c.to, -1, true, env)
		if c.code != "" {
			wantError(t, what, v, err, c.code, c.message)
			continue
		}
		if err != nil || Format(c.to, v, env) != c.out {
			t.Errorf("%s: got %s, %v; want %s", what, Format(c.to, v, env), err, c.out)
		}
	}
	if d, err := Cast(Null, Int4, Text, -1, true, nil); err != nil || !d.IsNull() {
		t.Errorf("NULL became %v, %v", d, err)
	}
}

func TestStringTypmod(t *testing.T) {
	varchar3, _ := ParseTypmod(Varchar, []int64{3})
	char3, _ := ParseTypmod(Bpchar, []int64{3})
	d, err := ApplyTypmod(Varchar, varchar3, NewString("abcd"), false)
	wantError(t, "varchar(3)", d, err, "22001", "value too long for type character varying(3)")
	cases := []struct {
		typ      *Type
		typmod   int32
		in, out  string
		explicit bool
	}{
		{Varchar, varchar3, "äöüß", "äöü", true}, {Varchar, varchar3, "äöü", "äöü", false},
		{Varchar, varchar3, "ab   ", "ab ", false}, {Bpchar, char3, "a", "a  ", false}, {Bpchar, char3, "ü", "ü  ", false},
	}
	for _, c := range cases {
		d, err := ApplyTypmod(c.typ, c.typmod, NewString(c.in), c.explicit)
		if err != nil || d.Str() != c.out {
			t.Errorf("%s: got %q, %v; want %q", c.typ.FormatTypmod(c.typmod), d.Str(), err, c.out)
		}
	}
}

func TestParseTypmodErrors(t *testing.T) {
	cases := []struct {
		typ     *Type
		mods    []int64
		code    sqlstate.Code
		message string
	}{
		{Varchar, []int64{0}, "22023", "length for type varchar must be at least 1"},
		{Bpchar, []int64{10485761}, "22023", "length for type char cannot exceed 10485760"},
		{Numeric, []int64{1001}, "22023", "NUMERIC precision 1001 must be between 1 and 1000"},
		{Numeric, []int64{5, 1001}, "22023", "NUMERIC scale 1001 must be between -1000 and 1000"},
		{Numeric, []int64{5, 1, 1}, "22023", "invalid NUMERIC type modifier"},
		{Vector, []int64{0}, "22023", "dimensions for type vector must be at least 1"},
		{Vector, []int64{16001}, "22023", "dimensions for type vector cannot exceed 16000"},
		{Timestamptz, []int64{-1}, "22023", "TIMESTAMP(-1) WITH TIME ZONE precision must not be negative"},
		{Int4, []int64{3}, "42601", `type modifier is not allowed for type "int4"`},
	}
	for _, c := range cases {
		_, err := ParseTypmod(c.typ, c.mods)
		wantError(t, c.typ.SQL, Null, err, c.code, c.message)
	}
	if typmod, _ := ParseTypmod(Numeric, []int64{3, -2}); Numeric.FormatTypmod(typmod) != "numeric(3,-2)" {
		t.Errorf("numeric(3,-2) prints as %s", Numeric.FormatTypmod(typmod))
	}
}

func TestInstantRoundTrip(t *testing.T) {
	for _, at := range []time.Time{
		time.Unix(0, 0), time.Unix(-1, 999_999_000), time.Date(9999, 12, 31, 23, 59, 59, 1000, time.UTC),
	} {
		if back := ToTime(TimestampFromTime(at), time.UTC); !back.Equal(at) {
			t.Errorf("%v came back as %v", at, back)
		}
	}
}

// TestEveryCatalogCast runs each cast that the planner may choose: it may refuse the value, but there
// must be a conversion.
func TestEveryCatalogCast(t *testing.T) {
	table, err := os.ReadFile("../catalog/cast.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		from, to := TypeByName(fields[0]), TypeByName(fields[1])
		if from == nil || to == nil {
			t.Fatalf("unknown type in %q", line)
		}
		for _, d := range castSamples(t, from) {
			_, err := Cast(d, from, to, -1, true, nil)
			if err != nil && sqlstate.CodeOf(err) == sqlstate.CannotCoerce {
				t.Errorf("%s %s: %v", from, Format(from, d, nil), err)
			}
		}
	}
}

func castSamples(t *testing.T, typ *Type) []Datum {
	switch {
	case isReg(typ):
		return []Datum{NewInt(0), NewInt(math.MaxUint32)}
	case typ == JSON || typ == PgNodeTree:
		return []Datum{NewString("[]")}
	case typ.IsArray():
		return []Datum{ArrayFrom(typ.Elem, castSamples(t, typ.Elem)), ArrayFrom(typ.Elem, nil)}
	}
	return samples(t, typ, rand.New(rand.NewPCG(5, 6)))
}
