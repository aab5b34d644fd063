package plan

import (
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// What CREATE INDEX may ask of a btree and of no other access method (gin, hash, and the vector operator's).

// methodLacks says that an access method cannot do what a statement asks for.
func methodLacks(method, what string) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "access method %q does not support %s", method, what)
}

// unorderedIndex refuses what the index as a whole cannot be.
func unorderedIndex(s *parse.CreateIndexStmt, method string) error {
	switch {
	case s.Unique:
		return methodLacks(method, "unique indexes")
	case len(s.Include) > 0:
		return methodLacks(method, "included columns")
	}
	return nil
}

// oneKey is unorderedIndex of a method whose indexes have one key.
func oneKey(s *parse.CreateIndexStmt, method string) error {
	if err := unorderedIndex(s, method); err != nil {
		return err
	}
	if len(s.Elems) > 1 {
		return methodLacks(method, "multicolumn indexes")
	}
	return nil
}

// withoutOrder refuses a key's order.
func withoutOrder(e parse.IndexElem, method string) error {
	switch {
	case e.Dir != parse.SortDefault:
		return methodLacks(method, "ASC/DESC options")
	case e.Nulls != parse.NullsDefault:
		return methodLacks(method, "NULLS FIRST/LAST options")
	}
	return nil
}
