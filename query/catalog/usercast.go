package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// CastDef is a cast that a user made: a row of pg_cast. Method is 'f' by Proc, 'i' through text, 'b' as it is.
type CastDef struct {
	OID     OID    `json:"oid"`
	Source  OID    `json:"source"`
	Target  OID    `json:"target"`
	Proc    OID    `json:"proc,omitempty"`
	Context byte   `json:"context"`
	Method  byte   `json:"method"`
	Comment string `json:"comment,omitempty"`
}

// castPair is what no two casts share.
type castPair struct{ source, target OID }

// EncodeCast gives the bytes a cast is stored as.
func EncodeCast(c *CastDef) ([]byte, error) { return json.Marshal(c) }

// DecodeCast reads what EncodeCast wrote.
func DecodeCast(b []byte) (*CastDef, error) {
	c := new(CastDef)
	if err := decodeStrict(b, c); err != nil {
		return nil, fmt.Errorf("decode cast: %w", err)
	}
	known := (c.Context == 'i' || c.Context == 'a' || c.Context == 'e') && (c.Method == 'i' || c.Method == 'b' || c.Method == 'f')
	if c.OID == 0 || c.Source == 0 || c.Target == 0 || !known || (c.Method == 'f') != (c.Proc != 0) {
		return nil, fmt.Errorf("decode cast %d: %w", c.OID, ErrCorrupt)
	}
	return c, nil
}

// PutCast adds a cast, or replaces the one between its types.
func (s *Snapshot) PutCast(c *CastDef) { s.casts[castPair{c.Source, c.Target}] = c }

// RemoveCast removes a cast.
func (s *Snapshot) RemoveCast(c *CastDef) { delete(s.casts, castPair{c.Source, c.Target}) }

// UserCast is the cast that a user made between two types, nil for none. A nil snapshot has none.
func (s *Snapshot) UserCast(from, to *datum.Type) *CastDef {
	if s == nil || len(s.casts) == 0 {
		return nil
	}
	return s.casts[castPair{from.OID, to.OID}]
}

// UserCasts lists the casts that users made, by OID.
func (s *Snapshot) UserCasts() []*CastDef {
	return slices.SortedFunc(maps.Values(s.casts), func(a, b *CastDef) int { return cmp.Compare(a.OID, b.OID) })
}

// CastByOID finds a user's cast, nil for none.
func (s *Snapshot) CastByOID(oid OID) *CastDef {
	for _, c := range s.casts {
		if c.OID == oid {
			return c
		}
	}
	return nil
}

// CastsOfType lists users' casts from or to a type.
func (s *Snapshot) CastsOfType(types ...OID) []*CastDef {
	return slices.DeleteFunc(s.UserCasts(), func(c *CastDef) bool {
		return !slices.Contains(types, c.Source) && !slices.Contains(types, c.Target)
	})
}

// CastsBy lists users' casts that a function makes.
func (s *Snapshot) CastsBy(function OID) []*CastDef {
	return slices.DeleteFunc(s.UserCasts(), func(c *CastDef) bool { return c.Proc != function })
}

// FindCast is the cast between two types, a user's or a built-in one; nil for none.
func (s *Snapshot) FindCast(from, to *datum.Type) *Cast {
	if c := s.UserCast(from, to); c != nil {
		return &Cast{From: from, To: to, Context: c.Context, Method: c.Method, User: c}
	}
	return Builtin().FindCast(from, to)
}

// castDependencies lists what users' casts depend on.
func (s *Snapshot) castDependencies() []dependency {
	var out []dependency
	for _, c := range s.UserCasts() {
		from := object{castClassOID, c.OID, 0}
		for _, t := range []OID{c.Source, c.Target} {
			if t >= firstExtensionOID {
				out = append(out, dependency{from, object{typeClassOID, t, 0}, 'n'})
			}
		}
		if c.Proc >= firstExtensionOID {
			out = append(out, dependency{from, object{procClassOID, c.Proc, 0}, 'n'})
		}
	}
	return out
}

// userCastRows are pg_cast's rows of the casts that users made.
func userCastRows(env *VirtualEnv, w *rowWriter) {
	for _, c := range env.Snapshot.UserCasts() {
		w.oid("oid", c.OID).oid("castsource", c.Source).oid("casttarget", c.Target).oid("castfunc", c.Proc).
			char("castcontext", c.Context).char("castmethod", c.Method).end()
	}
}
