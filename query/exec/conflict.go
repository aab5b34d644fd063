package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// conflict is ON CONFLICT. Rows conflict with rows of the table, which the table finds, and with
// rows that this statement wrote before, which are not visible yet: their arbiter keys are kept here.
type conflict struct {
	ins    *insert
	node   *plan.Conflict
	set    []*eval.Expr
	where  *eval.Expr
	unique []*uniqueKey
	// touched are identities that DO UPDATE has changed already.
	touched map[int64]bool
	// excludes says that there is an exclusion constraint, of which the table finds the conflicts.
	excludes bool
	// rowByRow says that the order among the proposed rows can show.
	rowByRow bool
}

// uniqueKey is a unique index's key over a row, with the keys this statement has inserted.
type uniqueKey struct {
	ordinals    []int
	types       []*datum.Type
	nullsUnique bool
	written     map[string]bool
}

func (r *running) conflict(ins *insert, x *plan.Conflict) (*conflict, error) {
	c := &conflict{ins: ins, node: x, touched: map[int64]bool{}}
	var err error
	if c.set, err = eval.CompileAll(x.Set, r.exprs); err != nil {
		return nil, err
	}
	if c.where, err = r.condition(x.Where); err != nil {
		return nil, err
	}
	table, computed := ins.node.Table, false
	for i := range table.Indexes {
		ix := &table.Indexes[i]
		if x.Index != nil && x.Index.OID != ix.OID {
			continue
		}
		c.excludes = c.excludes || ix.Excludes()
		if ix.Unique {
			if ix.Where != "" || slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool { return k.Expr != "" }) {
				computed = true // the table finds those, if it is asked for one row after the other
				continue
			}
			c.unique = append(c.unique, newUniqueKey(table, ix))
		}
	}
	c.rowByRow = computed || c.excludes || c.orderShows()
	return c, nil
}

func newUniqueKey(t *catalog.Table, ix *catalog.Index) *uniqueKey {
	k := &uniqueKey{nullsUnique: ix.NullsNotDistinct, written: map[string]bool{}}
	for _, part := range ix.Keys {
		ord := t.Ordinal(part.AttNum)
		k.ordinals, k.types = append(k.ordinals, ord), append(k.types, t.Columns[ord].Type)
	}
	return k
}

// of is the key of row i; "" when NULLs keep it from conflicting.
func (k *uniqueKey) of(rows *datum.Batch, i int) string {
	cols := make([]*datum.Vec, len(k.ordinals))
	for c, ord := range k.ordinals {
		cols[c] = rows.Cols[ord]
	}
	key, null := appendKey(nil, k.types, cols, i)
	if null && !k.nullsUnique {
		return ""
	}
	return string(key)
}

// run takes the proposed rows in, a batch at once where the order among them cannot show.
func (c *conflict) run(ctx context.Context, b *datum.Batch) error {
	if !c.rowByRow {
		return c.batch(ctx, b)
	}
	if c.ins.writer.embeds() { // all at once, on all cores; the rows then find their embeddings made
		if _, err := c.proposed(b); err != nil {
			return err
		}
	}
	for i := range b.Rows {
		if err := c.batch(ctx, b.Slice(i, i+1)); err != nil {
			return err
		}
	}
	return nil
}

// orderShows says that an update may make or free a key that a later row is inserted with: there is a unique key beside
// the arbiter, or the arbiter itself is assigned.
func (c *conflict) orderShows() bool {
	if !c.node.DoUpdate {
		return false
	}
	unique := 0
	table := c.ins.node.Table
	for i := range table.Indexes {
		if table.Indexes[i].Unique {
			unique++
		}
	}
	return unique > 1 || slices.ContainsFunc(c.node.SetOrdinals, func(ord int) bool {
		return slices.Contains(c.unique[0].ordinals, ord)
	})
}

// batch inserts the proposed rows that do not conflict. Whether a row does is known before its
// generated columns are computed, unless one of them is part of the key: a row that is skipped is
// not embedded. Constraints come before conflicts, as in Postgres.
func (c *conflict) batch(ctx context.Context, b *datum.Batch) error {
	rows, err := c.proposed(b)
	if err != nil {
		return err
	}
	if err := c.ins.writer.checkProposed(rows); err != nil {
		return err
	}
	existing, err := c.ins.table.Conflicting(ctx, rows, c.node.Index)
	if err != nil {
		return err
	}
	var fresh, clash []int
	var ids []int64
	for i := range rows.Rows {
		mine := existing[i] == WrittenBefore || c.writtenBefore(rows, i)
		switch {
		case mine && c.node.DoUpdate:
			return secondTime()
		case mine || existing[i] >= 0 && !c.node.DoUpdate:
		case existing[i] >= 0:
			clash, ids = append(clash, i), append(ids, existing[i])
		default:
			fresh = append(fresh, i)
			c.note(rows, i)
		}
	}
	inserted, err := c.insertRows(ctx, b, fresh)
	if err != nil {
		return err
	}
	updated, which, err := c.update(ctx, rows.Gather(clash), ids)
	if err != nil {
		return err
	}
	return c.ins.wrote(inProposedOrder(inserted, fresh, updated, pick(clash, which)))
}

