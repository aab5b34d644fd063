package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// hstoreClass checks a key of an operator class of extension hstore that is the type's default: an index of the keys and
// pairs of values.
func (b *binder) hstoreClass(part *catalog.KeyPart, method, class string, e parse.IndexElem) error {
	standard, _ := b.cat.Snapshot().FindOpClass(method, "", datum.Hstore)
	switch {
	case class != "" && class != standard:
		return b.wrongClass(class, method, datum.Hstore)
	case method == "gin" && len(e.ClassOptions) > 0:
		return noClassOptions(standard)
	}
	return signatureLength(part, e.ClassOptions)
}

const hstoreLibrary = "hstore"

// ginSymbol is the operator of a condition that inverted indexes know, "" of another: the system's, or one of hstore's.
func ginSymbol(c *Call) string {
	switch {
	case c.Proc.Schema == catalog.PgCatalogOID:
		return c.Op
	case ofLibrary(c, hstoreLibrary):
		return c.Operator.Name
	}
	return ""
}
