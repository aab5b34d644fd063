package datum

// maxArrayDims is Postgres's MAXDIM.
const maxArrayDims = 6

// consistent says whether the dimensions hold exactly the elements.
func (a *ArrayValue) consistent() bool {
	if len(a.Dims) > maxArrayDims || len(a.Dims) != len(a.Lower) {
		return false
	}
	if len(a.Dims) == 0 {
		return len(a.Elems) == 0
	}
	count := 1
	for _, n := range a.Dims {
		if n < 1 || count > len(a.Elems) {
			return false
		}
		count *= n
	}
	return count == len(a.Elems)
}
