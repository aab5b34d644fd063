package builtin_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/exectest"
	"github.com/seguedb/segue/query/sqlstate"
)

// Every function answers the extremes of its argument types with a value of its result's kind or with a
// SQL error: it does not panic, and does not let an error without a SQLSTATE through.
func TestExtremesAreAnswered(t *testing.T) {
	db := exectest.New()
	env := &builtin.Env{Ctx: t.Context(), Session: db, Embedder: db.Embedder, Datum: db.DatumEnv()}
	rng := rand.New(rand.NewPCG(9, 10))
	for _, p := range catalog.Builtin().Procs {
		if p.Kind != 'f' || p.RetSet || strings.HasPrefix(p.Name, "pg_sleep") || p.Name == "nextval" || p.Name == "currval" ||
			p.Name == "lastval" || p.Name == "setval" {
			continue
		}
		for range 60 {
			types, args := extremes(rng, p)
			d, err := call(p, env, types, args)
			var e *sqlstate.Error
			switch {
			case err != nil && !errors.As(err, &e):
				t.Errorf("%s: %v has no SQLSTATE", p.Key, err)
			case err == nil && !d.IsNull() && !p.Ret.Pseudo && d.Kind() != p.Ret.Kind:
				t.Errorf("%s returned kind %d, not a %s", p.Key, d.Kind(), p.Ret)
			}
		}
	}
}

func call(p *catalog.Proc, env *builtin.Env, types []*datum.Type, args []datum.Datum) (datum.Datum, error) {
	if f, ok := builtin.LookupTyped(p); ok {
		return f(env, types, args)
	}
	f, _ := builtin.LookupFunc(p)
	return f(env, args)
}

// extremes makes arguments; a polymorphic parameter is an integer, or an array of them.
func extremes(rng *rand.Rand, p *catalog.Proc) ([]*datum.Type, []datum.Datum) {
	types, args := make([]*datum.Type, len(p.Args)), make([]datum.Datum, len(p.Args))
	for i, typ := range p.Args {
		switch typ {
		case datum.AnyElement, datum.AnyEnum, datum.AnyNonArray, datum.AnyCompatible, datum.Any:
			typ = datum.Int4
		case datum.AnyArray, datum.AnyCompatibleArray:
			typ = datum.Int4Array
		case datum.AnyRange:
			typ = datum.Int4Range
		case datum.AnyMultirange:
			typ = datum.Int4Range.Multirange
		}
		types[i] = typ
		if !p.Strict && rng.IntN(4) == 0 {
			continue
		}
		args[i] = extreme(rng, typ)
	}
	return types, args
}

func extreme(rng *rand.Rand, t *datum.Type) datum.Datum {
	switch t.Kind {
	case datum.KindBool:
		return datum.NewBool(rng.IntN(2) == 0)
	case datum.KindInt:
		return extremeInt(rng, t)
	case datum.KindFloat:
		return datum.NewFloat(pick(rng, 0, math.Copysign(0, -1), 1, -1, 0.5, 1e10, -2.5, math.MaxFloat32,
			math.NaN(), math.Inf(1), math.Inf(-1)))
	case datum.KindString:
		if datum.IsBits(t) {
			return extremeBits(rng)
		}
		return extremeText(rng, t)
	case datum.KindVector:
		return datum.NewVector(pick(rng, []float32{0, 0}, []float32{1, 2}, []float32{math.MaxFloat32, -math.MaxFloat32}, []float32{1}))
	case datum.KindSparse:
		d, _ := datum.ParseText(t, -1, pick(rng, "{}/2", "{1:1}/2", "{1:3e38,2:-3e38}/2", "{1000000000:1}/1000000000"), nil)
		return d
	case datum.KindNumeric:
		inf, nan := &apd.Decimal{Form: apd.Infinite, Negative: rng.IntN(2) == 0}, &apd.Decimal{Form: apd.NaN}
		return datum.NewNumeric(pick(rng, apd.New(0, 0), apd.New(1, 0), apd.New(-15, -1), apd.New(1, -20), apd.New(12345678901, 0),
			apd.New(-3, 0), inf, nan))
	case datum.KindInterval:
		return datum.NewInterval(pick(rng, datum.IntervalValue{}, datum.IntervalValue{Months: math.MaxInt32},
			datum.IntervalValue{Days: math.MinInt32, Micros: math.MinInt64}, datum.IntervalValue{Months: -1, Days: 40, Micros: 1},
			datum.IntervalValue{Micros: math.MaxInt64}, datum.IntervalValue{Months: math.MinInt32, Days: 1}))
	case datum.KindArray:
		return extremeArray(rng, t)
	case datum.KindRange:
		return extremeRange(rng, t).AsDatum()
	case datum.KindMultirange:
		m, err := datum.MakeMultirange(t, []*datum.RangeValue{extremeRange(rng, t.Range), extremeRange(rng, t.Range)})
		if err != nil {
			return datum.EmptyRange(t.Range).AsMultirange().AsDatum()
		}
		return m.AsDatum()
	case datum.KindRecord:
		return datum.NewTypedRecord([]*datum.Type{datum.Int4, datum.Text}, []datum.Datum{datum.NewInt(1), datum.Null})
	}
	return datum.Null
}

