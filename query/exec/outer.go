package exec

import (
	"reflect"
	"slices"

	"github.com/seguedb/segue/query/plan"
)

// outerSlots lists the outer slots that a plan reads and does not fill itself. It looks at every
// expression of every node by reflection: a list of fields by hand would be wrong the day a node
// gets one more.
func outerSlots(n plan.Node) []int {
	w := &slotWalk{seen: map[any]bool{}}
	w.visit(reflect.ValueOf(n))
	return slices.DeleteFunc(w.read, func(s int) bool { return slices.Contains(w.filled, s) })
}

type slotWalk struct {
	read, filled []int
	seen         map[any]bool
}

var planPackage = reflect.TypeFor[plan.Plan]().PkgPath()

func (w *slotWalk) visit(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		w.visit(v.Elem())
	case reflect.Pointer:
		if v.IsNil() || v.Elem().Type().PkgPath() != planPackage || w.seen[v.Interface()] {
			return
		}
		w.seen[v.Interface()] = true
		w.note(v.Interface())
		w.visit(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				w.visit(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.visit(v.Index(i))
		}
	}
}

func (w *slotWalk) note(x any) {
	switch x := x.(type) {
	case *plan.Outer:
		if !slices.Contains(w.read, x.Slot) {
			w.read = append(w.read, x.Slot)
		}
	case *plan.WorkTableScan:
		w.read = append(w.read, x.Work.Slot)
	case *plan.RecursiveUnion:
		w.filled = append(w.filled, x.Work.Slot)
	case *plan.Subquery:
		w.filled = append(w.filled, x.Slots...)
	case *plan.Join:
		w.filled = append(w.filled, x.Slots...)
	}
}
