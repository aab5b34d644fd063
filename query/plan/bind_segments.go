package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// segments(t, key), segment_search(t, vector, k) and align(t, a, b) stand alone in FROM. The table is a constant, so that
// their columns have its key's type: segment_search joins with the table without a cast.

// segmentCall is a call of one of them.
type segmentCall struct {
	b     *binder
	x     *parse.FuncCall
	proc  *catalog.Proc
	args  []Expr // by parameter, nil where left out
	trees []parse.Expr
	table *catalog.Table // whose segments are kept
	kept  *catalog.Table // where they are
}

// isSegmentFunction says whether a function reads a table's segments.
func isSegmentFunction(p *catalog.Proc) bool {
	return p.User == nil && p.Schema == catalog.PublicOID &&
		(p.Name == "segments" || p.Name == "segment_search" || p.Name == "align")
}

// segmentScan binds a function in FROM when it is one of the three; nil when it is not.
func (c *exprContext) segmentScan(f parse.Expr) (*FunctionScan, error) {
	x, ok := f.(*parse.FuncCall)
	if !ok || x.Over != nil || x.WithinGroup || x.Star {
		return nil, nil
	}
	var p *catalog.Proc
	others := false
	for _, found := range c.b.procsNamed(x.Name) {
		if isSegmentFunction(found) && argumentOrder(found, x) != nil {
			p = found
		} else {
			others = others || found.User != nil
		}
	}
	if p == nil {
		return nil, nil
	}
	if err := namedLast(x); err != nil {
		return nil, err
	}
	args, err := c.withoutSets("set-returning functions must appear at top level of FROM").bindAll(x.Args)
	if err != nil {
		return nil, topLevel(err)
	}
	if others { // users' functions of that name: one of them may be meant
		if p, _, _, err = c.b.resolveProc(x, slices.Clone(args), "f"); err != nil || !isSegmentFunction(p) {
			return nil, err
		}
	}
	s := &segmentCall{b: c.b, x: x, proc: p, args: make([]Expr, len(p.Args)), trees: make([]parse.Expr, len(p.Args))}
	for i, at := range argumentOrder(p, x) {
		s.args[at], s.trees[at] = args[i], x.Args[i]
	}
	if err := s.findTable(); err != nil {
		return nil, err
	}
	return s.scan(c)
}

// findTable finds the table that the first argument names, and its segments.
func (s *segmentCall) findTable() error {
	oid, err := s.tableOID()
	if err != nil {
		return err
	}
	snap := s.b.cat.Snapshot()
	name, exists := catalog.RelationName(snap, s.b.cat.Info().Path(), oid)
	if s.table = snap.TableByOID(oid); s.table == nil && !exists {
		return fail(s.x.Pos(), sqlstate.UndefinedTable, "relation with OID %d does not exist", oid)
	}
	if s.table == nil || s.table.Virtual != nil || s.table.View != nil || s.table.Composite ||
		s.table.SegmentsOf != 0 {
		return fail(s.x.Pos(), sqlstate.WrongObjectType, "\"%s\" is not a table that can have segments", strings.Trim(name, `"`))
	}
	s.kept = snap.TableByOID(s.table.Segments)
	if s.kept == nil {
		e := sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "segments of table %q are not kept", s.table.Name).At(s.x.Pos())
		if _, on := s.table.WantsSegments(); on {
			return e.WithHint("They are kept once the table has a primary key.")
		}
		return e.WithHint("To keep them: ALTER TABLE %s SET (segments = on).", s.b.shownName(s.table.OID))
	}
	of := &s.table.Columns[s.table.Ordinal(s.kept.SegmentsColumn)]
	if emb := &s.kept.Columns[catalog.SegmentVector]; staleSegments(s.table, s.kept) {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "the segments of table %q are of another model than its column %q",
			s.table.Name, of.Name).
			WithDetail("The segments are of model %q, the column of model %q.", emb.Model, of.Model).
			WithHint("To make them again: ALTER TABLE %s SET (segments = on).", s.b.shownName(s.table.OID))
	}
	a := s.b.needsTable(s.table, catalog.PrivSelect)
	a.Select = []int16{s.kept.ForeignKeys[0].RefColumns[0], s.kept.SegmentsColumn}
	return nil
}

// constantIn is a constant, under casts; nil for anything else.
func constantIn(e parse.Expr) *parse.Const {
	switch x := e.(type) {
	case *parse.CastExpr:
		return constantIn(x.Arg)
	case *parse.Const:
		return x
	}
	return nil
}

