package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
)

// numberReader is the to_number half of PostgreSQL's NUM_processor.
type numberReader struct {
	t                 *numberTemplate
	in                string
	sign              byte // ' ' until one was read
	digits            []byte
	readPre, readPost int
	readPoint         bool
}

func toNumber(_ *Env, a []datum.Datum) (datum.Datum, error) {
	t, err := parseNumberTemplate(a[1].Str())
	switch {
	case a[1].Str() == "":
		return datum.Null, nil
	case err != nil:
		return datum.Null, err
	case t.has(numScientific):
		return datum.Null, unsupported(`"EEEE" not supported for input`)
	case t.has(numRoman):
		return datum.Null, unsupported(`"RN" not supported for input`)
	}
	r := &numberReader{t: t, in: a[0].Str(), sign: ' '}
	for _, n := range t.nodes {
		if r.in == "" {
			break
		}
		r.node(n)
	}
	text := string(r.sign) + strings.TrimSuffix(string(r.digits), ".")
	precision := int64(t.pre + t.shift + r.readPost)
	typmod := int32(precision<<16|int64(r.readPost)) + 4
	d, err := datum.ParseText(datum.Numeric, typmod, text, nil)
	if err != nil || !t.has(numShift) {
		return d, err
	}
	// The power of ten has at least 16 places, as numeric's powers have, and so has the result.
	places := max(int32(t.shift), 16)
	out := new(apd.Decimal)
	if err := mulNumeric(out, d.Numeric(), apd.NewWithBigInt(pow10(places-int32(t.shift)), -places)); err != nil {
		return datum.Null, err
	}
	return numericResult(out, nil)
}

func (r *numberReader) node(n numberPattern) {
	switch strings.ToUpper(n.pattern) {
	case "":
		_, size := utf8.DecodeRuneInString(r.in)
		r.in = r.in[size:]
	case "9", "0", ".", "D":
		r.number(n.pattern)
		if r.in != "" {
			r.in = r.in[1:]
		}
	case ",", "G":
		if r.in[0] == ',' {
			r.in = r.in[1:]
		}
	case "L":
		r.skipOther(1)
	case "TH":
		r.skipOther(2)
	case "MI":
		r.signOr("-")
	case "PL":
		r.signOr("+")
	case "SG":
		r.signOr("-+")
	}
}

// skipOther goes past up to n characters that no number has.
func (r *numberReader) skipOther(n int) {
	for ; n > 0 && r.in != "" && !strings.ContainsRune("0123456789.,+-", rune(r.in[0])); n-- {
		_, size := utf8.DecodeRuneInString(r.in)
		r.in = r.in[size:]
	}
}

func (r *numberReader) signOr(signs string) {
	if strings.IndexByte(signs, r.in[0]) >= 0 {
		r.sign = r.in[0]
		r.in = r.in[1:]
		return
	}
	r.skipOther(1)
}

// number reads the digit or point that a pattern stands for. It leaves the last character read in place: the
// caller goes past it.
func (r *numberReader) number(pattern string) {
	if r.in[0] == ' ' {
		if r.in = r.in[1:]; r.in == "" {
			return
		}
	}
	if r.sign == ' ' && (pattern == "0" || pattern == "9") && r.readPre+r.readPost == 0 {
		if r.leadingSign(); r.in == "" {
			return
		}
	}
	read := false
	switch c := r.in[0]; {
	case isASCIIDigit(c):
		if r.readPoint && r.readPost == r.t.post {
			return
		}
		r.digits = append(r.digits, c)
		if r.readPoint {
			r.readPost++
		} else {
			r.readPre++
		}
		read = true
	case r.t.has(numDecimal) && !r.readPoint && c == '.':
		r.digits = append(r.digits, c)
		r.readPoint, read = true, true
	}
	if r.sign == ' ' && r.readPre+r.readPost > 0 {
		r.trailingSign(read)
	}
}

func (r *numberReader) leadingSign() {
	switch c := r.in[0]; {
	case r.t.has(numLocaleSign) && r.t.sign == signBefore && (c == '-' || c == '+'),
		!(r.t.has(numLocaleSign) && r.t.sign == signBefore) && (c == '-' || c == '+'):
		r.sign, r.in = c, r.in[1:]
	case c == '<' && r.t.has(numBracket):
		r.sign, r.in = '-', r.in[1:]
	}
}

// trailingSign looks for a sign behind the last digit, where S puts it or a loose template may find it.
func (r *numberReader) trailingSign(read bool) {
	switch {
	case r.t.has(numLocaleSign) && read:
		if len(r.in) > 1 && (r.in[1] == '-' || r.in[1] == '+') {
			r.sign, r.in = r.in[1], r.in[1:]
		}
	case !read && !r.t.has(numLocaleSign) && r.t.has(numPlus|numMinus):
		if r.in[0] == '-' || r.in[0] == '+' {
			r.sign = r.in[0]
		}
	}
}
