package datum

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata" // so that zones are found on a machine without them

	"github.com/seguedb/segue/query/sqlstate"
)

// testEnv is a session in Berlin at a fixed moment.
func testEnv(t testing.TB) *Env {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return &Env{Location: loc, Now: time.Date(2024, 2, 29, 23, 30, 15, 123456000, time.UTC), ExtraFloatDigits: 1}
}

func mustParse(t testing.TB, typ *Type, s string) Datum {
	t.Helper()
	d, err := ParseText(typ, -1, s, nil)
	if err != nil {
		t.Fatalf("%s %q: %v", typ, s, err)
	}
	return d
}

// textCase is what a literal of a type prints as.
type textCase struct {
	typ     *Type
	in, out string
}

func runText(t *testing.T, env *Env, cases []textCase) {
	t.Helper()
	for _, c := range cases {
		d, err := ParseText(c.typ, -1, c.in, env)
		if err != nil {
			t.Errorf("%s %q: %v", c.typ, c.in, err)
			continue
		}
		if got := Format(c.typ, d, env); got != c.out {
			t.Errorf("%s %q: got %q, want %q", c.typ, c.in, got, c.out)
		}
	}
}

// errorCase is what a literal of a type is refused with.
type errorCase struct {
	typ     *Type
	in      string
	code    sqlstate.Code
	message string
}

func runErrors(t *testing.T, cases []errorCase) {
	t.Helper()
	for _, c := range cases {
		d, err := ParseText(c.typ, -1, c.in, nil)
		wantError(t, c.typ.SQL+" "+c.in, d, err, c.code, c.message)
	}
}

func wantError(t *testing.T, what string, d Datum, err error, code sqlstate.Code, message string) {
	t.Helper()
	var e *sqlstate.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: got %v, error %v; want %s", what, d, err, code)
		return
	}
	if e.Code != code || e.Message != message {
		t.Errorf("%s:\n got %s %s\nwant %s %s", what, e.Code, e.Message, code, message)
	}
}

