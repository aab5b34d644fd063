package catalog

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/seguedb/segue/query/datum"
)

// Every stored descriptor of the sample database reads back as it was, Column.Type included.
func TestEncodeRoundTrip(t *testing.T) {
	s := sample()
	for _, want := range s.userTables() {
		want.row, want.rowOf = nil, nil // of the snapshot it is in
		roundTrip(t, want, EncodeTable, Bootstrap().DecodeTable)
	}
	for _, want := range s.Sequences() {
		roundTrip(t, want, EncodeSequence, DecodeSequence)
	}
	for _, want := range s.Schemas() {
		roundTrip(t, want, EncodeSchema, DecodeSchema)
	}
}

func roundTrip[T any](t *testing.T, want *T, encode func(*T) ([]byte, error), decode func([]byte) (*T, error)) {
	t.Helper()
	b, err := encode(want)
	if err != nil {
		t.Fatalf("encode %+v: %v", want, err)
	}
	got, err := decode(b)
	if err != nil {
		t.Fatalf("decode %s: %v", b, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read back\n%+v, want\n%+v", got, want)
	}
}

// A type given only as Column.Type is stored too.
func TestEncodeFillsTypeOID(t *testing.T) {
	table := sampleTracks()
	table.Columns[0].TypeOID = 0
	b, err := EncodeTable(table)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Bootstrap().DecodeTable(b)
	if err != nil || got.Columns[0].Type != datum.Int8 || table.Columns[0].TypeOID != 0 {
		t.Errorf("got type %v, %v; the original has %d", got.Columns[0].Type, err, table.Columns[0].TypeOID)
	}
}

func TestEncodeRefusesVirtual(t *testing.T) {
	if _, err := EncodeTable(Bootstrap().Table(PgCatalogOID, "pg_class")); err == nil {
		t.Error("encoded pg_class")
	}
}

// Damaged descriptors are refused with ErrCorrupt and a reason.
func TestDecodeCorrupt(t *testing.T) {
	const column = `{"attnum":1,"name":"a","type":23,"typmod":-1}`
	table := func(columns, rest string) string {
		return `{"oid":16510,"id":1,"schema":2200,"name":"t","columns":[` + columns + `],"next_attnum":3` + rest + `}`
	}
	if _, err := Bootstrap().DecodeTable([]byte(table(column, ""))); err != nil {
		t.Fatalf("the sound one: %v", err)
	}
	for _, tt := range []struct{ name, json, reason string }{
		{"empty", "", "EOF"},
		{"no JSON", "\x00\xff", "invalid character"},
		{"cut off", table(column, "")[:40], "unexpected EOF"},
		{"more after it", table(column, "") + "{}", "bytes after the end"},
		{"unknown field", table(column, `,"compression":"lz4"`), "unknown field"},
		{"no object", `[1]`, "cannot unmarshal"},
		{"null", `null`, "no name, OID or schema"},
		{"unknown type", table(`{"attnum":1,"name":"a","type":99999,"typmod":-1}`, ""), `column "a" has unknown type 99999`},
		{"attribute number twice", table(column+","+column, ""), "attribute number 1"},
		{"attribute number too large", table(`{"attnum":3,"name":"a","type":23,"typmod":-1}`, ""), "attribute number 3"},
		{"attribute number overflows", table(`{"attnum":99999,"name":"a","type":23}`, ""), "cannot unmarshal"},
		{"index over nothing", table(column, `,"indexes":[{"oid":1,"name":"i","keys":[{"attnum":2}]}]`),
			"attribute 2, which is none"},
	} {
		_, err := Bootstrap().DecodeTable([]byte(tt.json))
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.reason) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.reason)
		}
	}
	for _, tt := range []struct{ name, json string }{
		{"no name", `{"oid":1,"schema":2200,"type":20,"increment":1}`},
		{"no integer", `{"oid":1,"schema":2200,"name":"q","type":25,"increment":1}`},
		{"stands still", `{"oid":1,"schema":2200,"name":"q","type":20,"increment":0}`},
		{"starts outside", `{"oid":1,"schema":2200,"name":"q","type":20,"increment":1,"start":9,"max":8}`},
	} {
		if _, err := DecodeSequence([]byte(tt.json)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("sequence, %s: got %v", tt.name, err)
		}
	}
	if _, err := DecodeSchema([]byte(`{"oid":0,"name":"s"}`)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("schema without OID: got %v", err)
	}
}

// Whatever decodes encodes, and to the same bytes as what that decodes to.
func FuzzDecodeTable(f *testing.F) {
	for _, t := range sample().userTables() {
		b, err := EncodeTable(t)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"oid":1,"schema":1,"name":"\ud800"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := Bootstrap().DecodeTable(b)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("error of another class: %v", err)
			}
			return
		}
		first, err := EncodeTable(table)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Bootstrap().DecodeTable(first)
		if err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		if second, _ := EncodeTable(again); !bytes.Equal(first, second) {
			t.Fatalf("%s became %s", first, second)
		}
	})
}

func FuzzDecodeCast(f *testing.F) {
	b, err := EncodeCast(&CastDef{OID: 20000, Source: 23, Target: 25, Context: 'i', Method: 'i'})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := DecodeCast(b)
		if err != nil {
			return
		}
		again, err := EncodeCast(c)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeCast(again); err != nil || *back != *c {
			t.Fatalf("%+v reads back as %+v, %v", c, back, err)
		}
	})
}

func FuzzDecodeEventTrigger(f *testing.F) {
	b, err := EncodeEventTrigger(&EventTrigger{OID: 20000, Name: "e", Event: "sql_drop", Function: 20001, Owner: 10, Tags: []string{"DROP TABLE"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEventTrigger(b)
		if err != nil {
			return
		}
		again, err := EncodeEventTrigger(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeEventTrigger(again); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
	})
}
