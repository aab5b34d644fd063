package exec

import (
	"context"
	"strconv"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// PlannerSettings is a Session that can tell which parameters that choose between plans differ from their presets.
type PlannerSettings interface {
	// PlannerSettings are their names and values, as SHOW has them.
	PlannerSettings() [][2]string
}

// explain prints a plan; with ANALYZE it runs the plan first, throws its rows away, and prints what
// each node did.
type explain struct {
	*writeStatement
	r     *running
	node  *plan.Explain
	input operator // nil without ANALYZE
}

func (r *running) explain(x *plan.Explain) (operator, error) {
	w, err := r.writeStatement(nil)
	if err != nil {
		return nil, err
	}
	op := &explain{writeStatement: w, r: r, node: x}
	w.work, w.rows = op.run, r.spool(typesOf(x))
	if x.Analyze && x.Input != nil {
		r.profile = profile{}
		if op.input, err = r.build(x.Input); err != nil {
			return nil, err
		}
		w.close = op.input.Close
	}
	return op, nil
}

func (e *explain) run(ctx context.Context) error {
	run := plan.Run{PlanningMS: milliseconds(e.r.env.Planning)}
	if s, ok := e.r.env.Session.(PlannerSettings); ok {
		run.Settings = s.PlannerSettings()
	}
	if e.input != nil {
		start := time.Now()
		if err := e.execute(ctx); err != nil {
			return err
		}
		run.ExecutionMS = milliseconds(time.Since(start))
		run.Actual = e.r.profile.actual
	}
	out := datum.NewBatch(typesOf(e.node), 0)
	for _, line := range plan.FormatExplain(e.r.plan, e.node, run) {
		out.AppendRow([]datum.Datum{datum.NewString(line)})
	}
	e.r.affected = 0
	return e.rows.Add(out)
}

func (e *explain) execute(ctx context.Context) error {
	if err := e.input.Open(ctx); err != nil {
		return err
	}
	defer e.input.Close()
	for {
		b, err := e.input.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return e.r.finishModifying(ctx)
		}
	}
}

// Next gives the lines.
func (e *explain) Next(ctx context.Context) (*datum.Batch, error) {
	if _, err := e.writeStatement.Next(ctx); err != nil {
		return nil, err
	}
	b, err := e.rows.Chunk(e.next)
	if b != nil {
		e.next += b.Rows
	}
	return b, err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// actual is a node's measurements as EXPLAIN prints them; false for a node that was never built.
func (p profile) actual(n plan.Node) (plan.Actual, bool) {
	m := p[n]
	if m == nil {
		return plan.Actual{}, false
	}
	a := plan.Actual{Rows: m.rows, Loops: m.loops, StartupMS: milliseconds(m.first), TotalMS: milliseconds(m.total)}
	a.Details, a.Hash = m.details(), m.hashDetails()
	a.TempRead, a.TempWritten = tempBlocks(m.tempRead), tempBlocks(m.tempWritten)
	a.WALRecords, a.WALBytes = m.walRecords, m.walBytes
	return a, true
}

// tempBlocks are blocks of BLCKSZ.
func tempBlocks(bytes int64) int64 { return (bytes + 8191) / 8192 }

// vectorDetails says whether a search's answer is exact, and what it cost. Lists and codes of one bit are named where some
// were used, and where there are segments, which have no vectors, the rows that were fetched for theirs.
func vectorDetails(m *nodeProfile) []plan.Detail {
	s, kind := m.vector, "approximate"
	if s.Exact {
		kind = "exact"
	}
	if s.Method != "" {
		kind += " (" + s.Method + ")"
	}
	out := []plan.Detail{{Name: "Search", Value: kind}, {Name: "Vectors Scanned", Value: s.Scanned}}
	if s.Prefiltered > 0 {
		out = append(out, plan.Detail{Name: "Codes Prefiltered", Value: s.Prefiltered})
	}
	if s.Lists > 0 {
		out = append(out, plan.Detail{Name: "Lists Probed", Value: s.Lists})
	}
	out = append(out, plan.Detail{Name: "Vectors Removed by Filter", Value: s.Filtered},
		plan.Detail{Name: "Vectors Reranked", Value: s.Reranked})
	if s.Segments > 0 {
		out = append(out, plan.Detail{Name: "Rows Fetched", Value: s.Fetched})
	}
	out = append(out, plan.Detail{Name: "Segments", Value: s.Segments})
	if m.of > 0 {
		share := float64(m.passed) / float64(m.of)
		out = append(out, plan.Detail{Name: "Filter Selectivity", Value: strconv.FormatFloat(share, 'f', 4, 64)})
	}
	return out
}
