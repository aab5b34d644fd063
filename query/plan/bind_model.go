package plan

import (
	"cmp"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// vectorOrigin is where the numbers of a vector come from, as far as the binder can tell.
type vectorOrigin struct {
	model string // "" when unknown
	hash  string // the model's fingerprint, "" when unknown
	// what it is in an error message.
	what string
	// unnamed is a call of embed that leaves the model to the default.
	unnamed bool
}

// sameModel holds the two arguments of an operator or function of vectors to one model: vectors of two models have nothing
// to say of each other. embed(x) beside a column that another model than today's default filled means that model;
// embed(x, model => 'other') and a column of another one are refused.
func (c *exprContext) sameModel(trees []parse.Expr, args []Expr, pos int) error {
	if len(args) != 2 || !isEmbedding(args[0]) || !isEmbedding(args[1]) {
		return nil
	}
	a, b := c.vectorOrigin(trees[0], args[0]), c.vectorOrigin(trees[1], args[1])
	known := a.hash != "" && b.hash != ""
	if a.model == "" || b.model == "" || known && a.hash == b.hash || !known && a.model == b.model {
		return nil
	}
	var err error
	switch {
	case a.unnamed && !b.unnamed:
		args[0], err = c.b.pinModel(args[0], b.model, b.hash)
	case b.unnamed && !a.unnamed:
		args[1], err = c.b.pinModel(args[1], a.model, a.hash)
	case a.model == b.model:
		err = sqlstate.New(sqlstate.DataException, "vectors of different models cannot be compared").
			WithDetail("%s and %s are of different models that were both named %q.", a.what, b.what, a.model)
	default:
		err = sqlstate.New(sqlstate.DataException, "vectors of different models cannot be compared").
			WithDetail("%s is of model %q, %s of model %q.", a.what, a.model, b.what, b.model)
	}
	return at(err, pos)
}

// isEmbedding says whether an argument may be made of what embed gives.
func isEmbedding(e Expr) bool {
	return e != nil && (e.Type() == datum.Vector || e.Type() == datum.Halfvec)
}

// vectorOrigin of an argument, whatever it is cast to: a column remembers what filled it, a call of embed names its model or
// takes the default.
func (c *exprContext) vectorOrigin(tree parse.Expr, e Expr) vectorOrigin {
	for cast, ok := tree.(*parse.CastExpr); ok; cast, ok = tree.(*parse.CastExpr) {
		tree = cast.Arg
	}
	if ref, ok := tree.(*parse.ColumnRef); ok {
		if col := c.scope.origin(c.b.cat.Snapshot(), ref.Name); col != nil {
			return vectorOrigin{model: col.Model, hash: col.ModelHash, what: "Column " + parse.QuoteIdent(col.Name)}
		}
		return vectorOrigin{}
	}
	call, ok := stripCast(e).(*Call)
	if !ok || !isEmbed(call.Proc) {
		return vectorOrigin{}
	}
	model := embedModel(call)
	if model == nil {
		return c.embedOrigin(call.Proc.Name, "", true)
	}
	if name, ok := model.(*Const); ok && !name.Value.IsNull() {
		return c.embedOrigin(call.Proc.Name, name.Value.Str(), call.ByDefault)
	}
	return vectorOrigin{}
}

// embedOrigin is that of a call of embed by a model that the binder has found already.
func (c *exprContext) embedOrigin(what, name string, unnamed bool) vectorOrigin {
	m, err := c.b.cat.Model(name)
	if err != nil {
		return vectorOrigin{}
	}
	return vectorOrigin{model: m.Name, hash: m.Fingerprint, what: what + "(…)", unnamed: unnamed}
}

// origin is the table's column that a name stands for, here or further out; nil for anything else. Unlike resolve it leaves
// no trace of having looked.
func (s *scope) origin(snapshot *catalog.Snapshot, name parse.Name) *catalog.Column {
	for {
		for i := range s.cols {
			col := &s.cols[i]
			if col.name != name[len(name)-1] || col.hidden && len(name) == 1 || len(name) > 1 && col.rel != name[len(name)-2] {
				continue
			}
			return tableColumn(snapshot, cmp.Or(col.table, col.source), cmp.Or(col.attNum, col.sourceAtt))
		}
		if s.parent == nil {
			return nil
		}
		s = s.parent.scope
	}
}

// tableColumn is nil for a table or a column that is not there.
func tableColumn(snapshot *catalog.Snapshot, table catalog.OID, attNum int16) *catalog.Column {
	t := snapshot.TableByOID(table)
	if t == nil {
		return nil
	}
	if at := t.Ordinal(attNum); at >= 0 {
		return &t.Columns[at]
	}
	return nil
}
