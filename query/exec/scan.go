package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// scan reads a stored table, whole or through an index.
type scan struct {
	r      *running
	node   *plan.Scan
	filter *eval.Expr
	bounds *indexRange
	ranged indexRange // bounds' memory
	iter   RowIter
	// table, spec and more are of an index scan for several values: the ranges that come after the one at hand.
	table Table
	spec  ScanSpec
	more  []datum.Datum
}

// indexRange is the compiled bounds of an index scan.
type indexRange struct {
	node *plan.IndexRange
	// session has the limits of similarity that a search may need.
	session Session
	eq      []*eval.Expr
	any     *eval.Expr
	lo, hi  *eval.Expr
	search  *eval.Expr
	// loRow and hiRow are the rest of bounds that are rows.
	loRow, hiRow []*eval.Expr
	// now are the bounds of the iterator at hand, and the memory of the first values.
	now    IndexBounds
	values [2]datum.Datum
}

func (r *running) scan(x *plan.Scan) (operator, error) {
	once, rest := plan.OneTime(x.Filter)
	return r.gated(once, func() (operator, error) { return r.tableScan(x, rest) })
}

func (r *running) tableScan(x *plan.Scan, cond plan.Expr) (operator, error) {
	filter, err := r.condition(cond)
	if err != nil {
		return nil, err
	}
	if x.Table.Virtual != nil {
		return &virtualScan{r: r, node: x, filter: filter}, nil
	}
	op := &scan{r: r, node: x, filter: filter}
	if x.Index == nil {
		return op, nil
	}
	op.bounds = &op.ranged
	return op, r.indexRange(op.bounds, x.Index)
}

// indexRange compiles an index's bounds.
func (r *running) indexRange(b *indexRange, x *plan.IndexRange) (err error) {
	b.node, b.session = x, r.env.Session
	if b.eq, err = eval.CompileAll(x.Eq, r.exprs); err != nil {
		return err
	}
	if b.loRow, err = eval.CompileAll(x.LoRow, r.exprs); err != nil {
		return err
	}
	if b.hiRow, err = eval.CompileAll(x.HiRow, r.exprs); err != nil {
		return err
	}
	for _, part := range []struct {
		expr plan.Expr
		dst  **eval.Expr
	}{{x.Any, &b.any}, {x.Lo, &b.lo}, {x.Hi, &b.hi}, {x.Search, &b.search}} {
		if *part.dst, err = r.condition(part.expr); err != nil {
			return err
		}
	}
	return nil
}

func (s *scan) Open(ctx context.Context) error {
	s.Close()
	if p, ok := s.r.pins[s.node.Mark]; ok && s.node.Mark > 0 {
		var err error
		s.iter, err = s.pinned(ctx, p)
		return err
	}
	if s.node.CurrentOf != "" {
		return s.currentRow(ctx)
	}
	if v := s.node.Table.View; v != nil && v.Unpopulated {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "materialized view %q has not been populated",
			s.node.Table.Name).WithHint("Use the REFRESH MATERIALIZED VIEW command.")
	}
	spec := ScanSpec{Ordinals: s.node.Ordinals, RowID: s.node.RowID}
	if s.bounds != nil {
		bounds, empty, err := s.bounds.eval()
		if err != nil || empty {
			return err
		}
		spec.Index, spec.Bounds, spec.Desc = s.node.Index.Index, bounds, s.node.Index.Desc
		spec.IndexOnly = s.node.IndexOnly
	}
	table, err := s.r.env.Relations.Table(s.node.Table)
	if err != nil {
		return err
	}
	if s.bounds != nil && s.bounds.any != nil {
		s.table, s.spec = table, spec
		return s.bounds.list(&s.more)
	}
	s.iter, err = table.Scan(ctx, spec)
	return err
}

// list gives the values of = ANY in order, each once. NULL is equal to none.
func (x *indexRange) list(out *[]datum.Datum) error {
	array, err := x.any.Value()
	*out = nil
	if err != nil || array.IsNull() {
		return err
	}
	t := x.any.Type().Elem
	for _, d := range array.Array().Elems {
		if !d.IsNull() {
			*out = append(*out, d)
		}
	}
	slices.SortFunc(*out, func(a, b datum.Datum) int { return datum.Compare(t, a, b) })
	*out = slices.CompactFunc(*out, func(a, b datum.Datum) bool { return datum.Compare(t, a, b) == 0 })
	return nil
}

// nextValue begins the range of the next value; false after the last.
func (s *scan) nextValue(ctx context.Context) (bool, error) {
	if len(s.more) == 0 {
		return false, nil
	}
	bounds := *s.spec.Bounds
	bounds.Eq = append(slices.Clone(bounds.Eq), s.more[0])
	s.more = s.more[1:]
	spec := s.spec
	spec.Bounds = &bounds
	if s.iter != nil {
		s.iter.Close()
		s.iter = nil
	}
	var err error
	s.iter, err = s.table.Scan(ctx, spec)
	return true, err
}

