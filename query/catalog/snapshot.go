package catalog

import (
	"cmp"
	"maps"
	"slices"
)

// Snapshot is the whole catalog at one moment. It is immutable; Edit makes a changed copy.
type Snapshot struct {
	// Version grows with every committed change, so that plans know when they are stale.
	Version   uint64
	schemas   map[OID]*Schema
	tables    map[OID]*Table
	sequences map[OID]*Sequence
	types     map[OID]*Type
	functions map[OID]*Proc // that users made
	// functionsByName has them by name. Its slices are replaced, never changed.
	functionsByName map[string][]*Proc
	operators       map[OID]*OperatorDef  // that users made
	casts           map[castPair]*CastDef // likewise
	extensions      map[OID]*Extension    // that CREATE EXTENSION made
	eventTriggers   map[OID]*EventTrigger

	byName  map[qualified]OID
	indexOf map[OID]OID // index → its table
	// referencing lists, by table, the tables with foreign keys to it. Its slices are replaced, never changed.
	referencing map[OID][]OID

	roles        map[OID]*Role
	roleSettings map[OID]*RoleSetting
	rights       map[objectID]*Rights
	defaults     map[OID]*DefaultRights
}

type qualified struct {
	schema OID
	name   string
}

// Bootstrap is the catalog of an empty database: the built-in schemas and their virtual relations.
func Bootstrap() *Snapshot {
	s := &Snapshot{schemas: map[OID]*Schema{}, tables: map[OID]*Table{}, sequences: map[OID]*Sequence{}, types: map[OID]*Type{},
		functions: map[OID]*Proc{}, functionsByName: map[string][]*Proc{}, operators: map[OID]*OperatorDef{},
		casts: map[castPair]*CastDef{}, eventTriggers: map[OID]*EventTrigger{},
		extensions: map[OID]*Extension{}, byName: map[qualified]OID{}, indexOf: map[OID]OID{}, referencing: map[OID][]OID{},
		roles:        map[OID]*Role{},
		roleSettings: map[OID]*RoleSetting{}, rights: map[objectID]*Rights{}, defaults: map[OID]*DefaultRights{}}
	for _, r := range builtinRoles() {
		s.roles[r.OID] = r
	}
	for _, sc := range builtinSchemas {
		s.schemas[sc.OID] = sc
	}
	for _, t := range virtualTables() {
		s.addTable(t, nil)
	}
	return s
}

var builtinSchemas = []*Schema{
	{OID: PgCatalogOID, Name: "pg_catalog", Comment: "system catalog schema"},
	{OID: PublicOID, Name: "public", Comment: "standard public schema"},
	{OID: InfoSchemaOID, Name: "information_schema"},
	{OID: PgToastOID, Name: "pg_toast", Comment: "reserved schema for TOAST tables"},
}

func (s *Snapshot) addTable(t, old *Table) {
	s.giveRowType(t, old)
	s.tables[t.OID] = t
	s.byName[qualified{t.Schema, t.Name}] = t.OID
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		s.indexOf[ix.OID] = t.OID
		if !ix.Implicit {
			s.byName[qualified{t.Schema, ix.Name}] = ix.OID
		}
	}
	s.addReferences(t)
}

func (s *Snapshot) removeTable(t *Table) {
	delete(s.tables, t.OID)
	s.freeName(t.Schema, t.Name, t.OID)
	for i := range t.Indexes {
		delete(s.indexOf, t.Indexes[i].OID)
		if !t.Indexes[i].Implicit {
			s.freeName(t.Schema, t.Indexes[i].Name, t.Indexes[i].OID)
		}
	}
	s.removeReferences(t)
}

// freeName takes a relation's name away, unless another one has got it meanwhile: two may swap theirs.
func (s *Snapshot) freeName(schema OID, name string, oid OID) {
	if q := (qualified{schema, name}); s.byName[q] == oid {
		delete(s.byName, q)
	}
}

// Clone returns a copy that may be changed with Put and Remove until it is published.
func (s *Snapshot) Clone() *Snapshot {
	return &Snapshot{Version: s.Version, schemas: maps.Clone(s.schemas), tables: maps.Clone(s.tables),
		sequences: maps.Clone(s.sequences), types: maps.Clone(s.types), functions: maps.Clone(s.functions),
		functionsByName: maps.Clone(s.functionsByName), operators: maps.Clone(s.operators), casts: maps.Clone(s.casts),
		eventTriggers: maps.Clone(s.eventTriggers),
		extensions:    maps.Clone(s.extensions), byName: maps.Clone(s.byName), indexOf: maps.Clone(s.indexOf),
		referencing: maps.Clone(s.referencing), roles: maps.Clone(s.roles), roleSettings: maps.Clone(s.roleSettings),
		rights: maps.Clone(s.rights), defaults: maps.Clone(s.defaults)}
}

// PutTable adds a table or replaces the one with its OID.
func (s *Snapshot) PutTable(t *Table) {
	old := s.tables[t.OID]
	if old != nil {
		s.removeTable(old)
	}
	s.addTable(t, old)
	if old != nil && old.row != t.row {
		s.retype(t.row)
	}
}

// RemoveTable removes a table.
func (s *Snapshot) RemoveTable(oid OID) {
	if t := s.tables[oid]; t != nil {
		s.removeTable(t)
	}
}

