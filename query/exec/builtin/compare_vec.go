package builtin

import (
	"cmp"

	"github.com/seguedb/segue/query/datum"
)

// compareVec is the fast path of a comparison whose values lie unboxed in the columns, nil for other
// types. Values at NULL places are compared too, which is cheaper than asking.
func compareVec(op string, left, right *datum.Type) VecFunc {
	switch {
	case left.Kind != right.Kind || left == datum.Bpchar || left == datum.JSONB || left == datum.TSVector || left == datum.TSQuery:
		return nil
	case left.Kind == datum.KindInt && (left == right || !isDateTime(left)):
		return orderedVec(orderedLoop[int64](op), func(v *datum.Vec) []int64 { return v.I })
	case left.Kind == datum.KindString:
		return orderedVec(orderedLoop[string](op), func(v *datum.Vec) []string { return v.S })
	case left.Kind == datum.KindFloat:
		return orderedVec(floatLoop(op), func(v *datum.Vec) []float64 { return v.F })
	}
	return nil
}

func orderedVec[T any](loop func(a, b []T, out []bool), values func(*datum.Vec) []T) VecFunc {
	return func(_ *Env, args []*datum.Vec, n int) (*datum.Vec, error) {
		out := &datum.Vec{Type: datum.Bool, B: make([]bool, n), Nulls: eitherNull(args, n)}
		loop(values(args[0])[:n], values(args[1])[:n], out.B)
		return out, nil
	}
}

// eitherNull is the NULLs of a strict function's result.
func eitherNull(args []*datum.Vec, n int) []bool {
	var nulls []bool
	for _, a := range args {
		if a.Nulls == nil {
			continue
		}
		if nulls == nil {
			nulls = append(make([]bool, 0, n), a.Nulls[:n]...)
			continue
		}
		for i, null := range a.Nulls[:n] {
			nulls[i] = nulls[i] || null
		}
	}
	return nulls
}

func orderedLoop[T cmp.Ordered](op string) func(a, b []T, out []bool) {
	switch op {
	case "eq":
		return func(a, b []T, out []bool) {
			for i := range out {
				out[i] = a[i] == b[i]
			}
		}
	case "ne":
		return func(a, b []T, out []bool) {
			for i := range out {
				out[i] = a[i] != b[i]
			}
		}
	case "lt":
		return func(a, b []T, out []bool) {
			for i := range out {
				out[i] = a[i] < b[i]
			}
		}
	case "gt":
		return func(a, b []T, out []bool) { orderedLoop[T]("lt")(b, a, out) }
	case "le":
		return func(a, b []T, out []bool) {
			for i := range out {
				out[i] = a[i] <= b[i]
			}
		}
	default:
		return func(a, b []T, out []bool) { orderedLoop[T]("le")(b, a, out) }
	}
}

// floatLoop is orderedLoop with NaN equal to itself and above everything.
func floatLoop(op string) func(a, b []float64, out []bool) {
	switch op {
	case "eq", "ne":
		equal := op == "eq"
		return func(a, b []float64, out []bool) {
			for i := range out {
				out[i] = (a[i] == b[i] || a[i] != a[i] && b[i] != b[i]) == equal
			}
		}
	case "lt", "ge":
		less := op == "lt"
		return func(a, b []float64, out []bool) {
			for i := range out {
				out[i] = (a[i] < b[i] || b[i] != b[i] && a[i] == a[i]) == less
			}
		}
	case "gt":
		return func(a, b []float64, out []bool) { floatLoop("lt")(b, a, out) }
	default:
		return func(a, b []float64, out []bool) { floatLoop("ge")(b, a, out) }
	}
}
