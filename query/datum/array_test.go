package datum

import "testing"

func TestArrayText(t *testing.T) {
	runText(t, nil, []textCase{
		{Int4Array, "{1,2,3}", "{1,2,3}"}, {Int4Array, " { 1 , NULL ,3} ", "{1,NULL,3}"}, {Int4Array, "{}", "{}"},
		{Int4Array, "{{1,2},{3,4}}", "{{1,2},{3,4}}"}, {Int4Array, "[2:3]={1,2}", "[2:3]={1,2}"},
		{Int4Array, "[2]={1,2}", "{1,2}"},
		{Int4Array, "[0:1][1:1]={{1},{2}}", "[0:1][1:1]={{1},{2}}"}, {Int4Array, "{{},{}}", "{}"},
		{TextArray, `{"a b",null,"null",""}`, `{"a b",NULL,"null",""}`}, {TextArray, `{a\,b,"c\"d"}`, `{"a,b","c\"d"}`},
		{TextArray, `{ a b , c }`, `{"a b",c}`}, {TextArray, `{"{x}","\\"}`, `{"{x}","\\"}`},
		{TextArray, `{\null}`, `{"null"}`},
		{BoolArray, "{true,f}", "{t,f}"}, {ByteaArray, `{"\\xff"}`, `{"\\xff"}`}, {VectorArray, `{"[1,2]"}`, `{"[1,2]"}`},
		{TimestampArray, "{2024-01-01}", `{"2024-01-01 00:00:00"}`}, {Float8Array, "{1.5,NaN}", "{1.5,NaN}"},
	})
	malformed := func(s string) errorCase {
		return errorCase{Int4Array, s, "22P02", `malformed array literal: "` + s + `"`}
	}
	runErrors(t, []errorCase{
		malformed("1,2"), malformed("{1,2"), malformed("{1,}"), malformed("{,1}"), malformed("{1}}"), malformed("{{1},2}"),
		malformed("{{1},{2,3}}"), malformed("{1,{2}}"), malformed("[1:3]={1,2}"), malformed("{1 \"2\"}"), malformed(""),
		malformed("[1:1]{1}"), malformed("{{1},{}}"), malformed("{{},0}"), malformed("{{{}},{1}}"),
		{Int4Array, "{a}", "22P02", `invalid input syntax for type integer: "a"`},
		{Int4Array, "[3:2]={}", "2202E", "upper bound cannot be less than lower bound"},
		{Int4Array, "{{{{{{{1}}}}}}}", "54000", "number of array dimensions (7) exceeds the maximum allowed (6)"},
		{AnyArray, "{1}", "0A000", "cannot accept a value of type anyarray"},
	})
}

func TestArrayTypmod(t *testing.T) {
	typmod, err := ParseTypmod(VarcharArray, []int64{2})
	if err != nil || VarcharArray.FormatTypmod(typmod) != "character varying(2)[]" {
		t.Fatalf("varchar(2)[]: %s, %v", VarcharArray.FormatTypmod(typmod), err)
	}
	d, err := ParseText(VarcharArray, typmod, "{ab,abc}", nil)
	wantError(t, "varchar(2)[]", d, err, "22001", "value too long for type character varying(2)")
}

// The bytes are those of PostgreSQL's array_send.
func TestArrayBinary(t *testing.T) {
	want := "\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x17\x00\x00\x00\x02\x00\x00\x00\x01" +
		"\x00\x00\x00\x04\x00\x00\x00\x07\xff\xff\xff\xff"
	got, err := AppendBinary(nil, Int4Array, mustParse(t, Int4Array, "{7,NULL}"))
	if err != nil || string(got) != want {
		t.Errorf("got %x, %v; want %x", got, err, want)
	}
	d, err := ParseBinary(Int8Array, -1, []byte(want))
	wantError(t, "int4[] as int8[]", d, err, "42804",
		"binary data has array element type 23 instead of expected 20 (bigint)")
	huge := "\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x17\x7f\xff\xff\xff\x00\x00\x00\x01" +
		"\x7f\xff\xff\xff\x00\x00\x00\x01"
	d, err = ParseBinary(Int4Array, -1, []byte(huge))
	wantError(t, "2³¹ × 2³¹ elements", d, err, "22P03", "incorrect binary data format for type integer[]")
}
