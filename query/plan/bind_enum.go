package plan

import (
	"math"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// labelGap is how far apart the numbers of an enum's labels are to begin with: room for thirty labels added between the
// same two, one after the other.
const labelGap = int64(1) << 30

// createEnum binds CREATE TYPE … AS ENUM.
func (b *binder) createEnum(s *parse.CreateEnumStmt) (*Plan, error) {
	sc, name, err := b.newTypeName(s.Name, s.Pos())
	if err != nil {
		return nil, err
	}
	t := &catalog.Type{Schema: sc.OID, Name: name}
	for i, label := range s.Labels {
		if err := validLabel(label); err != nil {
			return nil, err
		}
		if slices.Contains(s.Labels[:i], label) {
			return nil, sqlstate.New(sqlstate.UniqueViolation,
				"duplicate key value violates unique constraint \"pg_enum_typid_label_index\"")
		}
		t.Labels = append(t.Labels, datum.EnumLabel{Label: label, Number: int64(i+1) * labelGap})
	}
	return typePlan(&ChangeType{New: t}, "CREATE TYPE"), nil
}

func typePlan(node *ChangeType, tag string) *Plan {
	return &Plan{Root: node, Tag: tag, Writes: true, DDL: true}
}

func validLabel(label string) error {
	if len(label) <= maxNameBytes {
		return nil
	}
	return sqlstate.New(sqlstate.InvalidName, "invalid enum label \"%s\"", label).
		WithDetail("Labels must be %d bytes or less.", maxNameBytes)
}

func noType(name parse.Name) error {
	return sqlstate.New(sqlstate.UndefinedObject, "type %q does not exist", strings.Join(name, "."))
}

// userType finds an enum or a domain.
func (b *binder) userType(name parse.Name) (*catalog.Type, error) {
	found, err := b.findType(name)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, noType(name)
	}
	if t := b.cat.Snapshot().UserTypeByOID(found.OID); t != nil {
		return t, nil
	}
	return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "must be owner of type %s", found)
}

// findType finds any type by name; nil for none.
func (b *binder) findType(name parse.Name) (*datum.Type, error) {
	base := name[len(name)-1]
	if b.cat == nil {
		return datum.TypeByName(base), nil
	}
	if oid, ok := b.frozenOID(name); ok {
		return b.cat.Snapshot().TypeByOID(oid), nil
	}
	if len(name) >= 2 {
		sc, err := b.lookupSchema(name[len(name)-2], -1)
		if err != nil || sc == nil {
			return nil, err
		}
		return b.cat.Snapshot().TypeNamed(sc.OID, base), nil
	}
	for _, schema := range b.searchPath() {
		if t := b.cat.Snapshot().TypeNamed(schema, base); t != nil {
			return t, nil
		}
	}
	if t := datum.TypeByName(base); t != nil && catalog.OfExtension(t.OID) && !catalog.IsNative(t) {
		return t, nil // the extension's types are found whatever the path
	}
	return nil, nil
}

// alterEnum binds ALTER TYPE … ADD VALUE and RENAME VALUE.
func (b *binder) alterEnum(s *parse.AlterEnumStmt) (*Plan, error) {
	found, err := b.findType(s.Name)
	if err != nil {
		return nil, err
	}
	if found != nil && !found.IsEnum() {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%s is not an enum", found)
	}
	old, err := b.userType(s.Name)
	if err != nil {
		return nil, err
	}
	fresh := *old
	fresh.Labels = slices.Clone(old.Labels)
	node := &ChangeType{Old: old, New: &fresh}
	if s.Rename {
		return typePlan(node, "ALTER TYPE"), renameLabel(&fresh, s)
	}
	if err := validLabel(s.Label); err != nil {
		return nil, err
	}
	if labelAt(old, s.Label) >= 0 {
		if !s.IfNotExists {
			return nil, sqlstate.New(sqlstate.DuplicateObject, "enum label \"%s\" already exists", s.Label)
		}
		node.New = nil
		node.Notices = append(node.Notices,
			sqlstate.New(sqlstate.DuplicateObject, "enum label \"%s\" already exists, skipping", s.Label))
		return typePlan(node, "ALTER TYPE"), nil
	}
	return typePlan(node, "ALTER TYPE"), addLabel(&fresh, s)
}

func labelAt(t *catalog.Type, label string) int {
	return slices.IndexFunc(t.Labels, func(l datum.EnumLabel) bool { return l.Label == label })
}

func renameLabel(t *catalog.Type, s *parse.AlterEnumStmt) error {
	if err := validLabel(s.Label); err != nil {
		return err
	}
	at := labelAt(t, s.Old)
	if at < 0 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "\"%s\" is not an existing enum label", s.Old)
	}
	if labelAt(t, s.Label) >= 0 {
		return sqlstate.New(sqlstate.DuplicateObject, "enum label \"%s\" already exists", s.Label)
	}
	t.Labels[at].Label = s.Label
	return nil
}

// addLabel puts a label at its place, with a number between its neighbours'.
func addLabel(t *catalog.Type, s *parse.AlterEnumStmt) error {
	at := len(t.Labels)
	if s.HasNeighbor {
		if at = labelAt(t, s.Neighbor); at < 0 {
			return sqlstate.New(sqlstate.InvalidParameterValue, "\"%s\" is not an existing enum label", s.Neighbor)
		}
		if s.After {
			at++
		}
	}
	lo, hi := int64(0), int64(math.MaxInt64)
	if at > 0 {
		lo = t.Labels[at-1].Number
	}
	number := lo + labelGap
	if at < len(t.Labels) {
		hi = t.Labels[at].Number
		number = lo + (hi-lo)/2
	}
	if number <= lo || number >= hi {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "no number is left for a label here").
			WithHint("Make the enum anew, or add the label elsewhere.")
	}
	t.Labels = slices.Insert(t.Labels, at, datum.EnumLabel{Label: s.Label, Number: number})
	return nil
}
