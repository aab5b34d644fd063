package catalog

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// RangeType is what a range type of a user has beside its own name: a row of pg_range, the multirange type that is made with
// it, and the functions that make values of both. Renaming either type, or moving it, leaves the functions where they are.
type RangeType struct {
	Subtype   OID    `json:"subtype"`
	OpClass   string `json:"opclass,omitempty"`   // "" for the subtype's own
	Collation OID    `json:"collation,omitempty"` // 0 for the subtype's own
	Diff      OID    `json:"diff,omitempty"`      // subtype_diff, 0 for none
	// Multi is the multirange type's OID, MultiArray that of its arrays.
	Multi        OID    `json:"multirange"`
	MultiArray   OID    `json:"multirange_array"`
	MultiSchema  OID    `json:"multirange_schema"`
	MultiName    string `json:"multirange_name"`
	MultiComment string `json:"multirange_comment,omitempty"`
	// Makers are the constructors: of the range type from two bounds and from three arguments, of the multirange type from
	// nothing, from a range and from several. Cast is the cast of a range to a multirange.
	Makers      [5]OID `json:"makers"`
	MakerSchema OID    `json:"maker_schema"`
	MakerName   string `json:"maker_name"`
	MultiMaker  string `json:"multirange_maker_name"`
	Cast        OID    `json:"cast"`
}

// oids are those that a range type takes beside its own.
func (r *RangeType) oids() []OID { return append(r.Makers[:], r.Multi, r.MultiArray, r.Cast) }

// Number gives a new range type its OIDs.
func (r *RangeType) Number(next func() OID) {
	r.Multi, r.MultiArray, r.Cast = next(), next(), next()
	for i := range r.Makers {
		r.Makers[i] = next()
	}
}

// putRange makes the types of a range type's definition, and the functions that make their values.
func (s *Snapshot) putRange(t *Type, sql string) {
	r := t.Range
	t.T = datum.NewRange(t.OID, t.Array, r.Multi, r.MultiArray, t.Schema, t.Name, sql, s.TypeByOID(r.Subtype))
	t.T.NameMultirange(r.MultiSchema, r.MultiName, s.typeSQL(r.MultiSchema, r.MultiName))
	bounds := []*datum.Type{t.T.Subtype, t.T.Subtype}
	t.makers = nil
	add := func(makes *datum.Type, name string, strict bool, args []*datum.Type, variadic *datum.Type) {
		t.makers = append(t.makers, &Proc{OID: r.Makers[len(t.makers)], Name: name, Schema: r.MakerSchema, Args: args, Variadic: variadic,
			Ret: makes, Kind: 'f', Strict: strict, Volatile: 'i', Makes: makes})
	}
	add(t.T, r.MakerName, false, bounds, nil)
	add(t.T, r.MakerName, false, append(slices.Clip(bounds), datum.Text), nil)
	add(t.T.Multirange, r.MultiMaker, true, nil, nil)
	add(t.T.Multirange, r.MultiMaker, true, []*datum.Type{t.T}, nil)
	add(t.T.Multirange, r.MultiMaker, true, []*datum.Type{t.T.Array}, t.T)
}

// made are the types that a definition makes: with its arrays, and for a range type the multirange type.
func (t *Type) made() []*datum.Type {
	out := []*datum.Type{t.T, t.T.Array}
	if m := t.T.Multirange; m != nil {
		out = append(out, m, m.Array)
	}
	return out
}

// Over is the type that a domain or a range type is made of, 0 for other types.
func (t *Type) Over() OID {
	switch {
	case t.Domain != nil:
		return t.Domain.Base
	case t.Range != nil:
		return t.Range.Subtype
	}
	return 0
}

// stale says whether the type is made of one that has changed since.
func (t *Type) stale(is *datum.Type) bool {
	return t.Over() == is.OID && t.T.Base != is && t.T.Subtype != is ||
		t.Over() == is.Array.OID && t.T.Base != is.Array && t.T.Subtype != is.Array
}

