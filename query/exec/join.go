package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// join is every kind of join by every algorithm. The algorithm is only how candidate pairs of a
// left and a right row are found (pairs.go); what follows is the same:
//
//	candidates ──residual condition──▶ pairs ──kind──▶ rows
//
// A left row's matches are remembered until its batch is done, a right row's until the end, for the
// rows that an outer join fills up with NULLs.
type join struct {
	r         *running
	node      *plan.Join
	left      operator
	kind      plan.JoinKind
	source    pairSource
	cond      *eval.Expr
	right     []*datum.Type
	leftTypes []*datum.Type
	batch     *datum.Batch // left rows at hand
	matched   []bool       // of them
	seenRight []bool
	unseen    int // next right row to look at for RIGHT and FULL
	leftDone  bool
	peeked    *datum.Batch // the first left rows, where they were asked for before the right ones
	// pending are the rows of both sides in files, where the right ones did not fit into memory: one part of both is
	// joined after the other. part is the one at hand.
	pending []spilledSides
	part    *spillFile
}

func (r *running) join(x *plan.Join) (operator, error) {
	left, err := r.build(x.Left)
	if err != nil {
		return nil, err
	}
	right, err := r.joinRight(x)
	if err != nil {
		return nil, err
	}
	op := &join{r: r, node: x, left: left, kind: x.Kind, leftTypes: typesOf(x.Left), right: typesOf(x.Right)}
	if op.source, err = r.pairs(x, right); err != nil {
		return nil, err
	}
	op.cond, err = r.condition(x.Cond)
	return op, err
}

// joinRight builds the right side of a join: once for every left row of a lateral one.
func (r *running) joinRight(x *plan.Join) (operator, error) {
	if !x.Lateral {
		return r.build(x.Right)
	}
	return r.repeated(x.Slots, func() (operator, error) { return r.build(x.Right) })
}

func (j *join) Open(ctx context.Context) error {
	j.batch, j.matched, j.seenRight = nil, nil, nil
	j.unseen, j.leftDone, j.peeked = 0, false, nil
	if err := j.left.Open(ctx); err != nil {
		return err
	}
	j.pending, j.part = nil, nil
	if j.peeks() {
		var err error
		if j.peeked, err = j.left.Next(ctx); err != nil {
			return err
		}
		if j.leftDone = j.peeked == nil; j.leftDone {
			return nil
		}
	}
	if err := j.source.open(ctx); err != nil {
		return err
	}
	if j.endsEmpty() {
		j.leftDone = true
		return nil
	}
	if s, ok := j.source.(*hashPairs); ok && s.parts != nil {
		var err error
		if j.pending, err = s.sides(ctx, j.nextOfLeft, j.leftTypes, s.parts); err != nil {
			return err
		}
		j.leftDone = true // of the part before the first
	}
	return nil
}

// nextPart begins the next part of both sides; false after the last.
func (j *join) nextPart(ctx context.Context) (bool, error) {
	if j.part != nil {
		j.part.close()
		j.part = nil
	}
	if len(j.pending) == 0 {
		return false, nil
	}
	s, next := j.source.(*hashPairs), j.pending[0]
	j.pending = j.pending[1:]
	if next.right.bytes > 2*j.r.env.WorkMemBytes && next.level+1 < maxSpillLevel && next.left.rows > 0 {
		parts, err := s.again(ctx, next, j.leftTypes)
		if err != nil {
			return false, err
		}
		j.pending = append(parts, j.pending...)
		return j.nextPart(ctx)
	}
	if err := s.load(ctx, next.right); err != nil {
		return false, err
	}
	j.part = next.left
	j.batch, j.matched, j.seenRight, j.unseen, j.leftDone = nil, nil, nil, 0, false
	return true, j.part.rewind()
}

func (j *join) Close() {
	if j.part != nil {
		j.part.close()
	}
	for _, p := range j.pending {
		p.left.close()
		p.right.close()
	}
	j.pending, j.part = nil, nil
	j.left.Close()
	j.source.close()
}

func (j *join) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if j.leftDone {
			if out, err := j.unmatchedRight(ctx); err != nil || out != nil {
				return out, err
			}
			if more, err := j.nextPart(ctx); err != nil || !more {
				return nil, err
			}
		}
		if j.batch == nil {
			if err := j.nextLeft(ctx); err != nil {
				return nil, err
			}
			continue
		}
		out, err := j.step(ctx)
		if err != nil || out != nil {
			return out, err
		}
	}
}

// peeks says whether the left side is asked for its first rows before the right one is read, which is spared where there are
// none: not where the right side's rows are wanted anyhow, nor where it is likely to be had sooner.
func (j *join) peeks() bool {
	return !j.node.Lateral && j.kind != plan.JoinRight && j.kind != plan.JoinFull &&
		j.node.Left.Est().Startup <= j.node.Right.Est().Total
}

