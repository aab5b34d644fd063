package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// A number template is the second argument of to_char and to_number over numbers: FM999G990D00.

// numberFlags are what a template asks for: PostgreSQL's NUM_F_ flags.
type numberFlags uint16

const (
	numDecimal numberFlags = 1 << iota
	numZero
	numBlank
	numFill
	numLocaleSign
	numBracket
	numMinus
	numPlus
	numRoman
	numShift
	numScientific
)

// signPlace is where the sign of S goes.
type signPlace int8

const (
	signNone signPlace = iota
	signBefore
	signAfter
)

// numberPattern is a pattern, or text when pattern is "".
type numberPattern struct{ pattern, text string }

// numberTemplate is a template taken apart: NUMDesc.
type numberTemplate struct {
	nodes              []numberPattern
	flags              numberFlags
	pre, post          int // digits before and after the point
	shift              int // digits after V
	sign               signPlace
	preAtSign          int // pre when S was met
	zeroStart, zeroEnd int
}

func (t *numberTemplate) has(f numberFlags) bool { return t.flags&f != 0 }

// numberPatterns, longest first where one begins another; each is also read in small letters.
var numberPatterns = []string{",", ".", "0", "9", "B", "C", "D", "EEEE", "FM", "G", "L", "MI", "PL", "PR", "RN", "SG", "SP",
	"S", "TH", "V"}

func cutNumberPattern(s string) string {
	for _, p := range numberPatterns {
		if strings.HasPrefix(s, p) {
			return p
		}
		if low := strings.ToLower(p); strings.HasPrefix(s, low) {
			return low
		}
	}
	return ""
}

func parseNumberTemplate(s string) (*numberTemplate, error) {
	t := &numberTemplate{}
	for s != "" {
		if p := cutNumberPattern(s); p != "" {
			if err := t.add(p); err != nil {
				return nil, err
			}
			t.nodes, s = append(t.nodes, numberPattern{pattern: p}), s[len(p):]
			continue
		}
		var n templateNode
		n, s = cutText(s)
		for text := n.text; text != ""; {
			_, size := utf8.DecodeRuneInString(text)
			t.nodes, text = append(t.nodes, numberPattern{text: text[:size]}), text[size:]
		}
	}
	return t, nil
}

func templateError(message string) *sqlstate.Error {
	return sqlstate.New(sqlstate.SyntaxError, "%s", message)
}

// add takes a pattern into account: NUMDesc_prepare.
func (t *numberTemplate) add(p string) error {
	if t.has(numScientific) && !strings.EqualFold(p, "EEEE") {
		return templateError(`"EEEE" must be the last pattern used`)
	}
	switch strings.ToUpper(p) {
	case "9", "0":
		return t.addDigit(p)
	case "B":
		if t.pre == 0 && t.post == 0 && !t.has(numZero) {
			t.flags |= numBlank
		}
	case "D", ".":
		switch {
		case t.has(numDecimal):
			return templateError("multiple decimal points")
		case t.has(numShift):
			return templateError(`cannot use "V" and decimal point together`)
		}
		t.flags |= numDecimal
	case "FM":
		t.flags |= numFill
	case "RN":
		t.flags |= numRoman
	case "V":
		if t.has(numDecimal) {
			return templateError(`cannot use "V" and decimal point together`)
		}
		t.flags |= numShift
	case "EEEE":
		return t.addScientific()
	case "S", "MI", "PL", "SG", "PR":
		return t.addSign(strings.ToUpper(p))
	}
	return nil
}

func (t *numberTemplate) addDigit(p string) error {
	if t.has(numBracket) {
		return templateError(`"` + p + `" must be ahead of "PR"`)
	}
	if p == "9" && t.has(numShift) {
		t.shift++
		return nil
	}
	if p == "0" && !t.has(numZero) && !t.has(numDecimal) {
		t.flags |= numZero
		t.zeroStart = t.pre + 1
	}
	if t.has(numDecimal) {
		t.post++
	} else {
		t.pre++
	}
	if p == "0" {
		t.zeroEnd = t.pre + t.post
	}
	return nil
}

func (t *numberTemplate) addScientific() error {
	if t.has(numScientific) {
		return templateError(`cannot use "EEEE" twice`)
	}
	if t.flags&^(numDecimal|numZero) != 0 {
		return templateError(`"EEEE" is incompatible with other formats`).
			WithDetail("\"EEEE\" may only be used together with digit and decimal point patterns.")
	}
	t.flags |= numScientific
	return nil
}

func (t *numberTemplate) addSign(p string) error {
	switch {
	case p == "S" && t.has(numLocaleSign):
		return templateError(`cannot use "S" twice`)
	case p == "S" && t.has(numPlus|numMinus|numBracket):
		return templateError(`cannot use "S" and "PL"/"MI"/"SG"/"PR" together`)
	case p == "PR" && t.has(numLocaleSign|numPlus|numMinus):
		return templateError(`cannot use "PR" and "S"/"PL"/"MI"/"SG" together`)
	case p != "S" && p != "PR" && t.has(numLocaleSign):
		return templateError(`cannot use "S" and "` + p + `" together`)
	}
	switch p {
	case "S":
		t.flags |= numLocaleSign
		if !t.has(numDecimal) {
			t.sign, t.preAtSign = signBefore, t.pre
		} else if t.sign == signNone {
			t.sign = signAfter
		}
	case "MI":
		t.flags |= numMinus
	case "PL":
		t.flags |= numPlus
	case "SG":
		t.flags |= numMinus | numPlus
	case "PR":
		t.flags |= numBracket
	}
	return nil
}
