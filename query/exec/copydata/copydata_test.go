package copydata

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

func textOptions() *plan.CopyOptions { return &plan.CopyOptions{Delimiter: '\t', Null: `\N`} }

func csvOptions() *plan.CopyOptions {
	return &plan.CopyOptions{Format: plan.CopyCSV, Delimiter: ',', Quote: '"', Escape: '"'}
}

// readAll prints each record as [field|field], NULL as ∅ and the default marker as ⊥.
func readAll(r Reader) (string, error) {
	var out strings.Builder
	for {
		rec, err := r.Read()
		if err == io.EOF {
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		parts := make([]string, len(rec.Fields))
		for i, f := range rec.Fields {
			switch {
			case f.Null:
				parts[i] = "∅"
			case f.Default:
				parts[i] = "⊥"
			default:
				parts[i] = f.Text
			}
		}
		out.WriteString("[" + strings.Join(parts, "|") + "]")
	}
}

func TestTextFormat(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a\tb\n", "[a|b]"},
		{"a\tb", "[a|b]"},
		{"a\r\nb\r\n", "[a][b]"},
		{"\n", "[]"},
		{"a\t\\N\n", "[a|∅]"},
		{"a\\\\N\n", `[a\N]`},
		{"\\\\N\n", `[\N]`},
		{`tab\there\nline\\slash` + "\n", "[tab\there\nline\\slash]"},
		{"delimiter\\\tinside\tnext\n", "[delimiter\tinside|next]"},
		{"first\\\nsecond\n", "[first\nsecond]"},
		{`\101\x42\q` + "\n", "[ABq]"},
		{"a\n\\.\nb\n", "[a]"},
	} {
		got, err := readAll(newTextReader(strings.NewReader(c.in), textOptions()))
		if err != nil || got != c.want {
			t.Errorf("%q: %q, %v; want %q", c.in, got, err, c.want)
		}
	}
}

func TestCSVFormat(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a,b\n", "[a|b]"},
		{"a,\n", "[a|∅]"},
		{`a,""` + "\n", "[a|]"},
		{`"a,b","say ""hi"""` + "\n", `[a,b|say "hi"]`},
		{"\"two\nlines\",x\n", "[two\nlines|x]"},
		{`pre"quo,ted"post` + "\n", "[prequo,tedpost]"},
		{"a\r\nb\r\n", "[a][b]"},
	} {
		got, err := readAll(newCSVReader(strings.NewReader(c.in), csvOptions()))
		if err != nil || got != c.want {
			t.Errorf("%q: %q, %v; want %q", c.in, got, err, c.want)
		}
	}
}

func TestCSVOptions(t *testing.T) {
	o := csvOptions()
	o.Escape, o.Null, o.HasDefault, o.Default = '\\', "nil", true, "!"
	o.ForceNull, o.ForceNotNull = []bool{true, false}, []bool{false, true}
	got, err := readAll(newCSVReader(strings.NewReader(`"nil",nil,nil,!`+"\n"+`"a\"b\\",x,"!",y`+"\n"), o))
	if want := `[∅|nil|∅|⊥][a"b\|x|!|y]`; err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

// What ends a line is not known yet in the first one, whose newlines in quotes Postgres does not count either.
func TestLineCountsNewlinesInQuotes(t *testing.T) {
	r := newCSVReader(strings.NewReader("\"a\nb\"\nc\n\"d\ne\"\n"), csvOptions())
	var at []int
	for {
		if _, err := r.Read(); err != nil {
			break
		}
		at = append(at, r.Line())
	}
	if want := []int{1, 2, 4}; !reflect.DeepEqual(at, want) {
		t.Errorf("records end on lines %v, want %v", at, want)
	}
}

func TestMalformed(t *testing.T) {
	binaryData := func(s string) Reader { return newBinaryReader(strings.NewReader(s)) }
	for _, c := range []struct {
		name string
		r    Reader
		code sqlstate.Code
	}{
		{"unterminated quote", newCSVReader(strings.NewReader("\"a\n"), csvOptions()), sqlstate.BadCopyFileFormat},
		{"stray carriage return", newTextReader(strings.NewReader("a\rb\n"), textOptions()), sqlstate.BadCopyFileFormat},
		{"not UTF-8", newTextReader(strings.NewReader("a\xff\n"), textOptions()), sqlstate.CharacterNotInRepertoire},
		{"escaped NUL", newTextReader(strings.NewReader(`a\000`+"\n"), textOptions()), sqlstate.CharacterNotInRepertoire},
		{"no signature", binaryData("hello, world"), sqlstate.BadCopyFileFormat},
		{"cut short", binaryData(BinaryHeader + "\x00\x01\x00\x00\x00\x09abc"), sqlstate.BadCopyFileFormat},
	} {
		_, err := c.r.Header()
		if err == nil {
			_, err = readAll(c.r)
		}
		if got := sqlstate.CodeOf(err); got != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
}

// nasty are fields that writers must protect.
var nasty = []Field{{Text: ""}, {Null: true}, {Text: `\N`}, {Text: `\.`}, {Text: "a,b\tc\"d\\e\nf\rg"},
	{Text: "plain"}, {Text: "ü\x01"}}

func TestRoundTrip(t *testing.T) {
	for name, c := range map[string]struct {
		o     *plan.CopyOptions
		write func(dst []byte, f []Field, o *plan.CopyOptions) []byte
	}{
		"text": {textOptions(), AppendText},
		"csv":  {csvOptions(), AppendCSV},
		"binary": {&plan.CopyOptions{Format: plan.CopyBinary},
			func(dst []byte, f []Field, _ *plan.CopyOptions) []byte { return AppendBinary(dst, f) }},
	} {
		var data []byte
		if c.o.Format == plan.CopyBinary {
			data = append(data, BinaryHeader...)
		}
		data = c.write(data, nasty, c.o)
		for _, f := range nasty { // alone on its line
			data = c.write(data, []Field{f}, c.o)
		}
		r := NewReader(bytes.NewReader(data), c.o)
		if _, err := r.Header(); err != nil {
			t.Fatal(name, err)
		}
		for i := -1; i < len(nasty); i++ {
			want := nasty
			if i >= 0 {
				want = nasty[i : i+1]
			}
			rec, err := r.Read()
			for i := range rec.Fields { // binary data gives bytes
				f := &rec.Fields[i]
				f.Text, f.Data = f.Text+string(f.Data), nil
			}
			if err != nil || !reflect.DeepEqual(rec.Fields, want) {
				t.Errorf("%s: read %+v, %v; want %+v", name, rec.Fields, err, want)
			}
		}
	}
}

// FuzzReaders: no input makes a reader crash, or go on for ever.
func FuzzReaders(f *testing.F) {
	f.Add([]byte("a\tb\\n\n\\.\n"), byte(0))
	f.Add([]byte("\"a\"\"b\",c\n"), byte(1))
	f.Add([]byte(BinaryHeader+"\x00\x01\x00\x00\x00\x01x"+BinaryTrailer), byte(2))
	f.Fuzz(func(t *testing.T, data []byte, format byte) {
		o := textOptions()
		if format %= 3; format == 1 {
			o = csvOptions()
		}
		o.Format = plan.CopyFormat(format)
		r := NewReader(bytes.NewReader(data), o)
		if _, err := r.Header(); err != nil {
			return
		}
		for n := 0; ; n++ {
			if _, err := r.Read(); err != nil {
				return
			}
			if n > len(data) {
				t.Fatalf("%d records of %d bytes", n, len(data))
			}
		}
	})
}
