package datum

import (
	"math/rand/v2"
	"testing"

	"github.com/seguedb/segue/query/geometry"
)

func randomShape(t *Type, rng *rand.Rand) Datum {
	points := make([]geometry.Point, 1+rng.IntN(4))
	for i := range points {
		points[i] = geometry.Point{X: float64(rng.IntN(9) - 4), Y: rng.NormFloat64()}
	}
	p := points[0]
	switch t {
	case Point:
		return NewShape(p)
	case Lseg:
		return NewShape(geometry.Lseg{p, {Y: p.X}})
	case Line:
		return NewShape(geometry.Line{A: p.X, B: 1, C: p.Y})
	case Box:
		return NewShape(geometry.NewBox(p, geometry.Point{}))
	case Circle:
		return NewShape(geometry.Circle{Center: p, Radius: 2})
	case Path:
		return NewShape(geometry.Path{Closed: rng.IntN(2) == 0, Points: points})
	}
	return NewShape(geometry.Polygon(points))
}

// FuzzGeometry reads shapes, in text and in binary: what is read is written, and reads as the same.
func FuzzGeometry(f *testing.F) {
	for _, s := range []string{"(1,2)", "<(1,2),3>", "{1,-1,0}", "[(1,2),(3,4)]", "((1,2),(3,4))", "1,2,3,4", "(NaN,-inf)", "((1,2)", "<", "[",
		"\x01\x00\x00\x00\x00", "(1e999,2)"} {
		f.Add(s)
	}
	shapes := []*Type{Point, Lseg, Path, Box, Polygon, Line, Circle}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range shapes {
			for _, read := range []func() (Datum, error){
				func() (Datum, error) { return ParseText(typ, -1, s, nil) },
				func() (Datum, error) { return ParseBinary(typ, -1, []byte(s)) },
			} {
				d, err := read()
				if err != nil {
					continue
				}
				text := Format(typ, d, nil)
				again, err := ParseText(typ, -1, text, nil)
				if err != nil && typ != Line { // one with a NaN may be written and not read, as in Postgres
					t.Errorf("%s %q: %v", typ, text, err)
				}
				if err == nil && Format(typ, again, nil) != text {
					t.Errorf("%s: %q came back as %q", typ, text, Format(typ, again, nil))
				}
			}
		}
	})
}

func FuzzMacaddr8(f *testing.F) {
	for _, s := range []string{"08:00:2b:01:02:03", "0800.2b01.0203.0405", " 08002b010203 ", "08:00:2b:01:02:03:", "zz", "08-00:2b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseText(Macaddr8, -1, s, nil)
		if err != nil {
			return
		}
		again, err := ParseText(Macaddr8, -1, Format(Macaddr8, d, nil), nil)
		if err != nil || again.Str() != d.Str() || len(d.Str()) != 8 {
			t.Errorf("%q: %q, %v", s, Format(Macaddr8, d, nil), err)
		}
	})
}