func TestScalarText(t *testing.T) {
	runText(t, nil, []textCase{
		{Bool, "true", "t"}, {Bool, " YES ", "t"}, {Bool, "of", "f"}, {Bool, "0", "f"}, {Bool, "on", "t"},
		{Int4, " 42 ", "42"}, {Int4, "-2147483648", "-2147483648"},
		{Int4, "007", "7"}, {Int2, "+7", "7"},
		{Oid, "4294967295", "4294967295"}, {Oid, "-1", "4294967295"}, {Regclass, "1259", "1259"}, {Regclass, "-", "-"},
		{Text, "naïve", "naïve"}, {Name, string(make63()) + "é", string(make63())},
		{Char, "abc", "a"}, {Char, "", ""}, {Char, `\351`, `\351`},
		{Bytea, `\xDE ad`, `\xdead`}, {Bytea, `a\\b\001`, `\x615c6201`}, {Bytea, "", `\x`},
		{UUID, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{UUID, "{a0eebc999c0b4ef8bb6d6bb9bd380a11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{OidVector, "1 2  3", "1 2 3"}, {Int2Vector, "", ""},
	})
	if got := Format(Bytea, mustParse(t, Bytea, `\x615c00ff`), &Env{ByteaEscape: true}); got != `a\\\000\377` {
		t.Errorf("bytea in escape format: %s", got)
	}
}

// make63 is a name as long as names may be.
func make63() []byte {
	b := make([]byte, nameBytes)
	for i := range b {
		b[i] = 'n'
	}
	return b
}

func TestScalarErrors(t *testing.T) {
	runErrors(t, []errorCase{
		{Bool, "maybe", "22P02", `invalid input syntax for type boolean: "maybe"`},
		{Bool, "o", "22P02", `invalid input syntax for type boolean: "o"`},
		{Int4, "abc", "22P02", `invalid input syntax for type integer: "abc"`},
		{Int4, "", "22P02", `invalid input syntax for type integer: ""`},
		{Int4, "1__0", "22P02", `invalid input syntax for type integer: "1__0"`},
		{Int4, "2147483648", "22003", `value "2147483648" is out of range for type integer`},
		{Int2, "-32769", "22003", `value "-32769" is out of range for type smallint`},
		{Int8, "9223372036854775808", "22003", `value "9223372036854775808" is out of range for type bigint`},
		{Oid, "4294967296", "22003", `value "4294967296" is out of range for type oid`},
		{Float8, "1e400", "22003", `"1e400" is out of range for type double precision`},
		{Float8, "1e-400", "22003", `"1e-400" is out of range for type double precision`},
		{Float4, "1e39", "22003", `"1e39" is out of range for type real`},
		{Float8, "1_0", "22P02", `invalid input syntax for type double precision: "1_0"`},
		{Bytea, `\xa`, "22023", "invalid hexadecimal data: odd number of digits"},
		{Bytea, `\xzz`, "22023", `invalid hexadecimal digit: "z"`},
		{Bytea, `\9`, "22P02", "invalid input syntax for type bytea"},
		{UUID, "a0eebc99", "22P02", `invalid input syntax for type uuid: "a0eebc99"`},
		{Text, "a\xff", "22021", `invalid byte sequence for encoding "UTF8": 0xff`},
		{Text, "a\x00", "22021", `invalid byte sequence for encoding "UTF8": 0x00`},
		{Record, "(1)", "0A000", "input of anonymous composite types is not implemented"},
	})
}

func TestFloatText(t *testing.T) {
	runText(t, nil, []textCase{
		{Float8, "1e20", "1e+20"}, {Float8, "123456789012345", "123456789012345"}, {Float8, "1e15", "1e+15"},
		{Float8, "0.0001", "0.0001"}, {Float8, "0.00001", "1e-05"}, {Float8, "0.1", "0.1"}, {Float8, "-0", "-0"},
		{Float8, "inf", "Infinity"}, {Float8, "-Infinity", "-Infinity"}, {Float8, "nan", "NaN"},
		{Float8, "1.7976931348623157e308", "1.7976931348623157e+308"}, {Float8, "100", "100"},
		{Float4, "0.1", "0.1"}, {Float4, "999999", "999999"}, {Float4, "1e6", "1e+06"}, {Float4, "16777217", "1.6777216e+07"},
	})
	few := &Env{ExtraFloatDigits: 0}
	if got := Format(Float8, NewFloat(0.30000000000000004), few); got != "0.3" {
		t.Errorf("extra_float_digits = 0: %s", got)
	}
	if got := Format(Float8, NewFloat(0.30000000000000004), nil); got != "0.30000000000000004" {
		t.Errorf("extra_float_digits = 1: %s", got)
	}
}

// fakeNames knows one table, so that reg* values can be seen to ask.
type fakeNames struct{}

func (fakeNames) NameOf(t *Type, oid OID) (string, bool) { return "tracks", oid == 16400 }

func (fakeNames) OIDOf(t *Type, name string) (OID, error) {
	if name == "tracks" {
		return 16400, nil
	}
	return 0, sqlstate.New(sqlstate.UndefinedTable, "relation \"%s\" does not exist", name)
}

func TestRegNames(t *testing.T) {
	env := &Env{Names: fakeNames{}}
	runText(t, env, []textCase{{Regclass, "tracks", "tracks"}, {Regclass, "16400", "tracks"}, {Regclass, "7", "7"}})
	d, err := ParseText(Regclass, -1, "albums", env)
	wantError(t, "albums", d, err, "42P01", `relation "albums" does not exist`)
}

func TestRecordText(t *testing.T) {
	typed := NewTypedRecord([]*Type{Int4, Text, Text, Date}, []Datum{
		NewInt(1), Null, NewString(`say "hi"`), mustParse(t, Date, "2024-02-29")})
	if got := Format(Record, typed, nil); got != `(1,,"say ""hi""",2024-02-29)` {
		t.Errorf("typed record: %s", got)
	}
	if got := Format(Record, NewRecord([]Datum{NewBool(true), NewString(""), NewFloat(1.5)}), nil); got != `(t,"",1.5)` {
		t.Errorf("record by kinds: %s", got)
	}
}
