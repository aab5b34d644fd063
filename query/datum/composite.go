package datum

import (
	"encoding/binary"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// shape is a composite type's field names and types, shared by all its values.
type shape struct {
	names []string
	types []*Type
}

// NewComposite makes a composite type, with its array type: what CREATE TYPE … AS (…) makes, and every table has.
func NewComposite(oid, array, relation, namespace OID, name, sql string, fields []Field) *Type {
	t := base(oid, name, sql, KindRecord, -1, 'C', false)
	t.Namespace, t.Relation, t.Fields = namespace, relation, fields
	t.shape = &shape{names: make([]string, len(fields)), types: make([]*Type, len(fields))}
	for i, f := range fields {
		t.shape.names[i], t.shape.types[i] = f.Name, f.Type
		t.constrained = t.constrained || f.Type.constrained
	}
	a := arrayOf(array, t)
	a.Namespace, a.constrained = namespace, t.constrained
	return t
}

// IsComposite says whether the type is a row type with a name of its own.
func (t *Type) IsComposite() bool { return t.Relation != 0 }

// FieldNames are the names of a composite type's fields; read only.
func (t *Type) FieldNames() []string { return t.shape.names }

// NewComposite makes a value of a composite type; fields must not be modified afterwards.
func (t *Type) NewComposite(fields []Datum) Datum {
	return Datum{kind: KindRecord, v: typedRecord{t.shape.types, fields, t.shape.names}}
}

// fieldType is the type of field i of a stored row value: as the row's type has it, where that knows users' types.
func fieldType(t *Type, i int, oid OID) *Type {
	if i < len(t.Fields) && t.Fields[i].Type.OID == oid {
		return t.Fields[i].Type
	}
	return TypeByOID(oid)
}

// convertRecord makes a row value one of a composite type, field by field.
func convertRecord(d Datum, to *Type, env *Env) (Datum, error) {
	have := d.Record()
	if len(have) != len(to.Fields) {
		return Null, cannotCast(Record, to)
	}
	fields := make([]Datum, len(have))
	for i, f := range to.Fields {
		var err error
		if fields[i], err = Cast(have[i], d.FieldType(i), f.Type, f.Typmod, false, env); err != nil {
			return Null, err
		}
	}
	return to.NewComposite(fields), nil
}

// parseRecord reads "(a,,\"b c\")" as record_in does.
func parseRecord(t *Type, s string, env *Env) (Datum, error) {
	if t.Relation == 0 {
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "input of anonymous composite types is not implemented")
	}
	p := recordParser{whole: s, rest: strings.TrimLeft(s, " \t\n\v\f\r")}
	if !strings.HasPrefix(p.rest, "(") {
		return Null, p.malformed("Missing left parenthesis.")
	}
	p.rest = p.rest[1:]
	fields := make([]Datum, len(t.Fields))
	for i, f := range t.Fields {
		if i > 0 {
			if !strings.HasPrefix(p.rest, ",") {
				return Null, p.malformed("Too few columns.")
			}
			p.rest = p.rest[1:]
		}
		text, null, err := p.field()
		if err != nil {
			return Null, err
		}
		if null {
			continue
		}
		if fields[i], err = parseField(f, text, env); err != nil {
			return Null, err
		}
	}
	switch {
	case !strings.HasPrefix(p.rest, ")"):
		return Null, p.malformed("Too many columns.")
	case trimSpace(p.rest[1:]) != "":
		return Null, p.malformed("Junk after right parenthesis.")
	}
	return t.NewComposite(fields), nil
}

// parseField reads a field without asking its domains, which is for the whole value's reader to do.
func parseField(f Field, text string, env *Env) (Datum, error) {
	base, typmod := f.Type.rootTypmod(f.Typmod)
	d, err := parseText(base, typmod, text, env)
	if err != nil {
		return Null, err
	}
	return ApplyTypmod(base, typmod, d, false)
}

// recordParser reads a row value's text; rest starts at the field to come.
type recordParser struct{ whole, rest string }

func (p *recordParser) malformed(detail string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed record literal: \"%s\"", p.whole).WithDetail("%s", detail)
}

// field reads up to the comma or parenthesis behind a field; nothing at all is NULL.
func (p *recordParser) field() (text string, null bool, err error) {
	if p.rest != "" && endsField(p.rest[0]) {
		return "", true, nil
	}
	text, rest, ok := untilEnd(p.rest, endsField)
	if !ok {
		return "", false, p.malformed("Unexpected end of input.")
	}
	p.rest = rest
	return text, false, nil
}

func endsField(c byte) bool { return c == ',' || c == ')' }

// parseRecordBinary reads what appendRecordBinary writes, for a composite type.
func parseRecordBinary(t *Type, b []byte) (Datum, error) {
	if t.Relation == 0 {
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "input of anonymous composite types is not implemented")
	}
	r := wireReader{b: b}
	if n := int(int32(r.uint32())); !r.short && n != len(t.Fields) {
		return Null, sqlstate.New(sqlstate.DatatypeMismatch, "wrong number of columns: %d, expected %d", n, len(t.Fields))
	}
	fields := make([]Datum, len(t.Fields))
	for i, f := range t.Fields {
		oid := OID(r.uint32())
		field, null := r.sized()
		switch {
		case r.short:
			return Null, badBinary(t)
		case oid != f.Type.OID:
			return Null, sqlstate.New(sqlstate.DatatypeMismatch,
				"binary data has type %d instead of expected %d (%s) in record column %d", oid, f.Type.OID, f.Type.SQL, i+1)
		case null:
			continue
		}
		d, err := ParseBinary(f.Type, f.Typmod, field)
		if err != nil {
			return Null, err
		}
		fields[i] = d
	}
	if len(r.b) > 0 {
		return Null, badBinary(t)
	}
	return t.NewComposite(fields), nil
}

// appendCompositeValue stores a composite value by its attributes' numbers, so that the type can get others and lose some.
func appendCompositeValue(dst []byte, t *Type, d Datum) []byte {
	var body, one []byte
	fields, next := d.Record(), int16(1)
	for i, f := range t.Fields {
		for ; next < f.AttNum; next++ {
			body = append(body, 0)
		}
		next++
		if i >= len(fields) || fields[i].IsNull() {
			body = append(body, 0)
			continue
		}
		one = AppendValue(one[:0], f.Type, fields[i])
		body = binary.AppendUvarint(body, uint64(len(one))+1)
		body = append(body, one...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(body)))
	return append(dst, body...)
}

// composite reads what appendCompositeValue wrote: attributes dropped since are passed over, later ones are NULL.
func (r *valueReader) composite(t *Type) Datum {
	if r.depth++; r.depth > maxNesting {
		return r.fail()
	}
	body := valueReader{b: r.take(r.uvarint())}
	fields := make([]Datum, len(t.Fields))
	at := 0
	for number := int16(1); len(body.b) > 0 && at < len(t.Fields); number++ {
		size := body.uvarint()
		var value []byte
		if size > 0 {
			value = body.take(size - 1)
		}
		if t.Fields[at].AttNum != number {
			continue
		}
		if size > 0 {
			one := valueReader{b: value, depth: r.depth}
			fields[at] = one.value(t.Fields[at].Type)
			body.failed = body.failed || one.failed || len(one.b) > 0
		}
		at++
	}
	if body.failed || r.failed {
		return r.fail()
	}
	r.depth--
	return t.NewComposite(fields)
}
