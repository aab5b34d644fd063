package datum

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// parseSparse reads "{1:1.5,3:2}/5": indices from 1, in any order, and the number of dimensions.
func parseSparse(s string) (Datum, error) {
	if strings.Count(s, ",") >= maxSparseElements {
		return Null, tooManyElements()
	}
	p := sparseParser{whole: s, rest: s}
	v := &SparseValue{}
	if !p.skip("{") {
		return Null, syntaxError(Sparsevec, s).WithDetail("Vector contents must start with \"{\".")
	}
	if err := p.elements(v); err != nil {
		return Null, err
	}
	if !p.skip("/") {
		return Null, syntaxError(Sparsevec, s).WithDetail("Unexpected end of input.")
	}
	dims, err := p.integer()
	if err != nil {
		return Null, err
	}
	if p.space(); p.rest != "" {
		return Null, syntaxError(Sparsevec, s).WithDetail("Junk after closing.")
	}
	v.Dims = int(dims)
	if err := checkDims(Sparsevec, v.Dims); err != nil {
		return Null, err
	}
	v.sort()
	return v.checked()
}

// sort orders the elements by index.
func (v *SparseValue) sort() {
	if slices.IsSorted(v.Indices) {
		return
	}
	order := make([]int, len(v.Indices))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(v.Indices[a]) - int(v.Indices[b]) })
	sorted := SparseValue{Dims: v.Dims}
	for _, i := range order {
		sorted.add(v.Indices[i], v.Values[i])
	}
	*v = sorted
}

type sparseParser struct{ whole, rest string }

func (p *sparseParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\n\r\v\f") }

// skip passes over blanks and a sign.
func (p *sparseParser) skip(sign string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, sign)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *sparseParser) syntax() error { return syntaxError(Sparsevec, p.whole) }

// elements reads up to the closing brace.
func (p *sparseParser) elements(v *SparseValue) error {
	if p.skip("}") {
		return nil
	}
	for {
		index, err := p.integer()
		if err != nil {
			return err
		}
		if !p.skip(":") {
			return p.syntax()
		}
		f, err := p.number()
		if err != nil {
			return err
		}
		v.add(index-1, f)
		switch {
		case p.skip("}"):
			return nil
		case !p.skip(","):
			return p.syntax()
		}
	}
}

// integer reads as strtol does, and keeps within an int32, for the checks that follow.
func (p *sparseParser) integer() (int32, error) {
	p.space()
	n := 0
	for n < len(p.rest) && (p.rest[n] >= '0' && p.rest[n] <= '9' || n == 0 && (p.rest[n] == '-' || p.rest[n] == '+')) {
		n++
	}
	i, err := strconv.ParseInt(p.rest[:n], 10, 32)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, p.syntax()
	}
	p.rest = p.rest[n:]
	return int32(max(i, -1<<31+1)), nil
}

func (p *sparseParser) number() (float32, error) {
	p.space()
	n := strings.IndexAny(p.rest, ",} \t\n\r\v\f")
	if n < 0 {
		n = len(p.rest)
	}
	field := p.rest[:n]
	f, err := strconv.ParseFloat(field, 32)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && f == 0 && hasNonzeroDigit(field):
		return 0, outOfRangeElement(Sparsevec, field)
	case err != nil, strings.IndexByte(field, '_') >= 0:
		return 0, p.syntax()
	}
	p.rest = p.rest[n:]
	return float32(f), checkElement(Sparsevec, float32(f))
}

func appendSparse(dst []byte, v *SparseValue) []byte {
	dst = append(dst, '{')
	for i, f := range v.Values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(strconv.AppendInt(dst, int64(v.Indices[i])+1, 10), ':')
		dst = appendShortest(dst, float64(f), 32)
	}
	return strconv.AppendInt(append(dst, '}', '/'), int64(v.Dims), 10)
}

// toSparse leaves the zeros out.
func toSparse(dense []float32) (Datum, error) {
	if err := checkDims(Sparsevec, len(dense)); err != nil {
		return Null, err
	}
	v := &SparseValue{Dims: len(dense)}
	for i, f := range dense {
		v.add(int32(i), f)
	}
	return v.checked()
}

// fromSparse is the dense vector of a type.
func fromSparse(v *SparseValue, to *Type) (Datum, error) {
	if err := checkDims(to, v.Dims); err != nil {
		return Null, err
	}
	dense := make([]float32, v.Dims)
	for i, f := range v.Values {
		if to == Halfvec {
			h, err := toHalf(f)
			if err != nil {
				return Null, err
			}
			f = h
		}
		dense[v.Indices[i]] = f
	}
	return NewVector(dense), nil
}
