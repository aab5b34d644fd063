package parse

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// dumper prints a tree as an S-expression: (Type Field=value …), leaving out zero fields. It walks
// by reflection, so that a field added to the tree shows up in the goldens by itself.
type dumper struct {
	strings.Builder
	positions bool
}

// dump prints v; positions says whether At fields are shown.
func dump(v any, positions bool) string {
	d := &dumper{positions: positions}
	d.value(reflect.ValueOf(v))
	return d.String()
}

func (d *dumper) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			d.WriteString("nil")
			return
		}
		d.value(v.Elem())
	case reflect.Struct:
		d.structure(v)
	case reflect.Slice:
		d.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				d.WriteByte(' ')
			}
			d.value(v.Index(i))
		}
		d.WriteByte(']')
	case reflect.String:
		d.WriteString(strconv.Quote(v.String()))
	case reflect.Uint8:
		if v.Type() == reflect.TypeFor[byte]() {
			fmt.Fprintf(d, "'%c'", rune(v.Uint()))
			return
		}
		fmt.Fprint(d, v.Uint())
	default:
		fmt.Fprint(d, v.Interface())
	}
}

func (d *dumper) structure(v reflect.Value) {
	t := v.Type()
	d.WriteByte('(')
	d.WriteString(t.Name())
	for i := range t.NumField() {
		f, fv := t.Field(i), v.Field(i)
		if f.Type == reflect.TypeFor[At]() {
			if d.positions {
				fmt.Fprintf(d, "@%d", fv.Int())
			}
			continue
		}
		if fv.IsZero() || fv.Kind() == reflect.Slice && fv.Len() == 0 {
			continue
		}
		d.WriteByte(' ')
		if f.Type == reflect.TypeFor[Name]() {
			fmt.Fprintf(d, "%s=%s", f.Name, strings.Join(fv.Interface().(Name), "."))
			continue
		}
		d.WriteString(f.Name + "=")
		d.value(fv)
	}
	d.WriteByte(')')
}

// hasUnsupported says whether a tree holds syntax that has no text of its own.
func hasUnsupported(e Expr) bool {
	text := dump(e, false)
	return strings.Contains(text, "(Unsupported ") || strings.Contains(text, "(UnsupportedStmt ") ||
		strings.Contains(text, "(RangeUnsupported ")
}
