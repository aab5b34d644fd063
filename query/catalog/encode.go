package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// ErrCorrupt is the class of every error of the Decode functions: stored bytes that are no descriptor.
var ErrCorrupt = errors.New("corrupt catalog entry")

// EncodeTable gives the bytes a table's descriptor is stored as. They are JSON, so that a data
// directory can be read with common tools when things are at their worst; the catalog is small and
// read once, at opening.
func EncodeTable(t *Table) ([]byte, error) {
	if t.Virtual != nil {
		return nil, fmt.Errorf("encode table %q: it is virtual", t.Name)
	}
	stored := *t
	stored.Columns = slices.Clone(t.Columns)
	for i := range stored.Columns {
		if c := &stored.Columns[i]; c.Type != nil {
			c.TypeOID = c.Type.OID
		}
	}
	stored.Dropped = slices.Clone(t.Dropped)
	for i := range stored.Dropped {
		if c := &stored.Dropped[i]; c.Type != nil {
			c.TypeOID = c.Type.OID
		}
	}
	return json.Marshal(&stored)
}

// DecodeTable reads what EncodeTable wrote, with Column.Type restored; the snapshot has the types that users made.
func (s *Snapshot) DecodeTable(b []byte) (*Table, error) {
	t := new(Table)
	if err := decodeStrict(b, t); err != nil {
		return nil, fmt.Errorf("decode table: %w", err)
	}
	if err := t.restore(s.TypeByOID); err != nil {
		return nil, fmt.Errorf("decode table %q: %w: %w", t.Name, ErrCorrupt, err)
	}
	return t, nil
}

// EncodeSequence gives the bytes a sequence's definition is stored as.
func EncodeSequence(q *Sequence) ([]byte, error) { return json.Marshal(q) }

// DecodeSequence reads what EncodeSequence wrote.
func DecodeSequence(b []byte) (*Sequence, error) {
	q := new(Sequence)
	if err := decodeStrict(b, q); err != nil {
		return nil, fmt.Errorf("decode sequence: %w", err)
	}
	if err := q.check(); err != nil {
		return nil, fmt.Errorf("decode sequence %q: %w: %w", q.Name, ErrCorrupt, err)
	}
	return q, nil
}

// EncodeSchema gives the bytes a schema is stored as.
func EncodeSchema(sc *Schema) ([]byte, error) { return json.Marshal(sc) }

// DecodeSchema reads what EncodeSchema wrote.
func DecodeSchema(b []byte) (*Schema, error) {
	sc := new(Schema)
	if err := decodeStrict(b, sc); err != nil {
		return nil, fmt.Errorf("decode schema: %w", err)
	}
	if sc.OID == 0 || sc.Name == "" {
		return nil, fmt.Errorf("decode schema %q: %w: no name or OID", sc.Name, ErrCorrupt)
	}
	return sc, nil
}

// decodeStrict reads exactly one JSON value. A field it does not know was written by a newer version:
// dropping it silently would lose it at the next write.
func decodeStrict(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%w: bytes after the end", ErrCorrupt)
	}
	return nil
}

// restore fills in what is not stored and checks that the parts of the table fit each other.
func (t *Table) restore(typeByOID func(OID) *datum.Type) error {
	if t.OID == 0 || t.Schema == 0 || t.Name == "" {
		return errors.New("no name, OID or schema")
	}
	seen := make(map[int16]bool, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Type = typeByOID(c.TypeOID); c.Type == nil {
			return fmt.Errorf("column %q has unknown type %d", c.Name, c.TypeOID)
		}
		if c.AttNum < 1 || c.AttNum >= t.NextAttNum || seen[c.AttNum] {
			return fmt.Errorf("column %q has attribute number %d", c.Name, c.AttNum)
		}
		seen[c.AttNum] = true
	}
	for i := range t.Indexes {
		for _, k := range t.Indexes[i].Keys {
			if !seen[k.AttNum] && k.Expr == "" {
				return fmt.Errorf("index %q is over attribute %d, which is none", t.Indexes[i].Name, k.AttNum)
			}
			if k.Expr != "" && typeByOID(k.TypeOID) == nil {
				return fmt.Errorf("index %q is over an expression of unknown type %d", t.Indexes[i].Name, k.TypeOID)
			}
		}
	}
	return t.restoreDropped(typeByOID, seen)
}

func (t *Table) restoreDropped(typeByOID func(OID) *datum.Type, live map[int16]bool) error {
	for i := range t.Dropped {
		c := &t.Dropped[i]
		if c.Type = typeByOID(c.TypeOID); c.Type == nil {
			return fmt.Errorf("dropped column %d has unknown type %d", c.AttNum, c.TypeOID)
		}
		if live[c.AttNum] {
			return fmt.Errorf("column %d is dropped and is not", c.AttNum)
		}
	}
	for i := range t.ForeignKeys {
		for _, att := range t.ForeignKeys[i].Columns {
			if !live[att] {
				return fmt.Errorf("foreign key %q is over attribute %d, which is none", t.ForeignKeys[i].Name, att)
			}
		}
	}
	return nil
}

func (q *Sequence) check() error {
	if q.OID == 0 || q.Schema == 0 || q.Name == "" {
		return errors.New("no name, OID or schema")
	}
	if q.Increment == 0 || q.Min > q.Max || q.Start < q.Min || q.Start > q.Max {
		return errors.New("bounds, start and increment do not fit each other")
	}
	switch datum.TypeByOID(q.TypeOID) {
	case datum.Int2, datum.Int4, datum.Int8:
		return nil
	}
	return fmt.Errorf("type %d is no integer", q.TypeOID)
}