// endsEmpty says whether the join is over because its right side has no rows.
func (j *join) endsEmpty() bool {
	switch j.kind {
	case plan.JoinInner, plan.JoinSemi, plan.JoinRight:
	default:
		return false
	}
	switch s := j.source.(type) {
	case *loopPairs:
		return s.rows.Rows() == 0
	case *hashPairs:
		return s.parts == nil && s.rows.Rows == 0
	}
	return false
}

func (j *join) nextOfLeft(ctx context.Context) (*datum.Batch, error) {
	if b := j.peeked; b != nil {
		j.peeked = nil
		return b, nil
	}
	return j.left.Next(ctx)
}

func (j *join) nextLeft(ctx context.Context) error {
	var b *datum.Batch
	var err error
	if j.part != nil {
		b, err = j.part.next()
	} else {
		b, err = j.nextOfLeft(ctx)
	}
	if err != nil {
		return err
	}
	if b == nil {
		j.leftDone = true
		return nil
	}
	j.batch, j.matched = b, make([]bool, b.Rows)
	return j.source.start(b)
}

// step takes the next candidates of the batch at hand, or closes the batch when there are none left.
func (j *join) step(ctx context.Context) (*datum.Batch, error) {
	p, err := j.source.next(ctx, j.skip())
	if err != nil {
		return nil, err
	}
	if p == nil {
		out := j.finishBatch()
		j.batch = nil
		return out, nil
	}
	return j.combine(p)
}

// skip is the left rows whose outcome is known after one match: they need no more candidates.
func (j *join) skip() []bool {
	if j.kind == plan.JoinSemi || j.kind == plan.JoinAnti {
		return j.matched
	}
	return nil
}

// combine makes rows of the candidates that pass the condition.
func (j *join) combine(p *pairs) (*datum.Batch, error) {
	semi := j.kind == plan.JoinSemi || j.kind == plan.JoinAnti
	var rows *datum.Batch
	if j.cond != nil || !semi {
		rows = j.glue(p)
	}
	left, right := p.left, p.rightRow
	if j.cond != nil {
		sel, all, err := j.cond.Select(rows)
		if err != nil {
			return nil, err
		}
		if !all {
			if !semi {
				rows = rows.Gather(sel)
			}
			if np := j.r.profile[j.node]; np != nil {
				np.removed, np.byJoinFilter = np.removed+int64(len(left)-len(sel)), true
			}
			left, right = pick(left, sel), pick(right, sel)
		}
	}
	for _, l := range left {
		j.matched[l] = true
	}
	if j.kind == plan.JoinRight || j.kind == plan.JoinFull {
		j.see(right, p.base)
	}
	if semi || len(left) == 0 {
		return nil, nil
	}
	return rows, nil
}

func pick(rows, sel []int) []int {
	out := make([]int, len(sel))
	for i, s := range sel {
		out[i] = rows[s]
	}
	return out
}

func (j *join) see(rows []int, base int) {
	for _, r := range rows {
		if short := base + r + 1 - len(j.seenRight); short > 0 {
			j.seenRight = append(j.seenRight, make([]bool, short)...)
		}
		j.seenRight[base+r] = true
	}
}

// glue makes left row ++ right row of each candidate.
func (j *join) glue(p *pairs) *datum.Batch {
	out := &datum.Batch{Rows: len(p.left), Cols: make([]*datum.Vec, 0, len(j.leftTypes)+len(j.right))}
	for _, c := range j.batch.Cols {
		out.Cols = append(out.Cols, c.Gather(p.left))
	}
	for _, c := range p.right.Cols {
		out.Cols = append(out.Cols, c.Gather(p.rightRow))
	}
	return out
}

// finishBatch gives the left rows whose fate is known only now.
func (j *join) finishBatch() *datum.Batch {
	want := false
	switch j.kind {
	case plan.JoinSemi:
		want = true
	case plan.JoinLeft, plan.JoinFull, plan.JoinAnti:
	default:
		return nil
	}
	var rows []int
	for i, m := range j.matched {
		if m == want {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	out := j.batch.Gather(rows)
	if j.kind == plan.JoinLeft || j.kind == plan.JoinFull {
		for _, t := range j.right {
			out.Cols = append(out.Cols, nulls(t, len(rows)))
		}
	}
	return out
}

// unmatchedRight gives the right rows that no left row matched, for RIGHT and FULL.
func (j *join) unmatchedRight(ctx context.Context) (*datum.Batch, error) {
	if j.kind != plan.JoinRight && j.kind != plan.JoinFull {
		return nil, nil
	}
	for {
		b, err := j.source.rightRows(ctx, j.unseen)
		if err != nil || b == nil {
			return nil, err
		}
		var rows []int
		for i := range b.Rows {
			if at := j.unseen + i; at >= len(j.seenRight) || !j.seenRight[at] {
				rows = append(rows, i)
			}
		}
		if j.unseen += b.Rows; len(rows) == 0 {
			continue
		}
		out := &datum.Batch{Rows: len(rows)}
		for _, t := range j.leftTypes {
			out.Cols = append(out.Cols, nulls(t, len(rows)))
		}
		for _, c := range b.Cols {
			out.Cols = append(out.Cols, c.Gather(rows))
		}
		return out, nil
	}
}