// Cursors is a Session that has cursors: WHERE CURRENT OF.
type Cursors interface {
	// CurrentRow is the identity of the table's row that a cursor stands on.
	CurrentRow(cursor string, t *catalog.Table) (int64, error)
}

// currentRow holds the scan to the row that a cursor stands on.
func (s *scan) currentRow(ctx context.Context) error {
	session, ok := s.r.env.Session.(Cursors)
	if !ok {
		return sqlstate.New(sqlstate.InvalidCursorName, "cursor %q does not exist", s.node.CurrentOf)
	}
	id, err := session.CurrentRow(s.node.CurrentOf, s.node.Table)
	if err != nil {
		return err
	}
	s.iter, err = s.pinned(ctx, pin{row: id})
	return err
}

// eval computes the bounds. A comparison with NULL is true of no row: empty.
func (x *indexRange) eval() (b *IndexBounds, empty bool, err error) {
	b = &x.now
	*b = IndexBounds{LoInc: x.node.LoInc, HiInc: x.node.HiInc, SearchOp: x.node.SearchOp, SearchKey: x.node.SearchKey,
		SearchLimit: builtin.TrigramLimit(x.session, x.node.SearchOp), NotNull: x.node.NotNull, Eq: x.values[:0]}
	for i, e := range x.eq {
		d, err := e.Value()
		if err != nil || d.IsNull() && !slices.Contains(x.node.Nulls, i) {
			return nil, true, err
		}
		b.Eq = append(b.Eq, d)
	}
	for _, side := range []struct {
		expr *eval.Expr
		dst  **datum.Datum
	}{{x.lo, &b.Lo}, {x.hi, &b.Hi}, {x.search, &b.Search}} {
		if side.expr == nil {
			continue
		}
		d, err := side.expr.Value()
		if err != nil || d.IsNull() {
			return nil, true, err
		}
		*side.dst = &d
	}
	b.LoInc, err = rowBound(x.loRow, &b.LoRow, b.LoInc)
	if err == nil {
		b.HiInc, err = rowBound(x.hiRow, &b.HiRow, b.HiInc)
	}
	return b, false, err
}

// rowBound computes the rest of a bound that is a row, up to its first NULL: where what comes before that is equal the
// comparison is NULL, and so those rows are out.
func rowBound(exprs []*eval.Expr, out *[]datum.Datum, inc bool) (bool, error) {
	for _, e := range exprs {
		d, err := e.Value()
		if err != nil {
			return false, err
		}
		if d.IsNull() {
			return false, nil
		}
		*out = append(*out, d)
	}
	return inc, nil
}

func (s *scan) Next(ctx context.Context) (*datum.Batch, error) {
	for s.iter != nil || len(s.more) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var b *datum.Batch
		var err error
		if s.iter != nil {
			b, err = s.iter.Next(ctx)
		}
		if err == nil && b == nil {
			more, err := s.nextValue(ctx)
			if err != nil || !more {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		read := b.Rows
		if b, err = keep(b, s.filter); err != nil {
			return nil, err
		}
		s.r.profile.filtered(s.node, read, b)
		if b != nil && b.Rows > 0 {
			return b, nil
		}
	}
	return nil, nil
}

func (s *scan) Close() {
	if s.iter != nil {
		s.iter.Close()
		s.iter = nil
	}
	s.more = nil
}

// virtualScan reads a relation that is computed from the catalog: once a statement, however often
// a join opens it.
type virtualScan struct {
	r      *running
	node   *plan.Scan
	filter *eval.Expr
	rows   *store
	next   int
}

func (s *virtualScan) Open(context.Context) error {
	s.next = 0
	if s.rows != nil {
		return nil
	}
	// Not the session's snapshot, which may be later by now: what a statement reads of rows and of definitions goes together.
	session, snap := s.r.env.Session, s.r.env.Relations.Catalog()
	env := &catalog.VirtualEnv{Snapshot: snap, Session: session.Info(), Live: session.Live,
		Views: plan.Views{Snapshot: snap, Info: session.Info()}}
	if analyzed, ok := session.(interface {
		Statistics(oid catalog.OID) *catalog.Statistics
	}); ok {
		env.Statistics = analyzed.Statistics
	}
	if counter, ok := session.(catalog.Counter); ok {
		env.Counts = counter
	}
	s.rows = newStore(typesOf(s.node))
	s.node.Table.Virtual.Rows(env, func(row []datum.Datum) {
		for i, ord := range s.node.Ordinals {
			s.rows.Cols[i].Append(row[ord])
		}
		if s.node.RowID {
			s.rows.Cols[len(s.node.Ordinals)].Append(datum.NewInt(int64(s.rows.Rows)))
		}
		s.rows.Rows++
	})
	return nil
}

func (s *virtualScan) Close() {}

func (s *virtualScan) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		b := s.rows.chunk(s.next)
		if b == nil || ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.next += b.Rows
		kept, err := keep(b, s.filter)
		s.r.profile.filtered(s.node, b.Rows, kept)
		if err != nil || kept != nil {
			return kept, err
		}
	}
}