func extremeRange(rng *rand.Rand, t *datum.Type) *datum.RangeValue {
	ends := [2]datum.Datum{extreme(rng, t.Subtype), extreme(rng, t.Subtype)}
	if rng.IntN(4) == 0 {
		ends[rng.IntN(2)] = datum.Null
	}
	r, err := datum.MakeRange(t, ends[0], ends[1], rng.IntN(2) == 0, rng.IntN(2) == 0)
	if err != nil {
		return datum.EmptyRange(t)
	}
	return r
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

func extremeBits(rng *rand.Rand) datum.Datum {
	return datum.NewString(pick(rng, "", "0", "101", strings.Repeat("1", 100)))
}

func extremeInt(rng *rand.Rand, t *datum.Type) datum.Datum {
	switch t {
	case datum.Date:
		return datum.NewInt(pick(rng, 0, -2451545, 2145031948, datum.DateInfinity, datum.DateNegInfinity, 8766))
	case datum.Timestamp, datum.Timestamptz:
		return datum.NewInt(pick(rng, 0, -211813488000000000, 9223371331199999999, datum.TimestampInfinity,
			datum.TimestampNegInfinity, 757382400123456))
	case datum.Time:
		return datum.NewInt(pick(rng, 0, datum.MicrosPerDay, 1, 45000000000))
	case datum.Int2:
		return datum.NewInt(pick[int64](rng, 0, 1, -1, math.MinInt16, math.MaxInt16))
	case datum.Int8:
		return datum.NewInt(pick[int64](rng, 0, 1, -1, math.MinInt64, math.MaxInt64))
	case datum.Int4:
		return datum.NewInt(pick[int64](rng, 0, 1, -1, 2, 31, math.MinInt32, math.MaxInt32))
	}
	return datum.NewInt(pick[int64](rng, 0, 1, 23, 1259, math.MaxUint32))
}

func extremeText(rng *rand.Rand, t *datum.Type) datum.Datum {
	if datum.IsGeometric(t) || t == datum.Macaddr8 || t == datum.Macaddr {
		return extremeShape(rng, t)
	}
	switch t {
	case datum.UUID:
		return datum.NewString("0123456789abcdef")
	case datum.JSON, datum.JSONB:
		return datum.NewString(pick(rng, `{"a": [1, null]}`, `"x"`, `12`))
	}
	return datum.NewString(pick(rng, "", "a", "%", `\`, "é日本", "(", "[", "(?", "{1}", "\\1", "pg_class", "now", "hour", "YYYY-MM-DD",
		"2024-01-02", "%s%1$s%", "select", "a,b", "UTC", "***=", "x\x7f", "*"))
}

func extremeShape(rng *rand.Rand, t *datum.Type) datum.Datum {
	var text string
	switch t {
	case datum.Macaddr8:
		text = pick(rng, "00:00:00:ff:fe:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff")
	case datum.Macaddr:
		text = pick(rng, "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff")
	case datum.Line:
		text = pick(rng, "{0,1,2}", "{1,0,NaN}", "{1e300,-1e300,Infinity}")
	case datum.Circle:
		text = pick(rng, "<(0,0),0>", "<(1,2),NaN>", "<(1e300,Infinity),1e300>")
	case datum.Point:
		text = pick(rng, "(0,0)", "(NaN,1)", "(1e300,-Infinity)", "(1e-300,1)")
	default:
		text = pick(rng, "(0,0),(0,0)", "(1,2),(NaN,4)", "(1e300,-1e300),(Infinity,0)")
	}
	d, err := datum.ParseText(t, -1, text, nil)
	if err != nil {
		panic(err)
	}
	return d
}

func extremeArray(rng *rand.Rand, t *datum.Type) datum.Datum {
	elem := t.Elem
	one := func() datum.Datum { return extreme(rng, elem) }
	return pick(rng, datum.ArrayFrom(elem, nil), datum.ArrayFrom(elem, []datum.Datum{one(), datum.Null, one()}),
		datum.NewArray(&datum.ArrayValue{Elem: elem, Dims: []int{1, 2}, Lower: []int{-5, 1}, Elems: []datum.Datum{one(), one()}}))
}
