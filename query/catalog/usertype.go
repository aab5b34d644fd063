package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// Type is a type that a user made: an enum.
type Type struct {
	OID     OID               `json:"oid"`
	Array   OID               `json:"array"`
	Schema  OID               `json:"schema"`
	Name    string            `json:"name"`
	Comment string            `json:"comment,omitempty"`
	Labels  []datum.EnumLabel `json:"labels"`
	// T is the type as values have it. A Snapshot makes it; each change of the type is a new one.
	T *datum.Type `json:"-"`
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
	if t.OID == 0 || t.Array == 0 || t.Schema == 0 || t.Name == "" || !ordered {
		return nil, fmt.Errorf("decode type %q: %w", t.Name, ErrCorrupt)
	}
	return t, nil
}

// PutType adds a type, or replaces the one with its OID in every table that has columns of it.
func (s *Snapshot) PutType(t *Type) {
	sql := parse.QuoteIdent(t.Name)
	if sc := s.schemas[t.Schema]; sc != nil && t.Schema != PublicOID {
		sql = parse.QuoteIdent(sc.Name) + "." + sql
	}
	t.T = datum.NewEnum(t.OID, t.Array, t.Schema, t.Name, sql, t.Labels)
	s.types[t.OID] = t
	for _, table := range s.userTables() {
		if fresh := table.retyped(t.T); fresh != nil {
			s.PutTable(fresh)
		}
	}
}

// retyped is the table with a changed type in the place of what it was; nil when it has no column of it.
func (t *Table) retyped(typ *datum.Type) *Table {
	var out *Table
	for i := range t.Columns {
		is := typ
		if t.Columns[i].TypeOID == typ.Array.OID {
			is = typ.Array
		} else if t.Columns[i].TypeOID != typ.OID {
			continue
		}
		if out == nil {
			fresh := *t
			fresh.Columns = slices.Clone(t.Columns)
			out = &fresh
		}
		out.Columns[i].Type = is
	}
	return out
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

// UserTypeByOID finds a type that a user made; nil for none.
func (s *Snapshot) UserTypeByOID(oid OID) *Type { return s.types[oid] }

// TypeByOID finds any type, built in or not; nil for none.
func (s *Snapshot) TypeByOID(oid OID) *datum.Type {
	if t := datum.TypeByOID(oid); t != nil {
		return t
	}
	if t := s.types[oid]; t != nil {
		return t.T
	}
	for _, t := range s.types {
		if t.Array == oid {
			return t.T.Array
		}
	}
	return nil
}

// TypeNamed finds a type of a schema by its pg_type name ("mood", "_mood"); nil for none.
func (s *Snapshot) TypeNamed(schema OID, name string) *datum.Type {
	if t := datum.TypeByName(name); t != nil && typeSchema(t) == schema {
		return t
	}
	for _, t := range s.types {
		if t.Schema == schema && t.Name == name {
			return t.T
		}
		if t.Schema == schema && t.T.Array.Name == name {
			return t.T.Array
		}
	}
	return nil
}

// ColumnsOf lists the columns that are of a type, or arrays of it.
func (s *Snapshot) ColumnsOf(t *Type) []ViewUse {
	var out []ViewUse
	for _, table := range s.userTables() {
		var atts []int16
		for i := range table.Columns {
			if c := &table.Columns[i]; c.TypeOID == t.OID || c.TypeOID == t.Array {
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

// userTypeRows are pg_type's rows of the types that users made.
func userTypeRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Types() {
		owner := env.Snapshot.Owner(ClassType, t.OID)
		w.oid("oid", t.OID).str("typname", t.Name).oid("typnamespace", t.Schema).int("typlen", 4).bool("typbyval", true).
			char("typtype", 'e').char("typcategory", 'E').bool("typispreferred", false).char("typdelim", ',').
			oid("typelem", 0).oid("typarray", t.Array).zero("typsubscript", "typanalyze").oid("typinput", 3506).
			oid("typoutput", 3507).oid("typreceive", 3532).oid("typsend", 3533).char("typalign", 'i').
			char("typstorage", 'p').oid("typcollation", 0).oid("typowner", owner).end()
		w.oid("oid", t.Array).str("typname", t.T.Array.Name).oid("typnamespace", t.Schema).int("typlen", -1).
			bool("typbyval", false).char("typtype", 'b').char("typcategory", 'A').bool("typispreferred", false).
			char("typdelim", ',').oid("typelem", t.OID).oid("typarray", 0).oid("typsubscript", 6179).
			oid("typinput", 750).oid("typoutput", 751).oid("typreceive", 2400).oid("typsend", 2401).
			oid("typanalyze", 3816).char("typalign", 'i').char("typstorage", 'x').oid("typcollation", 0).
			oid("typowner", owner).end()
	}
}

// labelUnit is the number that an enum's first label has: pg_enum shows numbers as multiples of it.
const labelUnit = 1 << 30
