package builtin

import (
	"slices"
	"strings"
	"unicode/utf8"

	unicodenorm "golang.org/x/text/unicode/norm"

	"github.com/seguedb/segue/query/charset"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func conversions(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return textResult(convertBytes(a[0].Str(), a[1].Str(), "UTF8"))
	}, "convert_from(bytea,name)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return textResult(convertBytes(a[0].Str(), "UTF8", a[1].Str()))
	}, "convert_to(text,name)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return textResult(convertBytes(a[0].Str(), a[1].Str(), a[2].Str()))
	}, "convert(bytea,name,name)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		form, err := normalForm(a[1].Str())
		if err != nil {
			return datum.Null, err
		}
		return datum.NewString(form.String(a[0].Str())), nil
	}, "normalize(text,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		form, err := normalForm(a[1].Str())
		if err != nil {
			return datum.Null, err
		}
		return datum.NewBool(form.IsNormalString(a[0].Str())), nil
	}, "is_normalized(text,text)")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		if name, ok := env.Session.Setting("client_encoding"); ok {
			return datum.NewString(name), nil
		}
		return datum.NewString("UTF8"), nil
	}, "pg_client_encoding()")
}

func normalForm(name string) (unicodenorm.Form, error) {
	switch strings.ToUpper(name) {
	case "NFC":
		return unicodenorm.NFC, nil
	case "NFD":
		return unicodenorm.NFD, nil
	case "NFKC":
		return unicodenorm.NFKC, nil
	case "NFKD":
		return unicodenorm.NFKD, nil
	}
	return unicodenorm.NFC, invalidParameter("invalid normalization form: %s", name)
}

// convertBytes converts from one encoding to another, of which one is UTF8 or both are of one of directPairs.
func convertBytes(s, from, to string) (string, error) {
	source, destination := charset.Lookup(from), charset.Lookup(to)
	switch {
	case source == nil:
		return "", invalidParameter("invalid source encoding name \"%s\"", from)
	case destination == nil:
		return "", invalidParameter("invalid destination encoding name \"%s\"", to)
	}
	for _, e := range []*charset.Encoding{source, destination} {
		if !e.Plain() && !e.Converts() {
			return "", unsupported("encoding \"%s\" is not supported", e.Name)
		}
	}
	if err := checkBytes(s, source); err != nil || source == destination {
		return s, err
	}
	if source == charset.ASCII || destination == charset.ASCII {
		if destination.Plain() {
			destination = charset.UTF8
		}
		return s, checkBytes(s, destination)
	}
	if source != charset.UTF8 && destination != charset.UTF8 && !directPair(source.Name, destination.Name) {
		return "", sqlstate.New(sqlstate.UndefinedFunction,
			"default conversion function for encoding \"%s\" to \"%s\" does not exist", source.Name, destination.Name)
	}
	text, err := source.Decode(s)
	if err != nil {
		return "", err
	}
	return destination.Encode(text)
}

// directPair says whether pg_conversion has a way between two encodings beside UTF8.
func directPair(a, b string) bool {
	for _, of := range [][]string{{"LATIN2", "WIN1250"}, {"EUC_JP", "SJIS"}, {"KOI8R", "WIN1251", "WIN866", "ISO_8859_5"}} {
		if slices.Contains(of, a) && slices.Contains(of, b) {
			return true
		}
	}
	return false
}

// checkBytes is 22021 for what is no text in an encoding.
func checkBytes(s string, e *charset.Encoding) error {
	_, err := lengthOf(s, e)
	return err
}

// lengthOf counts characters.
func lengthOf(s string, e *charset.Encoding) (int, error) {
	switch {
	case e == charset.UTF8:
		d, err := datum.ParseText(datum.Text, -1, s, nil)
		return utf8.RuneCountInString(d.Str()), err
	case e != charset.ASCII && !e.Converts():
		return 0, unsupported("encoding \"%s\" is not supported", e.Name)
	}
	return e.Length(s)
}

// lengthIn counts the characters of bytes in an encoding.
func lengthIn(_ *Env, a []datum.Datum) (datum.Datum, error) {
	e := charset.Lookup(a[1].Str())
	if e == nil {
		return datum.Null, invalidParameter("invalid encoding name \"%s\"", a[1].Str())
	}
	n, err := lengthOf(a[0].Str(), e)
	return datum.NewInt(int64(n)), err
}