// tableOID is the table that the first argument names: a string, or a regclass.
func (s *segmentCall) tableOID() (catalog.OID, error) {
	k, ok := stripCast(s.args[0]).(*Const)
	switch {
	case !ok:
		return 0, unsupported(s.x.Pos(), s.proc.Name+" of a table that is not named by a constant")
	case k.Value.IsNull():
		return 0, fail(s.x.Pos(), sqlstate.NullValueNotAllowed, "the table of %s must not be NULL", s.proc.Name)
	case k.Value.Kind() == datum.KindString:
		if n, err := strconv.ParseUint(k.Value.Str(), 10, 32); err == nil { // as regclass reads numbers
			return catalog.OID(n), nil
		}
		oid, err := catalog.ResolveRelation(s.b.cat.Snapshot(), s.b.cat.Info().Path(), k.Value.Str())
		return oid, at(err, s.x.Pos())
	}
	return catalog.OID(k.Value.Int()), nil
}

// scan makes the node.
func (s *segmentCall) scan(c *exprContext) (*FunctionScan, error) {
	key, seconds := s.kept.Columns[catalog.SegmentTrack], datum.Float8
	proc := *s.proc
	named := &Const{Typed: Typed{datum.Regclass, -1}, Value: datum.NewInt(int64(s.table.OID))}
	if s.b.rec != nil { // a view is written with the name, and kept with the number
		if k := constantIn(s.trees[0]); k != nil {
			s.b.rec.named[k] = s.table.OID
		}
		s.b.rec.reads(s.kept, s.kept.Columns[catalog.SegmentVector].AttNum)
		named = &Const{Typed: Typed{datum.Text, -1}, Value: datum.NewString(
			parse.QuoteIdent(s.b.schemaName(s.table.Schema)) + "." + parse.QuoteIdent(s.table.Name))}
	}
	call := &Call{Proc: &proc, Args: []Expr{named}, Pos: s.x.Pos()}
	var err error
	switch proc.Name {
	case "segments":
		emb := s.kept.Columns[catalog.SegmentVector]
		proc.OutNames, proc.OutTypes = []string{"from_s", "to_s", "emb"}, []*datum.Type{seconds, seconds, emb.Type}
		err = s.take(call, 1, key.Type)
	case "segment_search":
		proc.OutNames = []string{"track", "from_s", "to_s", "similarity"}
		proc.OutTypes = []*datum.Type{key.Type, seconds, seconds, datum.Float8}
		err = s.searchArgs(c, call, key)
	default:
		proc.OutNames = []string{"a_from", "a_to", "b_from", "b_to", "score"}
		proc.OutTypes = []*datum.Type{seconds, seconds, seconds, seconds, datum.Float8}
		if err = s.take(call, 1, key.Type); err == nil {
			err = s.take(call, 2, key.Type)
		}
	}
	if err != nil {
		return nil, err
	}
	call.Typed = Typed{datum.RecordOf(outFields(call)), -1}
	return &FunctionScan{Calls: []*Call{call}, Segments: s.kept}, nil
}

// take appends an argument as a value of a type.
func (s *segmentCall) take(call *Call, i int, t *datum.Type) error {
	e, err := s.b.coerce(s.args[i], t, -1, assignment, exprStart(s.trees[i]))
	call.Args = append(call.Args, e)
	return err
}

// searchArgs are those of segment_search: the vector must be of the model that made the segments.
func (s *segmentCall) searchArgs(c *exprContext, call *Call, key catalog.Column) error {
	emb := s.kept.Columns[catalog.SegmentVector]
	origin := c.vectorOrigin(s.trees[1], s.args[1])
	known := origin.hash != "" && emb.ModelHash != ""
	switch same := known && origin.hash == emb.ModelHash || !known && origin.model == emb.Model; {
	case origin.model == "" || same:
	case origin.unnamed:
		var err error
		if s.args[1], err = s.b.pinModel(s.args[1], emb.Model, emb.ModelHash); err != nil {
			return at(err, s.x.Pos())
		}
	default:
		return sqlstate.New(sqlstate.DataException, "vectors of different models cannot be compared").
			WithDetail("%s is of model %q, the segments of table %s of model %q.", origin.what, origin.model,
				parse.QuoteIdent(s.table.Name), emb.Model).At(s.x.Pos())
	}
	if err := s.take(call, 1, datum.Halfvec); err != nil {
		return err
	}
	if err := s.take(call, 2, datum.Int8); err != nil {
		return err
	}
	if s.args[3] == nil {
		return nil
	}
	return s.take(call, 3, key.Type.Array)
}
