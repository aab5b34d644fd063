package datum

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// EnumLabel is one value of an enum. Values are held as Number, by which they order: labels added between others get
// numbers between theirs, so that rows and index entries keep theirs. Postgres holds a label's OID and looks the order up.
type EnumLabel struct {
	OID    OID    `json:"oid"`
	Number int64  `json:"number"`
	Label  string `json:"label"`
}

// NewEnum makes an enum type, with its array type. labels are in order.
func NewEnum(oid, array, namespace OID, name, sql string, labels []EnumLabel) *Type {
	t := base(oid, name, sql, KindInt, 4, 'E', false)
	t.Namespace, t.Labels = namespace, labels
	a := arrayOf(array, t)
	a.Namespace = namespace
	return t
}

// IsEnum says whether the type is an enum.
func (t *Type) IsEnum() bool { return t.Category == 'E' && t.Base == nil }

func (t *Type) parseLabel(s string) (Datum, error) {
	for _, l := range t.Labels {
		if l.Label == s {
			return NewInt(l.Number), nil
		}
	}
	return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input value for enum %s: \"%s\"", t.SQL, s)
}

// label is a value's text. A value without one was added by a transaction that did not commit.
func (t *Type) label(n int64) string {
	i, found := slices.BinarySearchFunc(t.Labels, n, func(l EnumLabel, n int64) int {
		switch {
		case l.Number < n:
			return -1
		case l.Number > n:
			return 1
		}
		return 0
	})
	if !found {
		return ""
	}
	return strings.Clone(t.Labels[i].Label)
}

// StoredAs is a built-in type whose stored values read like the type's: what is left to know of a dropped column, whose
// type may be dropped, too.
func StoredAs(t *Type) *Type {
	switch t = t.Root(); {
	case t.IsEnum():
		return Int8
	case t.Relation != 0, t.IsRange(), t.IsMultirange():
		return Bytea // a length and that many bytes
	case t.Elem != nil && t.Namespace != 0:
		return StoredAs(t.Elem).Array
	}
	return t
}
