package datum

import (
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/sqlstate"
)

// Money is held as its cents. It is read and written as where lc_monetary is C, PostgreSQL's default: $1,234.50.
var (
	Money      = base(790, "money", "money", KindInt, 8, 'N', false)
	MoneyArray = arrayOf(791, Money)
)

// parseMoney reads what PostgreSQL's cash_in does: a sign or a parenthesis and a $ before the digits in either order,
// commas anywhere between them, a third digit behind the point rounds, and the same marks again at the end.
func parseMoney(s string) (Datum, error) {
	rest := strings.TrimLeft(s, moneySpace)
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "$"), moneySpace)
	negative := false
	switch {
	case strings.HasPrefix(rest, "-"), strings.HasPrefix(rest, "("):
		negative, rest = true, rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	}
	rest = strings.TrimLeft(rest, moneySpace)
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "$"), moneySpace)
	cents, rest, ok := moneyDigits(rest)
	if !ok {
		return Null, outOfRangeText(Money, s)
	}
	for rest = strings.TrimLeft(rest, "0123456789"); rest != ""; rest = rest[1:] {
		switch c := rest[0]; {
		case strings.IndexByte(moneySpace+")+$", c) >= 0:
		case c == '-':
			negative = true
		default:
			return Null, syntaxError(Money, s)
		}
	}
	if !negative {
		if cents == math.MinInt64 {
			return Null, outOfRangeText(Money, s)
		}
		cents = -cents
	}
	return NewInt(cents), nil
}

const moneySpace = " \t\n\v\f\r"

// moneyDigits reads an amount as its cents below zero, where there is one more of them. ok is false out of range.
func moneyDigits(s string) (cents int64, rest string, ok bool) {
	point, decimals := false, 0
	for ; s != ""; s = s[1:] {
		c := s[0]
		switch {
		case isDecimal(c) && (!point || decimals < 2):
			if cents, ok = appendCent(cents, int64(c-'0')); !ok {
				return 0, s, false
			}
			if point {
				decimals++
			}
			continue
		case c == '.' && !point:
			point = true
			continue
		case c == ',':
			continue
		}
		break
	}
	if s != "" && s[0] >= '5' && s[0] <= '9' {
		if cents == math.MinInt64 {
			return 0, s, false
		}
		cents--
	}
	for ; decimals < 2; decimals++ {
		if cents, ok = appendCent(cents, 0); !ok {
			return 0, s, false
		}
	}
	return cents, s, true
}

func appendCent(cents, digit int64) (int64, bool) {
	if cents < (math.MinInt64+digit)/10 {
		return 0, false
	}
	return cents*10 - digit, true
}

func appendMoney(dst []byte, cents int64) []byte {
	u := uint64(cents)
	if cents < 0 {
		dst, u = append(dst, '-'), -u
	}
	var digits []byte // from the last one on
	for n := 0; u != 0 || n < 3; n++ {
		switch {
		case n == 2:
			digits = append(digits, '.')
		case n > 2 && (n-2)%3 == 0:
			digits = append(digits, ',')
		}
		digits, u = append(digits, '0'+byte(u%10)), u/10
	}
	dst = append(dst, '$')
	for i := len(digits) - 1; i >= 0; i-- {
		dst = append(dst, digits[i])
	}
	return dst
}

// moneyToNumeric has two decimals always.
func moneyToNumeric(cents int64) Datum { return NewNumeric(apd.New(cents, -2)) }

// toMoney reads a number of dollars.
func toMoney(d Datum, from *Type) (Datum, error) {
	if from.Kind == KindInt {
		i := d.Int()
		if i > math.MaxInt64/100 || i < math.MinInt64/100 {
			return Null, outOfRange(Int8)
		}
		return NewInt(i * 100), nil
	}
	n := d.Numeric()
	if n.Form == apd.Finite {
		n = &apd.Decimal{Negative: n.Negative, Coeff: *new(apd.BigInt).Set(&n.Coeff), Exponent: n.Exponent + 2}
	}
	i, err := NumericToInt(n, Int8)
	return NewInt(i), err
}

// MoneyFromFloat rounds cents; 22003 where there are too many.
func MoneyFromFloat(cents float64) (Datum, error) {
	r := math.RoundToEven(cents)
	if r != r || r < -9223372036854775808 || r >= 9223372036854775808 {
		return Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "money out of range")
	}
	return NewInt(int64(r)), nil
}
