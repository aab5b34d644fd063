package builtin

import (
	"fmt"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// numberWriter writes digits by a template, pattern by pattern: the to_char half of PostgreSQL's NUM_processor, whose
// rules about blanks, signs and zeros are followed to the letter.
type numberWriter struct {
	t         *numberTemplate
	number    string // digits, perhaps a point; without a sign
	at        int    // the digit to be written next
	current   int    // how many digit patterns have been met
	count     int
	blanks    int // digit places before the first digit
	sign      byte
	signDone  bool
	inNumber  bool
	relevant  int // with FM, the last digit after the point that is not a trailing zero; -1 for none
	signAfter bool
	bracket   bool
	out       strings.Builder
}

func (w *numberWriter) roman(numeral string) string {
	for _, n := range w.t.nodes {
		switch {
		case n.pattern == "":
			w.out.WriteString(n.text)
		case strings.EqualFold(n.pattern, "RN"):
			text := numeral
			if n.pattern == "rn" {
				text = strings.ToLower(text)
			}
			if !w.t.has(numFill) {
				text = fmt.Sprintf("%15s", text)
			}
			w.out.WriteString(text)
		case n.pattern == "," || strings.EqualFold(n.pattern, "G"):
			if !w.t.has(numFill) {
				w.out.WriteByte(' ')
			}
		}
	}
	return w.out.String()
}

func (w *numberWriter) write(number string, sign byte, blanks int) (string, error) {
	w.number, w.sign, w.blanks = number, sign, blanks
	w.prepare()
	for _, n := range w.t.nodes {
		switch strings.ToUpper(n.pattern) {
		case "":
			w.out.WriteString(n.text)
		case "9", "0", ".", "D":
			w.digit(n.pattern)
		case ",", "G":
			w.separator()
		case "L":
			w.out.WriteByte(' ')
		case "TH":
			if number[0] != '#' && sign != '-' && !w.t.has(numDecimal) {
				if !isASCIIDigit(number[len(number)-1]) {
					return "", sqlstate.New(sqlstate.InvalidTextRepresentation, "\"%s\" is not a number", number)
				}
				w.out.WriteString(ordinalLetters(number, n.pattern == "TH"))
			}
		case "MI":
			w.signIf('-')
		case "PL":
			w.signIf('+')
		case "SG":
			w.out.WriteByte(sign)
		}
	}
	text, _, _ := strings.Cut(w.out.String(), "\x00")
	return text, nil
}

// prepare decides where the sign goes and which zeros FM drops.
func (w *numberWriter) prepare() {
	t := w.t
	t.zeroStart = max(t.zeroStart-1, 0)
	w.bracket, w.signAfter = t.has(numBracket), t.sign == signAfter
	if t.has(numPlus | numMinus) {
		w.signDone = t.has(numMinus)
	} else {
		if w.sign != '-' && t.has(numFill) {
			w.bracket = false
		}
		w.signDone = w.sign == '+' && t.has(numFill) && !t.has(numLocaleSign)
		if t.sign == signBefore && t.pre == t.preAtSign {
			w.signAfter = true
		}
	}
	w.count = t.post + t.pre - 1
	w.relevant = -1
	if t.has(numFill) && t.has(numDecimal) {
		w.relevant = lastRelevant(w.number)
		if w.relevant >= 0 && t.zeroEnd > w.blanks {
			w.relevant = max(w.relevant, min(len(w.number)-1, t.zeroEnd-w.blanks))
		}
	}
	if !w.signDone && w.blanks == 0 {
		w.count++
	}
}

// lastRelevant is the last digit after the point that is not zero, or the point; -1 without a point.
func lastRelevant(number string) int {
	point := strings.IndexByte(number, '.')
	if point < 0 {
		return -1
	}
	return len(strings.TrimRight(number, "0")) - 1
}

// relevantPoint says whether FM leaves nothing after the point.
func (w *numberWriter) relevantPoint() bool { return w.relevant >= 0 && w.number[w.relevant] == '.' }

// leadingZero is the zero before the point that 9 leaves blank.
func (w *numberWriter) leadingZero() bool {
	return !w.t.has(numZero) && w.at == 0 && w.number[0] == '0' && w.t.post != 0
}

func (w *numberWriter) blank() {
	if !w.t.has(numFill) {
		w.out.WriteByte(' ')
	}
}

func (w *numberWriter) separator() {
	if w.inNumber {
		w.out.WriteByte(',')
		return
	}
	w.blank()
}

func (w *numberWriter) signIf(sign byte) {
	if w.sign == sign {
		w.out.WriteByte(sign)
		return
	}
	w.blank()
}

// digit writes what a digit or point pattern stands for, and the sign around it: NUM_numpart_to_char.
func (w *numberWriter) digit(pattern string) {
	w.inNumber = false
	zeros := w.t.has(numZero)
	if !w.signDone && (w.current >= w.blanks || zeros && w.t.zeroStart == w.current) &&
		(!w.leadingZero() || w.relevantPoint()) {
		w.leadingSign()
	}
	switch {
	case w.current < w.blanks && (!zeros || w.t.zeroStart > w.current):
		w.blank()
	case w.current < w.blanks:
		w.out.WriteByte('0')
		w.inNumber = true
	default:
		w.character(pattern)
		if w.at < len(w.number) {
			w.at++
		}
	}
	end := w.count
	if w.blanks > 0 {
		end++
	}
	if w.t.has(numDecimal) {
		end++
	}
	if w.relevant >= 0 && w.relevant == w.at {
		end = w.current
	}
	if w.current+1 == end {
		w.trailingSign()
	}
	w.current++
}

func (w *numberWriter) leadingSign() {
	switch {
	case w.t.has(numLocaleSign):
		if !w.signAfter {
			w.out.WriteByte(w.sign)
			w.signDone = true
		}
		return
	case w.bracket && w.sign == '+':
		w.out.WriteByte(' ')
	case w.bracket:
		w.out.WriteByte('<')
	case w.sign == '+':
		w.blank()
	default:
		w.out.WriteByte('-')
	}
	w.signDone = true
}

func (w *numberWriter) trailingSign() {
	switch {
	case w.signDone && w.bracket && w.sign == '+':
		w.out.WriteByte(' ')
	case w.signDone && w.bracket:
		w.out.WriteByte('>')
	case w.t.has(numLocaleSign) && w.signAfter:
		w.out.WriteByte(w.sign)
	}
}

// character writes the number's next one.
func (w *numberWriter) character(pattern string) {
	c := byte(0) // beyond the number's end, which ends the text, as in C
	if w.at < len(w.number) {
		c = w.number[w.at]
	}
	switch {
	case c == '.':
		w.out.WriteByte('.')
	case w.relevant >= 0 && w.at > w.relevant && pattern != "0":
	case w.leadingZero():
		if !w.t.has(numFill) {
			w.out.WriteByte(' ')
		} else if w.relevantPoint() {
			w.out.WriteByte('0')
		}
	default:
		w.out.WriteByte(c)
		w.inNumber = true
	}
}

// ordinalLetters are the st, nd, rd and th of a number written out.
func ordinalLetters(number string, upper bool) string {
	letters := "th"
	if n := len(number); n < 2 || number[n-2] != '1' {
		switch number[n-1] {
		case '1':
			letters = "st"
		case '2':
			letters = "nd"
		case '3':
			letters = "rd"
		}
	}
	if upper {
		return strings.ToUpper(letters)
	}
	return letters
}
