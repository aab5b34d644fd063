package builtin

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// moreText are functions over text that stand alone, and other names of functions of other families; it comes
// after them.
func moreText(r *registry) {
	r.fn(unistr, "unistr(text)")
	r.fn(parseIdent, "parse_ident(text,bool)")
	r.fn(similarToEscape, "similar_to_escape(text)", "similar_to_escape(text,text)", "similar_escape(text,text)")
	r.fn(sizeBytes, "pg_size_bytes(text)")
	r.fn(oidVectorTypes, "oidvectortypes(oidvector)")
	for alias, name := range map[string]string{
		"like(text,text)": "textlike(text,text)", "notlike(text,text)": "textnlike(text,text)",
		"like(name,text)": "namelike(name,text)", "notlike(name,text)": "namenlike(name,text)",
		"like(bytea,bytea)": "bytealike(bytea,bytea)", "notlike(bytea,bytea)": "byteanlike(bytea,bytea)",
		"numeric_exp(numeric)": "exp(numeric)", "numeric_ln(numeric)": "ln(numeric)",
		"numeric_log(numeric,numeric)": "log(numeric,numeric)", "numeric_sqrt(numeric)": "sqrt(numeric)",
		"numeric_div_trunc(numeric,numeric)": "div(numeric,numeric)",
	} {
		r.funcs[alias] = r.funcs[name]
	}
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		iv := a[0].Interval()
		seconds := float64(iv.Micros)/1e6 + 86400*(float64(iv.Days)+30*float64(iv.Months))
		return sleep(env, []datum.Datum{datum.NewFloat(seconds)})
	}, "pg_sleep_for(interval)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		now, err := r.funcs["clock_timestamp()"](env, nil)
		if err != nil {
			return datum.Null, err
		}
		return sleep(env, []datum.Datum{datum.NewFloat(float64(a[0].Int()-now.Int()) / 1e6)})
	}, "pg_sleep_until(timestamptz)")
}

// sizeBytes reads what pg_size_pretty writes: 1.5 GB.
func sizeBytes(_ *Env, a []datum.Datum) (datum.Datum, error) {
	text := a[0].Str()
	s := strings.Trim(text, " \t\n\r\f\v")
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	digits := i
	for i < len(s) && (isASCIIDigit(s[i]) || s[i] == '.' && strings.IndexByte(s[digits:i], '.') < 0) {
		i++
	}
	if strings.Trim(s[digits:i], ".") == "" {
		return datum.Null, invalidParameter("invalid size: \"%s\"", text)
	}
	if end := exponentEnd(s[i:]); end > 0 {
		i += end
	}
	n, err := datum.ParseText(datum.Numeric, -1, s[:i], nil)
	if err != nil {
		return datum.Null, err
	}
	d := new(apd.Decimal).Set(n.Numeric())
	if unit := strings.TrimSpace(s[i:]); unit != "" {
		shift, ok := sizeShifts[strings.ToLower(unit)]
		if !ok {
			return datum.Null, badSizeUnit(text, unit)
		}
		if err := mulNumeric(d, n.Numeric(), apd.New(1<<shift, 0)); err != nil {
			return datum.Null, err
		}
	}
	v, err := datum.NumericToInt(d, datum.Int8)
	return datum.NewInt(v), err
}

var sizeShifts = map[string]uint{"bytes": 0, "kb": 10, "mb": 20, "gb": 30, "tb": 40, "pb": 50}

// exponentEnd is the length of an e+10 at the start of s.
func exponentEnd(s string) int {
	if s == "" || s[0]|0x20 != 'e' {
		return 0
	}
	i := 1
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	digits := i
	for i < len(s) && isASCIIDigit(s[i]) {
		i++
	}
	if i == digits {
		return 0
	}
	return i
}

// oidVectorTypes lists the types' names.
func oidVectorTypes(_ *Env, a []datum.Datum) (datum.Datum, error) {
	var names []string
	for _, d := range a[0].Array().Elems {
		if t := datum.TypeByOID(catalog.OID(d.Int())); t != nil {
			names = append(names, t.SQL)
		} else {
			names = append(names, strconv.FormatInt(d.Int(), 10))
		}
	}
	return datum.NewString(strings.Join(names, ", ")), nil
}
