package parse

import "reflect"

// Inspect visits a tree's nodes, parents first: f gets every pointer to a struct of this package, and says
// whether to go on to what it holds. The fields are found by reflection, so that none is forgotten the day that a node
// gets one more; it serves the few questions about a tree that come before names are looked up.
func Inspect(node any, f func(node any) bool) { inspect(reflect.ValueOf(node), f) }

func inspect(v reflect.Value, f func(node any) bool) {
	switch v.Kind() {
	case reflect.Interface:
		inspect(v.Elem(), f)
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct && f(v.Interface()) {
			inspect(v.Elem(), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			inspect(v.Field(i), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			inspect(v.Index(i), f)
		}
	}
}
