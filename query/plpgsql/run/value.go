package run

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// shape is the fields of a record.
type shape struct {
	t      *datum.Type // composite, or a record with those fields
	names  []string
	types  []*datum.Type
	typmod []int32
}

func shapeOf(t *datum.Type) *shape {
	s := &shape{t: t}
	for _, f := range t.Fields {
		s.names, s.types, s.typmod = append(s.names, f.Name), append(s.types, f.Type), append(s.typmod, f.Typmod)
	}
	return s
}

func shapeOfColumns(columns []plan.Column) *shape {
	fields := make([]datum.Field, len(columns))
	for i, c := range columns {
		fields[i] = datum.Field{Name: c.Name, Type: c.Type, Typmod: c.Typmod}
	}
	return shapeOf(datum.RecordOf(fields))
}

// same says whether plans for one shape hold for the other.
func (s *shape) same(o *shape) bool {
	return s == o || s != nil && o != nil && s.t.IsComposite() == o.t.IsComposite() && slices.Equal(s.names, o.names) &&
		slices.Equal(s.types, o.types)
}

// value is what a variable holds: d, or the fields of a record, whose shape is nil before it is assigned.
type value struct {
	d      datum.Datum
	shape  *shape
	fields []datum.Datum // nil is NULL
}

// whole is a record as one value.
func (v *value) whole() datum.Datum {
	switch {
	case v.shape == nil || v.fields == nil:
		return datum.Null
	case v.shape.t.IsComposite():
		return v.shape.t.NewComposite(v.fields)
	}
	return datum.NewNamedRecord(v.shape.names, v.shape.types, v.fields)
}

// field is a record's field.
func (v *value) field(i int) datum.Datum {
	if v.fields == nil {
		return datum.Null
	}
	return v.fields[i]
}

// initial is a variable's value before it is given one.
func initial(v *plpgsql.Var) value {
	if v.Type.Record && v.Type.T.IsComposite() {
		return value{shape: shapeOf(v.Type.T)}
	}
	return value{}
}

func notAssigned(v *plpgsql.Var) error {
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "record \"%s\" is not assigned yet", v.Name).
		WithDetail("The tuple structure of a not-yet-assigned record is indeterminate.")
}

// convert makes a value of one type one of another, as an assignment does: by a cast where there is one, else through its
// text.
func (f *frame) convert(d datum.Datum, from, to *datum.Type, typmod int32) (datum.Datum, error) {
	if from == to && typmod < 0 && !to.IsDomain() || to == datum.Any || to == datum.AnyElement {
		return d, nil
	}
	if d.IsNull() && !to.IsDomain() {
		return d, nil
	}
	key := castKey{from, to}
	direct, ok := f.p.casts[key]
	if !ok {
		direct = from == to || plan.Assignable(from, to)
		f.p.casts[key] = direct
	}
	env := f.host.DatumEnv()
	if from.IsRecord() && to.IsComposite() && !d.IsNull() && len(d.Record()) != len(to.Fields) {
		return f.fitRow(d, to)
	}
	if direct || d.IsNull() || from == datum.Unknown {
		return datum.Cast(d, from, to, typmod, false, env)
	}
	text := datum.Format(from, d, env)
	return datum.Cast(datum.NewString(text), datum.Unknown, to, typmod, false, env)
}

// fitRow makes a row of a composite type of one with more or fewer fields.
func (f *frame) fitRow(d datum.Datum, to *datum.Type) (datum.Datum, error) {
	have, fields := d.Record(), make([]datum.Datum, len(to.Fields))
	for i, x := range to.Fields {
		if i >= len(have) {
			break
		}
		var err error
		if fields[i], err = f.convert(have[i], d.FieldType(i), x.Type, x.Typmod); err != nil {
			return datum.Null, err
		}
	}
	return to.NewComposite(fields), nil
}

// store gives a variable a value of a type.
func (f *frame) store(number int, d datum.Datum, from *datum.Type) error {
	v := f.p.fn.Vars[number]
	if v.Type.Record {
		return f.storeRow(number, d, from)
	}
	d, err := f.convert(d, from, v.Type.T, v.Type.Typmod)
	if err != nil {
		return err
	}
	if d.IsNull() && v.NotNull {
		return nullNotAllowed(v)
	}
	f.vars[number].d = d
	return nil
}

