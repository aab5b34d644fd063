package builtin

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
)

func numberTemplates(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return numberChars(a[1].Str(), func(t *numberTemplate) (string, error) { return numericDigits(t, a[0].Numeric()) },
			func() (int64, error) { return roundedInt(a[0].Numeric()) })
	}, "to_char(numeric,text)")
	for _, typ := range []*datum.Type{datum.Int4, datum.Int8} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return numberChars(a[1].Str(), func(t *numberTemplate) (string, error) { return intDigits(t, typ, a[0].Int()) },
				func() (int64, error) { return a[0].Int(), nil })
		}, key("to_char", typ, datum.Text))
	}
	for typ, digits := range map[*datum.Type]int{datum.Float4: 6, datum.Float8: 15} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return numberChars(a[1].Str(), func(t *numberTemplate) (string, error) { return floatDigits(t, a[0].Float(), digits), nil },
				func() (int64, error) { return int64(math.RoundToEven(a[0].Float())), nil })
		}, key("to_char", typ, datum.Text))
	}
	r.fn(toNumber, "to_number(text,text)")
}

// numberChars writes a number by a template. digits gives its signed digits, already of the template's scale.
func numberChars(
	template string, digits func(t *numberTemplate) (string, error), whole func() (int64, error),
) (datum.Datum, error) {
	t, err := parseNumberTemplate(template)
	if err != nil {
		return datum.Null, err
	}
	w := &numberWriter{t: t}
	if t.has(numRoman) {
		n, err := whole()
		if err != nil {
			return datum.Null, err
		}
		return datum.NewString(w.roman(romanNumeral(n))), nil
	}
	s, err := digits(t)
	if err != nil {
		return datum.Null, err
	}
	if t.has(numScientific) {
		return datum.NewString(s), nil
	}
	sign := byte('+')
	if strings.HasPrefix(s, "-") {
		sign, s = '-', s[1:]
	}
	before := strings.IndexByte(s, '.')
	if before < 0 {
		before = len(s)
	}
	blanks := max(t.pre-before, 0)
	if before > t.pre {
		s = strings.Repeat("#", t.pre) + "." + strings.Repeat("#", t.post)
	}
	return textResult(w.write(s, sign, blanks))
}

func roundedInt(d *apd.Decimal) (int64, error) {
	n, err := datum.NumericToInt(d, datum.Int4)
	if err == nil && n != int64(int32(n)) {
		err = outOfRange(datum.Int4)
	}
	return n, err
}

func numericDigits(t *numberTemplate, d *apd.Decimal) (string, error) {
	if t.has(numScientific) {
		return scientific(t, d), nil
	}
	x := new(apd.Decimal).Set(d)
	if t.has(numShift) {
		if err := mulNumeric(x, d, apd.NewWithBigInt(pow10(int32(t.shift)), 0)); err != nil {
			return "", err
		}
		t.pre += t.shift
	}
	if x.Form == apd.Finite {
		datum.RoundNumeric(x, int32(t.post))
	}
	return datum.Format(datum.Numeric, datum.NewNumeric(x), nil), nil
}

// scientific is d.dde+xx, with a blank for the plus; what is no number is a row of #. As in Postgres, 9.99 rounded
// to a place is 10.0, not 1.0 of the next power.
func scientific(t *numberTemplate, d *apd.Decimal) string {
	if d.Form != apd.Finite {
		return overflowedScientific(t)
	}
	digits := d.Coeff.String()
	exponent := len(digits) - 1 + int(d.Exponent)
	if d.IsZero() {
		exponent = 0
	}
	x := new(apd.Decimal).Set(d)
	x.Exponent = int32(1 - len(digits))
	datum.RoundNumeric(x, int32(t.post))
	text := datum.Format(datum.Numeric, datum.NewNumeric(x), nil)
	if !strings.HasPrefix(text, "-") {
		text = " " + text
	}
	return text + fmt.Sprintf("e%+03d", exponent)
}

func overflowedScientific(t *numberTemplate) string {
	s := []byte(" " + strings.Repeat("#", t.pre+t.post+5))
	s[t.pre+1] = '.'
	return string(s)
}

func intDigits(t *numberTemplate, typ *datum.Type, v int64) (string, error) {
	switch {
	case t.has(numScientific) && typ == datum.Int4:
		return floatDigits(t, float64(v), 15), nil
	case t.has(numScientific):
		return scientific(t, apd.New(v, 0)), nil
	}
	if t.has(numShift) {
		f := float64(v) * math.Pow(10, float64(t.shift))
		limit := math.Pow(2, float64(8*typ.Len-1))
		if f >= limit || f < -limit {
			return "", outOfRange(typ)
		}
		v = int64(f)
		t.pre += t.shift
	}
	s := strconv.FormatInt(v, 10)
	if t.post > 0 {
		s += "." + strings.Repeat("0", t.post)
	}
	return s, nil
}

// floatDigits shows no more digits than a float of that many certain ones has.
func floatDigits(t *numberTemplate, v float64, certain int) string {
	if t.has(numScientific) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return overflowedScientific(t)
		}
		s := strconv.FormatFloat(v, 'e', t.post, 64)
		if !strings.HasPrefix(s, "-") {
			s = " " + s
		}
		return s
	}
	if t.has(numShift) {
		v *= math.Pow(10, float64(t.shift))
		if certain == 6 {
			v = float64(float32(v))
		}
		t.pre += t.shift
	}
	digits := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	special := math.IsNaN(v) || math.IsInf(v, 0)
	if special {
		digits = datum.Format(datum.Float8, datum.NewFloat(math.Abs(v)), nil)
	}
	t.post = max(min(t.post, certain-len(digits)), 0)
	if special {
		return datum.Format(datum.Float8, datum.NewFloat(v), nil)
	}
	return strconv.FormatFloat(v, 'f', t.post, 64)
}

func romanNumeral(n int64) string {
	if n < 1 || n > 3999 {
		return strings.Repeat("#", 15)
	}
	var out strings.Builder
	for _, r := range []struct {
		value int64
		text  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"},
		{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= r.value; n -= r.value {
			out.WriteString(r.text)
		}
	}
	return out.String()
}
