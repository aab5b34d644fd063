package plan

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Indexes USING hnsw and ivfflat are declarations, checked by pgvector's rules. On a column of vectors of a fixed width they
// keep nothing of their own: it has the vector operator's index anyhow, which answers exactly, whatever the options and the
// rows. Of a key that is an expression, or of another type, they keep the values (catalog.Index.KeepsVectors).

// vectorIndexKey binds the key in the order in which PostgreSQL and pgvector check: the access method's abilities, the
// options, the operator class, and last what pgvector finds when it builds.
func (b *binder) vectorIndexKey(node *CreateIndex, s *parse.CreateIndexStmt) error {
	method := node.Index.Method
	if err := oneKey(s, method); err != nil {
		return err
	}
	if err := indexOptions(node.Index, s.Options); err != nil {
		return err
	}
	if method == "faiss" && s.Where != nil {
		return unsupported(s.Pos(), "a partial index USING faiss")
	}
	e := s.Elems[0]
	key, part, err := b.vectorKey(node.Table, e)
	if err != nil {
		return err
	}
	if part.OpClass, err = b.vectorOpClass(key.Type, e.OpClass, method); err != nil {
		return err
	}
	if err := withoutOrder(e, method); err != nil {
		return err
	}
	if method == "faiss" && part.AttNum == 0 {
		return unsupported(s.Pos(), "an expression as the key of an index USING faiss")
	}
	if err := buildable(node.Index, key); err != nil {
		return err
	}
	if part.AttNum == 0 || key.Type.Kind != datum.KindVector {
		part.Typmod = key.Typmod
	}
	node.Index.Keys = append(node.Index.Keys, part)
	return nil
}

// vectorKey is a key's type and modifier beside its part.
func (b *binder) vectorKey(t *catalog.Table, e parse.IndexElem) (Column, catalog.KeyPart, error) {
	name := e.Column
	if ref, ok := e.Expr.(*parse.ColumnRef); ok { // in parentheses, and still only a column
		name = ref.Name[len(ref.Name)-1]
	} else if e.Expr != nil {
		bound, err := b.indexable(t, e.Expr)
		if err != nil {
			return Column{}, catalog.KeyPart{}, err
		}
		key := Column{Type: bound.Type(), Typmod: bound.Typmod()}
		return key, catalog.KeyPart{Expr: b.storedText(t, e.Expr), Name: indexColumnName(e.Expr), TypeOID: key.Type.OID}, nil
	}
	i := t.ColumnIndex(name)
	if i < 0 {
		return Column{}, catalog.KeyPart{}, fail(e.Pos(), sqlstate.UndefinedColumn, "column %q does not exist", name)
	}
	col := &t.Columns[i]
	return Column{Type: col.Type, Typmod: col.Typmod}, catalog.KeyPart{AttNum: col.AttNum}, nil
}

// vectorOpClass finds the operator class: ivfflat has a default one for vector, hnsw has none.
func (b *binder) vectorOpClass(t *datum.Type, name []string, method string) (string, error) {
	want := ""
	if len(name) > 0 {
		want = name[len(name)-1]
	}
	served := t
	if t == datum.Varbit {
		served = datum.Bit // binary coercible, to be refused below
	}
	class, known := b.cat.Snapshot().FindOpClass(method, want, served)
	switch {
	case class != "":
		return class, nil
	case want == "":
		return "", sqlstate.New(sqlstate.UndefinedObject,
			"data type %s has no default operator class for access method %q", t, method).
			WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
	case !known:
		return "", noOpClass(want, method)
	}
	return "", sqlstate.New(sqlstate.DatatypeMismatch, "operator class %q does not accept data type %s", want, t)
}

// maxIndexDims are HNSW_MAX_DIM and IVFFLAT_MAX_DIM, which halfvec doubles.
var maxIndexDims = map[*datum.Type]int32{datum.Vector: 2000, datum.Halfvec: 4000, datum.Bit: 64000}

// buildable says what pgvector says when it begins to build.
func buildable(ix *catalog.Index, key Column) error {
	most, limited := maxIndexDims[key.Type]
	switch {
	case key.Type == datum.Varbit:
		return sqlstate.New(sqlstate.FeatureNotSupported, "type not supported for %s index", ix.Method)
	case key.Typmod < 0:
		return sqlstate.New(sqlstate.InvalidParameterValue, "column does not have dimensions")
	case limited && key.Typmod > most && ix.Method != "faiss":
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "column cannot have more than %d dimensions for %s index", most, ix.Method)
	case ix.Method == "hnsw" && optionNumber(ix, "ef_construction", 64) < 2*optionNumber(ix, "m", 16):
		return sqlstate.New(sqlstate.InvalidParameterValue, "ef_construction must be greater than or equal to 2 * m")
	}
	return nil
}

// optionNumber is a checked reloption's value, or what it is when not given.
func optionNumber(ix *catalog.Index, name string, otherwise int) int {
	for _, o := range ix.Options {
		if text, ok := strings.CutPrefix(o, name+"="); ok {
			n, err := strconv.Atoi(text)
			if err == nil {
				return n
			}
		}
	}
	return otherwise
}

func hnswOptions(ix *catalog.Index, opts []parse.DefElem) error {
	for _, o := range opts {
		lo, hi := int64(2), int64(100)
		switch o.Name {
		case "m":
		case "ef_construction":
			lo, hi = 4, 1000
		default:
			return unknownParameter(o)
		}
		if err := indexOption(ix, o, lo, hi); err != nil {
			return err
		}
	}
	return nil
}

func ivfflatOptions(ix *catalog.Index, opts []parse.DefElem) error {
	for _, o := range opts {
		if o.Name != "lists" {
			return unknownParameter(o)
		}
		if err := indexOption(ix, o, 1, 32768); err != nil {
			return err
		}
	}
	return nil
}
