package builtin

import (
	"fmt"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// jsonRecords are the functions that make rows of JSON objects (populate_record of jsonfuncs.c): of the row type of their
// first argument, or of the columns that the query names.
func jsonRecords(r *registry) {
	for _, t := range []string{"json", "jsonb"} {
		args := "(anyelement," + t + ")"
		if t == "json" {
			args = "(anyelement,json,bool)"
		}
		r.typed[t+"_populate_record"+args] = populateRecord(t)
		r.rows[t+"_populate_record"+args] = populateRow(t)
		r.rows[t+"_populate_recordset"+args] = populateSet(t, "populate_recordset", 1)
		r.rows[t+"_to_recordset("+t+")"] = populateSet(t, "to_recordset", 0)
		r.rows[t+"_to_record("+t+")"] = toRecord
		r.fn(func(*Env, []datum.Datum) (datum.Datum, error) { return datum.Null, noRowType(t + "_to_record") },
			t+"_to_record("+t+")")
	}
}

func noRowType(function string) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "could not determine row type for result of %s", function).WithHint(
		"Provide a non-null record argument, or call the function in the FROM clause using a column definition list.")
}

// rowTypeOf is the type of the rows that a first argument asks for.
func rowTypeOf(function string, t *datum.Type, base datum.Datum) (*datum.Type, error) {
	switch row := t.Root(); {
	case !row.IsRecord():
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "first argument of %s must be a row type", function)
	case len(row.Fields) > 0:
		return row, nil
	case base.IsNull():
		return nil, noRowType(function)
	}
	fields := make([]datum.Field, len(base.Record()))
	for i := range fields {
		fields[i] = datum.Field{Name: base.FieldName(i), Type: base.FieldType(i), Typmod: -1}
	}
	return datum.RecordOf(fields), nil
}

func populateRecord(typ string) TypedFunc {
	return func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		row, err := rowTypeOf(typ+"_populate_record", types[0], a[0])
		if err != nil || a[1].IsNull() {
			return a[0], err
		}
		p := populator{env: env, typ: typ}
		d, err := p.record(row, a[1].Str(), a[0])
		if err == nil {
			err = datum.CheckDomains(types[0], d, env.Datum)
		}
		return d, err
	}
}

// populateRow is populateRecord in FROM, where the query may name the columns.
func populateRow(typ string) RowFunc {
	return func(env *Env, row *datum.Type, a []datum.Datum, emit func([]datum.Datum) error) error {
		d, err := populateRecord(typ)(env, []*datum.Type{row}, a)
		if err != nil {
			return err
		}
		return emit([]datum.Datum{d})
	}
}

// populateSet makes a row of each object in an array. at is the argument that has it; one before it has the row type.
func populateSet(typ, name string, at int) RowFunc {
	return func(env *Env, row *datum.Type, a []datum.Datum, emit func([]datum.Datum) error) error {
		base := datum.Null
		if at > 0 {
			var err error
			base = a[0]
			if row, err = rowTypeOf(typ+"_"+name, row, base); err != nil {
				return err
			}
		} else if len(row.Fields) == 0 {
			return noRowType(typ + "_" + name)
		}
		if a[at].IsNull() {
			return nil
		}
		s := a[at].Str()
		if err := mustBeObjects(typ, typ+"_"+name, s); err != nil {
			return err
		}
		p, err := populator{env: env, typ: typ}, error(nil)
		jsonItems(s, func(item string) bool {
			if jsonIs(item) != '{' {
				err = invalidParameter("argument of %s_%s must be an array of objects", typ, name)
				return false
			}
			var d datum.Datum
			if d, err = p.record(row, item, base); err == nil {
				err = emit([]datum.Datum{d})
			}
			return err == nil
		})
		return err
	}
}

func mustBeObjects(typ, name, s string) error {
	switch kind := jsonIs(s); {
	case kind == '[':
		return nil
	case typ == "jsonb":
		return invalidParameter("cannot call %s on a non-array", name)
	case kind == '{':
		return invalidParameter("cannot call %s on an object", name)
	}
	return invalidParameter("cannot call %s on a scalar", name)
}

// toRecord makes one row of the columns that the query names.
func toRecord(env *Env, row *datum.Type, a []datum.Datum, emit func([]datum.Datum) error) error {
	if a[0].IsNull() {
		return emit([]datum.Datum{datum.Null})
	}
	p := populator{env: env, typ: "json"}
	d, err := p.record(row, a[0].Str(), datum.Null)
	if err != nil {
		return err
	}
	return emit([]datum.Datum{d})
}

// populator makes SQL values of JSON, whose text is valid. typ is json or jsonb.
type populator struct {
	env *Env
	typ string
}

// record makes a row of an object; fields that it does not have keep base's values.
func (p *populator) record(row *datum.Type, s string, base datum.Datum) (datum.Datum, error) {
	switch jsonIs(s) {
	case '{':
	case '[':
		return datum.Null, invalidParameter("cannot call populate_composite on an array")
	default:
		return datum.Null, invalidParameter("cannot call populate_composite on a scalar")
	}
	members := map[string]string{}
	var err error
	jsonMembers(s, func(key, value string) bool {
		var name string
		name, err = datum.UnquoteJSON(key)
		members[name] = value
		return err == nil
	})
	if err != nil || len(members) == 0 && !base.IsNull() {
		return base, err
	}
	fields := make([]datum.Datum, len(row.Fields))
	for i, f := range row.Fields {
		value, ok := members[f.Name]
		if !ok && !base.IsNull() {
			fields[i] = base.Record()[i]
			continue
		}
		if !ok {
			value = "null"
		}
		if fields[i], err = p.value(f.Type, f.Typmod, value, f.Name); err != nil {
			return datum.Null, err
		}
	}
	return rowOf(row, fields), nil
}

