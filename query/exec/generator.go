package exec

import (
	"iter"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// generator runs one function call in FROM or in a select list as a stream of rows. A set-returning
// function pushes its rows; it is run as a coroutine, so that LIMIT stops generate_series(1, 10^9)
// after a batch.
type generator struct {
	r     *running
	args  []*eval.Expr
	set   builtin.SetFunc // nil for a plain function, which gives one row
	fn    builtin.Func
	call  *plan.Call
	types []*datum.Type
	// whole says that a record is wanted as one value, as a select list does.
	whole bool
	// spread says that a row comes as one value, to be taken apart.
	spread bool

	next func() (*datum.Batch, error, bool)
	stop func()
}

// generator compiles a call; inFrom says that a row is wanted as columns.
func (r *running) generator(c *plan.Call, inFrom bool) (*generator, error) {
	args, err := eval.CompileAll(c.Args, r.exprs)
	if err != nil {
		return nil, err
	}
	g := &generator{r: r, args: args, call: c, types: []*datum.Type{c.T}}
	if c.Proc.GivesRecord() || inFrom && c.SpreadsInFrom() {
		g.spread = !c.Proc.GivesRecord() || !g.many()
		g.types = make([]*datum.Type, len(c.T.Fields))
		for i, f := range c.T.Fields {
			g.types[i] = f.Type
		}
	}
	if !c.Proc.Native() {
		if c.Proc.RetSet || c.Proc.Kind == 'p' {
			g.set = r.set(c)
			return g, nil
		}
		g.fn, err = r.Routine(c)
		return g, err
	}
	if rows, ok := builtin.LookupRows(c.Proc); ok && (c.Proc.RetSet || inFrom) {
		g.spread = inFrom && c.SpreadsInFrom()
		g.set = func(env *builtin.Env, args []datum.Datum, emit func([]datum.Datum) error) error {
			return rows(env, c.T, args, emit)
		}
		return g, nil
	}
	if !c.Proc.RetSet {
		g.fn, err = eval.Function(c.Proc, exprTypes(c.Args))
		return g, err
	}
	set, ok := builtin.LookupSet(c.Proc)
	if !ok {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "function %s is not supported", c.Proc.Key).At(c.Pos)
	}
	g.set = set
	return g, nil
}

// start begins the call with arguments from row i of b.
func (g *generator) start(b *datum.Batch, i int) error {
	g.close()
	one := b.Slice(i, i+1)
	cols, err := evalAll(g.args, one)
	if err != nil {
		return err
	}
	args, null := make([]datum.Datum, len(cols)), false
	for j, c := range cols {
		args[j] = c.Get(0)
		null = null || args[j].IsNull()
	}
	var seq iter.Seq2[*datum.Batch, error]
	switch {
	case null && g.call.Proc.Strict && g.many():
		seq = func(func(*datum.Batch, error) bool) {}
	case g.set != nil:
		seq = g.rowsOf(args)
	default:
		seq = g.oneRow(args, null && g.call.Proc.Strict)
	}
	g.next, g.stop = iter.Pull2(seq)
	return nil
}

// rowsOf gathers what the function emits into batches. The first ones are small: a select list with
// LIMIT often wants but a few rows.
func (g *generator) rowsOf(args []datum.Datum) iter.Seq2[*datum.Batch, error] {
	return func(yield func(*datum.Batch, error) bool) {
		b := datum.NewBatch(g.types, 16)
		size := 16
		err := g.set(g.r.exprs.Fn, args, func(row []datum.Datum) error {
			b.AppendRow(g.columns(row))
			if b.Rows < size {
				return nil
			}
			if err := g.r.exprs.Fn.Ctx.Err(); err != nil { // not the context of Open: a cursor is read by many
				return err
			}
			if !yield(b, nil) {
				return errStopped
			}
			size = min(4*size, datum.BatchRows)
			b = datum.NewBatch(g.types, size)
			return nil
		})
		switch {
		case err == errStopped:
		case err != nil:
			yield(nil, err)
		case b.Rows > 0:
			yield(b, nil)
		}
	}
}

// errStopped makes a set-returning function give up when nobody wants more of its rows.
var errStopped = sqlstate.New(sqlstate.QueryCanceled, "no more rows are wanted")

func (g *generator) oneRow(args []datum.Datum, null bool) iter.Seq2[*datum.Batch, error] {
	return func(yield func(*datum.Batch, error) bool) {
		d := datum.Null
		if !null {
			var err error
			if d, err = g.fn(g.r.exprs.Fn, args); err != nil {
				yield(nil, err)
				return
			}
		}
		b := datum.NewBatch(g.types, 1)
		b.AppendRow(g.columns([]datum.Datum{d}))
		yield(b, nil)
	}
}

// many says that the call gives rows, or none: a set, or a procedure's result.
func (g *generator) many() bool { return g.call.Proc.RetSet || g.call.Proc.Kind == 'p' }

// columns takes a row apart that comes as one value; those of NULL are NULL.
func (g *generator) columns(row []datum.Datum) []datum.Datum {
	if !g.spread {
		return row
	}
	if fields := row[0].Record(); fields != nil {
		return fields
	}
	return make([]datum.Datum, len(g.types))
}

// read returns the next rows, nil at the end.
func (g *generator) read() (*datum.Batch, error) {
	if g.next == nil {
		return nil, nil
	}
	b, err, ok := g.next()
	if !ok || err != nil {
		g.close()
		return nil, err
	}
	return b, nil
}

func (g *generator) close() {
	if g.stop != nil {
		g.stop()
	}
	g.next, g.stop = nil, nil
}

// zipper reads several generators side by side, a row at a time; those that end early give NULLs.
type zipper struct {
	gens  []*generator
	heads []*datum.Batch
	at    []int
}

func (z *zipper) start(b *datum.Batch, row int) error {
	z.heads, z.at = make([]*datum.Batch, len(z.gens)), make([]int, len(z.gens))
	for _, g := range z.gens {
		if err := g.start(b, row); err != nil {
			return err
		}
	}
	return nil
}

// advance says whether there is another row, and makes it current.
func (z *zipper) advance() (more bool, err error) {
	for i, g := range z.gens {
		if z.heads[i] != nil {
			z.at[i]++
		}
		if z.heads[i] == nil || z.at[i] >= z.heads[i].Rows {
			z.at[i] = 0
			if z.heads[i], err = g.read(); err != nil {
				return false, err
			}
		}
		more = more || z.heads[i] != nil
	}
	return more, nil
}

// appendTo adds generator i's columns of the current row to dst.
func (z *zipper) appendTo(i int, dst []*datum.Vec) {
	g := z.gens[i]
	if g.whole {
		z.appendRow(i, dst[0])
		return
	}
	for c := range g.types {
		if z.heads[i] == nil {
			dst[c].Append(datum.Null)
		} else {
			dst[c].AppendFrom(z.heads[i].Cols[c], z.at[i])
		}
	}
}

// appendRow adds the current row of generator i as one value.
func (z *zipper) appendRow(i int, dst *datum.Vec) {
	g, head := z.gens[i], z.heads[i]
	if head == nil {
		dst.Append(datum.Null)
		return
	}
	names, fields := make([]string, len(g.types)), make([]datum.Datum, len(g.types))
	for c := range g.types {
		names[c], fields[c] = g.call.T.Fields[c].Name, head.Cols[c].Get(z.at[i])
	}
	dst.Append(datum.NewNamedRecord(names, g.types, fields))
}

func (z *zipper) close() {
	for _, g := range z.gens {
		g.close()
	}
}