func nullNotAllowed(v *plpgsql.Var) error {
	return sqlstate.New(sqlstate.NullValueNotAllowed, "null value cannot be assigned to variable \"%s\" declared NOT NULL", v.Name)
}

// storeRow gives a record variable a row.
func (f *frame) storeRow(number int, d datum.Datum, from *datum.Type) error {
	v, val := f.p.fn.Vars[number], &f.vars[number]
	if d.IsNull() {
		if v.NotNull {
			return nullNotAllowed(v)
		}
		val.fields = nil
		return nil
	}
	if !from.IsRecord() {
		return sqlstate.New(sqlstate.DatatypeMismatch, "cannot assign non-composite value to a record variable")
	}
	row := d.Record()
	if v.Type.T.IsComposite() || f.fixed(number) {
		return f.storeFields(number, row, func(i int) *datum.Type { return d.FieldType(i) })
	}
	s := &shape{t: from}
	if from.Fields == nil || len(from.Fields) != len(row) {
		fields := make([]datum.Field, len(row))
		for i := range row {
			fields[i] = datum.Field{Name: d.FieldName(i), Type: d.FieldType(i), Typmod: -1}
		}
		s.t = datum.RecordOf(fields)
	}
	if s = shapeOf(s.t); !s.same(val.shape) {
		val.shape = s
	}
	val.fields = slices.Clone(row)
	return nil
}

// fixed says whether a record keeps its fields: a trigger's rows are their table's.
func (f *frame) fixed(number int) bool {
	return f.trigger != nil && (number == f.p.fn.New || number == f.p.fn.Old) && f.vars[number].shape != nil
}

// storeFields fills a record of a fixed shape: fields too many are dropped, those too few are NULL.
func (f *frame) storeFields(number int, row []datum.Datum, typeAt func(int) *datum.Type) error {
	val := &f.vars[number]
	fields := make([]datum.Datum, len(val.shape.types))
	for i, t := range val.shape.types {
		if i >= len(row) {
			if t.IsDomain() {
				if _, err := f.convert(datum.Null, t, t, -1); err != nil {
					return err
				}
			}
			continue
		}
		var err error
		if fields[i], err = f.convert(row[i], typeAt(i), t, val.shape.typmod[i]); err != nil {
			return err
		}
	}
	val.fields = fields
	return nil
}

// storeField gives a record's field a value.
func (f *frame) storeField(t *plpgsql.Target, d datum.Datum, from *datum.Type) error {
	v, val := f.p.fn.Vars[t.Var], &f.vars[t.Var]
	i, err := fieldIndex(v, val, t.Field)
	if err != nil {
		return err
	}
	if d, err = f.convert(d, from, val.shape.types[i], val.shape.typmod[i]); err != nil {
		return err
	}
	fields := make([]datum.Datum, len(val.shape.types))
	copy(fields, val.fields)
	fields[i] = d
	val.fields = fields
	return nil
}

func fieldIndex(v *plpgsql.Var, val *value, name string) (int, error) {
	if val.shape == nil {
		return 0, notAssigned(v)
	}
	i := slices.Index(val.shape.names, name)
	if i < 0 {
		return 0, sqlstate.New(sqlstate.UndefinedColumn, "record \"%s\" has no field \"%s\"", v.Name, name)
	}
	return i, nil
}

// storeTarget stores to a variable or a field.
func (f *frame) storeTarget(t *plpgsql.Target, d datum.Datum, from *datum.Type) error {
	if t.Field != "" {
		return f.storeField(t, d, from)
	}
	return f.store(t.Var, d, from)
}

// storeInto stores a row of columns of a shape; row is nil where there is none.
func (f *frame) storeInto(into *plpgsql.Into, s *shape, row []datum.Datum) error {
	if into.Record >= 0 {
		if row == nil {
			row = make([]datum.Datum, len(s.types))
		}
		v, val := f.p.fn.Vars[into.Record], &f.vars[into.Record]
		if v.Type.T.IsComposite() || f.fixed(into.Record) {
			return f.storeFields(into.Record, row, func(i int) *datum.Type { return s.types[i] })
		}
		if !s.same(val.shape) {
			val.shape = s
		}
		val.fields = slices.Clone(row)
		return nil
	}
	for i := range into.Row {
		d, t := datum.Null, datum.Unknown
		if i < len(row) {
			d, t = row[i], s.types[i]
		}
		if err := f.storeTarget(&into.Row[i], d, t); err != nil {
			return err
		}
	}
	return nil
}
