package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
)

// Type is a type that a user made: an enum, with Domain set a domain, with Range a range type. Composite types are Tables (rowtype.go).
type Type struct {
	OID     OID               `json:"oid"`
	Array   OID               `json:"array"`
	Schema  OID               `json:"schema"`
	Name    string            `json:"name"`
	Comment string            `json:"comment,omitempty"`
	Labels  []datum.EnumLabel `json:"labels,omitempty"`
	Domain  *Domain           `json:"domain,omitempty"`
	Range   *RangeType        `json:"range,omitempty"`
	// T is the type as values have it. A Snapshot makes it; each change of the type is a new one.
	T *datum.Type `json:"-"`
	// makers are the functions that make values of a range type; putRange makes them.
	makers []*Proc
}

// EncodeType gives the bytes a type is stored as.
func EncodeType(t *Type) ([]byte, error) { return json.Marshal(t) }

// DecodeType reads what EncodeType wrote.
func DecodeType(b []byte) (*Type, error) {
	t := new(Type)
	if err := decodeStrict(b, t); err != nil {
		return nil, fmt.Errorf("decode type: %w", err)
	}
	ordered := slices.IsSortedFunc(t.Labels, func(a, b datum.EnumLabel) int { return cmp.Compare(a.Number, b.Number) })
	numbered := t.Range == nil || !slices.Contains(t.Range.oids(), 0)
	if t.OID == 0 || t.Array == 0 || t.Schema == 0 || t.Name == "" || !ordered || !numbered {
		return nil, fmt.Errorf("decode type %q: %w", t.Name, ErrCorrupt)
	}
	return t, nil
}

// PutType adds a type, or replaces the one with its OID in everything that is made of it.
func (s *Snapshot) PutType(t *Type) {
	sql := s.typeSQL(t.Schema, t.Name)
	switch d := t.Domain; {
	case d != nil:
		t.T = datum.NewDomain(t.OID, t.Array, t.Schema, t.Name, sql, s.TypeByOID(d.Base), d.Typmod)
	case t.Range != nil:
		s.putRange(t, sql)
	default:
		t.T = datum.NewEnum(t.OID, t.Array, t.Schema, t.Name, sql, t.Labels)
	}
	old := s.types[t.OID]
	s.types[t.OID] = t
	if old != nil {
		s.retype(t.T)
		if t.T.Multirange != nil {
			s.retype(t.T.Multirange)
		}
	}
}

// RemoveType removes a type.
func (s *Snapshot) RemoveType(oid OID) { delete(s.types, oid) }

// Types lists the types that users made, by OID.
func (s *Snapshot) Types() []*Type {
	return slices.SortedFunc(maps.Values(s.types), func(a, b *Type) int { return cmp.Compare(a.OID, b.OID) })
}

// UserType finds a type that a user made, by name; nil for none.
func (s *Snapshot) UserType(schema OID, name string) *Type {
	for _, t := range s.types {
		if t.Schema == schema && t.Name == name {
			return t
		}
	}
	return nil
}

// UserTypeByOID finds a type that a user made, a multirange type by its range type; nil for none.
func (s *Snapshot) UserTypeByOID(oid OID) *Type {
	if t := s.types[oid]; t != nil {
		return t
	}
	for _, t := range s.types {
		if t.Range != nil && t.Range.Multi == oid {
			return t
		}
	}
	return nil
}

// TypeByOID finds any type, built in or not; nil for none.
func (s *Snapshot) TypeByOID(oid OID) *datum.Type {
	if t := datum.TypeByOID(oid); t != nil {
		return t
	}
	if t := s.types[oid]; t != nil {
		return t.T
	}
	for _, t := range s.types {
		for _, made := range t.made() {
			if made.OID == oid {
				return made
			}
		}
	}
	return s.rowTypeByOID(oid)
}

// TypeNamed finds a type of a schema by its pg_type name ("mood", "_mood"); nil for none.
func (s *Snapshot) TypeNamed(schema OID, name string) *datum.Type {
	if t := datum.TypeByName(name); t != nil && s.typeSchema(t) == schema {
		return t
	}
	for _, t := range s.types {
		for _, made := range t.made() {
			if made.Namespace == schema && made.Name == name {
				return made
			}
		}
	}
	if t := s.Table(schema, name); t != nil {
		return t.RowType()
	}
	if elem, ok := strings.CutPrefix(name, "_"); ok {
		if t := s.Table(schema, elem); t != nil {
			return t.RowType().Array
		}
	}
	return nil
}

// ColumnsOf lists the columns that are of a type, or arrays of it.
func (s *Snapshot) ColumnsOf(t *datum.Type) []ViewUse {
	var out []ViewUse
	for _, table := range s.userTables() {
		var atts []int16
		for i := range table.Columns {
			c := &table.Columns[i]
			if c.TypeOID == t.OID || c.TypeOID == t.Array.OID {
				atts = append(atts, c.AttNum)
			}
		}
		if len(atts) > 0 {
			out = append(out, ViewUse{Relation: table.OID, AttNums: atts})
		}
	}
	return out
}

func enumRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Types() {
		for _, l := range t.Labels {
			w.oid("oid", l.OID).oid("enumtypid", t.OID).
				float("enumsortorder", float64(float32(float64(l.Number)/labelUnit))).str("enumlabel", l.Label).end()
		}
	}
}

// labelUnit is the number that an enum's first label has: pg_enum shows numbers as multiples of it.
const labelUnit = 1 << 30
