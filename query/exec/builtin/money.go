package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
)

// money is computed in cents.

func moneyFunctions(r *registry) {
	r.fn(intsToInt(ranged(datum.Money, addInt)), "cash_pl(money,money)")
	r.fn(intsToInt(ranged(datum.Money, subInt)), "cash_mi(money,money)")
	for _, t := range []*datum.Type{datum.Int2, datum.Int4, datum.Int8} {
		times := intsToInt(ranged(datum.Money, mulInt))
		r.fn(times, key("cash_mul_"+t.Name, datum.Money, t), key(t.Name+"_mul_cash", t, datum.Money))
		r.fn(intsToInt(divided(datum.Money, divInt)), key("cash_div_"+t.Name, datum.Money, t))
	}
	for short, t := range map[string]*datum.Type{"flt4": datum.Float4, "flt8": datum.Float8} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.MoneyFromFloat(float64(a[0].Int()) * a[1].Float())
		}, key("cash_mul_"+short, datum.Money, t))
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.MoneyFromFloat(a[0].Float() * float64(a[1].Int()))
		}, key(short+"_mul_cash", t, datum.Money))
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			if a[1].Float() == 0 {
				return datum.Null, divisionByZero()
			}
			return datum.MoneyFromFloat(float64(a[0].Int()) / a[1].Float())
		}, key("cash_div_"+short, datum.Money, t))
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if a[1].Int() == 0 {
			return datum.Null, divisionByZero()
		}
		return datum.NewFloat(float64(a[0].Int()) / float64(a[1].Int())), nil
	}, "cash_div_cash(money,money)")
	for _, t := range []*datum.Type{datum.Int4, datum.Int8, datum.Numeric} {
		r.simpleCast("money", t, datum.Money)
	}
	r.simpleCast("numeric", datum.Money, datum.Numeric)
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(moneyWords(a[0].Int())), nil
	}, "cash_words(money)")
	r.aggs["sum(money)"] = func([]*datum.Type, *Env) AggState { return &moneySumState{} }
}

// moneySumState is sum(money).
type moneySumState struct {
	sum  int64
	seen bool
}

func (s *moneySumState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	sum, ok := addInt(s.sum, a[0].Int())
	if !ok {
		return outOfRange(datum.Money)
	}
	s.sum, s.seen = sum, true
	return nil
}

func (s *moneySumState) Result() (datum.Datum, error) {
	if !s.seen {
		return datum.Null, nil
	}
	return datum.NewInt(s.sum), nil
}

// moneyWords says an amount in English.
func moneyWords(cents int64) string {
	var out strings.Builder
	u := uint64(cents)
	if cents < 0 {
		u = -u
		out.WriteString("minus ")
	}
	dollars, rest := u/100, u%100
	for i, group := 0, uint64(1e15); group >= 1000; i, group = i+1, group/1000 {
		if n := dollars / group % 1000; n > 0 {
			out.WriteString(belowThousand(n) + [...]string{" quadrillion ", " trillion ", " billion ", " million ", " thousand "}[i])
		}
	}
	if n := dollars % 1000; n > 0 {
		out.WriteString(belowThousand(n))
	}
	if dollars == 0 {
		out.WriteString("zero")
	}
	out.WriteString(plural(" dollar", dollars) + " and " + belowThousand(rest) + plural(" cent", rest))
	s := out.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

func plural(s string, n uint64) string {
	if n == 1 {
		return s
	}
	return s + "s"
}

var (
	smallNumbers = strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
		sixteen seventeen eighteen nineteen`)
	tens = strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety")
)

func belowThousand(n uint64) string {
	switch {
	case n < 20:
		return smallNumbers[n]
	case n < 100 && n%10 == 0:
		return tens[n/10-2]
	case n < 100:
		return tens[n/10-2] + " " + smallNumbers[n%10]
	case n%100 == 0:
		return smallNumbers[n/100] + " hundred"
	}
	return smallNumbers[n/100] + " hundred " + belowThousand(n%100)
}