// makers are the functions that make values of users' range types, by OID.
func (s *Snapshot) makers() []*Proc {
	var out []*Proc
	for _, t := range s.Types() {
		out = append(out, t.makers...)
	}
	return out
}

// MakersNamed lists those of a name, in whatever schema.
func (s *Snapshot) MakersNamed(name string) []*Proc {
	var out []*Proc
	for _, t := range s.types {
		if r := t.Range; r != nil && (r.MakerName == name || r.MultiMaker == name) {
			out = append(out, slices.DeleteFunc(slices.Clone(t.makers), func(p *Proc) bool { return p.Name != name })...)
		}
	}
	return out
}

// makerByOID finds such a function, nil for none.
func (s *Snapshot) makerByOID(oid OID) *Proc {
	for _, t := range s.types {
		for _, p := range t.makers {
			if p.OID == oid {
				return p
			}
		}
	}
	return nil
}

// rangeDependencies tie what a range type has to it.
func (s *Snapshot) rangeDependencies(t *Type) []dependency {
	r := t.Range
	cast := object{castClassOID, r.Cast, 0}
	out := []dependency{{typeObject(r.Multi), object{namespaceClassOID, r.MultiSchema, 0}, 'n'},
		{typeObject(r.Multi), typeObject(t.OID), 'i'},
		{typeObject(r.MultiArray), typeObject(r.Multi), 'i'}, {cast, typeObject(t.OID), 'i'}, {cast, typeObject(r.Multi), 'i'}}
	for _, p := range t.makers {
		maker := object{procClassOID, p.OID, 0}
		out = append(out, dependency{maker, object{namespaceClassOID, p.Schema, 0}, 'n'}, dependency{maker, typeObject(p.Ret.OID), 'i'})
	}
	if r.Diff != 0 && s.functions[r.Diff] != nil {
		out = append(out, dependency{typeObject(t.OID), object{procClassOID, r.Diff, 0}, 'n'})
	}
	if outsideSystem(s.typeOr(r.Subtype)) {
		out = append(out, dependency{typeObject(t.OID), typeObject(r.Subtype), 'n'})
	}
	return out
}

// rangeFact is what pg_type says of range types and multirange types.
func rangeFact(t *datum.Type) *typeFact {
	out := typeFact{align: 'i', storage: 'x', input: rangeInOID, output: rangeOutOID, receive: rangeRecvOID, send: rangeSendOID,
		analyze: rangeAnalyzeOID}
	if t.IsMultirange() {
		out.input, out.output, out.receive, out.send = multirangeInOID, multirangeOutOID, multirangeRecvOID, multirangeSend
		out.analyze, t = multirangeAnalyzeOID, t.Range
	}
	if f := factOf(t.Subtype); f != nil && f.align == 'd' {
		out.align = 'd'
	}
	return &out
}

// userRangeRows are pg_range's rows of users' range types.
func userRangeRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Types() {
		r := t.Range
		if r == nil {
			continue
		}
		collation := r.Collation
		if collation == 0 {
			collation = collationOf(t.T.Subtype)
		}
		class := (&Index{Method: "btree"}).classFor(t.T.Subtype.Root(), r.OpClass)
		w.oid("rngtypid", t.OID).oid("rngsubtype", r.Subtype).oid("rngmultitypid", r.Multi).oid("rngcollation", collation)
		if class != nil {
			w.oid("rngsubopc", class.oid)
		}
		w.oid("rngcanonical", noFunction).oid("rngsubdiff", r.Diff).end()
	}
}

// userRangeCasts are pg_cast's rows of users' range types.
func userRangeCasts(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Types() {
		if r := t.Range; r != nil {
			w.oid("oid", r.Cast).oid("castsource", t.OID).oid("casttarget", r.Multi).oid("castfunc", r.Makers[3]).
				char("castcontext", 'e').char("castmethod", 'f').end()
		}
	}
}

// rangeOf is the range type that a multirange type or a constructor was made with; anything else is itself.
func (s *Snapshot) rangeOf(oid OID) OID {
	for _, t := range s.types {
		if t.Range != nil && slices.Contains(t.Range.oids(), oid) {
			return t.OID
		}
	}
	return oid
}