// inProposedOrder merges two batches by the places that their rows had in the input.
func inProposedOrder(a *datum.Batch, placesA []int, b *datum.Batch, placesB []int) *datum.Batch {
	if a.Rows == 0 || b.Rows == 0 {
		if a.Rows == 0 {
			return b
		}
		return a
	}
	both := &store{Batch: *a.Slice(0, 0).Gather(nil)}
	for _, part := range []*datum.Batch{a, b} {
		_ = both.add(part) // without a bound it cannot fail
	}
	places := slices.Concat(placesA, placesB)
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return places[i] - places[j] })
	return both.Gather(order)
}

func secondTime() error {
	return sqlstate.New(sqlstate.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
		WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
}

// proposed completes rows as far as deciding needs: all of them for DO UPDATE, whose expressions may
// read any column, and else only when an arbiter has a generated column.
func (c *conflict) proposed(b *datum.Batch) (*datum.Batch, error) {
	needed := c.node.DoUpdate || c.excludes
	for _, k := range c.unique {
		for _, ord := range k.ordinals {
			needed = needed || c.ins.writer.generated[ord] != nil
		}
	}
	if !needed {
		return b, nil
	}
	return c.ins.writer.generate(b, nil)
}

func (c *conflict) writtenBefore(rows *datum.Batch, i int) bool {
	for _, k := range c.unique {
		if key := k.of(rows, i); key != "" && k.written[key] {
			return true
		}
	}
	return false
}

func (c *conflict) note(rows *datum.Batch, i int) {
	for _, k := range c.unique {
		if key := k.of(rows, i); key != "" {
			k.written[key] = true
		}
	}
}

func (c *conflict) insertRows(ctx context.Context, b *datum.Batch, fresh []int) (*datum.Batch, error) {
	if len(fresh) == 0 {
		return &datum.Batch{}, nil
	}
	rows, err := c.ins.writer.complete(b.Gather(fresh))
	if err != nil {
		return nil, err
	}
	if err := c.ins.writer.insert(ctx, c.ins.table, rows); err != nil {
		return nil, err
	}
	c.ins.count(rows.Rows)
	return rows, nil
}

// update is DO UPDATE: the expressions are over existing row ++ proposed row. It returns the new
// rows, and which of the proposed ones they are.
func (c *conflict) update(ctx context.Context, proposed *datum.Batch, ids []int64) (*datum.Batch, []int, error) {
	old, err := c.existing(ctx, ids)
	if err != nil || len(ids) == 0 {
		return &datum.Batch{}, nil, err
	}
	both := &datum.Batch{Rows: old.Rows, Cols: append(slices.Clone(old.Cols), proposed.Cols...)}
	which := make([]int, len(ids))
	for i := range which {
		which[i] = i
	}
	if c.where != nil {
		if which, _, err = c.where.Select(both); err != nil || len(which) == 0 {
			return &datum.Batch{}, nil, err
		}
		both, old = both.Gather(which), old.Gather(which)
	}
	left, rows, err := c.replacement(ctx, old, both)
	if err != nil {
		return nil, nil, err
	}
	if left != nil { // by the triggers
		if rows.Rows == 0 {
			return &datum.Batch{}, nil, nil
		}
		which, old = pick(which, left), old.Gather(left)
	}
	kept := make([]int64, len(which))
	for i, w := range which {
		kept[i] = ids[w]
	}
	if err := c.ins.writer.update(ctx, c.ins.table, kept, old, rows, c.ins.writer.changing(c.node.SetOrdinals)); err != nil {
		return nil, nil, err
	}
	c.ins.count(rows.Rows)
	return rows, which, nil
}

// existing reads the rows in the way, none of which may have been updated before.
func (c *conflict) existing(ctx context.Context, ids []int64) (*datum.Batch, error) {
	for _, id := range ids {
		if c.touched[id] {
			return nil, secondTime()
		}
		c.touched[id] = true
	}
	if len(ids) == 0 {
		return nil, nil
	}
	all := make([]int, len(c.ins.node.Table.Columns))
	for i := range all {
		all[i] = i
	}
	old, err := c.ins.table.Fetch(ctx, ids, all)
	if err != nil {
		return nil, err
	}
	return &datum.Batch{Rows: old.Rows, Cols: old.Cols[:len(all)]}, nil
}

// replacement applies SET to the old rows.
func (c *conflict) replacement(ctx context.Context, old, both *datum.Batch) (left []int, rows *datum.Batch, err error) {
	values, err := evalAll(c.set, both)
	if err != nil {
		return nil, nil, err
	}
	rows = &datum.Batch{Rows: old.Rows, Cols: slices.Clone(old.Cols)}
	for i, ord := range c.node.SetOrdinals {
		rows.Cols[ord] = values[i]
	}
	w := c.ins.writer
	if left, rows, err = w.fires.beforeRows(ctx, parse.TriggerUpdate, old, rows, c.node.SetOrdinals); err != nil || rows.Rows == 0 {
		return left, rows, err
	}
	if rows, err = w.generate(rows, w.changing(c.node.SetOrdinals)); err != nil {
		return nil, nil, err
	}
	return left, rows, w.check(rows)
}