// PutSequence adds or replaces a sequence.
func (s *Snapshot) PutSequence(q *Sequence) {
	if old := s.sequences[q.OID]; old != nil {
		s.freeName(old.Schema, old.Name, old.OID)
	}
	s.sequences[q.OID] = q
	s.byName[qualified{q.Schema, q.Name}] = q.OID
}

// RemoveSequence removes a sequence.
func (s *Snapshot) RemoveSequence(oid OID) {
	if q := s.sequences[oid]; q != nil {
		delete(s.sequences, oid)
		s.freeName(q.Schema, q.Name, q.OID)
	}
}

// PutSchema adds a schema or replaces the one of its OID; one that is kept as dropped is taken away.
func (s *Snapshot) PutSchema(sc *Schema) {
	if sc.Dropped {
		s.RemoveSchema(sc.OID)
		return
	}
	s.schemas[sc.OID] = sc
}

// RemoveSchema removes a schema.
func (s *Snapshot) RemoveSchema(oid OID) { delete(s.schemas, oid) }

// Schema returns the named schema, or nil.
func (s *Snapshot) Schema(name string) *Schema {
	for _, sc := range s.schemas {
		if sc.Name == name {
			return sc
		}
	}
	return nil
}

// SchemaByOID returns a schema, or nil.
func (s *Snapshot) SchemaByOID(oid OID) *Schema { return s.schemas[oid] }

// Table returns the named table of a schema, or nil.
func (s *Snapshot) Table(schema OID, name string) *Table {
	return s.tables[s.byName[qualified{schema, name}]]
}

// TableByOID returns a table, or nil.
func (s *Snapshot) TableByOID(oid OID) *Table { return s.tables[oid] }

// Sequence returns the named sequence of a schema, or nil.
func (s *Snapshot) Sequence(schema OID, name string) *Sequence {
	return s.sequences[s.byName[qualified{schema, name}]]
}

// SequenceByOID returns a sequence, or nil.
func (s *Snapshot) SequenceByOID(oid OID) *Sequence { return s.sequences[oid] }

// Relation returns the OID of whatever relation (table, index or sequence) has the name, 0 for none.
func (s *Snapshot) Relation(schema OID, name string) OID { return s.byName[qualified{schema, name}] }

// Index returns the named index and its table, or nils.
func (s *Snapshot) Index(schema OID, name string) (*Table, *Index) {
	oid := s.byName[qualified{schema, name}]
	if oid == 0 {
		return nil, nil
	}
	return s.IndexByOID(oid)
}

// IndexByOID returns an index and its table, or nils.
func (s *Snapshot) IndexByOID(oid OID) (*Table, *Index) {
	t := s.tables[s.indexOf[oid]]
	if t == nil {
		return nil, nil
	}
	for i := range t.Indexes {
		if t.Indexes[i].OID == oid {
			return t, &t.Indexes[i]
		}
	}
	return nil, nil
}

// Schemas lists schemas by OID.
func (s *Snapshot) Schemas() []*Schema {
	return slices.SortedFunc(maps.Values(s.schemas), func(a, b *Schema) int { return cmp.Compare(a.OID, b.OID) })
}

// Tables lists tables, virtual ones too, by OID.
func (s *Snapshot) Tables() []*Table {
	return slices.SortedFunc(maps.Values(s.tables), func(a, b *Table) int { return cmp.Compare(a.OID, b.OID) })
}

// Sequences lists sequences by OID.
func (s *Snapshot) Sequences() []*Sequence {
	return slices.SortedFunc(maps.Values(s.sequences), func(a, b *Sequence) int { return cmp.Compare(a.OID, b.OID) })
}

// MaxOID is the largest OID in use, so that the next one can be given.
func (s *Snapshot) MaxOID() OID {
	top := FirstUserOID
	for oid, t := range s.tables {
		if t.Virtual == nil {
			top = max(top, oid)
		}
		for i := range t.Indexes {
			top = max(top, t.Indexes[i].OID, t.Indexes[i].Constraint)
		}
		for i := range t.Checks {
			top = max(top, t.Checks[i].OID)
		}
		for i := range t.ForeignKeys {
			top = max(top, t.ForeignKeys[i].OID, t.ForeignKeys[i].Triggers+3)
		}
		for i := range t.Triggers {
			top = max(top, t.Triggers[i].OID, t.Triggers[i].Constraint)
		}
		for i := range t.Rules {
			top = max(top, t.Rules[i].OID)
		}
	}
	for oid := range s.sequences {
		top = max(top, oid)
	}
	for oid := range s.schemas {
		top = max(top, oid)
	}
	for oid := range s.functions {
		top = max(top, oid)
	}
	for oid := range s.extensions {
		top = max(top, oid)
	}
	for oid := range s.operators {
		top = max(top, oid)
	}
	for oid := range s.eventTriggers {
		top = max(top, oid)
	}
	for _, c := range s.casts {
		top = max(top, c.OID)
	}
	for oid, t := range s.types {
		top = max(top, oid, t.Array)
		for _, l := range t.Labels {
			top = max(top, l.OID)
		}
		if t.Range != nil {
			top = max(top, slices.Max(t.Range.oids()))
		}
		if t.Domain != nil {
			for i := range t.Domain.Checks {
				top = max(top, t.Domain.Checks[i].OID)
			}
		}
	}
	return s.maxRoleOID(top)
}
