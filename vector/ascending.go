package vector

import "sort"

// ascending is a sorted block's rows in order. Rows that follow one another without a gap, as those of a table that was loaded
// at once do, take no memory.
type ascending struct {
	first uint64
	n     int
	rows  []uint64 // nil where row i is first+i
}

// ascendingRows is rows, which ascend; mapped says that they are a file's, and take no memory as they are.
func ascendingRows(rows []uint64, mapped bool) ascending {
	a := ascending{first: rows[0], n: len(rows), rows: rows}
	if !mapped && rows[len(rows)-1]-rows[0] == uint64(len(rows)-1) && distinct(rows) {
		a.rows = nil
	}
	return a
}

// distinct says that no row comes twice.
func distinct(rows []uint64) bool {
	for i := 1; i < len(rows); i++ {
		if rows[i] == rows[i-1] {
			return false
		}
	}
	return true
}

// at is row i.
func (a *ascending) at(i int) uint64 {
	if a.rows == nil {
		return a.first + uint64(i)
	}
	return a.rows[i]
}

// find is the first i whose row is at least want.
func (a *ascending) find(want uint64) int {
	if a.rows == nil {
		return a.leap(0, want)
	}
	return sort.Search(a.n, func(i int) bool { return a.rows[i] >= want })
}

// leap is find from i on, in the logarithm of how far that is: the next match is most often near.
func (a *ascending) leap(i int, want uint64) int {
	if a.rows == nil {
		if want <= a.first {
			return i
		}
		return max(i, int(min(want-a.first, uint64(a.n))))
	}
	return i + leap(a.rows[i:], want)
}
