package builtin

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Functions that write values of any type as text.

func textOfAny(r *registry) {
	r.typed["concat(any)"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(concatenate(env, "", types, a)), nil
	}
	r.typed["concat_ws(text,any)"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		if a[0].IsNull() {
			return datum.Null, nil
		}
		return datum.NewString(concatenate(env, a[0].Str(), types[1:], a[1:])), nil
	}
	r.typed["format(text,any)"], r.typed["format(text)"] = formatText, formatText
	r.typed["textanycat(text,anynonarray)"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		s, err := castText(env, types[1], a[1])
		return textResult(a[0].Str()+s, err)
	}
	r.typed["anytextcat(anynonarray,text)"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		s, err := castText(env, types[0], a[0])
		return textResult(s+a[1].Str(), err)
	}
	r.typed["num_nulls(any)"] = func(_ *Env, _ []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(countNulls(a)), nil
	}
	r.typed["num_nonnulls(any)"] = func(_ *Env, _ []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(len(a)) - countNulls(a)), nil
	}
	for _, t := range []*datum.Type{datum.Int4, datum.Int8} {
		mask := ^uint64(0) >> (64 - 8*uint(t.Len))
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewString(strconv.FormatUint(uint64(a[0].Int())&mask, 16)), nil
		}, key("to_hex", t))
	}
}

// castText is the cast to text, by which a boolean is true, where textOf's is t.
func castText(env *Env, t *datum.Type, d datum.Datum) (string, error) {
	d, err := datum.Cast(d, known(t), datum.Text, -1, true, env.Datum)
	return d.Str(), err
}

func textOf(env *Env, t *datum.Type, d datum.Datum) string {
	return datum.Format(known(t), d, env.Datum)
}

// concatenate leaves NULLs out.
func concatenate(env *Env, sep string, types []*datum.Type, a []datum.Datum) string {
	var out []byte
	first := true
	for i, d := range a {
		if d.IsNull() {
			continue
		}
		if !first {
			out = append(out, sep...)
		}
		first = false
		out = datum.AppendText(out, known(types[i]), d, env.Datum)
	}
	return string(out)
}

func countNulls(a []datum.Datum) int64 {
	n := int64(0)
	for _, d := range a {
		if d.IsNull() {
			n++
		}
	}
	return n
}

// formatter runs one call of format(): next is the argument that an unnumbered specifier takes.
type formatter struct {
	env   *Env
	types []*datum.Type
	args  []datum.Datum
	next  int
	rest  string
	out   strings.Builder
}

func formatText(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
	if a[0].IsNull() {
		return datum.Null, nil
	}
	f := &formatter{env: env, types: types[1:], args: a[1:], rest: a[0].Str()}
	for {
		plain, spec, found := strings.Cut(f.rest, "%")
		f.out.WriteString(plain)
		if !found {
			return datum.NewString(f.out.String()), nil
		}
		f.rest = spec
		if err := f.specifier(); err != nil {
			return datum.Null, err
		}
	}
}

func unterminated() error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "unterminated format() type specifier").
		WithHint("For a single \"%%\" use \"%%%%\".")
}

// specifier is %[position$][-][width]type.
func (f *formatter) specifier() error {
	if strings.HasPrefix(f.rest, "%") {
		f.rest = f.rest[1:]
		f.out.WriteByte('%')
		return nil
	}
	position, width, leftAlign, err := f.prefix()
	if err != nil {
		return err
	}
	if f.rest == "" {
		return unterminated()
	}
	kind := f.rest[0]
	if strings.IndexByte("sIL", kind) < 0 {
		c, _ := utf8.DecodeRuneInString(f.rest)
		return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized format() type specifier \"%c\"", c).
			WithHint("For a single \"%%\" use \"%%%%\".")
	}
	f.rest = f.rest[1:]
	t, d, err := f.argument(position)
	if err != nil {
		return err
	}
	s, err := f.convert(kind, t, d)
	if err != nil {
		return err
	}
	f.pad(s, width, leftAlign)
	return nil
}

func (f *formatter) prefix() (position, width int, leftAlign bool, err error) {
	position = -1
	if n, rest, ok := leadingNumber(f.rest); ok && strings.HasPrefix(rest, "$") {
		if n == 0 {
			return 0, 0, false, invalidParameter("format specifies argument 0, but arguments are numbered from 1")
		}
		position, f.rest = n-1, rest[1:]
	}
	for strings.HasPrefix(f.rest, "-") {
		leftAlign, f.rest = true, f.rest[1:]
	}
	if strings.HasPrefix(f.rest, "*") {
		f.rest = f.rest[1:]
		width, err = f.starWidth()
	} else if n, rest, ok := leadingNumber(f.rest); ok {
		width, f.rest = n, rest
	}
	if width < 0 {
		width, leftAlign = -width, true
	}
	return position, width, leftAlign, err
}

func (f *formatter) starWidth() (int, error) {
	position := -1
	if n, rest, ok := leadingNumber(f.rest); ok {
		if !strings.HasPrefix(rest, "$") {
			return 0, invalidParameter("width argument position must be ended by \"$\"")
		}
		if n == 0 {
			return 0, invalidParameter("format specifies argument 0, but arguments are numbered from 1")
		}
		position, f.rest = n-1, rest[1:]
	}
	t, d, err := f.argument(position)
	if err != nil || d.IsNull() {
		return 0, err
	}
	if d, err = datum.Cast(d, known(t), datum.Int4, -1, true, f.env.Datum); err != nil {
		return 0, err
	}
	return int(d.Int()), nil
}

func leadingNumber(s string) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < 9 && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i > 0
}

func (f *formatter) argument(position int) (*datum.Type, datum.Datum, error) {
	if position >= 0 {
		f.next = position
	}
	if f.next >= len(f.args) {
		return nil, datum.Null, invalidParameter("too few arguments for format()")
	}
	f.next++
	return f.types[f.next-1], f.args[f.next-1], nil
}

func (f *formatter) convert(kind byte, t *datum.Type, d datum.Datum) (string, error) {
	if d.IsNull() {
		switch kind {
		case 'I':
			return "", sqlstate.New(sqlstate.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
		case 'L':
			return "NULL", nil
		}
		return "", nil
	}
	s := textOf(f.env, t, d)
	switch kind {
	case 'I':
		if s = parse.QuoteIdent(s); f.env.quoteAll() {
			s = parse.QuoteAll(s)
		}
	case 'L':
		s = parse.QuoteLiteral(s)
	}
	return s, nil
}

func (f *formatter) pad(s string, width int, leftAlign bool) {
	blanks := strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 0))
	if leftAlign {
		f.out.WriteString(s + blanks)
	} else {
		f.out.WriteString(blanks + s)
	}
}
