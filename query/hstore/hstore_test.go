package hstore

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"testing"
)

var samples = []string{"", " ", "a=>1", "a=>NULL", `"a"=>"NULL"`, "b=>1, aa=>2,a=>3,b=>4", "a=>1,,b=>2,", `\ \==>\,`, "a=>>=x", `"\"\\"=>é`}

// What PostgreSQL makes of texts (hstore_in, hstore_out).
func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " ": "", "a=>1": `"a"=>"1"`, "a=>nuLL": `"a"=>NULL`, `a=>"NULL"`: `"a"=>"NULL"`,
		"b=>1, aa=>2,a=>3,b=>4": `"a"=>"3", "b"=>"1", "aa"=>"2"`, "a=>1,,b=>2": `"a"=>"1", ",b"=>"2"`, `\=a=>\,`: `"=a"=>","`,
		"a=>=b": `"a"=>"=b"`, "a=>,b": `"a"=>",b"`, `""=>""`: `""=>""`, `x"y=>z"`: `"x\"y"=>"z\""`, "a\v=>1": "\"a\v\"=>\"1\"",
	} {
		v, err := Parse(in)
		if err != nil || string(v.Append(nil)) != want {
			t.Errorf("%q reads as %s, %v; want %s", in, v.Append(nil), err, want)
		}
	}
	for in, want := range map[string]string{
		"a": "Unexpected end", "a=>": "Unexpected end", `"a`: "Unexpected end", `a\`: "Unexpected end", `"a\`: "Unexpected end",
		"a=>1,,": "Unexpected end", "=>1": `near "=" at position 0`, "a >b": `near ">" at position 2`, "a= >b": `near " " at position 2`,
		"a=>é é": `near "é" at position 6`, `"a"b=>1`: `near "b" at position 3`,
	} {
		if v, err := Parse(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q reads as %s, %v; want %s", in, v.Append(nil), err, want)
		}
	}
}

func TestChanges(t *testing.T) {
	v, _ := Parse("a=>1,b=>NULL,cc=>3")
	for _, c := range []struct {
		got  Value
		want string
	}{
		{v.Concat(Value{{Key: "b", Value: "2"}}), `"a"=>"1", "b"=>"2", "cc"=>"3"`},
		{v.Without(func(p Pair) bool { return p.Null }), `"a"=>"1", "cc"=>"3"`},
		{v.Slice([]string{"cc", "a", "x", "a"}), `"a"=>"1", "cc"=>"3"`},
	} {
		if got := string(c.got.Append(nil)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	contains := func(p Pair) bool { return Contains(v.Encode(), Value{p}.Encode()) }
	if !contains(Pair{Key: "b", Null: true}) || contains(Pair{Key: "b"}) || contains(Pair{Key: "x", Null: true}) {
		t.Error("Contains takes a NULL for another value")
	}
}

// roundTrip checks that a value reads back from all its forms, and is ordered.
func roundTrip(t *testing.T, v Value) {
	if !slices.IsSortedFunc(v, func(a, b Pair) int { return compareKeys(a.Key, b.Key) }) {
		t.Fatalf("%+v is out of order", v)
	}
	text := string(v.Append(nil))
	if back, err := Parse(text); err != nil || !slices.Equal(back, v) {
		t.Fatalf("%+v is written as %s, which reads as %+v, %v", v, text, back, err)
	}
	if back, err := Read(v.Encode()); err != nil || !slices.Equal(back, v) {
		t.Fatalf("%+v reads back as %+v, %v", v, back, err)
	}
	if back := Decode(v.Encode()); !slices.Equal(back, v) {
		t.Fatalf("%+v is decoded as %+v", v, back)
	}
	ends := v.AppendEnds(nil)
	if back, ok := Split(v.Strung(), ends[4:]); !ok || !slices.Equal(back, v) {
		t.Fatalf("%+v is put together as %+v, %v", v, back, ok)
	}
	for _, p := range v {
		if got, ok := Lookup(v.Encode(), p.Key); !ok || got != p || v.Has(p.Key+"x") != has(v.Encode(), p.Key+"x") {
			t.Fatalf("%+v has %+v, %v, where %+v is", v, got, ok, p)
		}
	}
}

func has(s, key string) bool {
	_, ok := Lookup(s, key)
	return ok
}

// The order of values is that of what is written to indexes.
func TestCompare(t *testing.T) {
	var values []string
	for _, s := range append(samples, `""=>""`, `""=>NULL`, `""=>a`, `a=>""`, `a=>"",b=>a`, "z=>NULL,y=>NULL", `z=>"",y=>NULL`, "yz=>NULL") {
		v, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v.Encode())
	}
	for _, a := range values {
		for _, b := range values {
			x, y := Decode(a), Decode(b)
			want := cmp.Or(strings.Compare(x.Strung(), y.Strung()), bytes.Compare(x.AppendEnds(nil), y.AppendEnds(nil)))
			if got := Compare(a, b); got != want {
				t.Errorf("%s against %s: %d, want %d", x.Append(nil), y.Append(nil), got, want)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range samples {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.IndexByte(s, 0) >= 0 {
			return // no text has it
		}
		if v, err := Parse(s); err == nil {
			roundTrip(t, v)
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, s := range samples {
		v, _ := Parse(s)
		f.Add(v.Encode())
	}
	f.Add("\x00\x00\x00\x02\x00\x00\x00\x01a\xff\xff\xff\xff\x00\x00\x00\x01a\x00\x00\x00\x00")
	f.Add("\x7f\xff\xff\xff")
	f.Fuzz(func(t *testing.T, s string) {
		_ = Decode(s)
		v, err := Read(s)
		if err != nil || strings.IndexByte(v.Strung(), 0) >= 0 {
			return
		}
		roundTrip(t, v)
	})
}
