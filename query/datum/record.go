package datum

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// typedRecord is a row value that knows its fields' types, which its text needs, and perhaps their names.
type typedRecord struct {
	types  []*Type
	fields []Datum
	names  []string
}

// NewTypedRecord makes a row value whose fields print, compare and travel by their types; a row
// made by NewRecord has only kinds to go by, and so would print a date as a number.
func NewTypedRecord(types []*Type, fields []Datum) Datum {
	return Datum{kind: KindRecord, v: typedRecord{types: types, fields: fields}}
}

// NewNamedRecord makes a row value whose fields have names, as a table's row has; JSON shows them.
func NewNamedRecord(names []string, types []*Type, fields []Datum) Datum {
	return Datum{kind: KindRecord, v: typedRecord{types, fields, names}}
}

// FieldName is the name of field i of a row value: f1, f2… where the row was made without names.
func (d Datum) FieldName(i int) string {
	if r, ok := d.v.(typedRecord); ok && i < len(r.names) {
		return r.names[i]
	}
	return "f" + strconv.Itoa(i+1)
}

// FieldType returns the type of field i of a row value, guessed from its kind where the row was
// made without types.
func (d Datum) FieldType(i int) *Type {
	if r, ok := d.v.(typedRecord); ok {
		return r.types[i]
	}
	return typeOfKind(d.Record()[i])
}

func typeOfKind(d Datum) *Type {
	switch d.Kind() {
	case KindBool:
		return Bool
	case KindInt:
		return Int8
	case KindFloat:
		return Float8
	case KindVector:
		return Vector
	case KindSparse:
		return Sparsevec
	case KindNumeric:
		return Numeric
	case KindInterval:
		return Interval
	case KindArray:
		if a := d.Array(); a.Elem.Array != nil {
			return a.Elem.Array
		}
		return AnyArray
	case KindRecord:
		return Record
	case KindRange:
		return d.Range().Type
	case KindMultirange:
		return d.Multirange().Type
	default:
		return Text
	}
}

// appendRecord writes "(a,,\"b c\")": NULL as nothing, and quotes where the text would mislead.
func appendRecord(dst []byte, d Datum, env *Env) []byte {
	dst = append(dst, '(')
	for i, f := range d.Record() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if !f.IsNull() {
			dst = appendRecordField(dst, Format(d.FieldType(i), f, env))
		}
	}
	return append(dst, ')')
}

func appendRecordField(dst []byte, s string) []byte {
	if s != "" && !strings.ContainsAny(s, "\"\\(), \t\n\r\v\f") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, s[i])
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// appendRecordBinary writes the count, then each field's OID, length and bytes.
func appendRecordBinary(dst []byte, d Datum) ([]byte, error) {
	fields := d.Record()
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(fields)))
	for i, f := range fields {
		t := d.FieldType(i)
		dst = binary.BigEndian.AppendUint32(dst, uint32(t.OID))
		var err error
		if dst, err = appendSized(dst, t, f); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendSized writes a length and the binary value, or length -1 for NULL.
func appendSized(dst []byte, t *Type, d Datum) ([]byte, error) {
	if d.IsNull() {
		return append(dst, 0xff, 0xff, 0xff, 0xff), nil
	}
	at := len(dst)
	dst, err := AppendBinary(append(dst, 0, 0, 0, 0), t, d)
	if err != nil {
		return dst, err
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst, nil
}

// appendRecordKey writes each field as a marker and, of a value, its type's OID and body.
func appendRecordKey(dst []byte, d Datum) []byte {
	for i, f := range d.Record() {
		if f.IsNull() {
			dst = append(dst, keyNullLast)
			continue
		}
		t := d.FieldType(i)
		dst = binary.BigEndian.AppendUint32(append(dst, keyValue), uint32(t.OID))
		dst = appendKeyBody(dst, t, f)
	}
	return append(dst, 0)
}

func (r *keyReader) record(shape *Type) Datum {
	if r.depth++; r.depth > maxNesting {
		return r.fail()
	}
	var types []*Type
	var fields []Datum
	for {
		t, f := Text, Null
		switch r.byte() {
		case 0:
			r.depth--
			if shape.Relation != 0 && len(fields) == len(shape.Fields) {
				return shape.NewComposite(fields)
			}
			return NewTypedRecord(types, fields)
		case keyNullLast:
		case keyValue:
			if t = fieldType(shape, len(types), OID(r.uint(4))); t == nil {
				return r.fail()
			}
			f = r.value(t)
		default:
			return r.fail()
		}
		types, fields = append(types, t), append(fields, f)
	}
}
