package parse

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestTemplateOfScripts takes every statement of the scripts that has a template, and others of its shape: the template gives
// what the parser gives.
func TestTemplateOfScripts(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join("..", "..", "testdata", "slt", "*.slt"))
	if err != nil || len(scripts) == 0 {
		t.Fatal(len(scripts), err)
	}
	rng := rand.New(rand.NewPCG(1, 9))
	checked, literals := 0, 0
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(text), "\n\n") {
			_, sql, _ := strings.Cut(block, "\n")
			sql, _, _ = strings.Cut(sql, "\n----")
			n := checkTemplate(t, sql, rng)
			literals += n
			checked += min(n, 1)
		}
	}
	if checked < 2000 {
		t.Errorf("only %d statements have a template", checked)
	}
	t.Logf("%d statements with %d literals", checked, literals)
}

// checkTemplate compares a template with the parser on texts of one shape, and returns how many literals it has.
func checkTemplate(t *testing.T, sql string, rng *rand.Rand) int {
	t.Helper()
	statements, err := Parse(sql)
	if err != nil {
		return 0
	}
	shape, literals, ok := shapeOf(sql)
	if !ok {
		return 0
	}
	template := newTemplate(sql, statements, literals)
	if template == nil {
		return 0
	}
	for range 3 {
		other := otherLiterals(sql, literals, rng)
		again, places, ok := shapeOf(other)
		if !ok || again != shape || !reflect.DeepEqual(places, literals) {
			t.Fatalf("%q and %q have the shapes %q and %q", sql, other, shape, again)
		}
		want, err := Parse(other)
		if err != nil {
			t.Fatalf("%q: %v", other, err)
		}
		if got := template.make(other, literals); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q by the template of %q:\n%s\nby the parser:\n%s", other, sql, dump(got, true), dump(want, true))
		}
	}
	if got := template.make(sql, literals); !reflect.DeepEqual(got, statements) {
		t.Fatalf("the template of %q gives another tree", sql)
	}
	return len(literals)
}

// otherLiterals puts other values of the same length in the literals' places.
func otherLiterals(sql string, literals []literal, rng *rand.Rand) string {
	const digits, letters = "0123456789", "0aZ %-_;:,.()[]{}\"$?/*#\n"
	out := []byte(sql)
	for _, l := range literals {
		for i := l.start; i < l.end; i++ {
			switch {
			case l.kind == ConstString:
				out[i] = letters[rng.IntN(len(letters))]
			case out[i] == '.':
			case l.end-l.start > 1 && i == l.start && l.kind == ConstInt || i == l.start && l.end-l.start >= floatDigits:
				out[i] = digits[1+rng.IntN(9)]
			default:
				out[i] = digits[rng.IntN(10)]
			}
		}
	}
	return string(out)
}

func TestShapes(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 17, 'abc', 0":                 "SELECT ##, '@@@', #",
		"SELECT '', 'a', ''''":                "SELECT '', '@', ''''",
		"SELECT ''":                           "",
		"SELECT 07, .5, 1e3, 1., 0x1F, 1_0":   "",
		"SELECT 1.5, 00.25, 12345678901":      "SELECT #.#, ##.##, ###########",
		"SELECT 1234567890, a1, t.b2, $1":     "",
		"SELECT E'a', b'1', x'1', N'a', 'a''": "",
		`SELECT 'it''s', 'a\b', "1", $$1$$`:   "",
		"SELECT 1 -- 2\n, /* 3 */ 4":          "SELECT # -- 2\n, /* 3 */ #",
		"SELECT a[1:2]-3":                     "SELECT a[#:#]-#",
	} {
		got, _, ok := shapeOf(sql)
		got = strings.NewReplacer("\xff", "#", "\xfe", "@").Replace(got)
		if ok != (want != "") || got != want {
			t.Errorf("the shape of %q is %q, %v; want %q", sql, got, ok, want)
		}
	}
}

// TestCacheUsesTemplates: a text that differs in its literals alone is not parsed, and is not valid for that.
func TestCacheUsesTemplates(t *testing.T) {
	c := NewCache(1 << 20)
	mustParse(t, c, "SELECT a FROM t WHERE b = 17 AND c = 'xyz'")
	n := c.Len()
	got, err := c.Parse("SELECT a FROM t WHERE b = 42 AND c = 'abc'")
	if err != nil || c.Len() != n {
		t.Fatal(err, c.Len(), n)
	}
	want, err := Parse("SELECT a FROM t WHERE b = 42 AND c = 'abc'")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s is not %s (%v)", dump(got, true), dump(want, true), err)
	}
	if _, err := c.Parse("SELECT a FROM t WHERE b = 42 AND c = 'a\xff\xff'"); err == nil {
		t.Error("bytes that are no text were taken")
	}
	for _, sql := range []string{"SELECT ''", "SELECT 1, ''", "SELECT a FROM t FETCH FIRST 5 ROWS ONLY", "SELECT a::numeric(5,2)", "SET work_mem = 17"} {
		for range 3 {
			if got, err := c.Parse(sql); err != nil || len(got) != 1 {
				t.Errorf("%s: %d statements, %v", sql, len(got), err)
			}
			mustParse(t, c, strings.ReplaceAll(sql, "5", "7"))
		}
	}
}

// TestTemplateOfSigns: a sign before a number is part of the constant, or an operator.
func TestTemplateOfSigns(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 4))
	for _, sql := range []string{"SELECT -1, -0, -7 + 0, -1.5, -0.0, -12345678901", "SELECT a -1, a - 0, a*-3, (-4)::int, -a"} {
		for range 20 {
			if n := checkTemplate(t, sql, rng); n == 0 {
				t.Errorf("%s has no template", sql)
			}
		}
	}
	if n := checkTemplate(t, "SELECT - -2", rng); n != 0 {
		t.Error("two signs have a template")
	}
}

func FuzzTemplate(f *testing.F) {
	for _, sql := range roundTrips {
		f.Add("SELECT "+sql, uint64(1))
	}
	f.Fuzz(func(t *testing.T, sql string, seed uint64) { checkTemplate(t, sql, rand.New(rand.NewPCG(seed, 0))) })
}

func BenchmarkChangingLiteral(b *testing.B) {
	c := NewCache(1 << 20)
	sql := []byte("SELECT id, title, plays FROM points WHERE id = 10000")
	for b.Loop() {
		for i := len(sql) - 1; ; i-- {
			if sql[i]++; sql[i] <= '9' {
				break
			}
			sql[i] = '0'
			if i == len(sql)-5 {
				sql[i] = '1'
				break
			}
		}
		if _, err := c.Parse(string(sql)); err != nil {
			b.Fatal(err)
		}
	}
}
