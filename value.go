package segue

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/server"
)

// goValue is a datum as Go programs want it.
func goValue(s *server.Session, t *datum.Type, d datum.Datum) any {
	if d.IsNull() {
		return nil
	}
	switch t {
	case datum.Bool:
		return d.Bool()
	case datum.Int2, datum.Int4, datum.Int8, datum.Oid:
		return d.Int()
	case datum.Float4, datum.Float8:
		return d.Float()
	case datum.Bytea:
		return []byte(d.Str())
	case datum.Vector, datum.Halfvec:
		return append([]float32(nil), d.Vector()...)
	case datum.Timestamptz, datum.Timestamp:
		if n := d.Int(); n != math.MaxInt64 && n != math.MinInt64 { // infinity has no time.Time
			return datum.ToTime(n, time.UTC)
		}
	}
	return datum.Format(t, d, s.DatumEnv())
}

// parameters turns arguments into values of the parameters' types.
func parameters(s *server.Session, types []*datum.Type, args []any) ([]datum.Datum, error) {
	if len(types) != len(args) {
		return nil, sqlstate.New(sqlstate.ProtocolViolation,
			"the statement has %d parameters, and %d arguments were given", len(types), len(args))
	}
	out := make([]datum.Datum, len(args))
	for i, a := range args {
		d, err := parameter(s, types[i], a)
		if err != nil {
			return nil, fmt.Errorf("argument $%d: %w", i+1, err)
		}
		out[i] = d
	}
	return out, nil
}

// parameter reads one argument: numbers, strings and the rest by their text, as a client would send it.
func parameter(s *server.Session, t *datum.Type, a any) (datum.Datum, error) {
	var text string
	switch v := a.(type) {
	case nil:
		return datum.Null, nil
	case string:
		text = v
	case []byte:
		if v == nil {
			return datum.Null, nil
		}
		if t == datum.Bytea {
			return datum.NewString(string(v)), nil
		}
		text = string(v)
	case bool:
		text = strconv.FormatBool(v)
	case float32:
		text = strconv.FormatFloat(float64(v), 'g', -1, 32)
	case float64:
		text = strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		text = v.Format("2006-01-02 15:04:05.999999999Z07:00")
	case []float32:
		return vectorParameter(s, t, v)
	case fmt.Stringer:
		text = v.String()
	default:
		rv := reflect.ValueOf(a)
		switch {
		case rv.Kind() == reflect.Pointer && rv.IsNil():
			return datum.Null, nil
		case rv.Kind() == reflect.Pointer:
			return parameter(s, t, rv.Elem().Interface())
		case rv.CanInt():
			text = strconv.FormatInt(rv.Int(), 10)
		case rv.CanUint():
			text = strconv.FormatUint(rv.Uint(), 10)
		case rv.Kind() == reflect.String:
			text = rv.String()
		default:
			return datum.Null, fmt.Errorf("segue: arguments of type %T are not supported", a)
		}
	}
	return datum.ParseText(t, -1, text, s.DatumEnv())
}

// vectorParameter passes a vector without a detour through text, but for the type that was asked.
func vectorParameter(s *server.Session, t *datum.Type, v []float32) (datum.Datum, error) {
	if err := datum.CheckVector(datum.Vector, v); err != nil {
		return datum.Null, err
	}
	d := datum.NewVector(append([]float32(nil), v...))
	if t == datum.Vector || t == datum.Halfvec || t == datum.Sparsevec {
		return datum.Cast(d, datum.Vector, t, -1, false, s.DatumEnv())
	}
	return datum.ParseText(t, -1, datum.Format(datum.Vector, d, nil), s.DatumEnv())
}

// assignDatum stores a value where no conversion is needed, and says whether it did: assign takes the rest.
func assignDatum(dest any, t *datum.Type, d datum.Datum) bool {
	if d.IsNull() {
		return false
	}
	switch t {
	case datum.Int2, datum.Int4, datum.Int8:
		switch p := dest.(type) {
		case *int64:
			*p = d.Int()
		case *int:
			*p = int(d.Int())
			return int64(*p) == d.Int()
		default:
			return false
		}
		return true
	case datum.Float4, datum.Float8:
		if p, ok := dest.(*float64); ok {
			*p = d.Float()
			return true
		}
	case datum.Text:
		if p, ok := dest.(*string); ok {
			*p = d.Str()
			return true
		}
	}
	return false
}

// assign stores a value of goValue in a destination.
func assign(dest, value any) error {
	d := reflect.ValueOf(dest)
	if d.Kind() != reflect.Pointer || d.IsNil() {
		return fmt.Errorf("the destination is a %T, not a pointer", dest)
	}
	return assignTo(d.Elem(), value)
}

func assignTo(d reflect.Value, value any) error {
	if value == nil {
		if d.Kind() == reflect.Pointer || d.Kind() == reflect.Interface || d.Kind() == reflect.Slice {
			d.SetZero()
			return nil
		}
		return errNull
	}
	v := reflect.ValueOf(value)
	switch {
	case v.Type().AssignableTo(d.Type()):
		d.Set(v)
		return nil
	case d.Kind() == reflect.Pointer:
		p := reflect.New(d.Type().Elem())
		if err := assignTo(p.Elem(), value); err != nil {
			return err
		}
		d.Set(p)
		return nil
	case v.CanInt() && d.CanInt() && !d.OverflowInt(v.Int()):
		d.SetInt(v.Int())
		return nil
	case v.CanInt() && d.CanFloat():
		d.SetFloat(float64(v.Int()))
		return nil
	case v.CanFloat() && d.CanFloat():
		d.SetFloat(v.Float())
		return nil
	}
	return fmt.Errorf("a value of type %T does not fit a %s", value, d.Type())
}