// rowOf is a row of known fields' values.
func rowOf(row *datum.Type, fields []datum.Datum) datum.Datum {
	if row.IsComposite() {
		return row.NewComposite(fields)
	}
	names, types := make([]string, len(fields)), make([]*datum.Type, len(fields))
	for i, f := range row.Fields {
		names[i], types[i] = f.Name, f.Type
	}
	return datum.NewNamedRecord(names, types, fields)
}

// value makes a value of a type; name is the key that it stands behind, "" within an array.
func (p *populator) value(t *datum.Type, typmod int32, s, name string) (datum.Datum, error) {
	root, kind := t.Root(), jsonIs(s)
	if t.IsDomain() && typmod < 0 {
		_, typmod = t.RootTypmod()
	}
	var d datum.Datum
	var err error
	switch {
	case kind == 'n':
		return datum.Null, datum.CheckDomains(t, datum.Null, p.env.Datum)
	case kind != '"' && root.IsRecord():
		d, err = p.record(root, s, datum.Null)
	case kind != '"' && root.IsArray():
		d, err = p.array(root.Elem, typmod, s, name)
	default:
		return p.scalar(t, typmod, s)
	}
	if err == nil {
		err = datum.CheckDomains(t, d, p.env.Datum)
	}
	return d, err
}

func (p *populator) scalar(t *datum.Type, typmod int32, s string) (datum.Datum, error) {
	text := s
	if root := t.Root(); root != datum.JSON && root != datum.JSONB && jsonIs(s) == '"' {
		var err error
		if text, err = datum.UnquoteJSON(strings.TrimSpace(s)); err != nil {
			return datum.Null, err
		}
	} else if p.typ == "jsonb" && root != datum.JSONB {
		text = datum.Format(datum.JSONB, datum.NewString(s), p.env.Datum)
	}
	return datum.ParseText(t, typmod, text, p.env.Datum)
}

// array makes an array, whose number of dimensions the first element at its end tells (populate_array).
func (p *populator) array(elem *datum.Type, typmod int32, s, name string) (datum.Datum, error) {
	a := &arrayPopulator{p: p, elem: elem, typmod: typmod, name: name}
	if err := a.dimension(s, 1); err != nil {
		return datum.Null, err
	}
	if len(a.elems) == 0 {
		return datum.NewArray(&datum.ArrayValue{Elem: elem}), nil
	}
	lower := make([]int, len(a.dims))
	for i := range lower {
		lower[i] = 1
	}
	return datum.NewArray(&datum.ArrayValue{Elem: elem, Dims: a.dims, Lower: lower, Elems: a.elems}), nil
}

// arrayPopulator is an array being made.
type arrayPopulator struct {
	p      *populator
	elem   *datum.Type
	typmod int32
	name   string
	dims   []int // nil until they are known; -1 until one's size is
	at     []int // how many elements each dimension has so far
	elems  []datum.Datum
}

// dimension reads a JSON array of dimension n, from 1.
func (a *arrayPopulator) dimension(s string, n int) error {
	if jsonIs(s) != '[' {
		return a.expected(n - 1)
	}
	for len(a.at) < n {
		a.at = append(a.at, 0)
	}
	a.at[n-1] = 0
	var err error
	first := true
	jsonItems(s, func(item string) bool {
		if first && a.dims == nil && jsonIs(item) != '[' {
			a.know(n)
		}
		first = false
		if a.dims != nil && n >= len(a.dims) {
			var d datum.Datum
			if d, err = a.p.value(a.elem, a.typmod, item, ""); err == nil {
				a.elems = append(a.elems, d)
			}
		} else {
			err = a.dimension(item, n+1)
		}
		a.at[n-1]++
		return err == nil
	})
	if first && a.dims == nil {
		a.know(n)
	}
	switch {
	case err != nil:
		return err
	case a.dims[n-1] < 0:
		a.dims[n-1] = a.at[n-1]
	case a.dims[n-1] != a.at[n-1]:
		return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed JSON array").
			WithDetail("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	return nil
}

// know settles the number of dimensions.
func (a *arrayPopulator) know(n int) {
	a.dims = make([]int, n)
	for i := range a.dims {
		a.dims[i] = -1
	}
}

// expected is the error where an array of dimension n, from 0, has something else.
func (a *arrayPopulator) expected(n int) error {
	err := sqlstate.New(sqlstate.InvalidTextRepresentation, "expected JSON array")
	var place strings.Builder
	for _, at := range a.at[:n] {
		fmt.Fprintf(&place, "[%d]", at)
	}
	switch {
	case n == 0 && a.name != "":
		return err.WithHint("See the value of key \"%s\".", a.name)
	case n > 0 && a.name != "":
		return err.WithHint("See the array element %s of key \"%s\".", place.String(), a.name)
	case n > 0:
		return err.WithHint("See the array element %s.", place.String())
	}
	return err
}
