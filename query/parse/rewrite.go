package parse

import "reflect"

// Rewrite copies a tree. visit is asked about every node that is reached by a pointer, before its parts are copied; a
// node that it returns takes the place of the one it was given, and nil copies that one. Positions are forgotten: a
// rewritten tree no longer is what any text says.
func Rewrite[T any](tree T, visit func(node any) any) T {
	return copyTree(reflect.ValueOf(&tree).Elem(), visit).Interface().(T)
}

var atType = reflect.TypeFor[At]()

func copyTree(v reflect.Value, visit func(any) any) reflect.Value {
	if v.Type() == atType {
		return reflect.ValueOf(At(-1))
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		return copyTree(v.Elem(), visit)
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		if r := visit(v.Interface()); r != nil {
			return reflect.ValueOf(r)
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(copyTree(v.Elem(), visit))
		return out
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			out.Field(i).Set(copyTree(v.Field(i), visit))
		}
		return out
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(copyTree(v.Index(i), visit))
		}
		return out
	}
	return v
}
