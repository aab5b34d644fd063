package catalog

import (
	"slices"
	"time"
)

// Generation is vectors of a column by another model than the one that answers queries: they are being made, beside those,
// until one commit makes them the column's; or they were the column's until then, and are kept so that it can go back.
// Who writes a row takes its vector out of the column's generations unless it is still right there, so a generation never
// holds a vector of what a row was before.
type Generation struct {
	AttNum int16 `json:"attnum"`
	// Place is where its vectors lie, as Column.VectorsAt.
	Place     int16  `json:"place"`
	Model     string `json:"model"`
	ModelHash string `json:"model_hash"`
	// Typmod is the dimensions that the column has with it, -1 for any.
	Typmod int32 `json:"typmod"`
	// Kept says that it was the column's, and goes at Until, in seconds since 1970. One that is made was begun at Since, by
	// Role, and KeepSeconds is for how long the one that it replaces is kept.
	Kept        bool  `json:"kept,omitempty"`
	Until       int64 `json:"until,omitempty"`
	Since       int64 `json:"since,omitempty"`
	Role        OID   `json:"role,omitempty"`
	KeepSeconds int64 `json:"keep_seconds,omitempty"`
	// LockTimeoutMS is how long its switch waits for a lock at a time, as the session had it that began it; 0 is its choice.
	LockTimeoutMS int64 `json:"lock_timeout_ms,omitempty"`
	// Segments is the table that keeps the segments that go with it (segments.go), 0 for none.
	Segments OID `json:"segments,omitempty"`
}

// SegmentTables are the tables that keep a table's segments: of its column, and of the column's generations.
func (t *Table) SegmentTables() []OID {
	var out []OID
	if t.Segments != 0 {
		out = append(out, t.Segments)
	}
	for i := range t.Generations {
		if seg := t.Generations[i].Segments; seg != 0 {
			out = append(out, seg)
		}
	}
	return out
}

// aboveFirstPlace: -1 is the place of what an index keeps of bits and sparse vectors.
const aboveFirstPlace = -1

// VectorsAt is the number that the keys of a vector column's values have for its attribute: the attribute number, or a
// negative number that a rebuild gave its vectors.
func (c *Column) VectorsAt() int16 {
	if c.Place != 0 {
		return c.Place
	}
	return c.AttNum
}

// Making is the generation of a column that is being made, nil for none.
func (t *Table) Making(attNum int16) *Generation { return t.generation(attNum, false) }

// Kept is the generation that a column had before, nil where it is not kept.
func (t *Table) Kept(attNum int16) *Generation { return t.generation(attNum, true) }

func (t *Table) generation(attNum int16, kept bool) *Generation {
	for i := range t.Generations {
		if g := &t.Generations[i]; g.AttNum == attNum && g.Kept == kept {
			return g
		}
	}
	return nil
}

// WithoutGeneration is the table without one of its generations.
func (t *Table) WithoutGeneration(place int16) *Table {
	out := *t
	out.Generations = slices.DeleteFunc(slices.Clone(t.Generations), func(g Generation) bool { return g.Place == place })
	return &out
}

// WithGeneration is the table with one more generation, which gets a place that no vectors ever had.
func (t *Table) WithGeneration(g Generation) *Table {
	out := *t
	out.LastPlace = min(t.LastPlace, aboveFirstPlace) - 1
	g.Place = out.LastPlace
	out.Generations = append(slices.Clone(t.Generations), g)
	return &out
}

// Switched is the table with a generation's vectors as the column's, and the column's as a generation that is kept, in
// place of the one kept before; or not kept when it is to be kept for no time. Where the column's segments are kept, theirs
// go with them. column is the column by the new model. The indexes USING faiss over it get no number, so that they are made anew.
func (t *Table) Switched(g *Generation, column Column, now time.Time) *Table {
	out := *t
	at := t.Ordinal(g.AttNum)
	old := t.Columns[at]
	column.Place = g.Place
	out.Columns = slices.Clone(t.Columns)
	out.Columns[at] = column
	out.Generations = slices.DeleteFunc(slices.Clone(t.Generations), func(x Generation) bool { return x.AttNum == g.AttNum })
	if g.KeepSeconds > 0 {
		out.Generations = append(out.Generations, Generation{
			AttNum: g.AttNum, Place: old.VectorsAt(), Model: old.Model, ModelHash: old.ModelHash, Typmod: old.Typmod,
			Kept: true, Since: now.Unix(), Until: now.Unix() + g.KeepSeconds, KeepSeconds: g.KeepSeconds,
		})
	}
	if g.Segments != 0 {
		if kept := out.Kept(g.AttNum); kept != nil {
			kept.Segments = t.Segments
		}
		out.Segments = g.Segments
	}
	out.Indexes = slices.Clone(t.Indexes)
	for i := range out.Indexes {
		if ix := &out.Indexes[i]; ix.Method == "faiss" && len(ix.Keys) == 1 && ix.Keys[0].AttNum == g.AttNum {
			ix.ID = 0
		}
	}
	return &out
}

// Prune takes away the generations of columns that the definition, made from the one before it, has dropped, or has given
// another type without another generation's vectors: what they were made for is no more.
func (t *Table) Prune(before *Table) {
	t.Generations = slices.DeleteFunc(slices.Clone(t.Generations), func(g Generation) bool {
		i, j := before.Ordinal(g.AttNum), t.Ordinal(g.AttNum)
		if i < 0 || j < 0 {
			return true
		}
		was, is := &before.Columns[i], &t.Columns[j]
		return is.Generated == "" || is.Place == was.Place && (is.TypeOID != was.TypeOID || is.Typmod != was.Typmod)
	})
}
